import { sql } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { schema } from "#db/client.ts";
import { unsafeListDueConnections } from "#db/queries/connections/sync-work.ts";
import { listNightResults, type NightFilter } from "#db/queries/nights/night-results.ts";
import { findSchedule, saveNightOutcomes, saveSchedule, unsafeClaimNight } from "#db/queries/nights/nights.ts";
import { now } from "#lib/clock.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { enterJournals } from "#lib/operational/journals.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { enqueueNights } from "./enqueue.ts";
import { checkSceneNight } from "./night-scene.ts";
import { NIGHT_POLICY } from "./policy.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene("own");
});
afterAll(() => scene.close());

const practice = jobPracticeScope();
// As a large practice has it: its lists are read before anything is sent, and once a week.
NIGHT_POLICY.nightlyListsUpTo = 0;

interface NightRun extends Record<string, unknown> {
  readonly night_on: string;
  readonly state: string;
  readonly total: number;
  readonly ended: boolean;
  readonly detail: Record<string, unknown>;
}

const runsOf = (client: SceneClient) =>
  client.inScope(
    async (db) =>
      (
        await db.execute<NightRun>(sql`
          select night_on::text as night_on, state, total, ended_at is not null as ended, detail from runs
          where client_id = ${client.clientId} and kind = 'nightly' order by night_on`)
      ).rows,
  );

// The clients of the tests before are no part of this one's nights.
beforeEach(() => scene.database.inScope(practice, (db) => db.execute(sql`update connections set module_on = false`)));

/** A client as the worker finds it: its next night is reckoned. */
async function connected(): Promise<SceneClient> {
  const client = await scene.client();
  await enqueueNights(scene.database);
  return client;
}

/** Steps the clock to a moment that lies ahead. */
async function to(iso: string) {
  await scene.step((Date.parse(iso) - now().getTime()) / 1000);
}

/** The whole night as a worker has it: line, look, and the ordinary time slice of those with something left. */
async function night(...clients: readonly SceneClient[]) {
  await enqueueNights(scene.database);
  // A test's own hand has held them until now.
  await scene.database.inScope(practice, (db) => db.execute(sql`update connection_leases set until = null`));
  await checkSceneNight(scene.database, clients);
  const due = await scene.database.inScope(practice, (db) => unsafeListDueConnections(db, practice, 50));
  await scene.database.inScope(practice, (db) => db.execute(sql`update connection_leases set until = null`));
  for (const client of clients) if (due.includes(client.connectionId)) await client.work();
  await enqueueNights(scene.database);
}

async function nightly(client: SceneClient) {
  await client.inScope((db) =>
    db.execute(
      sql`update connections set settings = settings || '{"trigger":"nightly","profile":"practice-like"}' where id = ${client.connectionId}`,
    ),
  );
}

describe("M11 the night", () => {
  it("M11 comes at two o'clock of the client's own zone: not at 01:59, once after 02:00, with start, end and counts", async () => {
    const client = await connected();
    await to("2027-01-11T12:00:00Z");
    // A worker that was away makes good the last night, once.
    await night(client);
    expect((await runsOf(client)).map((run) => run.night_on)).toEqual(["2027-01-11"]);
    await to("2027-01-12T01:59:30Z");
    await night(client);
    expect(await runsOf(client)).toHaveLength(1);
    await to("2027-01-12T02:00:05Z");
    await night(client);
    await night(client);
    const [, run, ...more] = await runsOf(client);
    expect(more).toEqual([]);
    expect(run).toMatchObject({ night_on: "2027-01-12", state: "finished", ended: true, detail: { calls: 2 } });
    const { rows } = await scene.database.inScope(practice, (db) =>
      db.execute<Record<string, unknown>>(
        sql`select total, done, failed, ended_at is not null as ended from nights where night_on = '2027-01-12'`,
      ),
    );
    expect(rows[0]).toMatchObject({ total: 1, done: 1, failed: 0, ended: true });
  });

  it("M11 after three months a night without news is no longer listed for its client; its own figures stay", async () => {
    const client = await connected();
    await to("2027-01-14T12:00:00Z");
    await night(client);
    await to("2027-01-15T12:00:00Z");
    await night(client);
    await client.inScope((db) =>
      db.execute(
        sql`update runs set detail = detail || '{"changed":1}' where client_id = ${client.clientId} and night_on = '2027-01-14'`,
      ),
    );
    await client.inScope((db) =>
      db.execute(
        sql`update runs set detail = detail || '{"changed":0}' where client_id = ${client.clientId} and night_on = '2027-01-15'`,
      ),
    );
    await to("2027-03-10T12:00:00Z");
    await night(client);
    expect((await runsOf(client)).map((run) => run.night_on)).toEqual(["2027-01-14", "2027-01-15", "2027-03-10"]);
    await to("2027-06-01T12:00:00Z");
    await night(client);
    expect((await runsOf(client)).map((run) => run.night_on)).toEqual(["2027-01-14", "2027-03-10", "2027-06-01"]);
    const { rows } = await scene.database.inScope(practice, (db) =>
      db.execute(sql`select total, done from nights where night_on = '2027-01-15'`),
    );
    expect(rows).toEqual([{ total: 1, done: 1 }]);
  });

  it("K09 an hour that the clocks leave out or bring twice is one night, and a clock set back makes none", async () => {
    const at = (day: string, zone: string, hour: number) =>
      scene.database.inScope(practice, async (db) => {
        const { rows } = await db.execute<{ at: Date | string }>(
          sql`select app.night_of(${day}::date, ${zone}, ${hour}::int) as at`,
        );
        return new Date(rows[0]?.at ?? 0).toISOString();
      });
    // 02:00 does not exist in New York on 14 March 2027, and 01:00 comes twice on 7 November.
    expect(await at("2027-03-14", "America/New_York", 2)).toBe("2027-03-14T07:00:00.000Z");
    expect(["2027-11-07T05:00:00.000Z", "2027-11-07T06:00:00.000Z"]).toContain(await at("2027-11-07", "America/New_York", 1));
    const client = await connected();
    await to("2027-03-14T06:30:00Z");
    await client.inScope((db) => saveSchedule(db, client.scope, { enabled: true, hour: 2, zone: "America/New_York" }));
    await enqueueNights(scene.database);
    expect(await runsOf(client)).toEqual([]);
    await to("2027-03-14T07:00:10Z");
    await enqueueNights(scene.database);
    // Asked again as if the moment had come twice.
    await client.inScope((db) =>
      db.execute(sql`update night_schedules set next_at = app.now() where connection_id = ${client.connectionId}`),
    );
    await enqueueNights(scene.database);
    expect((await runsOf(client)).map((run) => run.night_on)).toEqual(["2027-03-14"]);
  });
});

describe("M11 the schedule of one client", () => {
  it("M11 an hour set anew counts from the next date that had no night yet, and one that is off has none until it is on again", async () => {
    const client = await connected();
    const set = (enabled: boolean, hour: number) =>
      client.inScope((db) => saveSchedule(db, client.scope, { enabled, hour, zone: "Asia/Kolkata" }));
    await to("2027-03-14T10:00:00Z");
    expect((await set(true, 18))?.toISOString()).toBe("2027-03-14T12:30:00.000Z");
    await to("2027-03-14T12:30:10Z");
    await enqueueNights(scene.database);
    expect((await runsOf(client)).map((run) => run.night_on)).toEqual(["2027-03-14"]);
    // That date had its night.
    expect((await set(true, 22))?.toISOString()).toBe("2027-03-15T16:30:00.000Z");
    expect(await set(false, 22)).toBeNull();
    expect(await client.inScope((db) => findSchedule(db, client.scope))).toMatchObject({ enabled: false, nextAt: null });
    await to("2027-03-15T16:30:10Z");
    await enqueueNights(scene.database);
    expect(await runsOf(client)).toHaveLength(1);
    expect((await set(true, 23))?.toISOString()).toBe("2027-03-15T17:30:00.000Z");
    await to("2027-03-15T17:30:10Z");
    await enqueueNights(scene.database);
    expect((await runsOf(client)).map((run) => run.night_on)).toEqual(["2027-03-14", "2027-03-15"]);
  });
});

describe("M12 incremental, both ways", () => {
  it("M12 M64 exactly what changed is sent and read, what came while the run was on is the next night's, and a quiet night costs two calls", async () => {
    const client = await connected();
    await nightly(client);
    await client.add(
      ...["ADD", "AMEND", "VOID", "TOUCH", "LEAVE"].map((number) => ({ number, contact: "C1", issuedOn: "2027-03-01" })),
    );
    await client.upload();
    await client.work();
    const before = (await client.writes()).length;
    // Here: one new, one amended, one voided, one touched without a change, one left.
    await client.add({ number: "NEW", issuedOn: "2027-03-02" });
    await client.amend("AMEND", 5000n);
    await client.voidDocument("VOID");
    await client.inScope((db) =>
      db.execute(sql`update documents set changed_at = app.now() where client_id = ${client.clientId} and number = 'TOUCH'`),
    );
    // There: a payment on one.
    await scene.control.pay(client.tenant, { number: "LEAVE", amount: "5.00", date: "2027-03-02", reference: "BACS" });
    await to("2027-03-16T02:00:10Z");
    await night(client);
    await client.work();
    const first = await runsOf(client);
    expect(first.at(-1)).toMatchObject({ state: "finished", ended: true });
    const rows = await client.rows();
    expect(rows.filter((row) => row.kind === "sales-invoice").map((row) => [row.reference, row.revision, row.state])).toEqual([
      ["ADD", 1, "confirmed"],
      ["AMEND", 2, "confirmed"],
      ["LEAVE", 1, expect.stringMatching(/confirmed|drifted/)],
      ["NEW", 1, "confirmed"],
      ["TOUCH", 1, "confirmed"],
      ["VOID", 2, "confirmed"],
    ]);
    const waiting = await client.inScope((db) =>
      db.execute<{ n: number }>(
        sql`select count(*)::int as n from incoming_payments where client_id = ${client.clientId} and status = 'waiting'`,
      ),
    );
    expect(waiting.rows[0]?.n).toBe(1);
    const sent = (await client.writes()).length - before;
    expect(sent).toBeGreaterThan(0);
    // The late one: the next night takes it and nothing else.
    await client.add({ number: "LATE", issuedOn: "2027-03-03" });
    await to("2027-03-17T02:00:10Z");
    await night(client);
    await client.work();
    const calls = await client.writes();
    expect(calls.slice(before + sent).flatMap((call) => call.committed)).toEqual([1]);
    expect(await client.row("LATE")).toMatchObject({ state: "confirmed" });
    expect(await client.broken()).toEqual([]);
    // There, on the package's side: one new, one edited, one voided, one deleted, one touched without a change, one left.
    const there = new Map((await client.ledger()).documents.map((one) => [one.number, one.id]));
    const typed = (InvoiceNumber: string) => ({
      Type: "ACCREC",
      InvoiceNumber,
      Contact: { Name: "Somebody else" },
      Date: "2027-03-17",
      DueDate: "2027-04-17",
      Status: "AUTHORISED",
      LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
    });
    const edit = (number: string, change: { gross: string } | { status: string }) =>
      scene.control.editDocument(client.tenant, there.get(number) ?? "", change);
    await client.call("PUT", "Invoices", { Invoices: [typed("THEIRS")] });
    await edit("ADD", { gross: "13.00" });
    await edit("NEW", { status: "VOIDED" });
    await edit("LATE", { status: "DRAFT" });
    await edit("LATE", { status: "DELETED" });
    await client.call("POST", `Invoices/${there.get("TOUCH")}`, { Invoices: [{ InvoiceID: there.get("TOUCH") }] });
    const seen = async () => {
      const { rows } = await client.inScope((db) =>
        db.execute<{ reference: string }>(sql`
          select reference from corrections where client_id = ${client.clientId} and what like 'drift-%' order by at, reference`),
      );
      return rows.map((row) => row.reference);
    };
    const looked = async (since: number) =>
      (await client.calls(since)).filter((call) => call.path.includes("/Invoices") && !call.path.includes("summaryOnly")).length;
    const night18 = (await client.calls()).at(-1)?.n ?? 0;
    await to("2027-03-18T02:00:10Z");
    await night(client);
    await scene.step(61);
    await night(client);
    expect((await seen()).toSorted()).toEqual(["ADD", "LATE", "NEW"]);
    expect(await client.row("TOUCH")).toMatchObject({ state: "confirmed" });
    expect(await looked(night18)).toBeGreaterThan(0);
    // The late one there: the next night finds that alone.
    await edit("AMEND", { gross: "51.00" });
    await to("2027-03-19T02:00:10Z");
    await night(client);
    await scene.step(61);
    await night(client);
    expect((await seen()).slice(3)).toEqual(["AMEND"]);
    // And a night after that finds nothing, in two calls.
    const since = (await client.calls()).at(-1)?.n ?? 0;
    await to("2027-03-20T02:00:10Z");
    await night(client);
    expect((await runsOf(client)).at(-1)).toMatchObject({ state: "finished", total: 0 });
    // The scene's token is a day old: the call that says so is no read.
    expect(
      (await client.calls(since)).filter((call) => call.status !== 401).map((call) => call.path.replace(/\?.*/, "")),
    ).toEqual(["/api.xro/2.0/Invoices", "/api.xro/2.0/Payments"]);
    // A sweep over everything finds nothing more.
    await client.inScope((db) =>
      db.execute(sql`update pull_cursors set cursor = null where connection_id = ${client.connectionId}`),
    );
    const swept = (await client.calls()).at(-1)?.n ?? 0;
    await to("2027-03-21T02:00:10Z");
    await night(client);
    await scene.step(61);
    await night(client);
    expect(await seen()).toHaveLength(4);
    expect(await looked(swept)).toBe(0);
  });
});

describe("M15 periods that are locked", () => {
  it("M15 FD6 what a lock kept back is tried by every next night by itself, and goes with the first after the lock moved: that one has sent it", async () => {
    const client = await connected();
    await nightly(client);
    await client.settings({ periodLock: "2026-07-31" });
    await client.add({ number: "L-31", issuedOn: "2026-07-31" }, { number: "A-01", issuedOn: "2026-08-01" });
    await to("2027-04-06T02:00:10Z");
    await night(client);
    expect(await client.row("L-31")).toMatchObject({ panel: "errors", error_code: "package.period-locked" });
    expect(await client.row("L-31")).toMatchObject({ error_detail: { lockDate: "2026-07-31" } });
    expect(await client.row("A-01")).toMatchObject({ panel: "exported" });
    await to("2027-04-07T02:00:10Z");
    await night(client);
    expect(await client.row("L-31")).toMatchObject({ panel: "errors", error_code: "package.period-locked" });
    await client.settings({ periodLock: null });
    await to("2027-04-08T02:00:10Z");
    await night(client);
    await client.work();
    expect(await client.row("L-31")).toMatchObject({ panel: "exported" });
    // The customer and A-01 went in the first night, which held L-31; the night that sent it is the last one.
    expect(
      (await runsOf(client)).map(({ night_on, state, total, detail }) => ({ night_on, state, total, did: detail.outcomes })),
    ).toEqual([
      { night_on: "2027-04-06", state: "finished", total: 3, did: { confirmed: 2, held: 1 } },
      { night_on: "2027-04-07", state: "finished", total: 0, did: {} },
      { night_on: "2027-04-08", state: "finished", total: 1, did: { confirmed: 1 } },
    ]);
    expect(await client.broken()).toEqual([]);
  });
});

describe("N29 the mapping before a run", () => {
  it("N29 an account that was archived since is seen before anything is sent: the row is blocked here, and no call tries it", async () => {
    const client = await connected();
    await nightly(client);
    await client.add({ number: "N-0", issuedOn: "2027-04-01" });
    await client.upload();
    await client.work();
    await client.add({ number: "N-1", issuedOn: "2027-04-01" });
    await scene.control.putAccount(client.tenant, { code: "200", status: "ARCHIVED" });
    const before = (await client.writes()).length;
    await to("2027-04-10T02:00:10Z");
    await night(client);
    expect(await client.row("N-1")).toMatchObject({ panel: "errors", error_code: "mapping.target-archived" });
    expect((await client.writes()).slice(before).filter((call) => call.path.includes("Invoices"))).toEqual([]);
  });
});

describe("M19 N30 journals and lists", () => {
  it("M19 N30 a journal goes with the night, once and balanced, one that may not go is refused whole; the lists are read with it", async () => {
    const client = await connected();
    await nightly(client);
    await client.inScope((db) =>
      db.insert(schema.nominalCodes).values([
        { clientId: client.clientId, code: "7000", name: "Rent", kind: "other" },
        { clientId: client.clientId, code: "1001", name: "Stock", kind: "stock" },
      ]),
    );
    await client.map("nominal", "7000", "469");
    const journal = (reference: string, over: string, minor = -4_200n) => ({
      reference,
      narration: "Rent",
      journalOn: "2027-04-10",
      lines: [
        { nominalCode: "7000", description: "", amountMinor: 4_200n },
        { nominalCode: over, description: "", amountMinor: minor },
      ],
    });
    const entered = await client.inScope((db) =>
      enterJournals(db, client.scope, [journal("J-1", "4000"), journal("J-2", "4000", -4_100n), journal("J-3", "1001")]),
    );
    expect(entered.refused.map((one) => one.index)).toEqual([1, 2]);
    await scene.control.putAccount(client.tenant, { code: "477", name: "A new account", type: "EXPENSE" });
    await to("2027-04-14T02:00:10Z");
    await night(client);
    await client.work();
    expect(await client.row("J-1")).toMatchObject({ state: "confirmed" });
    const ledger: object = await client.ledger();
    expect("journals" in ledger && ledger.journals).toMatchObject([{ narration: "J-1 Rent", status: "POSTED" }]);
    const lists = await client.inScope((db) =>
      db.execute<{ fresh: boolean; found: number }>(sql`
        select c.locks_as_of > app.now() - interval '10 minutes' as fresh,
          (select count(*)::int from package_accounts a where a.connection_id = c.id and a.code = '477') as found
        from connections c where c.id = ${client.connectionId}`),
    );
    expect(lists.rows[0]).toEqual({ fresh: true, found: 1 });
    await to("2027-04-15T02:00:10Z");
    await night(client);
    expect((await client.writes()).filter((call) => call.path.includes("ManualJournals"))).toHaveLength(1);
  });
});

describe("M17 a worker that dies", () => {
  it("M17 no client is skipped or done twice when a worker is killed in the middle of the night", async () => {
    const clients = [await connected(), await connected(), await connected()];
    await to("2027-04-20T02:00:10Z");
    await enqueueNights(scene.database);
    await scene.database.inScope(practice, (db) => db.execute(sql`update connection_leases set until = null`));
    // One worker took all three, asked nobody, and is gone: its leases have run out.
    const taken = await scene.database.inScope(practice, (db) => unsafeClaimNight(db, practice, { owner: "gone:1:x", most: 50 }));
    expect(taken.map((one) => one.clientId)).toEqual(expect.arrayContaining(clients.map((one) => one.clientId)));
    await scene.database.inScope(practice, (db) =>
      db.execute(sql`update connection_leases set until = clock_timestamp() - interval '1 second' where owner = 'gone:1:x'`),
    );
    await night(...clients);
    await night(...clients);
    for (const client of clients) {
      const last = (await runsOf(client)).filter((run) => run.night_on === "2027-04-20");
      expect(last).toHaveLength(1);
      expect(last[0]).toMatchObject({ state: "finished" });
    }
    // What the dead one might still write finds its leases gone.
    const first = taken[0];
    if (!first) throw new Error("nothing was taken");
    await scene.database.inScope(practice, (db) =>
      saveNightOutcomes(
        db,
        practice,
        [
          {
            runId: first.runId,
            id: first.id,
            fence: first.fence,
            state: "failed",
            calls: 0,
            bytesIn: 0,
            read: [],
            changed: 0,
            tries: 3,
          },
        ],
        now(),
      ),
    );
    const { rows } = await scene.database.inScope(practice, (db) =>
      db.execute<{ failed: number }>(sql`select failed from nights where night_on = '2027-04-20'`),
    );
    expect(rows[0]?.failed).toBe(0);
  });
});

describe("M17 what a night did, client by client", () => {
  it("M17 each client's outcome is listed with calls, bytes, changes, what was sent and why not, a page by key and by outcome", async () => {
    const [one, two, three] = [await connected(), await connected(), await connected()];
    await nightly(one);
    await one.add(
      { number: "R-1", issuedOn: "2027-04-20" },
      { number: "R-2", issuedOn: "2027-04-20", lines: [{ nominalCode: "4010" }] },
    );
    await two.lease();
    await to("2027-04-22T02:00:10Z");
    await night(one, two, three);
    await one.work();
    const { rows } = await scene.database.inScope(practice, async (db) => {
      await db.execute(sql`update clients set name = 'Night client ' || case id when ${one.clientId} then 1 when ${two.clientId} then 2 else 3 end
        where id in (${one.clientId}, ${two.clientId}, ${three.clientId})`);
      await db.execute(sql`update runs set state = 'failed', detail = detail || '{"why":"The connection is lost: an administrator reconnects it."}'
        where client_id = ${two.clientId} and night_on = '2027-04-22'`);
      await db.execute(
        sql`insert into users (email, name, role, password_hash) values ('stranger@example.test', 'Stranger', 'staff', 'x')`,
      );
      return db.execute<{ id: string; role: string }>(sql`
        insert into users (email, name, role, password_hash) values ('results@example.test', 'Results', 'administrator', 'x') returning id, role`);
    });
    const admin = rows[0]?.id ?? "";
    const list = (only: NightFilter, limit = 50, after: { name: string; id: string } | null = null, search = "", user = admin) =>
      scene.database.inScope(practice, (db) =>
        listNightResults(db, practice, user, "2027-04-22", { only, search, after, limit }),
      );
    const [sent] = await list("sent");
    expect(sent).toMatchObject({ clientName: "Night client 1", state: "done", sent: 2, held: 1, why: null });
    expect(sent?.calls).toBeGreaterThan(2);
    expect(sent?.bytes).toBeGreaterThan(100);
    expect(await list("sent")).toHaveLength(1);
    expect(await list("failed")).toMatchObject([
      { clientName: "Night client 2", state: "failed", why: "The connection is lost: an administrator reconnects it." },
    ]);
    expect((await list("done")).map((row) => row.clientName)).toEqual(["Night client 1", "Night client 3"]);
    expect(await list("later")).toEqual([]);
    const [first, more] = await list("all", 1);
    expect([first?.clientName, more?.clientName]).toEqual(["Night client 1", "Night client 2"]);
    expect((await list("all", 50, first?.key)).map((row) => row.clientName)).toEqual(["Night client 2", "Night client 3"]);
    expect(await list("all", 50, null, "client 3")).toMatchObject([{ state: "done", sent: 0, held: 0, changed: 0 }]);
    const stranger = await scene.database.inScope(practice, (db) =>
      db.execute<{ id: string }>(sql`select id from users where email = 'stranger@example.test'`),
    );
    expect(await list("all", 50, null, "", stranger.rows[0]?.id)).toEqual([]);
  });
});
