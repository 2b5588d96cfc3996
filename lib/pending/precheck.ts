import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type JudgeSelection, judge, type PackageOf, type Verdicts } from "#db/queries/checks/precheck.ts";
import { connectorFor } from "#lib/connectors/registry.ts";

/**
 * Runs pre-check over postings that were not sent: nothing leaves, each row gets ready, warning or blocked with its reason beside
 * its state. `unjudged`: only rows that no pre-check has seen; `open`: every unsent row of the client.
 */
export async function judgePostings(db: ScopedDb, scope: ClientScope, which: JudgeSelection): Promise<Verdicts> {
  return judge(db, scope, which, packageOf);
}

export const packageOf: PackageOf = (packageId) => {
  const { can, fields, name } = connectorFor(packageId);
  return { changeable: can.update, fields, name };
};
