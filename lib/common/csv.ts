/** What a spreadsheet may take for the beginning of a formula, also after apostrophes of our own or of the text's. */
const FORMULA = /^'*[=+\-@\t\r\n\0＝＋－＠]/;
const NUMBER = /^-?\d+(\.\d+)?$/;
/** What ends a cell somewhere: separators of every country, quotes and line ends. */
const NEEDS_QUOTES = /[",;|\t\r\n\0]|^\s|\s$/;

/** Begins a CSV file that spreadsheets are to read as UTF-8. */
export const CSV_BEGIN = "\uFEFF";

/** Whether a spreadsheet may take the text for a formula. */
export function looksLikeFormula(text: string): boolean {
  return FORMULA.test(text);
}

/**
 * A text that no spreadsheet takes for a formula: one that begins like one gets an apostrophe in front (OWASP ASVS V1.2.10).
 * {@link unguardText} gives the text back as it was.
 */
function guardText(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text that {@link guardText} was given. */
export function unguardText(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}

/**
 * One cell of a CSV file (RFC 4180), guarded against formula injection. A column of numbers says so: its plain decimals, negative
 * ones too, stay numbers; anything else in it is text.
 */
export function csvCell(value: string | null, column: "text" | "number" = "text"): string {
  if (value === null) return "";
  const plain = column === "number" && NUMBER.test(value);
  const text = plain ? value : guardText(value);
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line, its end included. */
export function csvLine(cells: readonly string[]): string {
  return `${cells.join(",")}\r\n`;
}
