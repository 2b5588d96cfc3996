import type { PlainDate } from "#lib/common/dates.ts";
import { isSyncErrorCode } from "#lib/errors/catalogue.ts";
import {
  type BelowZero,
  contradiction,
  currencyOfHeading,
  isNoAmount,
  isOverlong,
  isShortened,
  type LedgerMark,
  ledgerMarkOf,
  ROUNDED_RULE,
  readWritten,
  SHORTENED_RULE,
  signedBy,
  unsureRule,
} from "./amounts.ts";
import { plainBlanks, type ReferenceMarks, spoiltLetters, unmarked } from "./cell-texts.ts";
import type { Exact } from "./exact.ts";
import type { Field } from "./fields.ts";
import { dateRule, readDate } from "./file-dates.ts";
import { readNumber } from "./numbers.ts";
import type { ImportProfile } from "./profile.ts";
import type { LineFault } from "./read-line.ts";
import { datesOf, type Layout, placed } from "./records.ts";

/** Payments and journals are judged one after another, each against what those before it left. */
export const MAX_ENTERED_LINES = 50_000;

/** One line of a file of payments or journals, its cells read by field, its faults gathered. */
export interface LineCells {
  readonly faults: LineFault[];
  fault(field: Field, value: string, rule: string): void;
  text(field: Field): string;
  /** As {@link text}, a blank being a fault. */
  wanted(field: Field): string;
  /** Null where it is blank or faulty. */
  date(field: Field): PlainDate | null;
  /** Null where it is blank or faulty; `digits` are the decimals that the currency has. */
  amount(field: Field, digits: number, currency: string): Exact | null;
}

/** References that a spreadsheet may have taken for numbers. */
const IDENTIFIERS = new Set<Field>(["number", "reference", "contactReference", "allocateTo"]);

/** What stands behind the last column. A cell that is missing at the end is blank, and a blank one too many is nothing. */
export function surplusFault(line: number, values: readonly string[], { headers, separator }: Layout): LineFault | null {
  const surplus = values.slice(headers.length);
  if (surplus.every((value) => value.trim() === "")) return null;
  const rule = `has ${headers.length} fields, as the headers have: "${surplus.join(separator).slice(0, 60)}" is after the last`;
  return { line, field: "", value: `${values.length} fields`, rule, fixer: "operations" };
}

/** Opens a line for reading by field. @param isNumber which of its cells are numbers to a workbook */
export function lineCells(
  profile: ImportProfile,
  layout: Layout,
  line: number,
  values: readonly string[],
  isNumber?: readonly boolean[],
  marks: ReferenceMarks = { seen: new Map(), off: new Set() },
): LineCells {
  const faults: LineFault[] = [];
  const headerOf = (field: Field) => {
    const at = layout.at[field];
    return (at === undefined ? undefined : layout.headers[at]) ?? profile.columns[field]?.headers[0] ?? field;
  };
  const fault: LineCells["fault"] = (field, value, rule) => {
    faults.push({ line, field: headerOf(field), value: value.slice(0, 200), rule, fixer: "operations" });
  };
  const text: LineCells["text"] = (field) => {
    const at = layout.at[field];
    let value = at === undefined ? "" : (values[at] ?? "").trim().normalize("NFC");
    if (/\p{Cc}/u.test(value)) fault(field, value.replace(/\p{Cc}/gu, "\ufffd"), "holds a control character");
    if (IDENTIFIERS.has(field)) {
      value = unmarked(plainBlanks(value), marks, { line, field: headerOf(field) });
      const spoilt = spoiltLetters(value, false);
      if (spoilt !== null) fault(field, value, spoilt);
      if (isShortened(value)) fault(field, value, SHORTENED_RULE);
      else if (at !== undefined && isNumber?.[at] && isOverlong(value)) fault(field, value, ROUNDED_RULE);
    }
    return value;
  };
  const surplus = surplusFault(line, values, layout);
  if (surplus) faults.push(surplus);
  /** With the sign of its mark, beside it or in a column of marks. A journal's side is what the mark says. */
  const marked = (field: Field, value: string, exact: Exact, beside: LedgerMark | null): Exact | null => {
    const inColumn = ledgerMarkOf(values[layout.markColumn ?? -1] ?? "");
    const mark = beside ?? inColumn;
    if (mark === null) return exact;
    if (inColumn !== null && (beside !== null || exact.units < 0n)) {
      fault(field, value, `says one way whether it is below zero: its line says "${inColumn}" besides`);
      return null;
    }
    const own = field === "debit" ? "DR" : field === "credit" ? "CR" : null;
    if (own === mark) return exact;
    if (own !== null) {
      fault(field, value, `is in the column of its side: "${mark}" says the other`);
      return null;
    }
    const below: BelowZero | undefined = profile.kind === "journals" ? "cr" : layout.belowZero;
    const signed = signedBy(exact, mark, below, null);
    if (signed === null) fault(field, value, unsureRule(mark));
    return signed;
  };
  return {
    faults,
    fault,
    text,
    wanted: (field) => {
      const value = text(field);
      if (value === "") fault(field, "", "required");
      return value;
    },
    date: (field) => {
      const value = text(field);
      const date = value === "" ? null : readDate(value, datesOf(profile, layout));
      if (value === "") fault(field, "", "required");
      else if (date === null) fault(field, value, dateRule(value, datesOf(profile, layout).formats));
      return date;
    },
    amount: (field, digits, currency) => {
      const value = text(field);
      const heading = value === "" ? null : currencyOfHeading(headerOf(field));
      const against = heading && contradiction(heading, currency);
      if (against) fault(field, value, against.replace("it is written", "its heading is written"));
      let exact = value === "" ? null : readNumber(value, layout.decimalMark);
      if (value !== "" && exact === null) {
        const written = readWritten(value, layout.decimalMark);
        const why = isNoAmount(written)
          ? written.why
          : (contradiction(written, currency) ?? (written.isPercent ? "is an amount, not per cent" : null));
        if (why !== null) fault(field, value, why);
        else if (!isNoAmount(written)) exact = marked(field, value, written.value, written.ledgerMark);
      } else if (exact !== null && exact.units !== 0n) exact = marked(field, value, exact, null);
      if (exact === null || exact.scale <= digits) return exact;
      fault(field, value, `has at most ${digits} decimals in ${currency}`);
      return null;
    },
  };
}

/** A use case's own sentence as the fault of a line. */
export function sentenceFault(
  profile: ImportProfile,
  headers: readonly string[],
  at: { readonly line: number; readonly field: Field; readonly value: string; readonly code: string; readonly sentence: string },
): LineFault {
  const index = placed(profile, headers).at[at.field];
  return {
    line: at.line,
    field: (index === undefined ? undefined : headers[index]) ?? profile.columns[at.field]?.headers[0] ?? at.field,
    value: at.value,
    rule: at.sentence.replace(/\.$/, ""),
    fixer: at.code.startsWith("source.") ? "operations" : "bookkeeper",
    ...(isSyncErrorCode(at.code) ? { code: at.code } : {}),
  };
}
