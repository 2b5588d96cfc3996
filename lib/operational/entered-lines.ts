import type { PlainDate } from "#lib/common/dates.ts";
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

/** Opens a line for reading by field. */
export function lineCells(profile: ImportProfile, layout: Layout, line: number, values: readonly string[]): LineCells {
  const faults: LineFault[] = [];
  const fault: LineCells["fault"] = (field, value, rule) => {
    const at = layout.at[field];
    const header = (at === undefined ? undefined : layout.headers[at]) ?? profile.columns[field]?.headers[0] ?? field;
    faults.push({ line, field: header, value: value.slice(0, 200), rule, fixer: "operations" });
  };
  const text: LineCells["text"] = (field) => {
    const at = layout.at[field];
    const value = at === undefined ? "" : (values[at] ?? "").trim().normalize("NFC");
    if (/\p{Cc}/u.test(value)) fault(field, value.replace(/\p{Cc}/gu, "\ufffd"), "holds a control character");
    return value;
  };
  if (values.length !== layout.headers.length) {
    const rule = `a line has ${layout.headers.length} fields, as the headers have`;
    faults.push({ line, field: "", value: `${values.length} fields`, rule, fixer: "operations" });
  }
  return {
    faults,
    fault,
    text,
    wanted: (field) => {
      const value = text(field);
      if (value === "") fault(field, "", "is filled in");
      return value;
    },
    date: (field) => {
      const value = text(field);
      const date = value === "" ? null : readDate(value, datesOf(profile, layout));
      if (value === "") fault(field, "", "is filled in");
      else if (date === null) fault(field, value, dateRule(value, datesOf(profile, layout).formats));
      return date;
    },
    amount: (field, digits, currency) => {
      const value = text(field);
      const exact = value === "" ? null : readNumber(value, layout.decimalMark);
      if (value !== "" && exact === null)
        fault(field, value, `is a number, its decimals after "${layout.decimalMark}", without exponent`);
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
  };
}
