import type { ScopedDb } from "#db/client.ts";
import { findConversation, listCalls, loadFacts } from "#db/queries/postings/conversations.ts";
import type { UnknownPosting } from "#db/queries/postings/outcomes.ts";
import type { OutgoingRecord } from "#lib/common/records.ts";
import type { Exchanged, Message, PackageFacts } from "#lib/connectors/types.ts";
import { type Asked, askedOf, behind, isAsStored, NO_FACTS, nextStep, type SendStep } from "./conversation.ts";
import { requestSha } from "./idempotency-key.ts";
import { versionOf } from "./send-step.ts";
import type { PostingWorld } from "./world.ts";

/** What its connector wants to know of the accounts and tax rates that these records name. */
export async function factsFor(
  db: ScopedDb,
  world: Pick<PostingWorld, "connector" | "connection">,
  records: readonly OutgoingRecord[],
): Promise<PackageFacts> {
  if (!world.connector.push.needsFacts) return NO_FACTS;
  const lines = records.flatMap((record) => ("lines" in record ? record.lines : []));
  return loadFacts(db, world.connection.id, {
    accounts: lines.map((line) => line.accountExternalId),
    taxRates: lines.map((line) => line.taxExternalId),
  });
}

/** A call of unknown outcome, with the conversation that it is a step of. */
export interface Restored {
  readonly asked: Asked;
  /** The steps before it. */
  readonly past: readonly Exchanged[];
  readonly isInSteps: boolean;
  /** Newer code began it: this code leaves it alone. */
  readonly isNewer: boolean;
  readonly message: Message;
  /** The step as this code asks for it; null where it would ask for another. */
  readonly step: SendStep | null;
}

/** Brings back, from what is stored, what a call was sent as a part of. */
export async function restore(
  db: ScopedDb,
  world: PostingWorld,
  call: {
    readonly posting: Pick<UnknownPosting, "id" | "revision" | "of">;
    readonly message: Message;
    readonly key: string;
    readonly records: readonly OutgoingRecord[];
  },
): Promise<Restored> {
  const { posting, message, key, records } = call;
  const { connector, connection } = world;
  const stored = posting.of && (await findConversation(db, posting.id, posting.revision));
  const calls = stored?.calls ?? (posting.of && (await listCalls(db, posting.of.conversationId)));
  const asked = stored
    ? askedOf(stored, connection)
    : { batch: { connection, records }, facts: await factsFor(db, world, records) };
  const steps = posting.of && calls ? behind(calls, posting.of.step) : [];
  const past = steps.map((one) => one.exchanged);
  const base = { asked, past, message, isInSteps: stored !== null };
  if (stored && stored.version > versionOf(connector)) return { ...base, isNewer: true, step: null };
  if (!stored) return { ...base, isNewer: false, step: null };
  const step = isAsStored(connector, asked, steps) ? nextStep(connector, asked, past, key) : null;
  const isSame = step?.do === "send" && requestSha(step.message) === requestSha(message);
  return { ...base, isNewer: false, step: isSame ? step : null };
}
