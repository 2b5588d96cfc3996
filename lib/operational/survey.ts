import type { PlainDate } from "#lib/common/dates.ts";
import { type LedgerMark, ledgerMarkIn, ledgerMarkOf } from "./amounts.ts";
import { DATE_FIELDS, type Field, NUMBER_FIELDS } from "./fields.ts";
import { DATE_ORDERS, type DateOrder, type DateRules, namesMonth, readings } from "./file-dates.ts";
import { repeatsHeadings } from "./headings.ts";
import { BrokenFile, type DecimalMark, type FileRecord, type Layout } from "./records.ts";

/** A value that shows something, where it stands. */
export interface Seen {
  readonly line: number;
  readonly field: Field;
  readonly text: string;
}

/** What a file's own lines show of how it is written, the whole of it looked at. */
export interface Survey {
  /** The first value that can be read with decimals after that mark alone. */
  readonly marks: Readonly<Record<DecimalMark, Seen | null>>;
  /** The first value that reads both ways, and how many do. */
  readonly eitherMark: { readonly first: Seen; readonly count: number } | null;
  /**
   * A value with three digits after that mark, the last of them a nought, in a column that otherwise has other decimals after it: decimals are
   * not written so, thousands are.
   */
  readonly odd: Readonly<Record<DecimalMark, { readonly seen: Seen; readonly beside: Seen } | null>>;
  /** Whether every line has a net of its own. */
  readonly hasNet: boolean;
  /** For each order of day and month, the first date that cannot be read so; null where all can. */
  readonly against: Readonly<Record<DateOrder, Seen | null>>;
  /** The first date that two orders read as two days. */
  readonly eitherOrder: (Seen & { readonly days: Readonly<Partial<Record<DateOrder, PlainDate>>> }) | null;
  /** The first month written as a word with its year last, in a column that has dates of numbers alone as well. */
  readonly yearLast: Seen | null;
  /**
   * A workbook's date that may have been read by its day for its month: it stands beside texts that the spreadsheet could not read so, in a
   * column without a date of a day above 12, which it could only have read right.
   */
  readonly halfRead: { readonly cell: Seen; readonly text: Seen } | null;
  /** The first amounts marked CR and DR; null where no amount bears a mark. */
  readonly ledgerMarks: Readonly<Record<LedgerMark, Seen | null>> | null;
  /** A column that stands for no field and says CR or DR of each line, with the first line that does. */
  readonly markColumn: { readonly column: number; readonly seen: Omit<Seen, "field"> } | null;
  /** Fields that several columns claim, with what they say where they first differ. */
  readonly claims: readonly {
    readonly field: Field;
    /** Columns that are not blank throughout. */
    readonly columns: readonly number[];
    readonly differ: { readonly line: number; readonly values: readonly string[] } | null;
  }[];
  /** Columns that stand for no field and hold what one of those that have no column would. */
  readonly unclaimed: readonly { readonly field: Field; readonly column: number; readonly seen: Omit<Seen, "field"> }[];
  /** Rows of sums, by line. */
  readonly totals: ReadonlyMap<number, readonly string[]>;
  /** The last row, where it holds figures alone and may be sums. */
  readonly bare: number | null;
  /** Lines that say the headings again. */
  readonly repeats: ReadonlySet<number>;
}

const TOTAL =
  /^(?:(?:grand|sub|report|overall|batch|page)[- ]?)?totals?(?:\s*[:(].*|\s+(?:for|of|gbp|eur|usd|net|gross|amount|amounts|due)\b.*)?$/i;
const TOTAL_ABROAD = /^(?:totaal|subtotaal|eindtotaal|summe|zwischensumme|gesamtsumme|gesamt|somme|total g[ée]n[ée]ral)\s*:?$/i;
/** Whether a text says that what stands beside it is a sum: "Subtotal", not "Total station". */
export function namesTotal(text: string): boolean {
  return TOTAL.test(text) || TOTAL_ABROAD.test(text);
}

/** Amounts that may stand with the mark of a ledger's side. */
const MARKED_FIELDS: readonly Field[] = [
  "unitPrice",
  "unitPriceGross",
  "net",
  "tax",
  "lineTotal",
  "lineGross",
  "documentNet",
  "documentTax",
  "documentGross",
  "amount",
];

/** Fields that a row of sums leaves blank. */
const OF_A_LINE: readonly Field[] = [
  "number",
  "date",
  "dueDate",
  "taxPoint",
  "credits",
  "contactReference",
  "contactName",
  "email",
  "taxNumber",
  "product",
  "nominalCode",
  "taxCode",
  "code",
  "name",
  "allocateTo",
  "bankNominalCode",
];

/** Whether a text is a figure, however it is written. */
function isFigure(text: string): boolean {
  return /\d/.test(text) && !/\p{L}/u.test(text.replace(/\b[A-Z]{3}\b|(?<!\p{L})(?:CR|DR|Cr|Dr|cr|dr)(?!\p{L})/gu, ""));
}

/** The digits of a number with the marks between them, without sign, currency and brackets. */
export function coreOf(text: string): string {
  return /[.,]?\d[\d.,'\u2019 \u00a0\u202f]*/.exec(text)?.[0].replace(/[^\d]+$/, "") ?? "";
}

/** Which mark the decimals of a number must stand after: one alone, either, or that it does not say. */
function markOf(text: string): DecimalMark | "either" | null {
  if (!/[.,]/.test(text)) return null;
  const core = coreOf(text);
  const points = core.split(".").length - 1;
  const commas = core.split(",").length - 1;
  if (points + commas === 0) return null;
  const last: DecimalMark = core.lastIndexOf(",") > core.lastIndexOf(".") ? "," : ".";
  const other: DecimalMark = last === "," ? "." : ",";
  const times = last === "," ? commas : points;
  // Several of one mark part thousands, so that decimals could only stand after the other.
  if (times > 1) return points > 0 && commas > 0 ? null : /^\d{1,3}(?:[.,]\d{3})+$/.test(core) ? other : null;
  const at = core.lastIndexOf(last);
  const before = core.slice(0, at);
  const after = core.slice(at + 1);
  if (/[^\d]/.test(before)) return last;
  if (after.length !== 3 || before === "" || before.length > 3 || before.startsWith("0")) return last;
  return "either";
}

/** A field without a column, and whether a value could be one of it: `shows` where it is one that makes a difference. */
export interface Absent {
  readonly field: Field;
  readonly fits: (text: string) => boolean;
  readonly shows: (text: string) => boolean;
  /** Headings that alone are looked at, and headings that are not. */
  readonly only?: RegExp;
  readonly except?: RegExp;
}

/** Looks at every line of a file. @param absent the fields to look for among the columns that stand for none @param rules the client's own date and zone; its formats don't count here */
export async function surveyed(
  records: AsyncIterable<FileRecord>,
  layout: Layout,
  rules: DateRules,
  absent: readonly Absent[] = [],
): Promise<Survey> {
  const marks: Record<DecimalMark, Seen | null> = { ".": null, ",": null };
  let either: { first: Seen; count: number } | null = null;
  const threes = new Map<string, Seen>();
  const others = new Map<string, Seen>();
  let hasNet = layout.at.net !== undefined || layout.at.lineTotal !== undefined;
  const against: Record<DateOrder, Seen | null> = { dmy: null, mdy: null, ymd: null };
  const monthNames = new Map<number, Seen>();
  const dateCells = new Map<number, { first: Seen | null; isSure: boolean }>();
  const dateTexts = new Map<number, Seen>();
  const inNumbers = new Set<number>();
  const ledger: Record<LedgerMark, Seen | null> = { CR: null, DR: null };
  let anyOrder = false;
  let eitherOrder: Survey["eitherOrder"] = null;
  const totals = new Map<number, readonly string[]>();
  const repeats = new Set<number>();
  let last: FileRecord | null = null;

  const columnsOf = (fields: readonly Field[]) =>
    fields.flatMap((field) => {
      const at = layout.at[field];
      return [...new Set([...(at === undefined ? [] : [at]), ...(layout.claims?.[field] ?? [])])].map((column) => ({
        field,
        column,
      }));
    });
  const numbers = columnsOf(NUMBER_FIELDS);
  const amounts = columnsOf(MARKED_FIELDS);
  const dates = columnsOf(DATE_FIELDS);
  const claimed = (Object.entries(layout.claims ?? {}) as [Field, readonly number[]][]).map(([field, columns]) => ({
    field,
    columns,
    filled: new Set<number>(),
    differ: null as { line: number; values: readonly string[] } | null,
  }));
  const taken = new Set([...Object.values(layout.at), ...claimed.flatMap((claim) => claim.columns)]);
  const free = layout.headers.flatMap((heading, column) => (taken.has(column) || heading.trim() === "" ? [] : [column]));
  const heads = ({ only, except }: Absent, heading: string) => (only?.test(heading) ?? true) && !except?.test(heading);
  let candidates = absent.flatMap((one) =>
    free
      .filter((column) => heads(one, layout.headers[column] ?? ""))
      .map((column) => ({ ...one, column, seen: null as Omit<Seen, "field"> | null })),
  );
  let marking = free.map((column) => ({
    column,
    letters: /\b(?:dr|cr|debit|credit)\b/i.test(layout.headers[column] ?? ""),
    seen: null as Omit<Seen, "field"> | null,
  }));
  const known = new Map<string, ReturnType<typeof readings>>();
  const readingsOf = (text: string) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const read = readings(text, rules);
    if (known.size > 20_000) known.clear();
    known.set(text, read);
    return read;
  };

  const seeNumber = (text: string, column: number, seen: () => Seen) => {
    const mark = markOf(text);
    if (mark === null) return;
    const core = coreOf(text);
    if (mark === "either") {
      either = either ? { first: either.first, count: either.count + 1 } : { first: seen(), count: 1 };
      const place = `${column} ${core.includes(",") ? "," : "."}`;
      if (core.endsWith("0") && !threes.has(place)) threes.set(place, seen());
      return;
    }
    marks[mark] ??= seen();
    const decimals = core.length - 1 - core.lastIndexOf(mark);
    if (core.includes(mark) && decimals !== 3 && !others.has(`${column} ${mark}`)) others.set(`${column} ${mark}`, seen());
  };
  const oddAfter = (mark: DecimalMark) => {
    for (const [place, seen] of threes) {
      const beside = others.get(place);
      if (place.endsWith(mark) && beside) return { seen, beside };
    }
    return null;
  };
  const seeDate = (text: string, column: number, seen: () => Seen) => {
    const read = readingsOf(text);
    if (read === null) {
      if (!monthNames.has(column) && namesMonth(text, rules)) monthNames.set(column, seen());
      return;
    }
    inNumbers.add(column);
    const days = DATE_ORDERS.flatMap((order) => (read[order] ? [[order, read[order]] as const] : []));
    // What no order reads is a fault of its line, and no evidence.
    if (days.length === 0) return;
    if (!dateTexts.has(column)) dateTexts.set(column, seen());
    anyOrder = true;
    for (const order of DATE_ORDERS) if (!read[order]) against[order] ??= seen();
    if (new Set(days.map(([, day]) => day)).size > 1) eitherOrder ??= { ...seen(), days: Object.fromEntries(days) };
  };

  for await (const record of asFarAsItGoes(records)) {
    const { line, values, isNumber } = record;
    last = record;
    if (repeatsHeadings(layout.headers, values)) {
      repeats.add(line);
      continue;
    }
    if (isTotals(layout, values)) {
      totals.set(line, values);
      continue;
    }
    for (const { field, column } of numbers) {
      const text = values[column];
      if (text !== undefined && text !== "" && !isNumber?.[column])
        seeNumber(text, column, () => ({ line, field, text: text.trim() }));
    }
    for (const { field, column } of amounts) {
      const text = values[column];
      const mark = text === undefined || isNumber?.[column] ? null : ledgerMarkIn(text);
      if (mark !== null && text !== undefined) ledger[mark] ??= { line, field, text: text.trim() };
    }
    if (marking.length > 0) {
      marking = marking.filter((one) => {
        const text = (values[one.column] ?? "").trim();
        if (text === "") return true;
        const isMark = ledgerMarkOf(text) !== null && (text.length > 1 || one.letters);
        if (isMark) one.seen ??= { line, text };
        return isMark;
      });
    }
    for (const { field, column } of dates) {
      const text = values[column]?.trim();
      if (text !== undefined && record.dateCells?.has(column)) {
        const [, month, day] = text.split("-");
        const cells = dateCells.get(column) ?? { first: null, isSure: false };
        if (Number(day) > 12) cells.isSure = true;
        else if (day !== month) cells.first ??= { line, field, text };
        dateCells.set(column, cells);
      }
      if (text !== undefined && text !== "") seeDate(text, column, () => ({ line, field, text }));
    }
    if (hasNet) {
      hasNet = (["net", "lineTotal"] as const).some((field) => (values[layout.at[field] ?? -1] ?? "").trim() !== "");
    }
    if (candidates.length > 0) {
      candidates = candidates.filter((one) => {
        const text = (values[one.column] ?? "").trim();
        if (text === "") return true;
        if (one.seen === null && one.shows(text)) one.seen = { line, text };
        return one.fits(text);
      });
    }
    for (const claim of claimed) {
      const said = claim.columns.map((column) => (values[column] ?? "").trim());
      claim.columns.forEach((column, at) => {
        if (said[at] !== "") claim.filled.add(column);
      });
      if (claim.differ === null && said.some((value) => value !== said[0])) claim.differ = { line, values: said };
    }
  }
  return {
    marks,
    eitherMark: either,
    odd: { ".": oddAfter("."), ",": oddAfter(",") },
    hasNet,
    against: anyOrder ? against : { dmy: null, mdy: null, ymd: null },
    eitherOrder,
    yearLast: [...monthNames].find(([column]) => inNumbers.has(column))?.[1] ?? null,
    halfRead:
      [...dateCells].flatMap(([column, { first, isSure }]) => {
        const text = dateTexts.get(column);
        return first && text && !isSure ? [{ cell: first, text }] : [];
      })[0] ?? null,
    ledgerMarks: ledger.CR || ledger.DR ? ledger : null,
    markColumn: marking.flatMap(({ column, seen }) => (seen ? [{ column, seen }] : []))[0] ?? null,
    claims: claimed.map(({ field, columns, filled, differ }) => {
      const used = columns.filter((column) => filled.has(column));
      return { field, columns: used.length === 0 ? columns.slice(0, 1) : used, differ: used.length > 1 ? differ : null };
    }),
    unclaimed: candidates.flatMap(({ field, column, seen }) => (seen ? [{ field, column, seen }] : [])),
    totals,
    bare: last !== null && !totals.has(last.line) && isBare(layout, last.values) ? last.line : null,
    repeats,
  };
}

/** As far as the file can be told apart: where it breaks, the reading of its lines says so. */
export async function* asFarAsItGoes(records: AsyncIterable<FileRecord>): AsyncGenerator<FileRecord> {
  try {
    yield* records;
  } catch (error) {
    if (!(error instanceof BrokenFile)) throw error;
  }
}

/** Whether a row is sums under a word that says so: nothing of a line's own stands in it. */
function isTotals(layout: Layout, values: readonly string[]): boolean {
  const first = values.findIndex((value) => value.trim() !== "");
  const label = (values[first] ?? "").trim();
  if (label === "" || !namesTotal(label)) return false;
  return (
    values.every((value, at) => at === first || value.trim() === "" || isFigure(value)) &&
    OF_A_LINE.every((field) => {
      const at = layout.at[field];
      return at === undefined || at === first || (values[at] ?? "").trim() === "";
    })
  );
}

/** Whether a row holds figures alone, where a line would have its number, its date and its codes. */
function isBare(layout: Layout, values: readonly string[]): boolean {
  return (
    values.some((value) => value.trim() !== "") &&
    values.every((value) => value.trim() === "" || isFigure(value)) &&
    OF_A_LINE.every((field) => (values[layout.at[field] ?? -1] ?? "").trim() === "")
  );
}
