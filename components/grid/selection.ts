import type { GridRow } from "./features.ts";

/** Signed minor units as text, per side and currency: sides and currencies are never added together. */
export interface SideSum {
  readonly side: "sales" | "purchase" | null;
  readonly currency: string;
  readonly minor: string;
}

/** What one row is worth in a selection's sums; null for rows without an amount. */
export type WorthOf<Row> = (row: Row) => SideSum | null;

/** What the server found for a filter, at a moment. */
export interface FilterTotals {
  readonly count: number;
  readonly sums: readonly SideSum[];
  /** ISO 8601, UTC: rows made after it are not selected. */
  readonly asOf: string;
}

/** Rows that are green: some by hand, or all that match the filter with exceptions. */
export type GridSelection<Row extends GridRow> =
  | { readonly kind: "some"; readonly rows: ReadonlyMap<string, Row> }
  | { readonly kind: "all"; readonly totals: FilterTotals; readonly except: ReadonlyMap<string, Row> };

export function noSelection<Row extends GridRow>(): GridSelection<Row> {
  return { kind: "some", rows: new Map() };
}

export function isSelected<Row extends GridRow>(selection: GridSelection<Row>, row: Row): boolean {
  if (selection.kind === "some") return selection.rows.has(row.id);
  return !selection.except.has(row.id) && Date.parse(row.createdAt) <= Date.parse(selection.totals.asOf);
}

/** Turns rows green or takes the green from them. */
export function withRows<Row extends GridRow>(
  selection: GridSelection<Row>,
  rows: readonly Row[],
  on: boolean,
): GridSelection<Row> {
  if (selection.kind === "some") {
    const next = new Map(selection.rows);
    for (const row of rows) {
      if (on) next.set(row.id, row);
      else next.delete(row.id);
    }
    return { kind: "some", rows: next };
  }
  const except = new Map(selection.except);
  for (const row of rows) {
    if (on) except.delete(row.id);
    else except.set(row.id, row);
  }
  return { ...selection, except };
}

export function toggleRow<Row extends GridRow>(selection: GridSelection<Row>, row: Row): GridSelection<Row> {
  return withRows(selection, [row], !isSelected(selection, row));
}

export function countSelected<Row extends GridRow>(selection: GridSelection<Row>): number {
  return selection.kind === "some" ? selection.rows.size : Math.max(0, selection.totals.count - selection.except.size);
}

/** The selection's sums: added here for rows chosen by hand, the server's less the exceptions for a filter. */
export function sumSelected<Row extends GridRow>(selection: GridSelection<Row>, worthOf: WorthOf<Row>): SideSum[] {
  const sums = new Map<string, { side: SideSum["side"]; currency: string; minor: bigint }>();
  const add = (worth: SideSum, sign: 1n | -1n) => {
    const key = `${worth.side} ${worth.currency}`;
    const sum = sums.get(key) ?? { side: worth.side, currency: worth.currency, minor: 0n };
    sum.minor += sign * BigInt(worth.minor);
    sums.set(key, sum);
  };
  if (selection.kind === "all") {
    for (const sum of selection.totals.sums) add(sum, 1n);
    for (const row of selection.except.values()) {
      const worth = worthOf(row);
      if (worth) add(worth, -1n);
    }
  } else {
    for (const row of selection.rows.values()) {
      const worth = worthOf(row);
      if (worth) add(worth, 1n);
    }
  }
  const sides = ["sales", "purchase", null];
  const size = (minor: bigint) => (minor < 0n ? -minor : minor);
  const byWeight = (a: { minor: bigint; currency: string }, b: { minor: bigint; currency: string }) =>
    size(a.minor) === size(b.minor) ? a.currency.localeCompare(b.currency) : size(a.minor) > size(b.minor) ? -1 : 1;
  return [...sums.values()]
    .sort((a, b) => sides.indexOf(a.side) - sides.indexOf(b.side) || byWeight(a, b))
    .map(({ side, currency, minor }) => ({ side, currency, minor: minor.toString() }));
}
