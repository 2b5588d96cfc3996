import type { ScopedDb } from "#db/client.ts";
import { lastRuns, workerHealth } from "#db/queries/connections/setup.ts";
import { listCauses } from "#db/queries/export/causes.ts";
import { countOpenCorrections } from "#db/queries/export/open-corrections.ts";
import { mappingConnection } from "#db/queries/mapping/mapping.ts";
import { DOCUMENT_KEYS, listDocuments } from "#db/queries/operational/documents.ts";
import { countOpenDifferences } from "#db/queries/payments/open-apart.ts";
import { overviewCounts } from "#db/queries/practice/counts.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { checklist } from "#lib/connections/checklist.ts";

/** More causes than this are counted and not told apart. */
const MOST_CAUSES = 200;

/** Documents that a client's own Overview lists. */
const LATEST = 10;

/** What a client's own person sees of their company: the same counts and causes as staff do. */
export async function ownOverview(db: ScopedDb, scope: ClientScope) {
  const connection = await mappingConnection(db, scope);
  const ask = { direction: "desc", after: null, limit: LATEST } as const;
  return {
    counts: await overviewCounts(db, scope),
    causes: connection ? await listCauses(db, scope, { which: "blocked", limit: MOST_CAUSES }) : [],
    documents: (await listDocuments(db, scope, {}, DOCUMENT_KEYS.date, ask)).rows,
  };
}

/** What the Overview shows of one client. */
export async function overview(db: ScopedDb, scope: ClientScope) {
  const connection = await mappingConnection(db, scope);
  return {
    checklist: await checklist(db, scope),
    counts: await overviewCounts(db, scope),
    openApart: connection ? (await countOpenDifferences(db, scope)).count : 0,
    toFinish: connection ? (await countOpenCorrections(db, scope)).count : 0,
    // The same causes in the same words as Error Feedback, with what pre-check blocks.
    causes: connection ? await listCauses(db, scope, { which: "blocked", limit: MOST_CAUSES }) : [],
    runs: await lastRuns(db, scope, 5),
    worker: await workerHealth(db),
  };
}
