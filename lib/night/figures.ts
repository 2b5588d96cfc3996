import type { Database } from "#db/client.ts";
import { refreshFigures, takeFigureMarks } from "#db/queries/practice/figures.ts";
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

/** Real ms that somebody who opens the portfolio waits at most for what changed a moment ago. */
const PATIENCE_MS = 400;

/**
 * Reckons those clients of a person that have changed since the worker last came round, before their portfolio is drawn: it then says what
 * each client's own pages say. What is not reached in time keeps its mark, and is shown with the moment it was counted.
 */
export async function freshenFigures(database: Database, userId: string): Promise<void> {
  const practice = jobPracticeScope();
  const until = performance.now() + PATIENCE_MS;
  while (performance.now() < until) {
    const taken = await database.inScope(practice, async (db) => {
      const clients = await takeFigureMarks(db, practice, 1, userId);
      for (const clientId of clients) await refreshFigures(db, jobScope(clientId));
      return clients.length;
    });
    if (taken === 0) return;
  }
}
