import type { Database } from "#db/client.ts";
import { type EndedNight, listUndigestedNights } from "#db/queries/alerts.ts";
import { countWords } from "#lib/common/count-words.ts";
import { formatDate } from "#lib/common/dates.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { writeDigest } from "./digest.ts";

const figure = new Intl.NumberFormat("en-GB");
const count = (n: number, what: string) => countWords(n, what);

/**
 * Writes the digest of each night that has ended and has none yet. A night that goes on later, since other time zones fall due, is told
 * of again when that part has ended.
 * @returns how many nights were told of
 */
export async function digestNights(database: Database): Promise<number> {
  const scope = jobPracticeScope();
  return database.inScope(scope, async (db) => {
    let told = 0;
    for (const night of await listUndigestedNights(db, scope)) {
      const written = await writeDigest(db, scope, {
        key: night.key,
        title: `Night of ${formatDate(night.nightOn, "en-GB")}`,
        lines: linesOf(night),
        path: `/settings/nights/${night.nightOn}`,
      });
      if (written !== null) told += 1;
    }
    return told;
  });
}

function linesOf({ done, changed, failed, calls, minutes }: EndedNight): string[] {
  return [
    `${count(done, "client")} read in ${count(minutes, "minute")} with ${count(calls, "call")}; ${figure.format(changed)} had changes.`,
    ...(failed > 0 ? [`${count(failed, "client")} failed: the next nightly run will try again.`] : []),
  ];
}
