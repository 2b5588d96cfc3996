import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type JudgeSelection, judge, type PackageOf, type Verdicts } from "#db/queries/precheck.ts";
import { connectorFor } from "#lib/connectors/registry.ts";
import { type PostingSelection, selectionWhere } from "./selection.ts";

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

/** Pre-check as staff ask for it, over a selection or over everything pending. */
export async function runPrecheck(db: ScopedDb, scope: ClientScope, selection: PostingSelection | null): Promise<Verdicts> {
  return judge(db, scope, selection === null ? "open" : selectionWhere(selection, scope), packageOf);
}
