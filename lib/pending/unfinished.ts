import type { SQL } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { listFiled } from "#db/queries/files/batch-files.ts";
import { listContinued } from "#db/queries/postings/conversations.ts";
import { Refusal } from "#lib/common/refusal.ts";

/** Most numbers that the sentence names. */
const NAMED = 3;

const named = (numbers: readonly string[]): string => {
  const some = numbers.slice(0, NAMED).join(", ");
  return numbers.length > NAMED ? `${some} and others` : some;
};

/**
 * Says why chosen rows were left alone, where the package holds them half done, or where they stand in a file that may be imported.
 * @throws {Refusal} that names them
 */
export async function refuseUnfinished(db: ScopedDb, scope: ClientScope, chosen: SQL): Promise<void> {
  const numbers = await listContinued(db, scope, chosen, NAMED + 1);
  if (numbers.length > 0) {
    const are = numbers.length === 1 ? "is" : "are";
    throw new Refusal(
      `${named(numbers)} ${are} already in the package and not finished there. Nothing was changed. If it has stopped, press Retry.`,
    );
  }
  const filed = await listFiled(db, scope, chosen, NAMED + 1);
  const [first] = filed;
  if (!first) return;
  const are = filed.length === 1 ? "is" : "are";
  throw new Refusal(
    `${named(filed.map(({ reference }) => reference))} ${are} in file ${first.number}, which may be imported. Take the file back first.`,
  );
}
