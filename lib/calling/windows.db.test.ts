import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { openDatabase, schema } from "#db/client.ts";
import { type PermitAsked, takePermits } from "#db/queries/connections/allowances.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import type { CallWindow, Limits, PackageId, PlannedCall } from "#lib/connectors/types.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { mostWithin } from "#lib/posting/invariants.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { takeCall, takeRefresh } from "./limits.ts";
import { appPaceOf, bucketsOf } from "./windows.ts";

// Figures of docs that the packages publish: FreeAgent's are of a user, QuickBooks Online's of a second and of batches, Exact Online's of
// a day and of errors.

const test = await createTestDatabase();
const database = openDatabase(test.workerUrl);
const practice = jobPracticeScope();
const READ: PlannedCall = { writes: false, kinds: [], message: null };
const BEGAN = Date.parse("2027-03-01T09:00:00Z");
/** The half of the margin within which a permitted call arrives. */
const LATE_MS = 1_000;

afterEach(() => database.inScope(practice, (db) => db.execute(sql`delete from clock`)));
afterAll(() => database.close());

/** The one clock stands still at so many ms after the beginning. */
async function standAt(ms: number): Promise<void> {
  await database.inScope(practice, async (db) => {
    await db.execute(sql`delete from clock`);
    await db.insert(schema.clock).values({ realAt: new Date(), virtualAt: new Date(BEGAN + ms), scale: 1e-9 });
  });
}

const limitsOf = (windows: readonly CallWindow[], over: Partial<Limits> = {}): Limits => ({
  ...xero.limits,
  windows,
  ...over,
});

async function grant(of: PackageId): Promise<string> {
  const id = randomUUID();
  await database.inScope(practice, (db) =>
    db.insert(schema.grants).values({ id, package: of, accessTokenSealed: "", accessExpiresAt: new Date() }),
  );
  return id;
}

async function connection(of: PackageId, grantId: string | null = null) {
  const clientId = randomUUID();
  const connectionId = randomUUID();
  const tenantId = randomUUID();
  await database.inScope(jobScope(clientId), async (db) => {
    await db.insert(schema.clients).values({ id: clientId, slug: clientId, name: "Windows" });
    await db.insert(schema.connections).values({
      id: connectionId,
      clientId,
      package: of,
      state: "live",
      tenantId,
      tenantName: "Windows Ltd",
      grantId,
      connectedByName: "Administrator",
      connectedAt: new Date(),
    });
  });
  return { clientId, connectionId, package: of, tenantId };
}
type Made = Awaited<ReturnType<typeof connection>>;

function asks(one: Made, limits: Limits, kinds: readonly string[] = []): PermitAsked {
  return {
    connectionId: one.connectionId,
    tenant: `${one.package}:${one.tenantId}`,
    app: `${one.package}:app`,
    staff: false,
    owner: randomUUID(),
    alone: false,
    buckets: bucketsOf(one.package, limits, kinds),
    staffShare: 0.2,
    gapMs: 0,
    slotMs: 60_000,
    answered: 0,
    chunk: 0,
    ...appPaceOf(limits),
    appAnswered: 0,
  };
}

interface Asked {
  readonly one: Made;
  readonly ask: PermitAsked;
  readonly kind: string;
}

/**
 * Several processes that ask for as many permits as they can get at each of these moments, in ms after the beginning: each call arrives at
 * some time after its permit.
 * @returns when calls arrived, by connection and kind, and why others were refused
 */
async function ask(processes: number, moments: readonly number[], wanted: readonly Asked[]) {
  const pools = Array.from({ length: processes }, () => openDatabase(test.workerUrl, { max: 1 }));
  const arrived: { one: Made; kind: string; at: number }[] = [];
  const refused = new Set<string>();
  try {
    for (const moment of moments) {
      await standAt(moment);
      await Promise.all(
        pools.map(async (pool, at) => {
          const mine = [...wanted.slice(at), ...wanted.slice(0, at)];
          const taken = await pool.inScope(practice, (db) =>
            takePermits(
              db,
              mine.map(({ ask }) => ask),
            ),
          );
          for (const [index, { why }] of taken.entries()) {
            const of = mine[index];
            if (!of) throw new Error("More answers than were asked for");
            if (why === null) arrived.push({ ...of, at: BEGAN + moment + Math.random() * LATE_MS });
            else refused.add(why);
          }
        }),
      );
    }
  } finally {
    for (const pool of pools) await pool.close();
  }
  const times = (of: (one: (typeof arrived)[number]) => boolean) => arrived.filter(of).map((one) => one.at);
  return { times, refused };
}

/** Moments in ms, so many seconds apart, up to a last one. */
const every = (seconds: number, last: number, first = 0) =>
  Array.from({ length: Math.floor((last - first) / seconds) }, (_, at) => (first + at * seconds) * 1_000);

const times = <T>(count: number, what: T): T[] => Array.from({ length: count }, () => what);

describe("windows of every length, over tenants, users and kinds", () => {
  it("BB7 C7 FreeAgent: 120 a minute and 3,600 an hour are a user's, over all of the user's companies and whatever process calls", async () => {
    const limits = limitsOf([
      { of: "user", calls: 120, seconds: 60 },
      { of: "user", calls: 3_600, seconds: 3_600 },
    ]);
    const [user, other] = [await grant("freeagent"), await grant("freeagent")];
    const theirs = [await connection("freeagent", user), await connection("freeagent", user)];
    const alone = await connection("freeagent", other);
    const wanted = [...theirs, ...theirs, ...theirs, alone].map((one) => ({ one, ask: asks(one, limits), kind: "" }));
    // An hour and a third, four processes: 24 calls each twelve seconds for the user with two companies, 4 for the other, until the hour
    // is full; then now and then.
    const moments = [...every(12, 34 * 60), ...every(90, 80 * 60, 34 * 60)];
    const { times: arrivals, refused } = await ask(4, moments, wanted);
    const ofUser = arrivals(({ one }) => one !== alone);
    expect(mostWithin(ofUser, 60_000)).toBeLessThanOrEqual(120);
    expect(mostWithin(ofUser, 60_000)).toBeGreaterThan(110);
    expect(mostWithin(ofUser, 3_600_000)).toBeLessThanOrEqual(3_600);
    expect(mostWithin(ofUser, 3_600_000)).toBeGreaterThan(3_500);
    // Both companies had their share, and another user's calls are no part of it.
    for (const one of theirs) expect(arrivals((call) => call.one === one).length).toBeGreaterThan(500);
    expect(arrivals(({ one }) => one === alone)).toHaveLength(4 * moments.length);
    expect(refused).toEqual(new Set(["minute", "hour"]));
  });

  it("BB7 C7 QuickBooks Online: 10 a second, 500 a minute, and of them 40 batches a minute, which hold up nothing else", async () => {
    const limits = limitsOf([
      { of: "tenant", calls: 10, seconds: 1 },
      { of: "tenant", calls: 500, seconds: 60 },
      { of: "tenant", calls: 40, seconds: 60, kind: "batch" },
    ]);
    const company = await connection("quickbooks-online");
    const [batch, read] = [asks(company, limits, ["batch"]), asks(company, limits)];
    const wanted = [
      { one: company, ask: batch, kind: "batch" },
      { one: company, ask: read, kind: "read" },
    ];
    const { times: arrivals, refused } = await ask(4, every(0.5, 130), wanted);
    const all = arrivals(() => true);
    const batches = arrivals(({ kind }) => kind === "batch");
    expect(mostWithin(all, 1_000)).toBeLessThanOrEqual(10);
    expect(mostWithin(all, 1_000)).toBeGreaterThan(5);
    expect(mostWithin(all, 60_000)).toBeLessThanOrEqual(500);
    expect(mostWithin(all, 60_000)).toBeGreaterThan(150);
    expect(mostWithin(batches, 60_000)).toBeLessThanOrEqual(40);
    expect(batches.length).toBeGreaterThanOrEqual(80);
    expect(all.length - batches.length).toBeGreaterThan(300);
    expect(refused).toEqual(new Set(["second", "minute"]));
  });

  it("BB7 C7 Exact Online: 60 a minute and 5,000 a day of a company", async () => {
    const limits = limitsOf([
      { of: "tenant", calls: 60, seconds: 60 },
      { of: "tenant", calls: 5_000, seconds: 86_400 },
    ]);
    const company = await connection("exact-online");
    const wanted = times(16, { one: company, ask: asks(company, limits), kind: "" });
    // Thirty hours: 64 are asked for each quarter of an hour until the day is spent, and then each hour; 60 go.
    const moments = [...every(900, 22 * 3_600), ...every(3_600, 30 * 3_600, 22 * 3_600)];
    const { times: arrivals, refused } = await ask(4, moments, wanted);
    expect(
      mostWithin(
        arrivals(() => true),
        60_000,
      ),
    ).toBe(60);
    expect(
      mostWithin(
        arrivals(() => true),
        86_400_000,
      ),
    ).toBe(5_000);
    expect(refused).toEqual(new Set(["minute", "day"]));
  });

  it("BB7 Exact Online: after seven errors in an hour of one endpoint nobody asks it, and the others go on", async () => {
    const statuses = [400, 401, 403, 404];
    const endpoint = (name: string): CallWindow => ({ of: "tenant", calls: 7, seconds: 3_600, kind: name, statuses });
    const company = await connection("exact-online");
    const limits = limitsOf([{ of: "tenant", calls: 60, seconds: 60 }, endpoint("SalesEntries"), endpoint("Accounts")], {
      kindsOf: ({ message }) => (message ? [message.path] : []),
    });
    const call = async (path: string, status: number) => {
      const message = { operation: path, method: "GET" as const, path, query: {}, headers: {}, body: null };
      const taken = await takeCall(database, {
        ...company,
        limits,
        call: { ...READ, message },
        staff: false,
        gapMs: 0,
        patienceMs: 10,
      });
      if ("until" in taken) return taken;
      expect(taken.use()).toBe(true);
      await taken.countAnswer(status);
      await taken.done();
      return null;
    };
    await standAt(0);
    for (let at = 0; at < 12; at += 1) expect(await call("SalesEntries", 200)).toBeNull();
    for (let at = 0; at < 7; at += 1) expect(await call("SalesEntries", statuses[at % 4] ?? 0)).toBeNull();
    const refused = await call("SalesEntries", 200);
    expect(refused?.why).toBe("errors");
    const minutes = ((refused?.until.getTime() ?? 0) - BEGAN) / 60_000;
    expect(minutes).toBeGreaterThan(60);
    expect(minutes).toBeLessThan(63);
    expect(await call("Accounts", 404)).toBeNull();
    await standAt(64 * 60_000);
    expect(await call("SalesEntries", 200)).toBeNull();
  });

  it("BB7 FreeAgent: 15 refreshes a minute are a user's, and another user's wait for nobody", async () => {
    const limits = { refreshes: [{ of: "user", calls: 15, seconds: 60 }] as const };
    const [user, other] = [await grant("freeagent"), await grant("freeagent")];
    const refreshed: number[] = [];
    for (let second = 0; second < 240; second += 1) {
      await standAt(second * 1_000);
      if ((await takeRefresh(database, "freeagent", limits, user)) === null)
        refreshed.push(second * 1_000 + Math.random() * LATE_MS);
    }
    expect(mostWithin(refreshed, 60_000)).toBeLessThanOrEqual(15);
    expect(refreshed.length).toBeGreaterThan(40);
    expect(await takeRefresh(database, "freeagent", limits, user)).not.toBeNull();
    expect(await takeRefresh(database, "freeagent", limits, other)).toBeNull();
    expect(await takeRefresh(database, "xero", xero.limits, user)).toBeNull();
  });

  it("BB7 a permit that is not used is given back wherever it was counted", async () => {
    const user = await grant("freeagent");
    const company = await connection("freeagent", user);
    const limits = limitsOf(
      [
        { of: "user", calls: 3, seconds: 60 },
        { of: "user", calls: 3, seconds: 3_600 },
        { of: "tenant", calls: 3, seconds: 60, kind: "write" },
      ],
      { kindsOf: ({ writes }) => (writes ? ["write"] : []) },
    );
    const spend = async (use: boolean) => {
      const call = { ...READ, writes: true };
      const taken = await takeCall(database, { ...company, limits, call, staff: false, gapMs: 0, patienceMs: 10 });
      if ("until" in taken) return taken.why;
      if (use) expect(taken.use()).toBe(true);
      await taken.done();
      return null;
    };
    for (let call = 0; call < 5; call += 1) expect(await spend(false)).toBeNull();
    for (let call = 0; call < 3; call += 1) expect(await spend(true)).toBeNull();
    expect(await spend(true)).toBe("minute");
  });

  it("BB7 a package without limits holds nobody back", async () => {
    const company = await connection("twinfield");
    const limits = limitsOf([]);
    await standAt(0);
    const wanted = times(200, asks(company, limits));
    const taken = await database.inScope(practice, (db) =>
      takePermits(
        db,
        wanted.map((one) => ({ ...one, chunk: 1 })),
      ),
    );
    expect(taken.filter(({ why }) => why !== null)).toEqual([]);
  });
});

describe("calls at once", () => {
  const held = async (caller: Parameters<typeof takeCall>[1]) => {
    const taken = await takeCall(database, caller);
    if ("until" in taken) throw new Error(taken.why);
    return taken;
  };
  const callerOf = (one: Made, limits: Limits, writes: boolean, staff = false) => ({
    ...one,
    limits,
    call: { ...READ, writes },
    staff,
    gapMs: 0,
    patienceMs: 10,
  });

  it("BB7 FreeAgent, Sage: one call writes at a time in a company, and reads go on beside it", async () => {
    const company = await connection("freeagent", await grant("freeagent"));
    const limits = limitsOf([], { concurrent: { calls: 5, writes: 1 } });
    const first = await held(callerOf(company, limits, true));
    let second = false;
    const waiting = held(callerOf(company, limits, true)).then((taken) => {
      second = true;
      return taken;
    });
    const read = await held(callerOf(company, limits, false));
    expect(second).toBe(false);
    await read.done();
    // A read's end frees no writer's place.
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(second).toBe(false);
    await first.done();
    await (await waiting).done();
    expect(second).toBe(true);
  });

  it("BB7 where one call is all that may be, a person's waits for the worker's, and the worker's for a person's", async () => {
    const company = await connection("twinfield");
    const limits = limitsOf([], { concurrent: { calls: 1, writes: 1 } });
    const first = await held(callerOf(company, limits, true));
    expect(await takeCall(database, callerOf(company, limits, false, true))).toMatchObject({ why: "concurrent" });
    await first.done();
    const staff = await held(callerOf(company, limits, false, true));
    expect(await takeCall(database, callerOf(company, limits, true))).toMatchObject({ why: "concurrent" });
    await staff.done();
    await (await held(callerOf(company, limits, true))).done();
  });
});
