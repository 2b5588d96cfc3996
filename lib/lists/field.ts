import { csvCell } from "#lib/common/csv.ts";
import { formatDate, formatMoment } from "#lib/common/dates.ts";
import { formatAmount, minorDigits, minorToDecimal } from "#lib/common/money.ts";
import type { SheetCell } from "#lib/common/xlsx.ts";

/**
 * One column of a list, for the screen, a file and paper alike. `value` gives text: as it is, a decimal string (`number`), minor units of
 * `currency` (`money`), `YYYY-MM-DD` (`date`) or ISO 8601 (`moment`).
 */
export interface Field<Row> {
  readonly id: string;
  readonly label: string;
  readonly type: "text" | "number" | "money" | "date" | "moment";
  readonly value: (row: Row) => string | null;
  /** Of `money`: the currency that `value` counts in. */
  readonly currency?: (row: Row) => string | null;
}

/**
 * The fields that a file or a print holds: those chosen, in their order, else all. Money goes nowhere without its currency: where the
 * column was put away, it comes last.
 */
export function chosenFields<F extends Pick<Field<never>, "id" | "type">>(
  fields: readonly F[],
  choice: readonly string[] | null,
): readonly F[] {
  const chosen = [...new Set(choice)].flatMap((id) => fields.find((field) => field.id === id) ?? []);
  if (chosen.length === 0) return fields;
  const currency = fields.find((field) => field.id === "currency");
  const bare = chosen.some((field) => field.type === "money") && currency && !chosen.includes(currency);
  return bare ? [...chosen, currency] : chosen;
}

/** A moment on the client's wall clock, `2026-11-22T09:41:00`: neither a sheet nor a line of CSV knows a zone. */
function localMoment(iso: string, timeZone: string): string {
  // Sweden writes it so: 2026-11-22 09:41:00
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "medium" })
    .format(new Date(iso))
    .replace(" ", "T");
}

/** Money as a plain decimal string. */
function decimalOf<Row>(field: Field<Row>, row: Row, value: string): { decimal: string; digits: number } | null {
  const currency = field.currency?.(row);
  return currency ? { decimal: minorToDecimal(BigInt(value), currency), digits: minorDigits(currency) } : null;
}

/** A field of a row as a cell of CSV, guarded: a number of a numeric column stays one. */
export function csvOf<Row>(field: Field<Row>, row: Row, timeZone: string): string {
  const value = field.value(row);
  if (value === null) return "";
  switch (field.type) {
    case "money":
      return csvCell(decimalOf(field, row, value)?.decimal ?? null, "number");
    case "number":
      return csvCell(value, "number");
    case "moment":
      return csvCell(localMoment(value, timeZone).replace("T", " "));
    default:
      return csvCell(value);
  }
}

/** A field of a row as a cell of a sheet, with its type. */
export function sheetCellOf<Row>(field: Field<Row>, row: Row, timeZone: string): SheetCell {
  const value = field.value(row);
  if (value === null) return null;
  switch (field.type) {
    case "money": {
      const money = decimalOf(field, row, value);
      return money && { type: "number", ...money };
    }
    case "number":
      return { type: "number", decimal: value, digits: value.split(".")[1]?.length ?? 0 };
    case "date":
      return { type: "date", date: value };
    case "moment":
      return { type: "moment", local: localMoment(value, timeZone) };
    default:
      return { type: "text", text: value };
  }
}

export interface Place {
  /** BCP 47. */
  readonly locale: string;
  /** IANA. */
  readonly timeZone: string;
}

/** A field of a row for a reader: amounts and dates written the client's way. */
export function wordsOf<Row>(field: Field<Row>, row: Row, { locale, timeZone }: Place): string {
  const value = field.value(row);
  if (value === null) return "";
  switch (field.type) {
    case "money": {
      const currency = field.currency?.(row);
      return currency ? formatAmount(BigInt(value), currency, locale) : "";
    }
    case "date":
      return formatDate(value, locale);
    case "moment":
      return formatMoment(value, timeZone, locale);
    default:
      return value;
  }
}

/** Whether a column's figures stand at its end. */
export const isFigure = ({ type }: Pick<Field<never>, "type">): boolean => type === "money" || type === "number";
