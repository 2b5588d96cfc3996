import { sql } from "drizzle-orm";
import { fromDrizzle, PgBoss } from "pg-boss";
import type { Database, ScopedDb } from "#db/client.ts";
import { resumeConnection } from "#db/queries/connections/allowances.ts";
import { hurryWakeUp } from "#db/queries/practice/workers.ts";
import { log } from "#lib/log.ts";
import { QUEUES } from "#lib/model/queues.ts";

export interface WakeOptions {
  /** A person waits for it. */
  readonly staff?: boolean;
  /** Real milliseconds from now; a delayed wake-up does not hold back an immediate one. */
  readonly afterMs?: number;
}

/** Wakes workers. The table of postings says what is due, so that a lost, late or doubled wake-up neither loses nor doubles a posting. */
export interface Queue {
  wake(db: ScopedDb, connectionId: string, options?: WakeOptions): Promise<void>;
  /** Hands each wake-up to `handler`; one that throws is tried again later. */
  work(handler: (connectionId: string) => Promise<void>): Promise<void>;
  /** Takes no more jobs and waits for those that run. */
  stop(timeoutMs: number): Promise<void>;
}

const STAFF_PRIORITY = 10;

interface WakeUp {
  readonly connectionId: string;
}

/**
 * Opens the queue over a process's own pool. It runs on real time, as wake-ups carry no deadline of their own.
 * @param options.supervise for workers: expire, retry and clean up
 */
export async function openQueue(database: Database, options: { supervise: boolean }): Promise<Queue> {
  const boss = new PgBoss({
    db: { executeSql: (text, values) => database.pool.query(text, values) },
    schema: "pgboss",
    migrate: false,
    createSchema: false,
    schedule: false,
    supervise: options.supervise,
    ...(options.supervise ? { superviseIntervalSeconds: 5, monitorIntervalSeconds: 5 } : {}),
  });
  // The next poll tries again; an unhandled "error" event would end the process.
  boss.on("error", (error) => log.warn({ error }, "the queue met a fault"));
  await boss.start();
  return {
    async wake(db, connectionId, wake = {}) {
      const delayed = (wake.afterMs ?? 0) > 0;
      // One wake-up waits for each connection: a person's merges into it, and takes it to the front.
      if (wake.staff && !delayed && (await hurryWakeUp(db, QUEUES.sync, connectionId, STAFF_PRIORITY))) return;
      await boss.send(QUEUES.sync, { connectionId } satisfies WakeUp, {
        db: fromDrizzle(db, sql),
        singletonKey: delayed ? `${connectionId}:later` : connectionId,
        priority: wake.staff ? STAFF_PRIORITY : 0,
        ...(delayed ? { startAfter: new Date(Date.now() + (wake.afterMs ?? 0)) } : {}),
      });
    },
    async work(handler) {
      await boss.work<WakeUp>(QUEUES.sync, { batchSize: 1, localConcurrency: 4, pollingIntervalSeconds: 0.5 }, async (jobs) => {
        for (const job of jobs) await handler(job.data.connectionId);
      });
    },
    stop: (timeoutMs) => boss.stop({ graceful: true, timeout: timeoutMs, close: false }),
  };
}

// Next bundles pages, actions and instrumentation separately, so the process's one queue is kept on globalThis, outside the modules.
const KEPT = Symbol.for("greentick.queue");
const kept = globalThis as typeof globalThis & { [KEPT]?: Queue };

/** Names the queue that {@link wakeConnection} uses in this process: once, at start. */
export function provideQueue(queue: Queue): void {
  kept[KEPT] = queue;
}

/**
 * Wakes a worker for the connection: the transaction's last statement, since a second sender of the same key waits for its commit.
 * Where no queue was opened (a command line, a test of a use case) nothing is lost: the worker's sweep finds the due rows.
 */
export async function wakeConnection(db: ScopedDb, connectionId: string, options?: WakeOptions): Promise<void> {
  // Whoever asks for work lets a connection go on that stopped after three tries.
  if (options?.staff) await resumeConnection(db, connectionId);
  await kept[KEPT]?.wake(db, connectionId, options);
}
