import type { ScopedDb } from "#db/client.ts";
import {
  codeUsage,
  listMappingSets,
  listPackageTaxRates,
  listTaxCodes,
  mappingConnection,
  resolvedMappings,
} from "#db/queries/mapping.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { packageName } from "#lib/setup/packages.ts";
import { currentOf, type Editor, type EditorRow, usageByCode } from "./editor.ts";
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
      appliesTo: rate.appliesTo,
    }));
  const mapped = new Map((await resolvedMappings(db, scope, connection.id, "tax")).map((one) => [one.sourceCode, one]));
  const usage = usageByCode(await codeUsage(db, scope, connection.id, "tax"));
  const codes = await listTaxCodes(db, scope);
  const known = new Set(codes.map((one) => one.code));
  const strays = [...new Set([...usage.keys(), ...mapped.keys()])].filter((code) => !known.has(code));

  const rows: EditorRow[] = [...codes, ...strays.map((code) => ({ code, name: "Not among the tax codes", rate: null }))].map(
    ({ code, name: own, rate }) => {
      const current = currentOf(mapped.get(code));
      const used = usage.get(code);
      const sides = new Set(used?.worth.map((one) => one.side) ?? []);
      const [side] = sides.size === 1 ? sides : [];
      return {
        key: code,
        code,
        name: own,
        note: rate === null ? null : `${rate}%`,
        waiting: used?.waiting ?? 0,
        worth: used?.worth ?? [],
        current,
        suggestion:
          (current && current.fault === null) || rate === null
            ? null
            : suggestTaxRate({ code, name: own, rate, side: side ?? null }, offered),
        notUsed: false,
      };
    },
  );
  rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
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
        rate: rate.rate,
      }))
      .sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || a.name.localeCompare(b.name)),
  };
}

const GROUPS = ["For sales and purchases", "For sales", "For purchases", "Neither"];

function groupOf(appliesTo: readonly string[]): string {
  const sales = appliesTo.includes("revenue");
  const purchases = appliesTo.includes("expense");
  if (sales && purchases) return "For sales and purchases";
  return sales ? "For sales" : purchases ? "For purchases" : "Neither";
}
