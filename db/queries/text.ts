/** The most characters of a search that reach the database: nobody types more, and a longer one costs. */
const MOST = 200;

const plain = (text: string) =>
  text
    .trim()
    .slice(0, MOST)
    .replaceAll(/[\\%_]/g, (mark) => `\\${mark}`);

/** A LIKE pattern that finds the text anywhere, its own wildcards taken as plain characters. */
export function containing(text: string): string {
  return `%${plain(text)}%`;
}

/** A LIKE pattern over a folded column for what begins so. */
export function beginning(text: string): string {
  return `${plain(text.toLowerCase())}%`;
}
