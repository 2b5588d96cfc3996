import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import type { LockPolicies, LockPolicy } from "#lib/model/lock-policy.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { chooseLock, type LockQuestion, undoLockChoice } from "./choose-lock.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const set = (client: SceneClient, settings: { lockPolicy?: LockPolicies; taxPeriods?: string; taxFiledTo?: string }) =>
  client.inScope((db) =>
    db.execute(
      sql`update connections set settings = settings || ${JSON.stringify(settings)}::jsonb where id = ${client.connectionId}`,
    ),
  );

const idsOf = async (client: SceneClient, ...references: string[]) =>
  (await client.rows()).filter((row) => references.includes(row.reference)).map((row) => row.id);

const choose = async (client: SceneClient, what: LockPolicy, hash: string | null, ...references: string[]) => {
  const ids = await idsOf(client, ...references);
  return client.inScope((db) => chooseLock(db, client.scope, { ids }, what, hash));
};

async function ask(client: SceneClient, what: LockPolicy, ...references: string[]): Promise<LockQuestion> {
  const answer = await choose(client, what, null, ...references);
  if (!("asks" in answer)) throw new Error("It did what it was not told to do");
  return answer.asks;
}

const eventsOf = (client: SceneClient, reference: string) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ actor: string; reason: string }>(sql`
      select e.actor, e.detail ->> 'reason' as reason from record_events e join postings p on p.record_id = e.record_id and p.current
      where p.client_id = ${client.clientId} and p.reference = ${reference} and e.what = 'lock-choice' order by e.id`);
    return [...rows];
  });

const there = async (client: SceneClient, number: string) =>
  (await client.ledger()).documents.find((document) => document.number === number);

/** Three invoices and a bill of a locked month, asked for and held. */
async function lockedOut(): Promise<SceneClient> {
  const client = await scene.client();
  await client.settings({ periodLock: "2026-08-31" });
  await set(client, { taxPeriods: "quarters-2" });
  await client.add(
    { number: "INV-1", issuedOn: "2026-07-30" },
    { number: "INV-2", issuedOn: "2026-08-31" },
    { number: "INV-3", issuedOn: "2026-08-30" },
    { number: "B-1", kind: "bill", contact: "S1", issuedOn: "2026-08-12" },
  );
  await client.upload();
  await client.work();
  for (const number of ["INV-1", "INV-2", "INV-3", "B-1"])
    expect(await client.row(number)).toMatchObject({ state: "held", error_code: "package.period-locked" });
  return client;
}

describe("FD14 the card of a locked date offers hold, draft and re-date for its own rows", () => {
  it("FD14 a re-date shows old and new dates and what VAT moves into which period, does nothing before it is agreed, then sends its own rows alone", async () => {
    const client = await lockedOut();
    const asked = await ask(client, "redate", "INV-1", "INV-2");
    expect(asked).toMatchObject({
      lockDate: "2026-08-31",
      goesOn: "2026-09-01",
      count: 2,
      goNow: 2,
      others: 0,
      amounts: [{ side: "sales", currency: "GBP", minor: "2400" }],
      rows: [
        { reference: "INV-1", issuedOn: "2026-07-30" },
        { reference: "INV-2", issuedOn: "2026-08-31" },
      ],
      tax: [
        {
          from: { from: "2026-06-01", to: "2026-08-31" },
          to: { from: "2026-09-01", to: "2026-11-30" },
          count: 2,
          netMinor: "2000",
          taxMinor: "400",
        },
      ],
    });
    const before = (await client.writes()).length;
    await client.work();
    expect((await client.writes()).length).toBe(before);

    expect(await choose(client, "redate", asked.hash, "INV-1", "INV-2")).toEqual({ chosen: 2, released: 2 });
    await client.work();
    expect(await there(client, "INV-1")).toMatchObject({ date: "2026-09-01", status: "AUTHORISED" });
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect(await there(client, "INV-3")).toBeUndefined();
    expect(await client.row("INV-3")).toMatchObject({ state: "held", error_code: "package.period-locked" });
    expect(await client.row("B-1")).toMatchObject({ state: "held" });
    expect(await eventsOf(client, "INV-1")).toEqual([
      {
        actor: "Staff",
        reason: expect.stringMatching(/^Re-date from 30 Jul 2026 to 1 Sept? 2026: Its tax moves from the period 1 Jun/),
      },
    ]);
    // Our own record keeps its date.
    const { rows } = await client.inScope((db) =>
      db.execute<{ on: string }>(
        sql`select issued_on::text as on from documents where client_id = ${client.clientId} and number = 'INV-1'`,
      ),
    );
    expect(rows[0]).toEqual({ on: "2026-07-30" });
    expect(await client.broken()).toEqual([]);
  });

  it("FD14 a draft keeps its date, goes alone, and may be chosen before anything was asked for: then it waits", async () => {
    const client = await lockedOut();
    const asked = await ask(client, "draft", "B-1");
    expect(asked).toMatchObject({ goesOn: null, count: 1, goNow: 1, tax: [] });
    await choose(client, "draft", asked.hash, "B-1");
    await client.work();
    expect(await there(client, "B-1")).toMatchObject({ date: "2026-08-12", status: "DRAFT" });
    expect(await client.row("B-1")).toMatchObject({ held_as_draft: true });

    await client.add({ number: "INV-4", issuedOn: "2026-08-01" });
    await client.inScope((db) => judgePostings(db, client.scope, "open"));
    expect(await client.row("INV-4")).toMatchObject({ precheck: "blocked", precheck_code: "package.period-locked" });
    const waits = await ask(client, "draft", "INV-4");
    expect(waits).toMatchObject({ count: 1, goNow: 0 });
    expect(await choose(client, "draft", waits.hash, "INV-4")).toEqual({ chosen: 1, released: 0 });
    await client.work();
    expect(await client.row("INV-4")).toMatchObject({
      state: "pending",
      precheck: "warning",
      precheck_code: "rule.lock-policy",
    });
    await client.upload("INV-4");
    await client.work();
    expect(await there(client, "INV-4")).toMatchObject({ status: "DRAFT" });
  });

  it("FD14 a row that is kept on hold stays so whatever the client's policy becomes", async () => {
    const client = await lockedOut();
    const asked = await ask(client, "hold", "INV-1");
    expect(await choose(client, "hold", asked.hash, "INV-1")).toEqual({ chosen: 1, released: 0 });
    await set(client, { lockPolicy: { "sales-invoice": "draft" } });
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "held", error_code: "package.period-locked" });
    expect(await there(client, "INV-2")).toMatchObject({ status: "DRAFT" });
  });

  it("FD14 a re-date holds for the day that was agreed to: where another is the first open one by now it is held, by pre-check and engine alike", async () => {
    const client = await lockedOut();
    await client.add({ number: "INV-5", issuedOn: "2026-08-02" });
    const asked = await ask(client, "redate", "INV-5");
    await choose(client, "redate", asked.hash, "INV-5");
    await client.upload("INV-5");
    await client.settings({ periodLock: "2026-09-30" });
    await client.knowLocks("2026-09-30");
    await client.inScope((db) =>
      db.execute(sql`update connections set locks_as_of = app.now() + interval '1 hour' where id = ${client.connectionId}`),
    );
    await client.work();
    const detail = { lockDate: "2026-09-30", agreedOn: "2026-09-01", value: "2026-08-02" };
    expect(await client.row("INV-5")).toMatchObject({ state: "held", error_detail: detail });
    expect(await there(client, "INV-5")).toBeUndefined();
    await client.inScope((db) => judgePostings(db, client.scope, "open"));
    expect(await client.row("INV-5")).toMatchObject({ precheck: "blocked", precheck_code: "package.period-locked" });
    const { rows } = await client.inScope((db) =>
      db.execute<{ detail: unknown }>(
        sql`select precheck_detail as detail from postings where client_id = ${client.clientId} and reference = 'INV-5'`,
      ),
    );
    expect(rows[0]?.detail).toEqual({ field: "date", ...detail });
    // Asked again, with the day that is open now.
    expect(await ask(client, "redate", "INV-5")).toMatchObject({ goesOn: "2026-10-01" });
  });

  it("FD14 what has changed since it was shown is shown again, and a later revision is asked about anew", async () => {
    const client = await lockedOut();
    const asked = await ask(client, "redate", "INV-1", "INV-2");
    await client.amend("INV-2", 5_000n);
    expect(await choose(client, "redate", asked.hash, "INV-1", "INV-2")).toMatchObject({ asks: { count: 2 } });
    const alone = await ask(client, "draft", "INV-1");
    await choose(client, "draft", alone.hash, "INV-1");
    await client.amend("INV-1", 7_000n);
    await client.inScope((db) => judgePostings(db, client.scope, "open"));
    expect(await client.row("INV-1")).toMatchObject({ revision: 2, precheck: "blocked", precheck_code: "package.period-locked" });
  });

  it("FD14 a choice is taken back as long as nothing has left; the row waits in Pending Export and the timeline keeps both", async () => {
    const client = await lockedOut();
    const asked = await ask(client, "redate", "INV-1");
    await choose(client, "redate", asked.hash, "INV-1");
    const ids = await idsOf(client, "INV-1");
    await client.inScope((db) => undoLockChoice(db, client.scope, { ids }));
    expect(await client.row("INV-1")).toMatchObject({ state: "pending", precheck: "blocked" });
    await client.work();
    expect(await there(client, "INV-1")).toBeUndefined();
    expect((await eventsOf(client, "INV-1")).map((one) => one.reason)).toEqual([
      expect.stringContaining("Re-date"),
      "The choice was cancelled.",
    ]);
    await expect(client.inScope((db) => undoLockChoice(db, client.scope, { ids }))).rejects.toThrow("no choice to cancel");
  });

  it("FD14 nothing is re-dated into a period that nobody can name or whose return is filed, and nothing but new documents is chosen for", async () => {
    const client = await lockedOut();
    await set(client, { taxFiledTo: "2026-11-30" });
    await expect(choose(client, "redate", null, "INV-1")).rejects.toThrow(/return is filed/);
    await client.inScope((db) =>
      db.execute(sql`update connections set settings = settings - 'taxPeriods' - 'taxFiledTo' where id = ${client.connectionId}`),
    );
    await expect(choose(client, "redate", null, "INV-1")).rejects.toThrow(/tax periods are not set/);
    await expect(choose(client, "draft", null, "C1")).rejects.toThrow(/nothing to choose/);
    expect(await ask(client, "draft", "INV-1", "C1")).toMatchObject({ count: 1, others: 1 });
  });
});
