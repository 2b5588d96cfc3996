import { currencyOfCode } from "./amounts.ts";

// What a workbook's cell shows is its value in a format: a time of day, a customer's zeros, a currency's sign stand in the format alone.

export interface CellFormat {
  readonly isDate: boolean;
  /** A time of day or a duration, and no date: a cell of 7:30 holds 0.3125. */
  readonly isTime: boolean;
  /** Digits with zeros before them, and letters around them: how a number that names something is shown. */
  readonly digits: { readonly before: string; readonly length: number; readonly behind: string } | null;
  /** The sign or code of a currency; blank where it has none. */
  readonly currency: string;
}

/** Built-in number formats that are dates, and those that are times of day (ECMA-376, 18.8.30). */
const DATE_FORMAT_IDS = new Set([14, 15, 16, 17, 22, 27, 28, 29, 30, 31, 34, 35, 36, 50, 51, 52, 53, 54, 55, 56, 57, 58]);
const TIME_FORMAT_IDS = new Set([18, 19, 20, 21, 32, 33, 45, 46, 47]);

/** The format that a workbook names by a number alone. */
export function builtInFormat(id: number): CellFormat {
  return { isDate: DATE_FORMAT_IDS.has(id), isTime: TIME_FORMAT_IDS.has(id), digits: null, currency: "" };
}

/** A format as its workbook writes it. */
export function formatOf(code: string): CellFormat {
  const isDate = showsDate(code);
  return { isDate, isTime: !isDate && showsTime(code), digits: digitsOf(code), currency: currencyOf(code) };
}

/** Without quoted words, escapes and what stands in brackets; `[h]` stays, which is hours beyond a day. */
function bareFormat(format: string): string {
  return format.replace(/"[^"]*"|\[(?!h+\]|m+\]|s+\])[^\]]*\]|\\.|_.|\*./gi, "");
}

/** A format with a day or a year outside quotation marks, colours and escapes. */
function showsDate(format: string): boolean {
  const plain = bareFormat(format);
  return /[dy]/i.test(plain) || (/m/i.test(plain) && !/[hs0#?]/i.test(plain));
}

/** A format with hours or seconds, as `h:mm` and `[h]:mm`. */
function showsTime(format: string): boolean {
  const plain = bareFormat(format);
  return plain !== "General" && /\[(?:h+|m+|s+)\]|h+:m|m+:s/i.test(plain);
}

/** `00000`, `"INV-"0000`, `\I\N\V0000`. */
function digitsOf(format: string): CellFormat["digits"] {
  const found = /^((?:"[^"]*"|\\.|-)*)(0+)((?:"[^"]*"|\\.|-)*)(?:;|$)/.exec(format);
  if (!found) return null;
  const words = (text: string) => text.replace(/"([^"]*)"|\\(.)/g, "$1$2");
  const [, before = "", zeros = "", behind = ""] = found;
  if (zeros.length < 2 && before === "" && behind === "") return null;
  return { before: words(before), length: zeros.length, behind: words(behind) };
}

function currencyOf(format: string): string {
  const named = /\[\$([^\]-]+)[^\]]*\]/.exec(format)?.[1]?.trim();
  if (named !== undefined) return named;
  const quoted = /"\s*([A-Z]{3})\s*"/.exec(format)?.[1] ?? "";
  if (currencyOfCode(quoted)) return quoted;
  return /\p{Sc}/u.exec(format.replace(/\[[^\]]*\]/g, ""))?.[0] ?? "";
}

/** What a cell of that format shows of a number, where it is more than the number; null elsewhere. */
export function shownAs(
  text: string,
  { digits, currency }: CellFormat,
): { readonly digits?: string; readonly money?: string } | null {
  if (digits && /^\d+$/.test(text)) return { digits: `${digits.before}${text.padStart(digits.length, "0")}${digits.behind}` };
  return currency === "" ? null : { money: `${currency}${text}` };
}
