import type { ScopedDb } from "#db/client.ts";

class Rehearsed extends Error {}

/** Does `work` and takes every trace of it back; answers what it said. What it throws is thrown. */
export async function rehearse<Answer>(db: ScopedDb, work: (db: ScopedDb) => Promise<Answer>): Promise<Answer> {
  const said: Answer[] = [];
  try {
    await db.transaction(async (rehearsal) => {
      said.push(await work(rehearsal));
      throw new Rehearsed();
    });
  } catch (error) {
    if (!(error instanceof Rehearsed)) throw error;
  }
  const [answer] = said;
  if (answer === undefined) throw new Error("the rehearsal said nothing");
  return answer;
}
