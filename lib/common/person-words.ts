/** "Demo staff" of an actor's label, "Demo staff <staff@…>". */
export function personWords(label: string): string {
  return label.replace(/\s*<[^>]*>\s*$/, "");
}
