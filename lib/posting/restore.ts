import type { ScopedDb } from "#db/client.ts";
import { findConversation, listCalls } from "#db/queries/postings/conversations.ts";
import type { UnknownPosting } from "#db/queries/postings/outcomes.ts";
import type { OutgoingRecord } from "#lib/common/records.ts";
import type { Batch, Exchanged, Message } from "#lib/connectors/types.ts";
import { askedOf, behind, isAsStored, nextStep, type SendStep } from "./conversation.ts";
import { requestSha } from "./idempotency-key.ts";
import { versionOf } from "./send-step.ts";
import type { PostingWorld } from "./world.ts";

/** A call of unknown outcome, with the conversation that it is a step of. */
export interface Restored {
  readonly batch: Batch;
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
  const batch = stored ? askedOf(stored, connection).batch : { connection, records };
  const steps = posting.of && calls ? behind(calls, posting.of.step) : [];
  const past = steps.map((one) => one.exchanged);
  const base = { batch, past, message, isInSteps: stored !== null };
  if (stored && stored.version > versionOf(connector)) return { ...base, isNewer: true, step: null };
  if (!stored) return { ...base, isNewer: false, step: null };
  const step = isAsStored(connector, batch, steps) ? nextStep(connector, batch, past, key) : null;
  const isSame = step?.do === "send" && requestSha(step.message) === requestSha(message);
  return { ...base, isNewer: false, step: isSame ? step : null };
}
