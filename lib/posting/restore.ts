import type { ScopedDb } from "#db/client.ts";
import { findConversation, listCalls } from "#db/queries/postings/conversations.ts";
import type { UnknownPosting } from "#db/queries/postings/outcomes.ts";
import type { OutgoingRecord } from "#lib/common/records.ts";
import type { Batch, Exchanged, Message } from "#lib/connectors/types.ts";
import { log } from "#lib/log.ts";
import { askedAgain, askedOf, behind, isAsStored, type SendStep } from "./conversation.ts";
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
  const base = { batch, past: [], message, isInSteps: stored !== null };
  let steps: ReturnType<typeof behind> = [];
  try {
    if (posting.of && calls) steps = behind(calls, posting.of.step);
  } catch (error) {
    // What is not whole is as what this code would ask for otherwise: it stops one row, and no connection.
    log.error({ postingId: posting.id, reason: String(error) }, "a conversation is not stored whole");
    return { ...base, isNewer: false, step: null };
  }
  const past = steps.map((one) => one.exchanged);
  if (stored && stored.version > versionOf(connector)) return { ...base, past, isNewer: true, step: null };
  if (!stored) return { ...base, past, isNewer: false, step: null };
  const step = isAsStored(connector, batch, steps) ? askedAgain(connector, batch, past, { key, message }) : null;
  return { ...base, past, isNewer: false, step };
}
