import type { ClientScope, ScopedDb } from "#db/client.ts";
import { listQueuedAmended, type QueuedRecords, withdrawAmended } from "#db/queries/operational/queued-records.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { SettledQuestion } from "./questions.ts";
import type { SummaryQuestion } from "./summary-questions.ts";

const ID = "queued-rows";
const SHOWN = 5;

const said = ({ count, first, runs }: QueuedRecords) => {
  const more = count > first.length ? ` and ${count - first.length} more` : "";
  const run = runs.length === 0 ? "" : ` in run ${runs.join(", ")}`;
  return `${first.join(", ")}${more}${run}`;
};

/** N34: a file that changes documents which are queued for upload asks whether they are taken back first. */
export const askQueuedRows: SummaryQuestion = async (db, scope, { importId, profile, asking }) => {
  if (profile.kind !== "documents") return;
  const queued = await listQueuedAmended(db, scope, importId, SHOWN);
  if (queued.count === 0) return;
  const one = queued.count === 1;
  await asking.settle({
    id: ID,
    text: `${one ? "A document that this file changes is" : `${queued.count} documents that this file changes are`} queued for upload. Withdraw ${one ? "it" : "them"} first?`,
    why: `Queued for upload and not sent yet: ${said(queued)}.`,
    options: [
      {
        value: "withdraw",
        label: one ? "Withdraw it" : "Withdraw them",
        comesTo: `${queued.count} ${one ? "document waits" : "documents wait"} in Pending Export with this file's changes, until someone uploads ${one ? "it" : "them"} again`,
      },
    ],
    remember: "no",
  });
};

/**
 * Takes back what the question of {@link askQueuedRows} named, before the file changes it.
 * @throws {Refusal} where documents are queued that nobody was asked about: they were chosen since the preview
 */
export async function withdrawQueuedRows(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  settled: readonly SettledQuestion[],
): Promise<void> {
  if (settled.some(({ id, value }) => id === ID && value === "withdraw")) {
    await withdrawAmended(db, scope, importId);
    return;
  }
  const queued = await listQueuedAmended(db, scope, importId, SHOWN);
  if (queued.count > 0) {
    throw new Refusal(
      `Documents that this file changes were queued for upload since the preview: ${said(queued)}. Withdraw them first, or upload the file again and answer.`,
      { code: ID },
    );
  }
}
