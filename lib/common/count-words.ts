/**
 * A count with its noun: "1 payment", "1,046 payments". Every count on a screen goes through it, so that no plural is made by a fixed s.
 * @param several the plural, where it is not the noun and an s
 */
export function countWords(count: number, one: string, locale = "en-GB", several = `${one}s`): string {
  return `${new Intl.NumberFormat(locale).format(count)} ${count === 1 ? one : several}`;
}
