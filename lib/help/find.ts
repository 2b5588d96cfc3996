/** One page of help in the list, with all the words that it is found by. */
export interface Entry {
  readonly href: string;
  readonly title: string;
  readonly line: string;
  /** In small letters. */
  readonly words: string;
}

export interface Chapter {
  readonly title: string;
  readonly entries: readonly Entry[];
}

/** What is left of the list when somebody looks for some words: an entry that holds each of them. */
export function findHelp(chapters: readonly Chapter[], typed: string): readonly Chapter[] {
  const words = typed.trim().replaceAll("\u2019", "'").toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return chapters;
  return chapters
    .map(({ title, entries }) => ({ title, entries: entries.filter((one) => words.every((word) => one.words.includes(word))) }))
    .filter(({ entries }) => entries.length > 0);
}
