/** Countries whose bookkeepers call the tax on sales and purchases otherwise than VAT. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ["NL", "btw"],
  ["US", "sales tax"],
]);

/**
 * What a client's bookkeeper calls the tax on sales and purchases: VAT in Britain and Ireland, btw in the Netherlands, sales tax in the
 * United States. By the country in the client's way of writing, such as `en-GB`; VAT where that names none.
 */
export function taxWord(locale: string): string {
  return WORDS.get(new Intl.Locale(locale).region ?? "") ?? "VAT";
}

/** The same where it begins a label: "VAT by tax code", "Sales tax by tax code". */
export function taxWordFirst(locale: string): string {
  const word = taxWord(locale);
  return word.charAt(0).toUpperCase() + word.slice(1);
}
