import type { Database } from "#db/client.ts";
import { refreshFigures, takeFigureMarks } from "#db/queries/figures.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";

/** Clients whose figures are reckoned in one transaction. */
const CHUNK = 25;

/**
 * Keeps the portfolio's figures up: reckons those of every client that was marked since. A mark goes in the transaction that reckons
 * for it, so that none is lost.
 * @returns how many clients were reckoned
 */
export async function keepFigures(database: Database, stopping?: AbortSignal): Promise<number> {
  const practice = jobPracticeScope();
  let all = 0;
  while (!stopping?.aborted) {
    const taken = await database.inScope(practice, async (db) => {
      const clients = await takeFigureMarks(db, practice, CHUNK);
      for (const clientId of clients) await refreshFigures(db, jobScope(clientId));
      return clients.length;
    });
    all += taken;
    if (taken === 0) break;
  }
  return all;
}
