import type { MappingKind } from "#lib/mapping/resolve.ts";
import { rowKey } from "#lib/mapping/sides.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";

export const TABS = ["nominal", "tax", "bank"] as const satisfies readonly MappingKind[];
export const TAB_TITLES: Readonly<Record<MappingKind, string>> = {
  nominal: "Nominal codes",
  tax: "Tax rates",
  bank: "Bank accounts",
};

/** One change that is not saved: of which row, to what, and what was saved when it was chosen. */
interface Edit {
  readonly source: string;
  readonly side: DocumentSide | null;
  readonly to: string | null;
  readonly was: string | null;
}

/** By the row's key. */
export type KindEdits = ReadonlyMap<string, Edit>;
/** What is changed on every tab. */
export type Edits = Readonly<Record<MappingKind, KindEdits>>;

export const NO_EDITS: Edits = { nominal: new Map(), tax: new Map(), bank: new Map() };

export const counted = (edits: Edits): number => TABS.reduce((sum, tab) => sum + edits[tab].size, 0);

/** As the action takes them. */
export const listed = (edits: Edits) =>
  TABS.flatMap((kind) => [...edits[kind].values()].map(({ source, ...edit }) => ({ kind, key: source, ...edit })));

interface Row {
  readonly key: string;
  readonly source: string;
  readonly side: DocumentSide | null;
  readonly targetId: string | null;
  readonly level: string | null;
}

/**
 * One row's choice. A choice of what is saved at the client's own level is no change, unless what is saved moved since it was first
 * changed here.
 */
export function withChoice(before: KindEdits, row: Row, to: string | null): KindEdits {
  const after = new Map(before);
  const none = row.targetId === to && (to === null || row.level === "Client");
  if (none) after.delete(row.key);
  else {
    const { source, side } = row;
    after.set(row.key, { source, side, to, was: before.get(row.key)?.was ?? row.targetId });
  }
  return after;
}

/** The edits once their person was shown what others saved meanwhile. */
export function withEdits(
  before: Edits,
  meanwhile: readonly {
    readonly kind: MappingKind;
    readonly key: string;
    readonly side: DocumentSide | null;
    readonly now: string | null;
  }[],
): Edits {
  const after = { nominal: new Map(before.nominal), tax: new Map(before.tax), bank: new Map(before.bank) };
  for (const { kind, key, side, now } of meanwhile) {
    const row = rowKey(key, side);
    const edit = after[kind].get(row);
    if (edit) after[kind].set(row, { ...edit, was: now });
  }
  return after;
}

const NOUNS: Readonly<Record<MappingKind, readonly [one: string, many: string]>> = {
  nominal: ["nominal code", "nominal codes"],
  tax: ["tax rate", "tax rates"],
  bank: ["bank account", "bank accounts"],
};

/** "1 unsaved change", "3 unsaved changes: 2 nominal codes, 1 tax rate". */
export function changesText(edits: Edits): string {
  const count = counted(edits);
  const words = count === 1 ? "1 unsaved change" : `${count} unsaved changes`;
  const on = TABS.filter((tab) => edits[tab].size > 0);
  if (on.length < 2) return words;
  return `${words}: ${on.map((tab) => `${edits[tab].size} ${NOUNS[tab][edits[tab].size === 1 ? 0 : 1]}`).join(", ")}`;
}

export interface SavedAnswer {
  readonly saved: number;
  readonly cleared: number;
  readonly ready: number;
  readonly blocked: number;
  readonly released: number;
  readonly warnings: readonly string[];
}

const figure = new Intl.NumberFormat("en-GB");

export function savedSentence(saved: SavedAnswer): string {
  const parts: string[] = [];
  if (saved.saved > 0) parts.push(`${figure.format(saved.saved)} saved`);
  if (saved.cleared > 0) parts.push(`${figure.format(saved.cleared)} cleared`);
  if (saved.released > 0)
    parts.push(
      `${figure.format(saved.released)} held ${saved.released === 1 ? "row is now on its" : "rows are now on their"} way`,
    );
  if (saved.blocked > 0) parts.push(`${figure.format(saved.blocked)} still blocked`);
  return `${parts.length > 0 ? parts.join(" · ") : "Saved"}.`;
}
