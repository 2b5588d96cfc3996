import type { ScopedDb } from "#db/client.ts";
import { overviewCounts } from "#db/queries/counts.ts";
import { mappingConnection } from "#db/queries/mapping.ts";
import { countOpenDifferences } from "#db/queries/open-apart.ts";
import { type BlockedMoney, blockedMoney, lastRuns, workerHealth } from "#db/queries/setup.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { errorEntry, type Fixer } from "#lib/errors/catalogue.ts";
import type { Worth } from "#lib/mapping/editor.ts";
import { checklist } from "./checklist.ts";

/** One cause that keeps money from going, with where to remove it. */
export interface Cause {
  readonly code: string;
  readonly value: string | null;
  readonly title: string;
  readonly fixer: Fixer;
  readonly records: number;
  /** Never added up over currencies or sides. */
  readonly worth: readonly Worth[];
  /** Below `/clients/[client]`. */
  readonly path: string;
  readonly action: string;
}

/** What the Overview shows of one client. */
export async function overview(db: ScopedDb, scope: ClientScope) {
  const connection = await mappingConnection(db, scope);
  return {
    checklist: await checklist(db, scope),
    counts: await overviewCounts(db, scope),
    openApart: connection ? (await countOpenDifferences(db, scope)).count : 0,
    causes: connection ? causesOf(await blockedMoney(db, scope, connection.id)) : [],
    runs: await lastRuns(db, scope, 5),
    worker: await workerHealth(db),
  };
}

/** Gathers the rows of one cause; the one that stops most comes first. */
export function causesOf(rows: readonly BlockedMoney[]): Cause[] {
  const found = new Map<string, Cause>();
  for (const row of rows) {
    const key = `${row.code}\u0000${row.value ?? ""}`;
    const before = found.get(key);
    const worth =
      row.grossMinor === null || row.currency === null ? [] : [{ side: row.side, currency: row.currency, minor: row.grossMinor }];
    found.set(key, {
      code: row.code,
      value: row.value,
      title: titleOf(row.code, row.value),
      fixer: errorEntry(row.code).fixer,
      records: (before?.records ?? 0) + row.records,
      worth: addUp([...(before?.worth ?? []), ...worth]),
      ...wayOut(row.code, row.value),
    });
  }
  return [...found.values()].sort((a, b) => b.records - a.records);
}

/** The same side and currency may be added up: one cause can stand in two panels. */
function addUp(worth: readonly Worth[]): Worth[] {
  const sums = new Map<string, Worth>();
  for (const one of worth) {
    const key = `${one.side}/${one.currency}`;
    const before = sums.get(key);
    sums.set(key, { ...one, minor: (before?.minor ?? 0n) + one.minor });
  }
  return [...sums.values()];
}

const NOMINAL_CAUSES = new Set([
  "mapping.account-missing",
  "mapping.account-wrong-type",
  "mapping.target-archived",
  "mapping.tax-not-allowed-on-account",
  "package.account-without-code",
]);

function titleOf(code: string, value: string | null): string {
  if (value !== null && code === "mapping.account-missing")
    return `Nominal code ${value} is not mapped to an account that exists`;
  if (value !== null && code === "mapping.tax-missing") return `Tax code ${value} is not mapped to a tax rate that exists`;
  const { title } = errorEntry(code);
  return value === null ? title : `${title}: ${value}`;
}

function wayOut(code: string, value: string | null): { path: string; action: string } {
  if (value !== null && NOMINAL_CAUSES.has(code))
    return { path: `/mapping?tab=nominal&code=${encodeURIComponent(value)}`, action: `Map ${value}` };
  if (value !== null && code === "mapping.tax-missing")
    return { path: `/mapping?tab=tax&code=${encodeURIComponent(value)}`, action: `Map ${value}` };
  if (code.startsWith("connection.")) return { path: "/setup", action: "Open Setup" };
  return { path: "/export", action: "Open Export" };
}
