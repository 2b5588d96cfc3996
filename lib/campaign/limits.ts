import { randomUUID } from "node:crypto";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { grantPlace, seal } from "#lib/common/secrets.ts";
import { DEMO_PACKAGE } from "#lib/connectors/environment.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import type { LoggedCall } from "#lib/simulator/call-log.ts";
import { CONCURRENT, PER_APP_MINUTE, PER_MINUTE } from "#lib/simulator/xero/limits.ts";
import { auditLimits, type WindowOver } from "./audit-limits.ts";
import { prepareBooks } from "./books.ts";
import { findNight, seedNightClients } from "./night-sql.ts";
import { startScratchProduct, until } from "./product.ts";
import { readCursor } from "./read-cursor.ts";
import { type CampaignResult, rulesResult } from "./result.ts";
import { countEverything, listWaitingDocuments } from "./seed-sql.ts";
import { simulatedPackage } from "./simulated.ts";
import { startWorkers } from "./workers.ts";

export interface LimitsOptions {
  readonly seed: number;
  /** Organisations that are asked at two o'clock, all at once. */
  readonly tenants: number;
  /** Documents of each of the busy organisations beside them, a call each. */
  readonly documents: number;
  readonly say: (line: string) => void;
}

const WORKERS = 4;
const BUSY = 4;
/** Xero's starter tier. */
const PER_DAY = 1_000;
/** Half speed while all tenants are asked: two cores make as many calls in two real minutes as the whole app may in one of Xero's. */
const NIGHT_SCALE = 0.5;
/** Then twenty times, so that the busy ones come to the end of their day. */
const DAY_SCALE = 20;
const LONGEST_MS = 20 * 60_000;
/** So long nobody calls when only the end of the day is waited for; the minute that holds them, and a job's time slice, are over much sooner. */
const IDLE_MS = 20_000;

/**
 * C7: four workers, Xero's real limits in the simulator (60 a minute, 1,000 a day as on its starter tier, 5 at once, 10,000 a minute over the
 * app). All tenants are due at two o'clock; four of them have documents that go a call each, until their day is spent. Every call of the
 * simulator's log is then audited by sliding windows. `faults` counts the calls that were refused with 429.
 */
export async function runLimits({ seed, tenants, documents, say }: LimitsOptions): Promise<CampaignResult> {
  const began = performance.now();
  const product = await startScratchProduct(
    (line) => {
      if (/"level":(50|60)/.test(line)) say(line);
    },
    { worker: null },
  );
  const { database, control, settings } = product;
  const practice = jobPracticeScope();
  const start = () =>
    startWorkers({
      env: () => product.workerEnvironment,
      count: WORKERS,
      program: "limits-worker.ts",
      print: (line) => {
        if (/"level":60/.test(line) || !line.startsWith("{")) say(line);
      },
    });
  try {
    // Shortly before two in London: a token lives half an hour.
    await control.setClock({ now: "2027-02-02T01:45:00Z", scale: 1 });
    const busy = await prepareBooks(product, simulatedPackage(DEMO_PACKAGE, product), {
      seed,
      documents: documents * BUSY,
      tenants: BUSY,
    });
    for (const { tenantId } of busy) await control.patchSettings(tenantId, { limits: true, dayLimit: PER_DAY });
    const quiet = await control.addTenants("Night", tenants, { limits: true });
    const { access_token: token } = await control.tokens(quiet.map((one) => one.id));
    const grantId = randomUUID();
    await database.inScope(practice, (db) =>
      seedNightClients(db, practice, {
        grant: { id: grantId, sealed: seal(token, grantPlace(grantId, "access_token_sealed"), settings.keys) },
        tenants: quiet.map((one) => one.id),
        cursors: { documents: readCursor("documents"), payments: readCursor("payments") },
        at: "2027-02-01T13:00:00Z",
      }),
    );
    say(`${tenants} tenants, ${BUSY} busy ones with ${documents} documents each, ready after ${since(began)} s`);
    let workers = start();
    try {
      await until("every night is reckoned", 180_000, () =>
        database.inScope(practice, async (db) => (await findNight(db, practice)).unreckoned === 0),
      );
      // The clock first: a call that was given leave before it jumps would arrive in a minute that knows nothing of it.
      await control.setClock({ now: "2027-02-02T02:00:00Z", scale: NIGHT_SCALE });
      for (const { scope } of busy) {
        await database.inScope(scope, async (db) =>
          queueUpload(db, scope, { ids: await listWaitingDocuments(db, scope, seed, documents) }),
        );
      }
      let calls = -1;
      await until(
        "the night has ended, or what is left of it waits for its time",
        LONGEST_MS,
        async () => {
          const night = await database.inScope(practice, (db) => findNight(db, practice));
          say(`  ${since(began)} s: ${night.done} of ${night.total} asked, ${night.calls} calls`);
          const idle = night.calls === calls && night.done > tenants / 2;
          calls = night.calls;
          return (night.ended && night.total >= tenants) || idle;
        },
        10_000,
      );
    } finally {
      await workers.stop();
    }
    await control.setClock({ scale: DAY_SCALE });
    workers = start();
    try {
      let before = -1;
      let called = performance.now();
      await until(
        "the night has ended, and the busy tenants have spent their day or have nothing left",
        LONGEST_MS,
        async () => {
          const counts = await Promise.all(busy.map(async ({ tenantId }) => (await control.calls(tenantId)).length));
          const states = await database.inScope(practice, (db) => countEverything(db, practice));
          say(`  ${since(began)} s: ${counts.join(", ")} calls of the busy tenants; ${JSON.stringify(states)}`);
          const calls = counts.reduce((sum, count) => sum + count, 0);
          const night = await database.inScope(practice, (db) => findNight(db, practice));
          if (calls !== before) called = performance.now();
          before = calls;
          return performance.now() - called > IDLE_MS && night.ended;
        },
        5_000,
      );
    } finally {
      await workers.stop();
    }
    const logs = new Map<string, readonly LoggedCall[]>();
    for (const id of [...busy.map((one) => one.tenantId), ...quiet.map((one) => one.id)]) logs.set(id, await control.calls(id));
    const audit = auditLimits(logs, {
      perMinute: PER_MINUTE,
      perDay: PER_DAY,
      concurrent: CONCURRENT,
      appPerMinute: PER_APP_MINUTE,
    });
    const silent = quiet.filter(({ id }) => logs.get(id)?.length === 0).length;
    say(
      `${audit.calls} calls, ${audit.answers429} refused with 429; fullest windows: minute ${audit.fullest.minute} of ${PER_MINUTE}, day ${audit.fullest.day} of ${PER_DAY}, at once ${audit.fullest.concurrent} of ${CONCURRENT}, app ${audit.fullest.app} of ${PER_APP_MINUTE}`,
    );
    const broken = [
      ...audit.over.map(wordsOf),
      ...(silent > 0 ? [`${silent} tenants were never asked`] : []),
      ...(audit.answers429 > 0 ? [`${audit.answers429} calls were refused with 429`] : []),
    ];
    return rulesResult({
      campaign: "limits",
      seed,
      documents: documents * BUSY,
      kills: 0,
      faults: audit.answers429,
      broken,
      began,
    });
  } finally {
    await product.close();
  }
}

const since = (began: number) => Math.round((performance.now() - began) / 1000);
const wordsOf = ({ scope, limit, from, calls, allowed }: WindowOver) =>
  `I8 ${scope}: ${calls} calls where ${allowed} are allowed (${limit}), from ${from}`;
