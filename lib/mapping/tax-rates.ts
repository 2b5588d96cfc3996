import type { ScopedDb } from "#db/client.ts";
import {
  codeUsage,
  listMappingSets,
  listPackageTaxRates,
  listTaxCodes,
  mappingConnection,
  resolvedMappings,
} from "#db/queries/mapping/mapping.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { packageName } from "#lib/connectors/cards.ts";
import { type OurCode, plainRate, sameRate, sideOfRate } from "#lib/tax/charged.ts";
import { sideByName } from "#lib/tax/evidence.ts";
import {
  chargedRate,
  DOCUMENT_SIDES,
  type DocumentSide,
  TAX_KIND_ROWS,
  TAX_SIDE_LABELS,
  type TaxKind,
  type TaxSide,
} from "#lib/tax/kinds.ts";
import { currentOf, type Editor, type EditorRow, usageByCode } from "./editor.ts";
import { saidSide } from "./resolve.ts";
import { isForOtherSide, isMappedBySide, mappingOf, rowKey, rowLabel } from "./sides.ts";
import { suggestTaxRate } from "./suggest.ts";
import { targetReason } from "./words.ts";

/** Everything the tax-rate editor shows; null without a connection. A row's `note` is our own rate. */
export async function listTaxRates(db: ScopedDb, scope: ClientScope): Promise<Editor | null> {
  const connection = await mappingConnection(db, scope);
  if (!connection) return null;
  const name = packageName(connection.package);
  const rates = await listPackageTaxRates(db, scope, connection.id);
  const offered = rates
    .filter((rate) => rate.active)
    .map((rate) => ({
      externalId: rate.externalId,
      code: rate.externalId,
      name: rate.name,
      rate: rate.rate,
      selfAccounts: rate.selfAccounts,
      recovers: rate.recovers,
      appliesTo: rate.appliesTo,
    }));
  const mapped = Map.groupBy(await resolvedMappings(db, scope, connection.id, "tax"), (one) => one.sourceCode);
  const usage = usageByCode(await codeUsage(db, scope, connection.id, "tax"));
  const codes = await listTaxCodes(db, scope);
  const known = new Set(codes.map((one) => one.code));
  const strays = [...new Set([...usage.keys(), ...mapped.keys()])].filter((code) => !known.has(code));

  // Where each rate of the package is for both sides, so is each mapping.
  const bySide = rates.some((rate) => ["sales", "purchase"].includes(sideOfRate(rate.appliesTo) ?? ""));
  const rows: EditorRow[] = [
    ...codes.map((one) => ({ ...one, said: saidSide(one), ours: ourCode(one, usage.get(one.code)) })),
    ...strays.map((code) => ({ code, name: "Not among the tax codes", said: null, ours: null })),
  ].flatMap(({ code, name: own, said, ours }) => {
    const mappings = mapped.get(code) ?? [];
    const used = usage.get(code);
    const apart = mappings.some((one) => one.apart) || (bySide && isMappedBySide(said, sidesOf(used), mappings));
    const sides: readonly (DocumentSide | null)[] = apart ? DOCUMENT_SIDES : [null];
    return sides.map((side) => {
      const mapping = side === null ? mappingOf(said ?? ours?.side ?? null, mappings) : mappings.find((one) => one.side === side);
      const otherSide = side !== null && mapping && isForOtherSide(mapping) ? mapping : null;
      const current = otherSide ? null : currentOf(mapping);
      const judged = ours === null || side === null ? ours : { ...ours, side };
      const amounts = used?.amounts.filter((one) => side === null || one.side === side) ?? [];
      return {
        key: rowKey(code, side),
        source: code,
        side,
        code: rowLabel(code, side),
        name: own,
        note: judged === null ? null : noteOf(side === null ? judged : { ...judged, side: null }),
        tax: judged,
        waiting: (side === null ? used?.waiting : used?.waitingOn.get(side)) ?? 0,
        amounts,
        current,
        otherSide: otherSide && (currentOf(otherSide)?.targetLabel ?? null),
        suggestion:
          (current && current.fault === null) || judged === null ? null : suggestTaxRate({ code, name: own, ...judged }, offered),
        notUsed: false,
      };
    });
  });
  // A code's own rows stay as they are: sales, then purchases.
  rows.sort((a, b) => (a.source < b.source ? -1 : a.source > b.source ? 1 : 0));
  return {
    connection: {
      id: connection.id,
      package: connection.package,
      packageName: name,
      asOf: connection.listsAsOf,
      lost: connection.state === "lost",
    },
    sets: await listMappingSets(db, scope, connection.package),
    rows,
    targets: rates
      .map((rate) => ({
        id: rate.externalId,
        code: rate.externalId,
        name: rate.name,
        group: groupOf(rate.appliesTo),
        disabled: rate.active ? null : targetReason("archived", "tax", name),
        tax: { rate: rate.rate, appliesTo: rate.appliesTo, selfAccounts: rate.selfAccounts, recovers: rate.recovers },
      }))
      .sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || a.name.localeCompare(b.name)),
  };
}

const sidesOf = (used: { readonly waitingOn: ReadonlyMap<DocumentSide, number> } | undefined): ReadonlySet<DocumentSide> =>
  new Set(used?.waitingOn.keys());

const GROUPS = ["For sales and purchases", "For sales", "For purchases", "Neither"];

const GROUP_OF = { both: GROUPS[0], sales: GROUPS[1], purchase: GROUPS[2] } as const;

function groupOf(appliesTo: readonly string[]): string {
  const side = sideOfRate(appliesTo);
  return (side === null ? GROUPS[3] : GROUP_OF[side]) ?? "";
}

/** A tax code as its mapping is judged: its side by what was said, else by the documents that wait with it, else by its name. */
export function ourCode(
  code: {
    readonly code: string;
    readonly name: string;
    readonly rate: string;
    readonly kind: TaxKind | null;
    readonly side: TaxSide | null;
  },
  used: { readonly amounts: readonly { readonly side: string | null }[] } | undefined,
): OurCode {
  const { rate, kind } = code;
  const said = saidSide(code);
  if (said !== null) return { rate, kind, side: said };
  const sides = new Set(used?.amounts.map((one) => one.side) ?? []);
  if (sides.has("sales") && sides.has("purchase")) return { rate, kind, side: "both" };
  if (sides.has("sales")) return { rate, kind, side: "sales" };
  if (sides.has("purchase")) return { rate, kind, side: "purchase" };
  return { rate, kind, side: sideByName(code.code, code.name) };
}

/** Beside a code's name: "20%, purchases"; for one that charges nothing, what kind it is. */
function noteOf(ours: OurCode): string {
  const rate = `${plainRate(ours.rate)}%`;
  const kind =
    ours.kind !== null && !sameRate(chargedRate(ours), ours.rate) ? `, ${TAX_KIND_ROWS[ours.kind].label.toLowerCase()}` : "";
  return `${rate}${kind}${ours.side === null ? "" : `, ${TAX_SIDE_LABELS[ours.side].toLowerCase()}`}`;
}
