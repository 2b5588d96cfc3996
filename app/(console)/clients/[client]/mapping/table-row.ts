import type { OurCode } from "#lib/tax/charged.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";

export interface TableRow {
  /** What tells the rows apart: see `rowKey` of lib/mapping/sides.ts. */
  readonly key: string;
  /** What is saved against: our code, or the package's id of a bank account. */
  readonly source: string;
  /** Of a tax code that is mapped by side: the documents that this row is for. */
  readonly side: DocumentSide | null;
  readonly code: string | null;
  readonly name: string;
  readonly note: string | null;
  /** Of a tax code: what its mapping is judged by. */
  readonly tax: OurCode | null;
  readonly waiting: number;
  /** "£48,120.00", sales and purchases apart. */
  readonly amount: string;
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
