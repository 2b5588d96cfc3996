import type { ScopedDb } from "#db/client.ts";
import { listCauses } from "#db/queries/causes.ts";
import { overviewCounts } from "#db/queries/counts.ts";
import { DOCUMENT_KEYS, listDocuments } from "#db/queries/documents.ts";
import { mappingConnection } from "#db/queries/mapping.ts";
import { countOpenDifferences } from "#db/queries/open-apart.ts";
import { countOpenCorrections } from "#db/queries/open-corrections.ts";
import { lastRuns, workerHealth } from "#db/queries/setup.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { checklist } from "./checklist.ts";

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
