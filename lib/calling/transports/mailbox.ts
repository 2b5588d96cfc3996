import { setTimeout as wait } from "node:timers/promises";
import type { Database } from "#db/client.ts";
import { findMessage, layDown, withdrawMessage } from "#db/queries/mailbox/messages.ts";
import { hasVisitor } from "#db/queries/mailbox/visits.ts";
import { clockScale, now } from "#lib/clock.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { CalledConnector, Message, SendContext, SendResult } from "#lib/connectors/types.ts";

/** How often a worker looks whether its message was taken or answered, in real ms. */
const LOOK_MS = 100;
/** The part of a call's time in which it must be taken: the rest is the package's, to work and answer. */
const TAKEN_WITHIN = 0.4;
/** When to try again where the program is there and did not take it, in ms on the one clock. */
const COME_BACK_MS = 5_000;

/**
 * Sends to a package that cannot be called: the message is laid down, the program on the customer's machine takes it when it comes by,
 * and the worker waits for the answer as it would on a line. So nothing above needs to know that the package collects.
 *
 * Nothing has left while the message was not taken: it is taken back, or was not in time. Once it was taken, no answer means that it
 * may have been done: the visit ended or went on, or the call's time is over. An answer that comes later is stored all the same.
 */
export function mailboxSender(database: Database, scope: ClientScope, connectionId: string): CalledConnector["send"] {
  return async (message: Message, context: SendContext): Promise<SendResult> => {
    const giveUpAt = performance.now() + context.timeoutMs;
    const after = (realMs: number) => new Date(now().getTime() + realMs * clockScale());
    const takeUntil = after(context.timeoutMs * TAKEN_WITHIN);
    const laid = { message, idempotencyKey: context.idempotencyKey, takeUntil, answerUntil: after(context.timeoutMs) };
    if (!(await isVisited(database, scope, connectionId))) return nobodyThere();
    const id = await database.inScope(scope, (db) => layDown(db, scope, connectionId, laid));
    const bytesOut = Buffer.byteLength(message.body ?? "");
    for (;;) {
      const found = await database.inScope(scope, (db) => findMessage(db, id));
      if (found?.answer) {
        const { answer } = found;
        // It stays until the next visit begins: a worker that is killed before it has kept the answer leaves it to the next.
        return { sent: true, answer, bytesOut, bytesIn: Buffer.byteLength(answer.body) };
      }
      const isOver = performance.now() >= giveUpAt || context.signal?.aborted === true;
      if (found?.state === "ready") {
        const isLeft = !found.isVisited || now() >= takeUntil || isOver;
        if (isLeft && (await database.inScope(scope, (db) => withdrawMessage(db, id)))) {
          return found.isVisited ? notTaken() : nobodyThere();
        }
      } else {
        const partial = { partial: null, bytesOut, bytesIn: 0 };
        if (found?.state !== "taken") return { sent: "maybe", why: "reset", ...partial };
        if (isOver) return { sent: "maybe", why: "timeout", ...partial };
      }
      await wait(LOOK_MS);
    }
  };
}

/** The rows go back to where they were; the next visit wakes the worker. */
const nobodyThere = (): SendResult => ({
  sent: false,
  why: "The program that collects is not there",
  until: now(),
});

const notTaken = (): SendResult => ({
  sent: false,
  why: "The program that collects did not take it in time",
  until: new Date(now().getTime() + COME_BACK_MS),
});

/** Whether the program that collects is there now: while it is not, nothing is prepared, and rows wait as long as need be. */
export function isVisited(database: Database, scope: ClientScope, connectionId: string): Promise<boolean> {
  return database.inScope(scope, (db) => hasVisitor(db, connectionId));
}
