import type { Database } from "#db/client.ts";
import { dropOldEvents } from "#db/queries/connections/webhooks.ts";
import { forgetQuietNights, reckonSchedules, tidyNights, unsafeEnqueueNight } from "#db/queries/nights/nights.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";

/** Connections put in line by one statement. */
const BATCH = 5_000;

/**
 * Puts every connection whose night has begun in line, tidies the open nights, and forgets the package's events of long ago, and after a
 * night what nights of long ago were without news. Any number of workers may do it at once: a connection is in line once for a night.
 * @returns how many fell due
 */
export async function enqueueNights(database: Database): Promise<number> {
  const scope = jobPracticeScope();
  while ((await database.inScope(scope, (db) => reckonSchedules(db, scope, BATCH))) === BATCH);
  let due = 0;
  for (;;) {
    const batch = await database.inScope(scope, (db) => unsafeEnqueueNight(db, scope, BATCH));
    due += batch;
    if (batch < BATCH) break;
  }
  if ((await database.inScope(scope, (db) => tidyNights(db, scope))) > 0)
    while ((await database.inScope(scope, (db) => forgetQuietNights(db, scope, BATCH))) === BATCH);
  await database.inScope(scope, (db) => dropOldEvents(db, scope));
  return due;
}
