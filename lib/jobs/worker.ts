import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { assertPlainRole, type Database, openDatabase, waitForDatabase } from "#db/client.ts";
import { beatWorker, endWorker } from "#db/queries/common/leases.ts";
import { saveClock, unsafeListDueConnections } from "#db/queries/connections/sync-work.ts";
import { sweepOverdue } from "#db/queries/postings/outcomes.ts";
import { deliverAlerts } from "#lib/alerts/deliver.ts";
import { digestNights } from "#lib/alerts/night-digest.ts";
import { appSettings } from "#lib/calling/app-settings.ts";
import { rotateSecrets } from "#lib/calling/rotate-secrets.ts";
import { followClock } from "#lib/clock.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { listConnectors } from "#lib/connectors/registry.ts";
import type { Connector } from "#lib/connectors/types.ts";
import { env, needEnv, packageAddresses } from "#lib/env.ts";
import { watchProcess } from "#lib/health/server.ts";
import { log } from "#lib/log.ts";
import { checkNight } from "#lib/night/check.ts";
import { enqueueNights } from "#lib/night/enqueue.ts";
import { keepFigures } from "#lib/night/figures.ts";
import { NIGHT_POLICY } from "#lib/night/policy.ts";
import { limitsByPackage, runDueInvariantCheck } from "#lib/posting/invariants.ts";
import { openQueue, provideQueue } from "#lib/queue/queue.ts";
import { saveCalls } from "#lib/watching/tally.ts";
import { startTracing, stopTracing } from "#lib/watching/trace.ts";
import { syncConnection } from "./kinds/sync-connection.ts";
import { freeDeadLeases, workerId } from "./lease.ts";

/** How often overdue calls are swept and forgotten wake-ups are found, in real ms. */
const SWEEP_MS = 2_000;
/** How often the outbox is looked at, in real ms. */
const ALERTS_MS = 2_000;
const BEAT_MS = 5_000;
/** How often it is asked whether the daily check of the invariants, or one that somebody asked for, is due, in real ms. */
const INVARIANTS_MS = 3_000;
/** How often a worker looks whether a night waits, in real ms. */
const NIGHT_MS = 500;
/** How long a stop waits for work under way, in real ms. */
const DRAIN_MS = 28_000;

/** The worker: takes wake-ups, sweeps, shows its heartbeat, and drains on SIGTERM. Any number may run over one database. */
export async function runWorker(): Promise<void> {
  const database = openDatabase(needEnv("WORKER_DATABASE_URL").WORKER_DATABASE_URL, {
    max: 16,
    applicationName: "greentick worker",
  });
  await waitForDatabase(database);
  await assertPlainRole(database);
  const id = workerId(randomUUID().slice(0, 8));
  const scope = jobPracticeScope();
  const follow = () => followClock(packageAddresses(), (setting) => database.inScope(scope, (db) => saveClock(db, setting)));
  let clock = await follow();
  const queue = await openQueue(database, { supervise: true });
  provideQueue(queue);

  await startTracing("greentick-worker", env().OTEL_EXPORTER_OTLP_ENDPOINT);
  const figures = await watchProcess(database);
  await renewSecrets(database);
  const styled = (wanted: Connector["style"]) => listConnectors().flatMap(({ id, style }) => (style === wanted ? id : []));
  const uncalled = { collecting: styled("collected"), filing: styled("file") };
  const stopping = new AbortController();
  const context = { database, owner: id, stopping: stopping.signal };
  await queue.work((connectionId) => syncConnection(context, connectionId));

  const beat = every(BEAT_MS, stopping.signal, "heartbeat", () =>
    database.inScope(scope, (db) => beatWorker(db, scope, { id, host: hostname(), pid: process.pid })),
  );
  const usage = every(BEAT_MS, stopping.signal, "calls", () => saveCalls(database));
  const sweep = every(SWEEP_MS, stopping.signal, "sweep", async () => {
    if (clock.unanswered && env().DEMO) clock = await follow();
    await freeDeadLeases(database);
    await database.inScope(scope, (db) => sweepOverdue(db));
    const due = await database.inScope(scope, (db) => unsafeListDueConnections(db, scope, 500, uncalled));
    for (const connectionId of due) await database.inScope(scope, (db) => queue.wake(db, connectionId));
  });
  const { SMTP_URL, ALERTS_FROM, ALERT_WEBHOOK_PRIVATE } = env();
  const delivery = {
    smtpUrl: SMTP_URL,
    from: ALERTS_FROM,
    allowPrivate: ALERT_WEBHOOK_PRIVATE,
    keys: appSettings().keys,
  };
  const digests = every(ALERTS_MS, stopping.signal, "digests", () => digestNights(database));
  const alerts = every(ALERTS_MS, stopping.signal, "alerts", () => deliverAlerts(database, delivery, stopping.signal));
  const invariants = every(INVARIANTS_MS, stopping.signal, "invariants", () =>
    runDueInvariantCheck(database, limitsByPackage(listConnectors())),
  );
  const portfolio = every(SWEEP_MS, stopping.signal, "figures", () => keepFigures(database, stopping.signal));
  const line = every(SWEEP_MS, stopping.signal, "night's line", () => enqueueNights(database));
  const nights = Array.from({ length: NIGHT_POLICY.lanes }, () =>
    every(NIGHT_MS, stopping.signal, "night", async () => {
      while (!stopping.signal.aborted && (await checkNight(context)) > 0);
    }),
  );
  log.info({ worker: id, following: clock.following }, "worker runs");

  await new Promise<void>((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => resolve());
  });
  log.info({ worker: id }, "worker drains");
  stopping.abort();
  const loops = [beat, usage, sweep, digests, alerts, invariants, line, portfolio, ...nights];
  const drained = await endsWithin(DRAIN_MS, Promise.all([queue.stop(DRAIN_MS), ...loops]));
  await saveCalls(database).catch((error: unknown) => log.error({ error }, "the last calls could not be counted"));
  await figures?.close();
  await stopTracing();
  clock.stop();
  await database.inScope(scope, (db) => endWorker(db, scope, id)).catch(() => {});
  if (!drained) {
    // A check of the invariants may take minutes. Cutting it off does no more harm than the end of any process.
    log.warn({ worker: id }, "what was under way did not end in time");
    process.exit();
  }
  await database.close();
}

/** Under a new first key of APP_SECRETS every token is encrypted anew, so that the old key can be dropped; otherwise nothing is stale. */
async function renewSecrets(database: Database): Promise<void> {
  try {
    const renewed = await rotateSecrets(database, appSettings().keys);
    if (renewed > 0) log.info({ renewed }, "tokens are encrypted under the current key of APP_SECRETS");
  } catch (error) {
    // A key that was dropped too early affects only the tokens under it: their connections are marked as lost, the others go on.
    log.error({ error }, "tokens could not be encrypted under the current key of APP_SECRETS");
  }
}

async function endsWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `work` again and again, `ms` after it ended; a failure is logged and the next round tries again. */
async function every(ms: number, signal: AbortSignal, name: string, work: () => Promise<unknown>): Promise<void> {
  while (!signal.aborted) {
    await work().catch((error: unknown) => log.error({ error, name }, "a worker's loop failed"));
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(done, ms);
      function done() {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      }
      signal.addEventListener("abort", done);
    });
  }
}
