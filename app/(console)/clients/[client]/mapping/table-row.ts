export interface TableRow {
  readonly key: string;
  readonly code: string | null;
  readonly name: string;
  readonly note: string | null;
  readonly waiting: number;
  /** "£48,120.00", sales and purchases apart. */
  readonly worth: string;
  readonly targetId: string | null;
  readonly targetLabel: string | null;
  readonly level: string | null;
  /** Why the saved target doesn't work. */
  readonly fault: string | null;
  readonly suggestion: { readonly id: string; readonly reason: string } | null;
  readonly notUsed: boolean;
}

export interface TableWords {
  /** "Nominal code". */
  readonly source: string;
  /** "Account in Xero". */
  readonly target: string;
  /** "documents" or "payments". */
  readonly waiting: readonly [string, string];
  readonly empty: string;
}

/** "20.0000" as "20", "17.50" as "17.5". */
export function plainRate(rate: string): string {
  return rate.includes(".") ? rate.replace(/\.?0+$/, "") : rate;
}
