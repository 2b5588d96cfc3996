import type { ScopedDb } from "#db/client.ts";
import { listCauses } from "#db/queries/causes.ts";
import { overviewCounts } from "#db/queries/counts.ts";
import { mappingConnection } from "#db/queries/mapping.ts";
import { countOpenDifferences } from "#db/queries/open-apart.ts";
import { lastRuns, workerHealth } from "#db/queries/setup.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { checklist } from "./checklist.ts";

/** More causes than this are counted and not told apart. */
const MOST_CAUSES = 200;

/** What the Overview shows of one client. */
export async function overview(db: ScopedDb, scope: ClientScope) {
  const connection = await mappingConnection(db, scope);
  return {
    checklist: await checklist(db, scope),
    counts: await overviewCounts(db, scope),
    openApart: connection ? (await countOpenDifferences(db, scope)).count : 0,
    // The same causes in the same words as Error Feedback, with what pre-check blocks.
    causes: connection ? await listCauses(db, scope, { which: "blocked", limit: MOST_CAUSES }) : [],
    runs: await lastRuns(db, scope, 5),
    worker: await workerHealth(db),
  };
}
