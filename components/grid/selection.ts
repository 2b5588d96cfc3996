import { addUp, type SideAmount, type SideSum } from "#lib/common/sums.ts";
import type { GridRow } from "./features.ts";

/** What one row is worth in a selection's sums; null for rows without an amount. */
export type AmountOf<Row> = (row: Row) => SideSum | null;

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
export function sumSelected<Row extends GridRow>(selection: GridSelection<Row>, amountOf: AmountOf<Row>): SideSum[] {
  const amounts: SideAmount[] = [];
  const add = (amount: SideSum | null, sign: 1n | -1n) => {
    if (amount) amounts.push({ side: amount.side, currency: amount.currency, minor: sign * BigInt(amount.minor) });
  };
  if (selection.kind === "all") {
    for (const sum of selection.totals.sums) add(sum, 1n);
    for (const row of selection.except.values()) add(amountOf(row), -1n);
  } else {
    for (const row of selection.rows.values()) add(amountOf(row), 1n);
  }
  return addUp(amounts);
}
