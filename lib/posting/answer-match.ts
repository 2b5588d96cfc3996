import type { Database } from "#db/client.ts";
import { noteCorrections } from "#db/queries/export/corrections.ts";
import { answerQuestion, linkParty, lockQuestion } from "#db/queries/links/matching.ts";
import { type AppSettings, appSettings } from "#lib/calling/app-settings.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { partyEntity } from "#lib/connectors/types.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { type LinkAnswer, linkByPackageId } from "./link-by-id.ts";
import { liveConnector } from "./live-connector.ts";

const ANSWERED = "Someone has already answered this, or the document has changed.";

/**
 * "The same": links ours to the package's document after one read of it; where they differ the row then stands as different, with both
 * values. Its customer or supplier is linked with it where neither was.
 * @throws {Refusal} when the question was answered meanwhile, or the document can't be read or compared
 */
export async function linkMatch(
  database: Database,
  scope: ClientScope,
  answer: { readonly questionId: string; readonly externalId: string },
  settings: AppSettings = appSettings(),
): Promise<LinkAnswer> {
  const question = await database.inScope(scope, async (db) => {
    const open = await lockQuestion(db, scope, answer.questionId);
    const candidate = open?.candidates.find((one) => one.externalId === answer.externalId);
    if (!open || !candidate) throw new Refusal(ANSWERED);
    if (candidate.contactExternalId !== null) {
      const { connector, connection } = await liveConnector(db, scope);
      if (connection.id !== open.connectionId) throw new Refusal(ANSWERED);
      const entity = partyEntity(connector, open.kind);
      await linkParty(db, scope, open.connectionId, open.recordId, candidate.contactExternalId, entity);
    }
    return open;
  });
  const linked = await linkByPackageId(
    database,
    scope,
    { postingId: question.postingId, pasted: answer.externalId, accept: true },
    settings,
  );
  await database.inScope(scope, async (db) => {
    await answerQuestion(db, scope, question.id, "linked");
    await noteCorrections(db, scope, [
      { postingId: question.postingId, what: "linked", differences: linked.differences, note: "Marked as the same document." },
    ]);
    await releaseMended(db, scope);
  });
  return linked;
}

/**
 * "Not the same": ours may go. "Skip": it is decided later, and ours stays where it is.
 * @throws {Refusal} when the question was answered meanwhile
 */
export async function leaveMatch(
  database: Database,
  scope: ClientScope,
  answer: { readonly questionId: string; readonly as: "not-same" | "skipped" },
): Promise<{ reference: string }> {
  return database.inScope(scope, async (db) => {
    const open = await lockQuestion(db, scope, answer.questionId);
    if (!open) throw new Refusal(ANSWERED);
    await answerQuestion(db, scope, open.id, answer.as);
    if (answer.as === "not-same") {
      await noteCorrections(db, scope, [
        {
          postingId: open.postingId,
          what: "not-same",
          differences: open.candidates[0]?.differences ?? [],
          note: `Marked as different from ${open.candidates.map((one) => one.number ?? "one without a number").join(", ")} there.`,
        },
      ]);
      await releaseMended(db, scope);
    }
    return { reference: open.reference };
  });
}
