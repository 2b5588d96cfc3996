import pg from "pg";
import type { ClientScope, Database, ScopedDb } from "#db/client.ts";
import { sumPostings } from "#db/queries/export/posting-grid.ts";
import { findRun } from "#db/queries/export/runs.ts";
import { findMoment } from "#lib/campaign/checks-sql.ts";
import { startScratchProduct, until } from "#lib/campaign/product.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { openQueue, provideQueue } from "#lib/queue/queue.ts";
import { backendOf, insertNarrow, NARROW } from "./bench-upload-sql.ts";
import { tidy } from "./grid.ts";
import { quantile, rounded, usedBy } from "./machine.ts";
import { problemsOnly } from "./posting.ts";
import { addInvoices, allPending, CUSTOMERS, connectedClient, PRODUCTS } from "./scene.ts";

export interface UploadBenchOptions {
  readonly seed: number;
  /** Rows that wait, all of which are chosen. */
  readonly pending: number;
  readonly say: (line: string) => void;
}

/**
 * Upload data beside its floor, a narrow insert of the same rows in the same order, several rounds in turn; medians. CPU is the database
 * backend's own, in seconds, and hardly depends on who else is at work; the rest is wall time in milliseconds.
 */
export interface UploadBenchResult {
  readonly bench: "upload";
  readonly seed: number;
  readonly seconds: number;
  readonly ok: boolean;
  readonly floorCpuSeconds: number;
  readonly requestCpuSeconds: number;
  /** Ours : floor, in the database's CPU. */
  readonly uploadRequest: number;
  readonly floorMs: number;
  readonly requestMs: number;
  readonly uploadRequestWall: number;
  /** From the answer until the package was asked anything, and until the first records left. */
  readonly uploadFirstCallMs: number;
  readonly uploadFirstWriteMs: number;
}

const ROUNDS = 5;

class Undone extends Error {}

interface Measured {
  /** Of the backend, in seconds. */
  readonly cpu: number;
  readonly ms: number;
  readonly rows: number;
}

/** One round, taken back at its end. The measure of CPU is a hundredth of a second. */
async function measure(database: Database, scope: ClientScope, work: (db: ScopedDb) => Promise<number>): Promise<Measured> {
  let found: Measured | null = null;
  await database
    .inScope(scope, async (db) => {
      const pid = await backendOf(db);
      const before = usedBy(pid).cpuSeconds;
      const since = performance.now();
      const rows = await work(db);
      found = { rows, ms: performance.now() - since, cpu: usedBy(pid).cpuSeconds - before };
      throw new Undone();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  if (found === null) throw new Error("Nothing was measured");
  return found;
}

async function asOwner(ownerUrl: string, ...statements: readonly string[]): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    for (const statement of statements) await owner.query(statement);
  } finally {
    await owner.end();
  }
}

/** Upload data on everything that waits: what the click costs, and how soon its first call leaves. */
export async function uploadBench({ seed, pending, say }: UploadBenchOptions): Promise<UploadBenchResult> {
  const began = performance.now();
  const product = await startScratchProduct(problemsOnly(say));
  const queue = await openQueue(product.database, { supervise: false });
  provideQueue(queue);
  try {
    const { database, control, ownerUrl } = product;
    const { scope, tenantId } = await connectedClient(product);
    await addInvoices(product, scope, { seed, from: 1, count: pending - CUSTOMERS - PRODUCTS, mostLines: 1 });
    await asOwner(ownerUrl, ...NARROW);
    await tidy(ownerUrl);
    const asOf = await database.inScope(scope, findMoment);
    const waiting = (await database.inScope(scope, (db) => sumPostings(db, scope, { panel: "pending" }))).count;

    const floor: Measured[] = [];
    const ours: Measured[] = [];
    const wrong: string[] = waiting === pending ? [] : [`${waiting} rows wait instead of ${pending}`];
    for (let round = 0; round <= ROUNDS; round += 1) {
      // The first of each fills the caches.
      for (const [into, work] of [
        [floor, (db: ScopedDb) => insertNarrow(db, scope)],
        [ours, async (db: ScopedDb) => (await queueUpload(db, scope, allPending(asOf))).chosen],
      ] as const) {
        const measured = await measure(product.database, scope, work);
        if (measured.rows !== pending) wrong.push(`${measured.rows} rows in round ${round}`);
        if (round > 0) into.push(measured);
      }
      await asOwner(ownerUrl, "vacuum analyze narrow_floor", "vacuum analyze run_members", "vacuum runs");
    }
    const median = (of: readonly Measured[], what: "cpu" | "ms") =>
      quantile(
        of.map((one) => one[what]),
        0.5,
      );
    say(
      `floor: CPU ${floor.map((one) => rounded(one.cpu, 2)).join(", ")} s, ${floor.map((one) => rounded(one.ms, 0)).join(", ")} ms`,
    );
    say(
      `ours: CPU ${ours.map((one) => rounded(one.cpu, 2)).join(", ")} s, ${ours.map((one) => rounded(one.ms, 0)).join(", ")} ms`,
    );

    const since = (await control.calls(tenantId)).at(-1)?.n ?? 0;
    const run = await database.inScope(scope, (db) => queueUpload(db, scope, allPending(asOf)));
    const answered = Date.now();
    let first: number | null = null;
    let write: number | null = null;
    await until(
      "the first records leave",
      120_000,
      async () => {
        const calls = await control.calls(tenantId, since);
        first ??= calls[0] ? Date.parse(calls[0].at) - answered : null;
        const sent = calls.find((call) => call.method !== "GET");
        write ??= sent ? Date.parse(sent.at) - answered : null;
        return write !== null;
      },
      20,
    );
    const now = await database.inScope(scope, (db) => findRun(db, scope, run.runId));
    if (now?.counts.total !== pending) wrong.push(`the run's total is ${now?.counts.total}`);
    for (const fault of wrong) say(`wrong: ${fault}`);
    const figures = (what: "cpu" | "ms") => ({ floor: median(floor, what), ours: median(ours, what) });
    const [cpu, ms] = [figures("cpu"), figures("ms")];
    return {
      bench: "upload",
      seed,
      seconds: rounded((performance.now() - began) / 1_000),
      ok: wrong.length === 0,
      floorCpuSeconds: rounded(cpu.floor, 2),
      requestCpuSeconds: rounded(cpu.ours, 2),
      uploadRequest: rounded(cpu.ours / cpu.floor, 2),
      floorMs: rounded(ms.floor, 0),
      requestMs: rounded(ms.ours, 0),
      uploadRequestWall: rounded(ms.ours / ms.floor, 2),
      uploadFirstCallMs: first ?? Number.NaN,
      uploadFirstWriteMs: write ?? Number.NaN,
    };
  } finally {
    await queue.stop(1_000).catch(() => undefined);
    await product.close();
  }
}
