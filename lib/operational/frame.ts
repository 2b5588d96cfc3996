import { isNoAmount, readWritten, signedBy } from "./amounts.ts";
import { divideRounded, type Exact, exactToText, multiply, tenTo } from "./exact.ts";
import { type Field, SUMMED_FIELDS } from "./fields.ts";
import { readNumber } from "./numbers.ts";
import type { LineFault } from "./read-line.ts";
import type { Understood } from "./understand.ts";

const NOTHING: Exact = { units: 0n, scale: 0 };
const ONE: Exact = { units: 1n, scale: 0 };

function plus(a: Exact, b: Exact): Exact {
  const scale = Math.max(a.scale, b.scale);
  return { units: a.units * tenTo(scale - a.scale) + b.units * tenTo(scale - b.scale), scale };
}

/** Whether a sum, rounded to the decimals of the figure beside it, is that figure. */
function isSum(sum: Exact, figure: Exact): boolean {
  const rounded =
    sum.scale <= figure.scale
      ? sum.units * tenTo(figure.scale - sum.scale)
      : divideRounded(sum.units, tenTo(sum.scale - figure.scale));
  return rounded === figure.units;
}

interface Sums {
  /** Of every line; null once one could not be read. */
  lines: Exact | null;
  /** As `lines`, since the last row of sums. */
  since: Exact | null;
  /** Of the first line of each document: a document's own total stands on every one of its lines. */
  documents: Exact | null;
}

/**
 * Keeps what is no line of a document away from the reader: headings said again, and rows of sums, which are held against the lines above
 * them instead. A difference is a fault with both figures.
 */
export function frameOf({ layout, frame }: Pick<Understood, "layout" | "frame">) {
  const columns = (Object.entries(layout.at) as [Field, number][]).filter(([field]) => SUMMED_FIELDS.includes(field));
  const isSummed = frame.totals.size > 0 || frame.bare !== null;
  const sums = new Map<number, Sums>();
  /** What the lines come to: a ledger without a column of amounts puts its total under the price. */
  const amounts = { lines: NOTHING as Exact | null, since: NOTHING as Exact | null };
  const seen = new Set<string>();
  const faults: LineFault[] = [];
  let rows = 0;

  const read = (cell: string): Exact | null => {
    const text = cell.trim();
    if (text === "") return NOTHING;
    // Which way an amount counts stands in another cell then, and a row of sums has none.
    if (layout.markColumn !== undefined) return null;
    const plain = readNumber(text, layout.decimalMark);
    if (plain) return plain;
    const written = readWritten(text, layout.decimalMark);
    return isNoAmount(written) ? null : signedBy(written.value, written.ledgerMark, layout.belowZero, null);
  };
  const cellOf = (values: readonly string[], field: Field) => (values[layout.at[field] ?? -1] ?? "").trim();
  const amountOf = (values: readonly string[]): Exact | null => {
    const net = cellOf(values, "net");
    if (net !== "") return read(net);
    const price = read(cellOf(values, "unitPrice"));
    const quantity = cellOf(values, "quantity");
    const times = quantity === "" ? ONE : read(quantity);
    return price && times && multiply(price, times);
  };
  const add = (values: readonly string[]) => {
    const number = (values[layout.at.number ?? -1] ?? "").trim();
    const isFirst = number === "" || !seen.has(number);
    seen.add(number);
    const amount = amountOf(values);
    amounts.lines = amount && amounts.lines && plus(amounts.lines, amount);
    amounts.since = amount && amounts.since && plus(amounts.since, amount);
    for (const [, column] of columns) {
      const value = read(values[column] ?? "");
      const sum = sums.get(column) ?? { lines: NOTHING, since: NOTHING, documents: NOTHING };
      sum.lines = value && sum.lines && plus(sum.lines, value);
      sum.since = value && sum.since && plus(sum.since, value);
      if (isFirst) sum.documents = value && sum.documents && plus(sum.documents, value);
      sums.set(column, sum);
    }
  };
  /** The figures of a row that are none of the sums that they could be. */
  const differing = (values: readonly string[]) =>
    columns.flatMap(([field, column]) => {
      const text = (values[column] ?? "").trim();
      const figure = text === "" ? null : read(text);
      const sum = sums.get(column);
      if (!figure || !sum || sum.lines === null || sum.since === null || sum.documents === null) return [];
      if ([sum.lines, sum.since, sum.documents].some((one) => isSum(one, figure))) return [];
      if (field === "unitPrice" && [amounts.lines, amounts.since].some((one) => one && isSum(one, figure))) return [];
      return [{ column, text, sum: sum.lines }];
    });

  return {
    faults,
    /** How many rows of sums were held against the lines. */
    rows: () => rows,
    /** Adds a line to the sums, if there is a row that they are held against. */
    add(values: readonly string[]): void {
      if (isSummed) add(values);
    },
    /** Whether a row is no line: headings said again, or sums of those added so far. */
    skips(line: number, values: readonly string[]): boolean {
      if (frame.repeats.has(line)) return true;
      const totals = frame.totals.get(line);
      if (totals) {
        rows += 1;
        for (const { column, text, sum } of differing(totals)) {
          const rule = `is the sum of the lines above it, which total ${exactToText(sum)}`;
          faults.push({ line, field: layout.headers[column] ?? "", value: text, rule, fixer: "operations" });
        }
        for (const sum of sums.values()) sum.since = NOTHING;
        amounts.since = NOTHING;
        return true;
      }
      if (line !== frame.bare || sums.size === 0 || differing(values).length > 0) return false;
      rows += 1;
      return true;
    },
  };
}
