import type { ScopedDb } from "#db/client.ts";
import { holdMappings, listChart, listWhoMapped, mappingConnection, resolvedMappings } from "#db/queries/mapping/mapping.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { bankChanges } from "./bank-accounts.ts";
import type { MappingKind } from "./resolve.ts";
import { type SavedMappings, saveKinds } from "./save.ts";

/** One edited row of the mapping screen. */
export interface MappingEdit {
  readonly kind: MappingKind;
  /** Our code; of a bank row, the package's id of the account. */
  readonly key: string;
  /** What it shall go to; null takes the client's own row away. */
  readonly to: string | null;
  /** What was saved when the person chose. */
  readonly was: string | null;
}

/** A row that somebody else saved between this person's reading and saving. */
interface Meanwhile {
  readonly kind: MappingKind;
  readonly key: string;
  /** What is saved now, as `MappingEdit` would name it. */
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
 * @throws {Refusal} its `field` is `kind/code`
 */
export async function saveEdits(db: ScopedDb, scope: ClientScope, edits: readonly MappingEdit[]): Promise<SavedEdits> {
  const connection = await mappingConnection(db, scope);
  if (!connection) throw new Refusal("Connect the accounting package under Setup first.");
  await holdMappings(db, scope, connection.id);
  const meanwhile = await changedMeanwhile(db, scope, connection, edits);
  if (meanwhile.length > 0) return { outcome: "changed-meanwhile", meanwhile };
  const of = (kind: MappingKind) => edits.filter((edit) => edit.kind === kind);
  const plain = (kind: MappingKind) => of(kind).map((edit) => ({ sourceCode: edit.key, targetExternalId: edit.to }));
  const banks = of("bank").map((edit) => ({ accountExternalId: edit.key, bankNominal: edit.to }));
  const parts = [
    { kind: "nominal" as const, changes: plain("nominal") },
    { kind: "tax" as const, changes: plain("tax") },
    { kind: "bank" as const, changes: banks.length === 0 ? [] : await bankChanges(db, scope, banks) },
  ].filter((part) => part.changes.length > 0);
  return { outcome: "saved", saved: await saveKinds(db, scope, parts, (kind, code) => `${kind}/${code}`) };
}

async function changedMeanwhile(
  db: ScopedDb,
  scope: ClientScope,
  connection: { readonly id: string; readonly package: string },
  edits: readonly MappingEdit[],
): Promise<Meanwhile[]> {
  const resolved = await resolvedMappings(db, scope, connection.id);
  const late = edits.flatMap((edit) => {
    const mapping = resolved.find(
      (one) => one.kind === edit.kind && (edit.kind === "bank" ? one.targetExternalId : one.sourceCode) === edit.key,
    );
    const now = mapping ? (edit.kind === "bank" ? mapping.sourceCode : mapping.targetExternalId) : null;
    return now === edit.was || now === edit.to ? [] : [{ edit, mapping, now }];
  });
  if (late.length === 0) return [];
  const who = await listWhoMapped(db, scope, connection.package);
  const chart = new Map((await listChart(db, scope)).map((one) => [one.code, one.name]));
  return late.map(({ edit, mapping, now }) => {
    const saved = who.find((one) => one.kind === edit.kind && one.sourceCode === mapping?.sourceCode);
    const parts =
      edit.kind === "bank"
        ? [now, chart.get(now ?? "")]
        : edit.kind === "tax"
          ? [mapping?.targetName ?? now]
          : [mapping?.targetCode, mapping?.targetName];
    const label = parts.filter((part) => part !== null && part !== undefined && part !== "").join(" ");
    return {
      kind: edit.kind,
      key: edit.key,
      now,
      label: now === null ? null : label === "" ? "a target that no longer exists" : label,
      by: saved?.savedBy ?? null,
      at: saved?.savedAt ?? null,
    };
  });
}
