import type { StoredCall, StoredConversation } from "#db/queries/postings/conversations.ts";
import { type CallWorld, exchangeRead } from "#lib/calling/call.ts";
import type { OutgoingRecord } from "#lib/common/records.ts";
import type { Batch, Connector, Exchanged, Message, PushOutcomes, RawAnswer, Sighting, Step } from "#lib/connectors/types.ts";
import type { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { keyDigest, requestSha } from "./idempotency-key.ts";
import { sentFromJson, sentToJson } from "./sent-record.ts";

/** Most reads before one write. */
const MOST_READS = 20;

/** A step that sends. */
export type SendStep = Extract<Step<PushOutcomes>, { do: "send" }>;

/** Answers to steps that only read, by the hash of what was asked. */
export type Reads = Map<string, RawAnswer>;

/** What comes next, once what had to be read for it is known. */
export type Drawn =
  /** This has to be read first. */
  | { readonly do: "read"; readonly message: Message }
  | {
      readonly do: "write";
      readonly step: SendStep;
      readonly key: string;
      /** Its place in the conversation. */
      readonly at: number;
      /** All before it, the reads too. */
      readonly past: readonly Exchanged[];
    }
  | { readonly do: "done"; readonly answer: PushOutcomes };

/** What a key is made of. */
export interface KeyOf {
  readonly connectionId: string;
  readonly carried: readonly { recordId: string; revision: number; generation: number }[];
  /** Its first request follows from what was read there, as a change does: its bytes are in its key. */
  readonly byBytes: boolean;
}

/**
 * Draws the next step that writes, with its key. Nothing is sent and nothing is changed: the bytes
 * of a record can be asked for by this alone.
 * @param reads what was read for it so far
 */
export function draw(
  connector: Pick<Connector, "push" | "keyOf">,
  batch: Batch,
  past: readonly Exchanged[],
  reads: Reads,
  keyOf: KeyOf,
): Drawn {
  const all = [...past];
  for (let read = 0; read < MOST_READS; read += 1) {
    const at = all.length;
    const isKeyed = at === 0 && !keyOf.byBytes;
    const keyFor = (bytes: string | null) => connector.keyOf(keyDigest(keyOf.connectionId, keyOf.carried, bytes, at));
    const first = isKeyed ? keyFor(null) : "";
    const step = nextStep(connector, batch, all, first);
    if (step.do === "done") return step;
    if (step.writes) {
      // Past is what an earlier write left behind.
      if (past.length > 0 && !step.proof) throw new Error(`${step.message.operation} does not say what proves that it is done`);
      if (isKeyed) return { do: "write", step, key: first, at, past: all };
      const key = keyFor(requestSha(step.message));
      const keyed = nextStep(connector, batch, all, key);
      if (keyed.do === "done") throw new Error("Its key alone ends the conversation");
      return { do: "write", step: keyed, key, at, past: all };
    }
    const answer = reads.get(requestSha(step.message));
    if (!answer) return { do: "read", message: step.message };
    all.push({ message: step.message, answer });
  }
  throw new Error(`More than ${MOST_READS} reads before one write`);
}

/**
 * What the first call for these records would be, byte for byte: nothing is sent, stored or changed.
 * @returns a read where the conversation begins with one, and with its answer in `reads` the write; what became of each record where
 *   the connector ends it before anything is written
 */
export function firstMessage(
  world: Pick<CallWorld, "connector" | "connection">,
  carried: readonly { readonly record: OutgoingRecord; readonly generation: number }[],
  reads: Reads = new Map(),
): { readonly message: Message } | { readonly ended: PushOutcomes } {
  const records = carried.map((one) => one.record);
  const drawn = draw(world.connector, { connection: world.connection, records }, [], reads, {
    connectionId: world.connection.id,
    carried: carried.map(({ record, generation }) => ({ ...record, generation })),
    byBytes: followsFromReads(records),
  });
  if (drawn.do === "done") return { ended: drawn.answer };
  return { message: drawn.do === "read" ? drawn.message : drawn.step.message };
}

/**
 * Why each record goes no further, where the connector ends a conversation before anything is written: what was read for it shows that it
 * cannot go.
 * @throws {Error} when it says anything but a refusal
 */
export function refusedBefore<Carried extends { readonly record: OutgoingRecord }>(
  ended: PushOutcomes,
  carried: readonly Carried[],
): { readonly one: Carried; readonly error: SyncError }[] {
  return carried.map((one) => {
    const outcome = ended.get(one.record.recordId);
    if (outcome?.status !== "refused") throw new Error("Its connector has nothing to send for it");
    return { one, error: outcome.error };
  });
}

/** Whether what is asked for follows from what was read there: a change, and an allocation's amount. */
export const followsFromReads = (records: readonly OutgoingRecord[]): boolean =>
  records.some((record) => record.held !== undefined || record.kind === "allocation");

/** What the connector says comes after these steps. */
export function nextStep(
  connector: Pick<Connector, "push">,
  batch: Batch,
  past: readonly Exchanged[],
  key: string,
): Step<PushOutcomes> {
  return connector.push.next(batch, { connection: batch.connection, key }, past);
}

/** Makes one step that only reads. @throws what a read of the package throws */
export async function readFor(world: CallWorld, reads: Reads, message: Message): Promise<void> {
  const exchange = { ask: () => message, read: (_sent: Message, answer: RawAnswer) => answer };
  reads.set(requestSha(message), await exchangeRead(world, exchange, null));
}

/** What was asked for when a stored conversation began. */
export function askedOf(
  stored: Pick<StoredConversation, "ask">,
  connection: Batch["connection"],
): { readonly batch: Batch; readonly record: OutgoingRecord } {
  const record = sentFromJson(stored.ask);
  return { batch: { connection, records: [record] }, record };
}

/** A stored step that is behind us. */
interface Behind {
  readonly key: string;
  readonly exchanged: Exchanged;
}

/**
 * The stored steps that are behind us: what was accepted or found, and the reads that shaped it.
 * @param before of the step that an answer is awaited for; without it all that was written
 */
export function behind(calls: readonly StoredCall[], before?: number): readonly Behind[] {
  const isDone = (call: StoredCall) => call.outcome === "accepted" || call.outcome === "found";
  const written = calls.flatMap((call) => (call.writes && isDone(call) ? call.step : []));
  const end = before ?? Math.max(-1, ...written) + 1;
  const steps: Behind[] = [];
  for (let at = 0; at < end; at += 1) {
    const here = calls.filter((call) => call.step === at);
    const call = here.find((one) => one.writes && isDone(one)) ?? here.find((one) => !one.writes);
    if (!call) throw new Error(`Step ${at} of the conversation is not stored`);
    steps.push({ key: call.key, exchanged: exchangedOf(call) });
  }
  return steps;
}

function exchangedOf(call: StoredCall): Exchanged {
  if (call.seen !== null) return { message: call.message, found: sightingFromJson(call.seen) };
  if (call.answer === null) throw new Error(`${call.message.operation} has no answer stored`);
  return { message: call.message, answer: call.answer };
}

/**
 * Whether this code asks for the stored steps as they were asked for. Where it would ask otherwise, or
 * breaks on them, the conversation must not go on: what comes next would follow from something that never was.
 */
export function isAsStored(connector: Pick<Connector, "push">, batch: Batch, steps: readonly Behind[]): boolean {
  const past = steps.map((one) => one.exchanged);
  return steps.every(({ key, exchanged }, at) => askedAgain(connector, batch, past.slice(0, at), { key, ...exchanged }) !== null);
}

/** A stored step as this code asks for it; null where it asks for another, or breaks. */
export function askedAgain(
  connector: Pick<Connector, "push">,
  batch: Batch,
  past: readonly Exchanged[],
  { key, message }: { readonly key: string; readonly message: Message },
): SendStep | null {
  try {
    const step = nextStep(connector, batch, past, key);
    return step.do === "send" && requestSha(step.message) === requestSha(message) ? step : null;
  } catch (error) {
    log.error({ operation: message.operation, reason: String(error) }, "a stored step is not asked for again");
    return null;
  }
}

/** A sighting as it is stored. */
export function sightingToJson({ recordId, externalId, version, seen }: Sighting) {
  return { recordId, externalId, version, seen: sentToJson(seen) };
}

function sightingFromJson(json: unknown): Sighting {
  // What `sightingToJson` wrote; `sentFromJson` brings back its amounts.
  return sentFromJson(json) as unknown as Sighting;
}
