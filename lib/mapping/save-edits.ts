import type { ScopedDb } from "#db/client.ts";
import { holdMappings, listChart, listWhoMapped, mappingConnection, resolvedMappings } from "#db/queries/mapping/mapping.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { DOCUMENT_SIDES, type DocumentSide, TAX_SIDE_LABELS } from "#lib/tax/kinds.ts";
import { bankChanges } from "./bank-accounts.ts";
import type { MappingKind, ResolvedMapping } from "./resolve.ts";
import { type SavedMappings, saveKinds } from "./save.ts";
import { isForOtherSide, onSide } from "./sides.ts";

/** One edited row of the mapping screen. */
export interface MappingEdit {
  readonly kind: MappingKind;
  /** Our code; of a bank row, the package's id of the account. */
  readonly key: string;
  /** Of a tax code that is mapped by side: the side of the row; null of every other row. */
  readonly side?: DocumentSide | null;
  /** What it shall go to; null takes the client's own row away. */
  readonly to: string | null;
  /** What was saved when the person chose. */
  readonly was: string | null;
}

/** A row that somebody else saved between this person's reading and saving. */
interface Meanwhile {
  readonly kind: MappingKind;
  readonly key: string;
  readonly side: DocumentSide | null;
  /** What is saved now, as `MappingEdit` would name it: of a row that is for all documents and whose code is mapped by side by now, both. */
  readonly now: string | null;
  /** "200 Sales"; null when it is mapped to nothing now. */
  readonly label: string | null;
  /** Null when the row was taken away, or is not the client's own. */
  readonly by: string | null;
  readonly at: Date | null;
}

export type SavedEdits =
  | { readonly outcome: "saved"; readonly saved: SavedMappings }
  | { readonly outcome: "changed-meanwhile"; readonly meanwhile: readonly Meanwhile[] };

/**
 * Saves the edits of all tabs of the mapping screen: all of them or none. When somebody saved another target for one of the same
 * rows since it was chosen here, nothing is written, and what changed is answered, for the person to look at and save again.
 * Whoever saved the same target did no harm.
 * @throws {Refusal} its `field` is `kind/` and the row's key
 */
export async function saveEdits(db: ScopedDb, scope: ClientScope, edits: readonly MappingEdit[]): Promise<SavedEdits> {
  const connection = await mappingConnection(db, scope);
  if (!connection) throw new Refusal("Connect the accounting package under Setup first.");
  await holdMappings(db, scope, connection.id);
  const meanwhile = await changedMeanwhile(db, scope, connection, edits);
  if (meanwhile.length > 0) return { outcome: "changed-meanwhile", meanwhile };
  const of = (kind: MappingKind) => edits.filter((edit) => edit.kind === kind);
  const plain = (kind: MappingKind) =>
    of(kind).map((edit) => ({ sourceCode: edit.key, side: edit.side ?? null, targetExternalId: edit.to }));
  const banks = of("bank").map((edit) => ({ accountExternalId: edit.key, bankNominal: edit.to }));
  const parts = [
    { kind: "nominal" as const, changes: plain("nominal") },
    { kind: "tax" as const, changes: plain("tax") },
    { kind: "bank" as const, changes: banks.length === 0 ? [] : await bankChanges(db, scope, banks) },
  ].filter((part) => part.changes.length > 0);
  return { outcome: "saved", saved: await saveKinds(db, scope, parts, (kind, key) => `${kind}/${key}`) };
}

async function changedMeanwhile(
  db: ScopedDb,
  scope: ClientScope,
  connection: { readonly id: string; readonly package: string },
  edits: readonly MappingEdit[],
): Promise<Meanwhile[]> {
  const resolved = await resolvedMappings(db, scope, connection.id);
  const late = edits.flatMap((edit) => {
    const saved = edit.kind === "tax" ? savedTax(resolved, edit.key, edit.side ?? null) : savedOther(resolved, edit);
    return saved.now === edit.was || saved.now === edit.to ? [] : [{ edit, ...saved }];
  });
  if (late.length === 0) return [];
  const who = await listWhoMapped(db, scope, connection.package);
  const chart = new Map((await listChart(db, scope)).map((one) => [one.code, one.name]));
  return late.map(({ edit, mappings, now }) => {
    const [first] = mappings;
    // The latest of its rows: of one side, or of both.
    const [saved] = who
      .filter(
        (one) =>
          one.kind === edit.kind &&
          mappings.some(
            (of) => of.sourceCode === one.sourceCode && (one.side === "" ? !of.apart : of.apart && of.side === one.side),
          ),
      )
      .sort((a, b) => b.savedAt.getTime() - a.savedAt.getTime());
    const parts =
      edit.kind === "bank"
        ? [now, chart.get(now ?? "")]
        : edit.kind === "tax"
          ? [taxLabel(mappings, edit.side ?? null)]
          : [first?.targetCode, first?.targetName];
    const label = parts.filter((part) => part !== null && part !== undefined && part !== "").join(" ");
    return {
      kind: edit.kind,
      key: edit.key,
      side: edit.side ?? null,
      now,
      label: now === null ? null : label === "" ? "a target that no longer exists" : label,
      by: saved?.savedBy ?? null,
      at: saved?.savedAt ?? null,
    };
  });
}

interface Saved {
  readonly now: string | null;
  readonly mappings: readonly ResolvedMapping[];
}

function savedOther(resolved: readonly ResolvedMapping[], edit: MappingEdit): Saved {
  const mapping = resolved.find(
    (one) => one.kind === edit.kind && (edit.kind === "bank" ? one.targetExternalId : one.sourceCode) === edit.key,
  );
  const now = mapping ? (edit.kind === "bank" ? mapping.sourceCode : mapping.targetExternalId) : null;
  return { now, mappings: mapping ? [mapping] : [] };
}

/** What is saved of a tax code, as its row shows it: of one side without what is for the other side alone. */
function savedTax(resolved: readonly ResolvedMapping[], code: string, side: DocumentSide | null): Saved {
  const of = resolved.filter((one) => one.kind === "tax" && one.sourceCode === code);
  if (side !== null) {
    const mappings = of.filter((one) => one.side === side && !isForOtherSide(one));
    return { now: mappings[0]?.targetExternalId ?? null, mappings };
  }
  const targets = DOCUMENT_SIDES.map((each) => onSide(of, code, each)?.targetExternalId ?? null);
  const [sales = null, purchase = null] = targets;
  return { now: sales === purchase ? sales : `${sales ?? "-"} / ${purchase ?? "-"}`, mappings: of };
}

/** "20% (VAT on Income)", or what it is on each side where they differ. */
function taxLabel(mappings: readonly ResolvedMapping[], of: DocumentSide | null): string {
  const name = (one: ResolvedMapping | undefined) => (one ? (one.targetName ?? one.targetExternalId ?? "") : "not mapped");
  const [first] = mappings;
  if (of !== null || mappings.every((one) => !one.apart)) return first ? name(first) : "";
  return DOCUMENT_SIDES.map(
    (side) => `${name(mappings.find((one) => one.side === side))} for ${TAX_SIDE_LABELS[side].toLowerCase()}`,
  ).join(", ");
}
