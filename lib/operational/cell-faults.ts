import type { Field } from "./fields.ts";
import { type FaultyLine, isFaulty, type LineFault } from "./read-line.ts";
import type { Layout } from "./records.ts";
import type { Cell } from "./workbook.ts";

/** A cell of a workbook that holds no value that could be taken, by its column from 0. */
export interface CellFault {
  readonly column: number;
  readonly value: string;
  readonly rule: string;
}

/** What an amount or a date is rounded to is what the spreadsheet shows; of what names something, no digit may be missing. */
const ROUNDED: ReadonlySet<string> = new Set<Field | MoneyField>([
  "date",
  "dueDate",
  "taxPoint",
  "quantity",
  "unitPrice",
  "unitPriceGross",
  "net",
  "tax",
  "discount",
  "discountPercent",
  "lineTotal",
  "lineGross",
  "documentNet",
  "documentTax",
  "documentGross",
  "rate",
  "terms",
  "amount",
  "debit",
  "credit",
  "description",
  "narration",
]);

/** What names something: a date there is what a spreadsheet made of it. */
const IDENTIFIERS: ReadonlySet<string> = new Set<Field>([
  "number",
  "reference",
  "recordId",
  "contactReference",
  "taxNumber",
  "product",
  "code",
  "group",
  "nominalCode",
  "purchaseNominalCode",
  "stockNominalCode",
  "bankNominalCode",
  "taxCode",
  "allocateTo",
]);

/** Amounts of one line: one cell over several lines says nothing about each of them. */
const OF_ONE_LINE: ReadonlySet<string> = new Set<Field | MoneyField>([
  "quantity",
  "unitPrice",
  "unitPriceGross",
  "net",
  "tax",
  "discount",
  "lineTotal",
  "lineGross",
  "amount",
  "debit",
  "credit",
]);

/** Fields of money that a profile may have. */
type MoneyField =
  | "unitPriceGross"
  | "discount"
  | "discountPercent"
  | "lineTotal"
  | "lineGross"
  | "documentNet"
  | "documentTax"
  | "documentGross";

const RULES = {
  formula:
    "holds a value: its formula was never calculated. Open the workbook in the spreadsheet program, save it there, and upload that file",
  error: "holds a value, and no error of the spreadsheet's",
  digits: "is kept as text in the workbook: as a number it has more digits than a cell keeps, and lost the rest",
  time: "is a number: the cell shows a time, which the spreadsheet keeps as a part of a day. Write hours as a decimal, as 7.5 for 7:30",
  date: "is text: the spreadsheet has made a date of it. Format the column as text in the source and export again",
  merged: "is in a cell of its own on each line: here one cell covers several lines",
} as const;

/** What is wrong with a row's cells for the columns that are read; what stands under no known heading may hold anything. */
export function cellFaults(cells: readonly Cell[], { at }: Pick<Layout, "at">): CellFault[] {
  const faults: CellFault[] = [];
  for (const [field, column] of Object.entries(at)) {
    const cell = cells[column];
    if (!cell || (cell.flaw === undefined && !cell.merged && !cell.date)) continue;
    const isWords = field === "description" || field === "narration";
    const isRight = (cell.flaw === "digits" && ROUNDED.has(field)) || (cell.flaw === "time" && isWords);
    const why = isRight ? undefined : (cell.flaw ?? (cell.date && IDENTIFIERS.has(field) ? "date" : undefined));
    if (why !== undefined) faults.push({ column, value: cell.text.slice(0, 200), rule: RULES[why] });
    else if (cell.merged && OF_ONE_LINE.has(field)) faults.push({ column, value: cell.text.slice(0, 200), rule: RULES.merged });
  }
  return faults;
}

/** Fields of amounts, which a currency's sign may stand beside. */
const MONEY: ReadonlySet<string> = new Set(
  [...OF_ONE_LINE, "documentNet", "documentTax", "documentGross"].filter((one) => one !== "quantity"),
);

/**
 * The values of a row as its columns are read: what a faulty cell shows is no value; of a number that names something, and of an amount with a
 * currency's sign, all that the cell shows.
 */
export function cellValues(cells: readonly Cell[], faults: readonly CellFault[], { at }: Pick<Layout, "at">): string[] {
  const faulty = new Set(faults.map((fault) => fault.column));
  const values = cells.map((cell, column) => (faulty.has(column) || cell.flaw === "formula" ? "" : cell.text));
  if (!cells.some((cell) => cell.shown)) return values;
  for (const [field, column] of Object.entries(at)) {
    const shown = cells[column]?.shown;
    if (shown === undefined || faulty.has(column)) continue;
    if (shown.digits !== undefined && IDENTIFIERS.has(field)) values[column] = shown.digits;
    if (shown.money !== undefined && MONEY.has(field)) values[column] = shown.money;
  }
  return values;
}

/**
 * What was read of a line, with the faults of its cells: these come first, and instead of what their columns seemed to lack.
 *
 * @param row of a workbook
 */
export function withCellFaults<Read extends object>(
  read: Read | FaultyLine,
  cells: readonly CellFault[] | undefined,
  { line, headers, values }: { line: number; headers: readonly string[]; values: readonly string[] },
): Read | FaultyLine {
  if (cells === undefined || cells.length === 0) return read;
  const faults: LineFault[] = cells.map(({ column, value, rule }) => ({
    line,
    field: headers[column] ?? "",
    value,
    rule,
    fixer: "operations",
  }));
  const told = new Set(faults.map((fault) => fault.field));
  if (isFaulty(read)) return { ...read, faults: [...faults, ...read.faults.filter((fault) => !told.has(fault.field))] };
  const known = read as Partial<Pick<FaultyLine, "kind" | "reference" | "number" | "currency">>;
  return {
    line,
    faults,
    kind: known.kind ?? "",
    reference: known.reference ?? "",
    number: known.number ?? known.reference ?? "",
    currency: known.currency ?? "",
    // What its amounts would have been, nobody can say.
    netMinor: 0n,
    raw: values,
  };
}
