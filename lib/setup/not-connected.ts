/** "6 documents, not connected yet": what was uploaded before there is a package to send it to. */
export function notConnectedWords(count: number, locale: string): string {
  return `${new Intl.NumberFormat(locale).format(count)} ${count === 1 ? "document" : "documents"}, not connected yet`;
}
