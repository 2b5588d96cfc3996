import { endFinishedRuns, markSynced } from "#db/queries/connections/sync-work.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { releaseMended, releasePayments, releaseStopped } from "#lib/pending/release.ts";
import { applyAnswers } from "#lib/posting/apply-files.ts";
import { makeFiles } from "#lib/posting/make-files.ts";
import { readBooks } from "#lib/posting/read-books.ts";
import { takePortion } from "#lib/posting/take-portion.ts";
import type { FileWorld } from "#lib/posting/world.ts";

/**
 * Works on a connection whose package takes files: what people brought first, so that nothing goes into a new file which the books
 * hold already; then what runs have chosen, and files of all that may go. It asks nobody, and waits for nobody.
 * @throws {LeaseLostError}
 */
export async function workOnFiles(world: FileWorld, goOn: () => boolean): Promise<void> {
  const { scope, connection } = world;
  let busy = true;
  while (busy && goOn()) {
    const brought = (await applyAnswers(world)) + (await readBooks(world));
    if (brought > 0) {
      await world.inScope(async (db) => {
        await releaseStopped(db, scope);
        await releaseMended(db, scope);
        await releasePayments(db, scope);
      });
    }
    const taken = (await takePortion(world))?.taken ?? 0;
    const made = taken > 0 ? 0 : await makeFiles(world, goOn);
    // What was amended while it waited goes now, as its connector lets it go.
    const anew = (await world.inScope((db) => makePostings(db, scope))).made;
    await world.inScope((db) => endFinishedRuns(db, connection.id));
    busy = brought + taken + made + anew > 0;
  }
  await world.inScope((db) => markSynced(db, connection.id));
}
