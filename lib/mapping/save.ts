import type { ScopedDb } from "#db/client.ts";
import {
  clearMappingSide,
  codePairs,
  codeUsage,
  deleteMappingRows,
  deleteSideRows,
  listChart,
  listPackageAccounts,
  listPackageTaxRates,
  listTaxCodes,
  mappingConnection,
  nextClientSet,
  raiseMappingVersion,
  resolvedMappings,
  upsertMappingRows,
} from "#db/queries/mapping/mapping.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { packageName } from "#lib/connectors/cards.ts";
import { releaseMended } from "#lib/pending/release.ts";
import {
  noFittingRate,
  type OurCode,
  type TaxMappingFault,
  type TheirRate,
  taxFaultWords,
  taxMappingFault,
} from "#lib/tax/charged.ts";
import { type DocumentSide, TAX_SIDE_LABELS, type TaxSide } from "#lib/tax/kinds.ts";
import { usageByCode } from "./editor.ts";
import { accountFault, type MappingKind, pairAllowed, type ResolvedMapping, saidSide } from "./resolve.ts";
import { onSide, partsOfRowKey, rowKey, rowLabel } from "./sides.ts";
import { ourCode } from "./tax-rates.ts";
import { faultSentence } from "./words.ts";

export interface MappingChange {
  readonly sourceCode: string;
  /** Of a tax code: the documents that it is for; left out or null for all of them, in place of what each side had. */
  readonly side?: DocumentSide | null;
  /** The package's id of the target; null takes the client's own row away. */
  readonly targetExternalId: string | null;
}

export interface SavedMappings {
  readonly saved: number;
  readonly cleared: number;
  readonly version: number;
  /** What the change did to waiting rows. */
  readonly ready: number;
  readonly blocked: number;
  readonly released: number;
  /** Pairs of tax code and nominal code in use that the package will refuse; the others of the same code are fine. */
  readonly warnings: readonly string[];
}

/**
 * Saves many mappings of the client's own level at once: all of them or, with the first fault named, none. Then waiting rows are
 * judged again and those that were held for it go on their way.
 *
 * A pair of tax rate and account class that the package never takes is refused when every waiting line of the changed code would
 * be such a pair; when only some would, it is saved with warnings.
 *
 * @throws {Refusal} its `field` is the row at fault: the code, or the {@link rowKey} of a code's side
 */
export async function saveMappings(
  db: ScopedDb,
  scope: ClientScope,
  kind: MappingKind,
  changes: readonly MappingChange[],
): Promise<SavedMappings> {
  return saveKinds(db, scope, [{ kind, changes }], (_, key) => key);
}

export interface KindChanges {
  readonly kind: MappingKind;
  readonly changes: readonly MappingChange[];
}

/**
 * As {@link saveMappings}, for several kinds at once: all of them are written before any pair of tax rate and account is judged,
 * so that a pair that both halves of the save make good is not refused half way.
 * @param fieldOf what a refusal's `field` says for a row of a kind
 * @throws {Refusal}
 */
export async function saveKinds(
  db: ScopedDb,
  scope: ClientScope,
  parts: readonly KindChanges[],
  fieldOf: (kind: MappingKind, key: string) => string,
): Promise<SavedMappings> {
  const connection = await mappingConnection(db, scope);
  if (!connection) throw new Refusal("Connect the accounting package under Setup first.");
  const name = packageName(connection.package);
  // Taken first: two people who save at once go one after the other.
  const set = await nextClientSet(db, scope, connection.package);
  let saved = 0;
  let cleared = 0;
  const changed = new Map<MappingKind, ReadonlySet<string>>();
  for (const { kind, changes } of parts) {
    await naming(kind, fieldOf, async () => {
      const rows = await rowsToSave(db, scope, connection.id, kind, changes, name);
      const whole = changes.filter((one) => (one.side ?? null) === null);
      const codesOf = (of: readonly MappingChange[]) => of.map((one) => one.sourceCode);
      cleared += await deleteMappingRows(db, scope, set.id, kind, codesOf(whole.filter((one) => one.targetExternalId === null)));
      if (kind === "tax") await deleteSideRows(db, scope, set.id, codesOf(whole));
      await upsertMappingRows(db, scope, set.id, kind, rows);
      for (const { sourceCode, side = null, targetExternalId } of changes) {
        if (side === null || targetExternalId !== null) continue;
        if (await clearMappingSide(db, scope, set.id, sourceCode, side)) cleared += 1;
      }
      saved += rows.length;
      changed.set(kind, new Set(rows.map((row) => rowKey(row.sourceCode, row.side === "" ? null : row.side))));
    });
  }
  const warnings = new Set<string>();
  for (const [kind, keys] of changed) {
    if (kind === "bank") continue;
    const found = await naming(kind, fieldOf, () => judgePairs(db, scope, connection.id, kind, keys, name));
    for (const one of found) warnings.add(one);
  }
  const version = await raiseMappingVersion(db, scope, connection.id);
  const moved = await releaseMended(db, scope);
  return { saved, cleared, version, ...moved, warnings: [...warnings] };
}

/** A refusal of `work` names its field as the caller knows it. */
async function naming<T>(
  kind: MappingKind,
  fieldOf: (kind: MappingKind, key: string) => string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    if (!(thrown instanceof Refusal) || thrown.field === undefined) throw thrown;
    throw new Refusal(thrown.message, { field: fieldOf(kind, thrown.field), code: thrown.code });
  }
}

/** The rows that changes of one kind come to. @throws {Refusal} with the first fault */
async function rowsToSave(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  kind: MappingKind,
  changes: readonly MappingChange[],
  name: string,
) {
  const keys = changes.map((change) => rowKey(change.sourceCode, change.side ?? null));
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) {
    const { source, side } = partsOfRowKey(twice);
    throw new Refusal(`${rowLabel(source, side)} appears twice in this change.`, { field: twice });
  }
  await refuseUnknownCodes(
    db,
    scope,
    kind,
    connectionId,
    changes.map((change) => change.sourceCode),
  );
  const known = await targetsOf(db, scope, kind, connectionId, name);
  const ours = kind === "tax" ? await ourCodes(db, scope, connectionId) : new Map<string, KnownCode>();
  return changes.flatMap(({ sourceCode, targetExternalId, side = null }) => {
    if (targetExternalId === null) return [];
    const refuse = (words: string, code?: string) => {
      const field = rowKey(sourceCode, side);
      return new Refusal(`${rowLabel(sourceCode, side)}: ${words}`, { field, ...(code === undefined ? {} : { code }) });
    };
    const target = known.get(targetExternalId);
    if (!target) throw refuse(faultSentence("absent", kind, name));
    if (target.fault) throw refuse(target.fault);
    const code = ours.get(sourceCode);
    if (code && target.tax) {
      for (const judged of judgedAs(code, side)) {
        const against = taxMappingFault(judged, target.tax);
        if (against) {
          const words = taxFaultWords(against, judged, target.tax, name);
          throw refuse(`${words} ${wayOut(against, judged, side, known, name)}`, `tax-${against}`);
        }
      }
    }
    return [{ sourceCode, side: side ?? ("" as const), targetExternalId, targetCode: target.code }];
  });
}

/**
 * As what a code is judged: by what was said of it, by the documents that wait, by its name. For one side, by what was said and by that side:
 * the other side may wait alone.
 */
const judgedAs = ({ code, said }: KnownCode, side: DocumentSide | null): readonly OurCode[] =>
  side === null
    ? [code]
    : [
        { ...code, side: said },
        { ...code, side },
      ];

async function refuseUnknownCodes(
  db: ScopedDb,
  scope: ClientScope,
  kind: MappingKind,
  connectionId: string,
  codes: readonly string[],
): Promise<void> {
  const known = new Set(
    kind === "tax"
      ? (await listTaxCodes(db, scope)).map((one) => one.code)
      : (await listChart(db, scope)).filter((one) => kind !== "bank" || one.kind === "bank").map((one) => one.code),
  );
  for (const one of await resolvedMappings(db, scope, connectionId, kind)) known.add(one.sourceCode);
  if (codes.every((code) => known.has(code))) return;
  if (kind !== "bank") for (const one of await codeUsage(db, scope, connectionId, kind)) known.add(one.code);
  const unknown = codes.find((code) => !known.has(code));
  if (unknown !== undefined) {
    const what = kind === "tax" ? "tax code" : kind === "bank" ? "bank nominal" : "nominal code";
    throw new Refusal(`There is no ${what} ${unknown}.`, { field: unknown });
  }
}

interface Target {
  readonly code: string | null;
  readonly fault: string | null;
  readonly tax: (TheirRate & { readonly name: string }) | null;
}

interface KnownCode {
  readonly code: OurCode;
  /** Its side as somebody said it, or as its kind alone can have. */
  readonly said: TaxSide | null;
}

/** The client's tax codes as their mappings are judged, by code. */
async function ourCodes(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<ReadonlyMap<string, KnownCode>> {
  const usage = usageByCode(await codeUsage(db, scope, connectionId, "tax"));
  return new Map(
    (await listTaxCodes(db, scope)).map((one) => [one.code, { code: ourCode(one, usage.get(one.code)), said: saidSide(one) }]),
  );
}

function wayOut(
  fault: TaxMappingFault,
  code: OurCode,
  side: DocumentSide | null,
  targets: ReadonlyMap<string, Target>,
  name: string,
): string {
  const fits = [...targets.values()].some((one) => one.tax && one.fault === null && taxMappingFault(code, one.tax) === null);
  if (fault === "recovers-otherwise" && !fits) return noFittingRate(code, name);
  if (fault === "wrong-side" && side !== null && code.side === side)
    return `Choose a rate for ${TAX_SIDE_LABELS[side].toLowerCase()}.`;
  return fault === "wrong-side"
    ? "Choose a rate for its side, or set the side on the tax code's page."
    : "Choose another rate, or set the kind on the tax code's page.";
}

async function targetsOf(
  db: ScopedDb,
  scope: ClientScope,
  kind: MappingKind,
  connectionId: string,
  name: string,
): Promise<Map<string, Target>> {
  if (kind === "tax") {
    const rates = await listPackageTaxRates(db, scope, connectionId);
    return new Map(
      rates.map((rate) => [
        rate.externalId,
        { code: rate.externalId, fault: rate.active ? null : faultSentence("archived", kind, name), tax: rate },
      ]),
    );
  }
  const accounts = await listPackageAccounts(db, scope, connectionId);
  return new Map(
    accounts.map((account) => {
      const fault = accountFault(kind, account);
      return [account.externalId, { code: account.code, fault: fault ? faultSentence(fault, kind, name) : null, tax: null }];
    }),
  );
}

/** The pairs that the changed rows make on waiting lines. @throws {Refusal} when all pairs of one changed row are refused ones */
async function judgePairs(
  db: ScopedDb,
  scope: ClientScope,
  connectionId: string,
  kind: "nominal" | "tax",
  changed: ReadonlySet<string>,
  name: string,
): Promise<string[]> {
  const resolved = await resolvedMappings(db, scope, connectionId);
  const accounts = new Map(resolved.flatMap((one) => (one.kind === "nominal" ? [[one.sourceCode, one] as const] : [])));
  const warnings: string[] = [];
  const verdicts = new Map<string, { good: number; bad: string[] }>();
  for (const pair of await codePairs(db, scope, connectionId)) {
    const keys = kind === "nominal" ? [pair.nominalCode] : [rowKey(pair.taxCode, pair.side), pair.taxCode];
    const code = keys.find((one) => changed.has(one));
    const account = accounts.get(pair.nominalCode);
    const rate = onSide(resolved, pair.taxCode, pair.side);
    if (code === undefined || !account || !rate) continue;
    const verdict = verdicts.get(code) ?? { good: 0, bad: [] };
    verdicts.set(code, verdict);
    if (pairAllowed(account.targetClass, rate.appliesTo)) verdict.good += 1;
    else verdict.bad.push(pairSentence(account, rate, name));
  }
  for (const [code, verdict] of verdicts) {
    const [first] = verdict.bad;
    if (first !== undefined && verdict.good === 0) throw new Refusal(first, { field: code, code: "tax-not-allowed-on-account" });
    warnings.push(...verdict.bad);
  }
  return warnings;
}

function pairSentence(account: ResolvedMapping, rate: ResolvedMapping, name: string): string {
  return `${name} does not take ${rate.targetName} (our tax code ${rate.sourceCode}) on ${[account.targetCode, account.targetName].filter(Boolean).join(" ")} (our nominal code ${account.sourceCode}): choose another tax rate or another account, or clear one of the two first.`;
}
