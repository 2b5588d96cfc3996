import type { Exact } from "./exact.ts";
import { readNumber } from "./numbers.ts";
import type { DecimalMark } from "./records.ts";

// Amounts as ledgers, spreadsheets and people write them: brackets and a minus behind for what is below zero, the marks and codes of
// currencies, per cent. Whatever is left over is named, so that the fault says what is wrong with the figure.

/** The side of a ledger, as it stands beside an amount. */
export type LedgerMark = "CR" | "DR";

/** Which amounts are below zero: those of one mark, or as a ledger has it, CR on sales and DR on purchases. */
export type BelowZero = "cr" | "dr" | "sides";

/** An amount that is more than a plain number. */
export interface WrittenAmount {
  /** Above zero where it bears a ledger's mark: {@link signedBy} says which way it counts. */
  readonly value: Exact;
  readonly ledgerMark: LedgerMark | null;
  /** The currencies that its mark or code stands for (a `$` for several); null where it bears none. */
  readonly currencies: readonly string[] | null;
  /** The mark or code as it is written. */
  readonly mark: string;
  readonly isPercent: boolean;
}

/** Why a text is no amount: the end of a sentence that begins with its column. */
export interface NoAmount {
  readonly why: string;
}

export function isNoAmount(read: object): read is NoAmount {
  return "why" in read;
}

/** What is said of a number that lost its digits: nothing here can bring them back. */
export const SHORTENED_RULE =
  "is written in full: a spreadsheet has shortened this number and its digits are lost. Format the column as text in the source and export again";

/** As spreadsheets write what is too long for them: `2.02611E+12`. A code such as `1E5` is left alone: it has no sign and no decimals. */
const SHORTENED = /^[+-]?(?:\d(?:[.,]\d+)?e[+-]\d{1,3}|\d[.,]\d+e\d{1,3})$/i;

/** Whether a spreadsheet has written the number or reference in its short form, so that its digits are lost. */
export function isShortened(text: string): boolean {
  return SHORTENED.test(text);
}

/** What is said of a number of a workbook that is longer than its spreadsheet keeps. */
export const ROUNDED_RULE =
  "is text: a spreadsheet keeps 15 digits of a number and puts zeros for the rest. Format the column as text in the source and export again";

/** Whether a number has more digits than a spreadsheet keeps. */
export function isOverlong(text: string): boolean {
  return /^\d{16,}$/.test(text);
}

/** Whether it ends in zeros from the sixteenth digit on, as every number does that went through a spreadsheet. */
export function endsInZeros(text: string): boolean {
  return /^0+$/.test(text.slice(15));
}

/** Hyphen, the hyphens and dashes of Unicode, its minus, and their wide and small forms. */
const MINUS = /^[-\u2010-\u2015\u2212\ufe58\ufe63\uff0d]$/;

const DOLLARS = ["USD", "AUD", "CAD", "NZD", "SGD", "HKD", "MXN", "TWD", "JMD", "BBD", "TTD", "BSD", "BMD", "FJD", "XCD", "NAD"];
const CROWNS = ["SEK", "NOK", "DKK", "ISK", "CZK"];
/** The marks of currencies, longest first. */
const MARKS: readonly (readonly [string, readonly string[]])[] = [
  ["US$", ["USD"]],
  ["AU$", ["AUD"]],
  ["CA$", ["CAD"]],
  ["NZ$", ["NZD"]],
  ["HK$", ["HKD"]],
  ["R$", ["BRL"]],
  ["A$", ["AUD"]],
  ["C$", ["CAD"]],
  ["S$", ["SGD"]],
  ["kr.", CROWNS],
  ["Kč", ["CZK"]],
  ["Fr.", ["CHF"]],
  ["kr", CROWNS],
  ["zł", ["PLN"]],
  ["Ft", ["HUF"]],
  ["£", ["GBP", "GIP", "FKP", "SHP", "EGP"]],
  ["€", ["EUR"]],
  ["$", DOLLARS],
  ["¥", ["JPY", "CNY"]],
  ["₹", ["INR"]],
  ["₺", ["TRY"]],
  ["₽", ["RUB"]],
  ["₴", ["UAH"]],
  ["₪", ["ILS"]],
  ["₩", ["KRW"]],
  ["₫", ["VND"]],
  ["฿", ["THB"]],
  ["₱", ["PHP"]],
  ["₦", ["NGN"]],
];
const CODES = new Set(Intl.supportedValuesOf("currency"));

interface Mark {
  readonly mark: string;
  readonly currencies: readonly string[];
}

function markBefore(text: string): Mark | null {
  for (const [mark, currencies] of MARKS) if (text.startsWith(mark)) return { mark, currencies };
  const code = /^([A-Za-z]{3})(?![A-Za-z])/.exec(text)?.[1] ?? "";
  return CODES.has(code.toUpperCase()) ? { mark: code, currencies: [code.toUpperCase()] } : null;
}

function markBehind(text: string): Mark | null {
  for (const [mark, currencies] of MARKS) if (text.endsWith(mark)) return { mark, currencies };
  const code = /(?<![A-Za-z])([A-Za-z]{3})$/.exec(text)?.[1] ?? "";
  return CODES.has(code.toUpperCase()) ? { mark: code, currencies: [code.toUpperCase()] } : null;
}

/** Before an amount, or behind it. */
const LEDGER_MARK = /^(CR|DR)\.?(?![A-Za-z])|(?<![A-Za-z])(CR|DR)\.?$/i;

/** The mark of a ledger's side that a cell bears beside digits; null where it bears none. */
export function ledgerMarkIn(text: string): LedgerMark | null {
  if (!/\d/.test(text)) return null;
  const found = LEDGER_MARK.exec(text.trim().replace(/^\(|\)$/g, ""));
  return found ? ledgerMarkOf(found[1] ?? found[2] ?? "") : null;
}

/** The mark that a word of a column of its own stands for; null where it is none. */
export function ledgerMarkOf(word: string): LedgerMark | null {
  const plain = word.trim().toUpperCase().replace(/\.$/, "");
  if (plain === "CR" || plain === "CREDIT" || plain === "C") return "CR";
  return plain === "DR" || plain === "DEBIT" || plain === "D" ? "DR" : null;
}

/**
 * An amount with the sign that its ledger's mark gives it; null where nobody has said which mark is below zero.
 *
 * @param side whose books the document stands in; null where it is no document
 */
export function signedBy(
  value: Exact,
  mark: LedgerMark | null,
  below: BelowZero | undefined,
  side: "sales" | "purchase" | null,
): Exact | null {
  if (mark === null) return value;
  if (below === undefined || (below === "sides" && side === null)) return null;
  const minus = below === "sides" ? (side === "sales" ? "CR" : "DR") : below === "cr" ? "CR" : "DR";
  return mark === minus ? { units: -value.units, scale: value.scale } : value;
}

/** What is said of a marked amount where nobody has said which mark is below zero. */
export function unsureRule(mark: LedgerMark): string {
  return `is above zero or below: "${mark}" does not say which. Say in the profile which of CR and DR is below zero`;
}

/** Whether three letters are a currency's. */
export function currencyOfCode(code: string): boolean {
  return CODES.has(code);
}

/** The currencies that a heading's sign stands for, as in "Net (€)", with the sign; null where it bears none. */
export function currencyOfHeading(heading: string): Pick<WrittenAmount, "currencies" | "mark"> | null {
  for (const [mark, currencies] of MARKS) if (/^\p{Sc}$/u.test(mark) && heading.includes(mark)) return { mark, currencies };
  return null;
}

const MAX_LENGTH = 60;

/**
 * Takes an amount apart that {@link readNumber} does not read as it stands.
 *
 * A `CR` or `DR` beside it is told, and left to whoever knows what the file means by it.
 */
export function readWritten(text: string, mark: DecimalMark): WrittenAmount | NoAmount {
  if (isShortened(text)) return { why: SHORTENED_RULE };
  if (text.length > MAX_LENGTH) return { why: `is a number, its decimals after "${mark}"` };
  let rest = text.normalize("NFC");
  let minus = 0;
  let found: Mark | null = null;
  let ledgerMark: LedgerMark | null = null;
  let isPercent = false;
  for (;;) {
    rest = rest.trim();
    const side: RegExpExecArray | null = ledgerMark === null ? LEDGER_MARK.exec(rest) : null;
    if (side) {
      ledgerMark = (side[1] ?? side[2] ?? "").toUpperCase() === "CR" ? "CR" : "DR";
      rest = rest.slice(side[1] === undefined ? 0 : side[0].length, side[1] === undefined ? -side[0].length : undefined);
      continue;
    }
    const last = rest.at(-1) ?? "";
    if (rest.length > 2 && rest.startsWith("(") && last === ")") {
      minus += 1;
      rest = rest.slice(1, -1);
      continue;
    }
    if (MINUS.test(rest[0] ?? "")) {
      minus += 1;
      rest = rest.slice(1);
      continue;
    }
    if (MINUS.test(last)) {
      minus += 1;
      rest = rest.slice(0, -1);
      continue;
    }
    if (last === "%" && !isPercent) {
      isPercent = true;
      rest = rest.slice(0, -1);
      continue;
    }
    const before: Mark | null = found ? null : markBefore(rest);
    if (before) {
      found = before;
      rest = rest.slice(before.mark.length);
      continue;
    }
    const behind: Mark | null = found ? null : markBehind(rest);
    if (behind) {
      found = behind;
      rest = rest.slice(0, -behind.mark.length);
      continue;
    }
    break;
  }
  if (minus > 1) return { why: `says once that it is below zero: "${text}" says it twice` };
  if (minus > 0 && ledgerMark !== null)
    return { why: `says one way whether it is below zero: "${text}" has a sign and ${ledgerMark}` };
  const signed = rest.startsWith("+") ? rest.slice(1) : rest;
  const value = signed.startsWith("+") || signed.startsWith("-") ? null : readNumber(plain(signed), mark);
  if (value === null) return { why: whyNot(signed, mark) };
  return {
    value: minus === 1 ? { units: -value.units, scale: value.scale } : value,
    ledgerMark,
    currencies: found?.currencies ?? null,
    mark: found?.mark ?? "",
    isPercent,
  };
}

/** Thin and figure spaces, and the raised comma, part thousands as a space and an apostrophe do. */
function plain(text: string): string {
  return text.replace(/[\u2007-\u200a]/g, " ").replace(/\u2019/g, "'");
}

function whyNot(text: string, mark: DecimalMark): string {
  const rule = `is a number, its decimals after "${mark}"`;
  const odd = /[^\d.,' \u00a0\u202f]/u.exec(plain(text))?.[0];
  if (odd !== undefined) return `${rule}: it holds "${odd}"`;
  if (!/\d/.test(text)) return `${rule}: it holds no digit`;
  const marks = [...new Set(text.replace(/\d/g, ""))].map((one) => (/\s/.test(one) ? "a space" : `"${one}"`));
  return `${rule}, with thousands separated at every third digit: ${marks.join(" and ")} ${marks.length === 1 ? "is" : "are"} elsewhere`;
}

/**
 * Decimals as an amount is written, its trailing zeros counted: 2 for "20.00" and "(1,240.50)", 0 for "20".
 *
 * A price is known to half a unit of the last of them.
 */
export function decimalsOf(text: string, mark: DecimalMark): number {
  const at = text.lastIndexOf(mark);
  return at < 0 ? 0 : (/^\d*/.exec(text.slice(at + 1))?.[0].length ?? 0);
}

/** What a currency's mark says against the document's currency; null where the two agree. */
export function contradiction({ currencies, mark }: Pick<WrittenAmount, "currencies" | "mark">, currency: string): string | null {
  if (currencies === null || currencies.includes(currency)) return null;
  return `is in the document's currency, ${currency}: it is written with "${mark}"`;
}
