import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it, vi } from "vitest";
import { openDatabase, schema } from "#db/client.ts";
import { beatWorker, endWorker } from "#db/queries/common/leases.ts";
import { type PermitAsked, releaseSlot, takePaced, takePermit } from "#db/queries/connections/allowances.ts";
import { workerHealth } from "#db/queries/connections/setup.ts";
import { hurryWakeUp, listDeadLetters, queueDepth, takeDeadLetter } from "#db/queries/practice/workers.ts";
import { auditLimits } from "#lib/campaign/audit-limits.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import type { PackageId, PlannedCall } from "#lib/connectors/types.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { QUEUES } from "#lib/model/queues.ts";
import { openQueue } from "#lib/queue/queue.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { withFigures } from "#lib/testing/limit-figures.ts";
import { takeCall } from "./limits.ts";
import { batcherOf } from "./permit-batcher.ts";
import { bucketsOf, paceOf } from "./windows.ts";

const test = await createTestDatabase();
const database = openDatabase(test.workerUrl);
const practice = jobPracticeScope();
const READ: PlannedCall = { writes: false, kinds: [], message: null };
afterAll(() => database.close());

interface Over extends Partial<PermitAsked> {
  readonly perMinute?: number;
  readonly perDay?: number;
}

async function connection() {
  const clientId = randomUUID();
  const connectionId = randomUUID();
  const tenantId = randomUUID();
  const scope = jobScope(clientId);
  await database.inScope(scope, async (db) => {
    await db.insert(schema.clients).values({ id: clientId, slug: clientId, name: "Limits" });
    await db.insert(schema.connections).values({
      id: connectionId,
      clientId,
      package: "xero",
      state: "live",
      tenantId,
      tenantName: "Limits Ltd",
      connectedByName: "Administrator",
      connectedAt: new Date(),
    });
  });
  const app = `xero-${clientId}:app`;
  const ask = ({ perMinute = 60, perDay = 5_000, ...over }: Over = {}): PermitAsked => ({
    connectionId,
    tenant: `xero:${tenantId}`,
    app,
    staff: false,
    owner: randomUUID(),
    alone: (over.staff ?? false) || (over.gapMs ?? 0) > 0,
    buckets: bucketsOf("xero", withFigures(xero.limits, { perMinute, perDay }), []),
    staffShare: 0.2,
    gapMs: 0,
    slotMs: 60_000,
    answered: 0,
    chunk: 1,
    ...paceOf(10_000, 2_000),
    appAnswered: 0,
    ...over,
  });
  const take = (over: Over = {}) => database.inScope(scope, (db) => takePermit(db, ask(over)));
  return { scope, connectionId, tenant: `xero:${tenantId}`, ask, take };
}

describe("limits over several processes", () => {
  it("C7 I8 four processes on three tenants: no window holds more than the tenant's figure or the app's, and the app's is used", async () => {
    const SCALE = 20;
    const MARGIN_MS = 10_000;
    const LIFE_MS = MARGIN_MS / SCALE / 2;
    const began = Date.now();
    const virtual = () => began + (Date.now() - began) * SCALE;
    await database.inScope(practice, async (db) => {
      await db.execute(sql`delete from clock`);
      await db.insert(schema.clock).values({ realAt: new Date(began), virtualAt: new Date(began), scale: SCALE });
    });
    const tenants = [await connection(), await connection(), await connection()];
    const app = tenants[0]?.ask().app ?? "";
    const limits = { perMinute: 14, perDay: 5_000, concurrent: 99, appPerMinute: 40 };
    const pace = paceOf(limits.appPerMinute, MARGIN_MS);
    // The clock of this process runs as usual: the margin of one that runs twenty times as fast is given.
    const windowed = (one: (typeof tenants)[number]) =>
      one.ask({ perMinute: limits.perMinute }).buckets.map((bucket) => ({
        ...bucket,
        windows: bucket.windows.map((window) => (window.byPart ? window : { ...window, lengthMs: 60_000 + MARGIN_MS })),
      }));
    const logs = new Map<string, { at: string; ended: string; status: number }[]>(tenants.map((one) => [one.tenant, []]));
    const pools = Array.from({ length: 4 }, () => openDatabase(test.workerUrl, { max: 3 }));
    await Promise.all(
      pools.map(async (pool) => {
        while (Date.now() - began < 7_000) {
          for (const one of tenants) {
            const asked = performance.now();
            const buckets = windowed(one);
            const taken = await pool.inScope(one.scope, (db) => takePermit(db, one.ask({ app, buckets, ...pace })));
            if (taken.why !== null) continue;
            // Some calls go late, and one whose permit has expired does not go at all.
            await new Promise((resolve) => setTimeout(resolve, Math.random() * LIFE_MS));
            if (performance.now() - asked > LIFE_MS) continue;
            const at = new Date(virtual()).toISOString();
            logs.get(one.tenant)?.push({ at, ended: at, status: 200 });
          }
        }
      }),
    );
    for (const pool of pools) await pool.close();
    await database.inScope(practice, (db) => db.execute(sql`delete from clock`));
    const audit = auditLimits(logs, limits);
    expect(audit.over).toEqual([]);
    expect(audit.calls).toBeGreaterThan(45);
    expect(audit.fullest.minute).toBeGreaterThan(9);
  });

  it("L8 calls that ask at once share a statement, and none gets more than its tenant's minute or the app's has", async () => {
    const tenants = await Promise.all(Array.from({ length: 6 }, connection));
    const [first] = tenants;
    if (!first) throw new Error("No connection was made");
    // A package of the test's own, since all of one share the app's minute; its burst is 20.
    const batcher = batcherOf(database, first.ask().app.slice(0, -":app".length) as PackageId);
    const statements = vi.spyOn(database, "inScope");
    const pace = { intervalMs: 60_000, burst: 20 };
    const answers = await Promise.all(
      tenants.flatMap((one) =>
        Array.from({ length: 5 }, () => {
          const { chunk: _, appAnswered: __, ...ask } = one.ask({ ...pace, perMinute: 4 });
          return batcher.ask(ask).then(({ why }) => ({ tenant: one.tenant, why }));
        }),
      ),
    );
    expect(statements.mock.calls.length).toBeLessThan(12);
    statements.mockRestore();
    const given = answers.filter(({ why }) => why === null);
    expect(given).toHaveLength(20);
    for (const { tenant } of tenants) expect(given.filter((one) => one.tenant === tenant).length).toBeLessThanOrEqual(4);
    expect(new Set(answers.map(({ why }) => why))).toEqual(new Set([null, "minute", "app"]));
  });

  it("a fifth is kept for people while one of them reads, and only then", async () => {
    const { take, tenant, scope } = await connection();
    const owner = randomUUID();
    expect(await take({ perMinute: 10, staff: true, owner })).toMatchObject({ until: null, why: null });
    await database.inScope(scope, (db) => releaseSlot(db, tenant, owner));
    for (let call = 0; call < 7; call += 1) expect((await take({ perMinute: 10 })).why).toBeNull();
    expect((await take({ perMinute: 10 })).why).toBe("minute");
    expect((await take({ perMinute: 10, staff: true })).why).toBeNull();
    const other = await connection();
    for (let call = 0; call < 10; call += 1) expect((await other.take({ perMinute: 10 })).why).toBeNull();
    expect((await other.take({ perMinute: 10 })).why).toBe("minute");
  });

  it("the one place kept for people is one, whoever asks, and comes back when its call ends", async () => {
    const { take, tenant, scope } = await connection();
    const owner = randomUUID();
    await take({ staff: true, owner });
    expect((await take({ staff: true })).why).toBe("concurrent");
    expect((await take()).why).toBeNull();
    await database.inScope(scope, (db) => releaseSlot(db, tenant, owner));
    expect((await take({ staff: true })).why).toBeNull();
  });

  it("M16 with a gap calls go one by one, and the next waits for the gap after the end of the one before", async () => {
    const { take, tenant, scope } = await connection();
    const owner = randomUUID();
    expect((await take({ gapMs: 1_000, owner })).why).toBeNull();
    expect((await take({ gapMs: 1_000 })).why).toBe("concurrent");
    await database.inScope(scope, (db) => releaseSlot(db, tenant, owner));
    const next = await take({ gapMs: 1_000 });
    expect(next.why).toBe("gap");
    expect((next.until?.getTime() ?? 0) - Date.now()).toBeGreaterThan(500);
  });

  it("the day counts in any 24 hours: what is spent comes back an hour's slice at a time, a day later", async () => {
    const { take } = await connection();
    for (let call = 0; call < 3; call += 1) expect((await take({ perDay: 3 })).why).toBeNull();
    const full = await take({ perDay: 3 });
    expect(full.why).toBe("day");
    const hours = ((full.until?.getTime() ?? 0) - Date.now()) / 3_600_000;
    expect(hours).toBeGreaterThan(24);
    expect(hours).toBeLessThanOrEqual(25);
  });

  it("a permit that is not used is given back at once; what is used is spent", async () => {
    const { scope, connectionId, tenant } = await connection();
    const caller = {
      clientId: scope.clientId,
      connectionId,
      package: "xero" as const,
      tenantId: tenant.slice("xero:".length),
      limits: withFigures(xero.limits, { perMinute: 3 }),
      call: READ,
      staff: false,
      gapMs: 0,
      patienceMs: 10,
    };
    const spend = async (use: boolean) => {
      const taken = await takeCall(database, caller);
      if ("until" in taken) return taken.why;
      if (use) expect(taken.use()).toBe(true);
      await taken.done();
      return null;
    };
    for (let call = 0; call < 5; call += 1) expect(await spend(false)).toBeNull();
    for (let call = 0; call < 3; call += 1) expect(await spend(true)).toBeNull();
    expect(await spend(true)).toBe("minute");
  });

  it("a permit that expired before its call could go is no call of the day, but keeps its place in the minute", async () => {
    const { scope, connectionId, tenant } = await connection();
    const taken = await takeCall(database, {
      clientId: scope.clientId,
      connectionId,
      package: "xero",
      tenantId: tenant.slice("xero:".length),
      limits: withFigures(xero.limits, { perDay: 3 }),
      call: READ,
      staff: false,
      gapMs: 0,
      patienceMs: 10,
    });
    if ("until" in taken) throw new Error(taken.why);
    // Permit holds for a second.
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(taken.use()).toBe(false);
    expect(await taken.renew()).toBeNull();
    expect(taken.use()).toBe(true);
    await taken.done();
    const { rows } = await database.inScope(practice, (db) =>
      db.execute(sql`select hour_calls, cardinality(taken_at) as minute from rate_buckets where scope = ${tenant}`),
    );
    expect(rows).toEqual([{ hour_calls: [1], minute: 2 }]);
  });

  it("refreshes of tokens have a bucket of their own", async () => {
    const pace = paceOf(15, 2_000);
    const take = () => database.inScope(practice, (db) => takePaced(db, "test:refresh", pace));
    expect(await take()).toBeNull();
    const again = await take();
    expect((again?.getTime() ?? 0) - Date.now()).toBeGreaterThan(2_000);
  });

  it.each([1, 15, 60, 286, 10_000])("a pace for %i a minute keeps every minute and its margin within the figure", (perMinute) => {
    for (const margin of [2_000, 10_000, 30_000]) {
      const { intervalMs, burst } = paceOf(perMinute, margin);
      if (perMinute > 1) expect(burst + (60_000 + margin) / intervalMs).toBeLessThanOrEqual(perMinute + 1e-6);
    }
  });
});

describe("the queue and the workers", () => {
  it("one wake-up waits for a connection, and a person's takes it to the front; dead letters are listed and taken once", async () => {
    const queue = await openQueue(database, { supervise: false });
    const { connectionId, scope } = await connection();
    await database.inScope(scope, (db) => queue.wake(db, connectionId));
    await database.inScope(scope, (db) => queue.wake(db, connectionId));
    await database.inScope(scope, (db) => queue.wake(db, connectionId, { staff: true }));
    const waiting = await database.pool.query("select priority from pgboss.job where name = $1 and singleton_key = $2", [
      QUEUES.sync,
      connectionId,
    ]);
    expect(waiting.rows).toEqual([{ priority: 10 }]);
    expect(await database.inScope(practice, (db) => queueDepth(db, practice, QUEUES.sync))).toMatchObject({
      ready: 1,
      active: 0,
    });
    expect(await database.inScope(practice, (db) => hurryWakeUp(db, QUEUES.sync, randomUUID(), 10))).toBe(false);
    await database.pool.query("insert into pgboss.job (name, data) values ($1, $2)", [QUEUES.dead, { connectionId }]);
    const [letter] = await database.inScope(practice, (db) => listDeadLetters(db, practice, QUEUES.dead, 10));
    expect(letter).toMatchObject({ connectionId, clientName: "Limits" });
    const taken = () => database.inScope(practice, (db) => takeDeadLetter(db, practice, QUEUES.dead, letter?.id ?? ""));
    expect(await taken()).toBe(connectionId);
    expect(await taken()).toBeNull();
    await queue.stop(1_000);
  });

  it("M13 a worker that stops is known at once, with since when, and one heartbeat makes it running again", async () => {
    const worker = { id: "here:1:test", host: "here", pid: 1 };
    const health = () => database.inScope(practice, (db) => workerHealth(db));
    expect(await health()).toEqual({ alive: false, seenAt: null });
    await database.inScope(practice, (db) => beatWorker(db, practice, worker));
    expect((await health()).alive).toBe(true);
    await database.inScope(practice, (db) => endWorker(db, practice, worker.id));
    const stopped = await health();
    expect(stopped.alive).toBe(false);
    expect(Math.abs((stopped.seenAt?.getTime() ?? 0) - Date.now())).toBeLessThan(10_000);
    await database.inScope(practice, (db) => beatWorker(db, practice, { ...worker, id: "here:2:test" }));
    expect((await health()).alive).toBe(true);
  });
});
