import type { CodeUsage } from "#db/queries/mapping/mapping.ts";
import type { SideAmount } from "#lib/common/sums.ts";
import type { OurCode, TheirRate } from "#lib/tax/charged.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import type { Level, MappingFault, ResolvedMapping } from "./resolve.ts";
import type { Suggestion } from "./suggest.ts";

export interface EditorRow {
  /** What tells the rows apart: see `rowKey`. */
  readonly key: string;
  /** What is saved against: our code, or the package's id of a bank account. */
  readonly source: string;
  /** Of a tax code that is mapped by side: the documents that this row is for. */
  readonly side: DocumentSide | null;
  /** What is shown as its code; null for a bank account without one. */
  readonly code: string | null;
  readonly name: string;
  /** Beside the name: "Sales", "20%". */
  readonly note: string | null;
  /** Of a tax code: what a mapping of it is judged by. */
  readonly tax: OurCode | null;
  /** Waiting documents, or payments, that use it. */
  readonly waiting: number;
  readonly amounts: readonly SideAmount[];
  readonly current: {
    readonly targetId: string | null;
    readonly targetLabel: string;
    readonly level: Level;
    readonly fault: MappingFault | null;
  } | null;
  /** What the code is mapped to for both sides, where that is for the other side alone: here it is not mapped. */
  readonly otherSide: string | null;
  readonly suggestion: Suggestion | null;
  /** Never used in a posting, mapped or not. */
  readonly notUsed: boolean;
}

interface EditorTarget {
  readonly id: string;
  readonly code: string | null;
  readonly name: string;
  readonly group: string;
  /** Why it can't be chosen, or null. */
  readonly disabled: string | null;
  /** For tax rates: what it charges on a document, and where it may be used. */
  readonly tax: TheirRate | null;
}

interface EditorSet {
  readonly name: string;
  readonly level: Level;
  readonly version: number;
}

export interface Editor {
  readonly connection: {
    readonly id: string;
    readonly package: string;
    readonly packageName: string;
    readonly asOf: Date | null;
    readonly lost: boolean;
  };
  /** The set that this client's saves go to; null until the first save. */
  readonly sets: readonly EditorSet[];
  readonly rows: readonly EditorRow[];
  readonly targets: readonly EditorTarget[];
}

export interface Used {
  /** Documents that wait with it, on each side and altogether. */
  readonly waiting: number;
  readonly waitingOn: ReadonlyMap<DocumentSide, number>;
  readonly amounts: readonly SideAmount[];
}

/** Sums what waits with each code. */
export function usageByCode(usage: readonly CodeUsage[]): ReadonlyMap<string, Used> {
  const found = new Map<string, Used>();
  for (const row of usage) {
    const before = found.get(row.code);
    found.set(row.code, {
      waiting: (before?.waiting ?? 0) + row.documents,
      waitingOn: new Map(before?.waitingOn).set(row.side, (before?.waitingOn.get(row.side) ?? 0) + row.documents),
      amounts: [...(before?.amounts ?? []), { side: row.side, currency: row.currency, minor: row.grossMinor }],
    });
  }
  return found;
}

/** A resolved mapping as a row shows it. */
export function currentOf(mapping: ResolvedMapping | undefined): EditorRow["current"] {
  if (!mapping) return null;
  const label = [mapping.targetCode, mapping.targetName].filter((part) => part !== null && part !== "").join(" ");
  return {
    targetId: mapping.targetExternalId,
    targetLabel: label === "" ? "A target that no longer exists" : label,
    level: mapping.level,
    fault: mapping.fault,
  };
}
