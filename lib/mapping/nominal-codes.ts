import type { ScopedDb } from "#db/client.ts";
import {
  codeUsage,
  listChart,
  listMappingSets,
  listPackageAccounts,
  mappingConnection,
  resolvedMappings,
} from "#db/queries/mapping/mapping.ts";
import type { NominalKind } from "#db/schema/operational.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { packageName } from "#lib/connectors/cards.ts";
import { currentOf, type Editor, type EditorRow, usageByCode } from "./editor.ts";
import { NOMINAL_KIND_LABELS } from "./nominal-kinds.ts";
import { accountFault } from "./resolve.ts";
import { suggestAccount } from "./suggest.ts";
import { targetReason } from "./words.ts";

/** Classes of account that a nominal code of each kind usually goes to: only suggestions look at it. */
const CLASSES: Readonly<Record<NominalKind, readonly string[]>> = {
  sales: ["revenue"],
  purchase: ["expense", "asset"],
  bank: ["asset"],
  control: ["asset", "liability"],
  stock: ["asset"],
  "cost-of-sale": ["expense"],
  tax: ["liability", "asset"],
  other: [],
};

const CLASS_LABELS: Readonly<Record<string, string>> = {
  revenue: "Revenue",
  expense: "Expenses",
  asset: "Assets",
  liability: "Liabilities",
  equity: "Equity",
  other: "Other",
};
const CLASS_ORDER = ["revenue", "expense", "asset", "liability", "equity", "other"];

/** Everything the nominal-code editor shows; null without a connection. Bank nominals have their own tab. */
export async function listNominalCodes(db: ScopedDb, scope: ClientScope): Promise<Editor | null> {
  const connection = await mappingConnection(db, scope);
  if (!connection) return null;
  const name = packageName(connection.package);
  const accounts = await listPackageAccounts(db, scope, connection.id);
  const mapped = new Map((await resolvedMappings(db, scope, connection.id, "nominal")).map((one) => [one.sourceCode, one]));
  const usage = usageByCode(await codeUsage(db, scope, connection.id, "nominal"));
  const chart = await listChart(db, scope);
  const inChart = new Set(chart.map((one) => one.code));
  const strays = [...new Set([...usage.keys(), ...mapped.keys()])].filter((code) => !inChart.has(code));
  const offered = accounts
    .filter((account) => accountFault("nominal", account) === null)
    .map((account) => ({ externalId: account.externalId, code: account.code, name: account.name, class: account.class }));

  const rows: EditorRow[] = [
    ...chart.filter((one) => one.kind !== "bank" || usage.has(one.code) || mapped.has(one.code)),
    ...strays.map((code) => ({ code, name: "Not in the chart of nominal codes", kind: null })),
  ].map(({ code, name: own, kind }) => {
    const current = currentOf(mapped.get(code));
    const used = usage.get(code);
    const notUsed = kind === "stock" || kind === "cost-of-sale";
    return {
      key: code,
      source: code,
      side: null,
      code,
      name: own,
      note: kind ? NOMINAL_KIND_LABELS[kind] : null,
      tax: null,
      waiting: used?.waiting ?? 0,
      amounts: used?.amounts ?? [],
      current,
      otherSide: null,
      suggestion:
        (current && current.fault === null) || notUsed
          ? null
          : suggestAccount({ code, name: kind ? own : "", classes: kind ? CLASSES[kind] : [] }, offered),
      notUsed,
    };
  });
  rows.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));

  const targets = accounts
    .map((account) => {
      const fault = accountFault("nominal", account);
      return {
        id: account.externalId,
        code: account.code,
        name: account.name,
        group: CLASS_LABELS[account.class] ?? "Other",
        disabled: fault ? reasonFor(account, fault, name) : null,
        tax: null,
        order: CLASS_ORDER.indexOf(account.class),
      };
    })
    .sort(
      (a, b) =>
        a.order - b.order ||
        (a.code ?? "\uffff").localeCompare(b.code ?? "\uffff", "en", { numeric: true }) ||
        a.name.localeCompare(b.name),
    )
    .map(({ order: _, ...target }) => target);
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
    targets,
  };
}

function reasonFor(account: { isBank: boolean }, fault: NonNullable<ReturnType<typeof accountFault>>, name: string): string {
  if (fault !== "wrong-type") return targetReason(fault, "nominal", name);
  return account.isBank ? "bank account" : `${name}’s own control account`;
}
