import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { endFinishedRuns, unsafeListDueConnections } from "#db/queries/connections/sync-work.ts";
import { listPostings, sumPostings, totalPanels } from "#db/queries/export/posting-grid.ts";
import { findRun, listRowsOfRun, listRunRows, sumRun } from "#db/queries/export/runs.ts";
import type { MemberOutcome } from "#db/schema/work.ts";
import { countStates } from "#lib/campaign/checks-sql.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { setExcluded } from "#lib/pending/withheld.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { markExported, undoMark, withdraw } from "./mark.ts";
import { queueUpload } from "./queue-upload.ts";
import { retry } from "./retry.ts";
import { stopRun } from "./stop-run.ts";
import { takePortion } from "./take-portion.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

interface Member extends Record<string, unknown> {
  readonly run: number;
  readonly reference: string;
  readonly outcome: MemberOutcome | null;
  readonly taken: boolean;
}

/** The members of the client's runs, oldest run first. */
const members = (client: SceneClient, runId?: string) =>
  client.inScope(
    async (db) =>
      (
        await db.execute<Member>(sql`
          select r.number::int as run, coalesce(m.reference, p.reference) as reference, m.outcome, m.taken
          from run_members m join runs r on r.id = m.run_id left join postings p on p.id = m.posting_id
          where m.client_id = ${client.clientId} and (${runId ?? null}::uuid is null or m.run_id = ${runId ?? null}) order by r.number, m.position`)
      ).rows,
  );
const outcomes = async (client: SceneClient, runId?: string) =>
  Object.fromEntries((await members(client, runId)).map((one) => [one.reference, one.outcome]));
const one = async (client: SceneClient, reference: string) => ({ ids: [(await client.row(reference)).id] });
const run = (client: SceneClient, runId: string) => client.inScope((db) => findRun(db, client.scope, runId));
const states = async (client: SceneClient) => Object.fromEntries((await client.rows()).map((row) => [row.reference, row.state]));
const exclude = (client: SceneClient, excluded: boolean) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ id: string }>(
      sql`select id from contacts where client_id = ${client.clientId} and reference = 'C1'`,
    );
    return setExcluded(
      db,
      client.scope,
      "contact",
      rows.map((row) => row.id),
      excluded,
    );
  });

/** Clicks on a row, and lets somebody else's change of it be done before the click is: what was chosen is no more when it counts. */
async function clickWhile(client: SceneClient, reference: string, change: () => Promise<unknown>) {
  const chosen = await one(client, reference);
  return client.inScope(async (db) => {
    const made = await queueUpload(db, client.scope, chosen);
    await change();
    return made;
  });
}

describe("FD6 the click freezes the set", () => {
  it("moves nothing, shows the rows as queued everywhere, and a second click finds nothing to do", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" }, { number: "INV-3" });
    const made = await client.click("INV-1", "INV-2");
    expect(made).toMatchObject({ chosen: 2 });
    expect(new Set(Object.values(await states(client)))).toEqual(new Set(["pending"]));
    const seen = await client.inScope(async (db) => ({
      panels: await totalPanels(db, client.scope),
      states: await countStates(db, client.scope),
      queued: await sumPostings(db, client.scope, { panel: "pending", states: ["queued"] }),
      pending: await sumPostings(db, client.scope, { panel: "pending", states: ["pending"] }),
      ofRun: await sumPostings(db, client.scope, { panel: "pending", runId: made.runId }),
      rows: await listPostings(db, client.scope, {
        filter: { panel: "pending", kinds: ["sales-invoice"] },
        sort: "number",
        direction: "asc",
        after: null,
        limit: 10,
      }),
    }));
    expect(seen.panels.pending).toMatchObject({ count: 4, states: { queued: 2, pending: 2 } });
    expect(seen.states).toEqual({ queued: 2, pending: 2 });
    expect([seen.queued.count, seen.pending.count, seen.ofRun.count]).toEqual([2, 2, 2]);
    expect(seen.rows.rows.map((row) => row.state)).toEqual(["queued", "queued", "pending"]);
    expect(await run(client, made.runId)).toMatchObject({
      total: 2,
      state: "running",
      counts: { total: 2, done: 0, outcomes: { open: 2 }, step: "documents" },
    });
    await expect(client.click("INV-1", "INV-2")).rejects.toThrow("Nothing to upload");
    expect(await client.click("INV-1", "INV-3")).toMatchObject({ chosen: 1 });

    await client.work();
    // The customer that both runs need goes with the first.
    expect(await outcomes(client, made.runId)).toEqual({ C1: "confirmed", "INV-1": "confirmed", "INV-2": "confirmed" });
    expect(await run(client, made.runId)).toMatchObject({ total: 3, state: "finished", counts: { outcomes: { confirmed: 3 } } });
    expect((await client.ledger()).documents.map((each) => each.number).sort()).toEqual(["INV-1", "INV-2", "INV-3"]);
    expect(await client.broken()).toEqual([]);
  });

  it("is taken portion by portion in its order, and a wake-up that was lost is made good", async () => {
    const client = await scene.client();
    await client.add(...[5, 3, 1, 4, 2].map((n) => ({ number: `INV-${n}`, issuedOn: `2026-11-0${n}` })));
    const { runId } = await client.click("INV-1", "INV-2", "INV-3", "INV-4", "INV-5");
    // Nothing is queued, and all of it is before the run.
    await client.inScope((db) => endFinishedRuns(db, client.connectionId));
    expect((await run(client, runId))?.state).toBe("running");
    const world = client.worldFor(await client.lease());
    expect(await takePortion(world, { first: 2, most: 10 })).toMatchObject({ taken: 2, queued: 2, along: 1 });
    expect(await states(client)).toMatchObject({ C1: "queued", "INV-1": "queued", "INV-2": "queued", "INV-3": "pending" });
    const practice = jobPracticeScope();
    await scene.database.inScope(practice, (db) =>
      db.execute(sql`update connection_leases set until = null where connection_id = ${client.connectionId}`),
    );
    // What is queued falls due by itself: here the members alone make it so.
    await client.inScope((db) =>
      db.execute(
        sql`update postings set retry_at = app.now() + interval '1 day' where client_id = ${client.clientId} and state = 'queued'`,
      ),
    );
    const due = await scene.database.inScope(practice, (db) => unsafeListDueConnections(db, practice, 1_000));
    expect(due).toContain(client.connectionId);
    expect(await takePortion(client.worldFor(await client.lease()), { first: 2, most: 10 })).toMatchObject({
      taken: 3,
      queued: 3,
    });
    expect((await members(client, runId)).map((each) => each.reference)).toEqual([
      "C1",
      "INV-1",
      "INV-2",
      "INV-3",
      "INV-4",
      "INV-5",
    ]);
    expect(await takePortion(client.worldFor(await client.lease()))).toBeNull();
  });
});

describe("FD6 a run that has nothing left to do ends at once, whoever may call the package", () => {
  const blocked = async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    const { runId } = await client.click("INV-1", "INV-2");
    await client.inScope((db) =>
      db.execute(sql`update connections set blocked_until = app.now() + interval '6 hours' where id = ${client.connectionId}`),
    );
    return { client, runId };
  };

  it("when it is stopped", async () => {
    const { client, runId } = await blocked();
    await client.inScope((db) => stopRun(db, client.scope, runId));
    expect(await run(client, runId)).toMatchObject({
      state: "stopped",
      endedAt: expect.anything(),
      counts: { outcomes: { stopped: 2 } },
    });
    await expect(client.inScope((db) => stopRun(db, client.scope, runId))).rejects.toThrow("has already ended");
  });

  it("when its last row is withdrawn", async () => {
    const { client, runId } = await blocked();
    await client.inScope(async (db) => withdraw(db, client.scope, await one(client, "INV-1")));
    expect(await run(client, runId)).toMatchObject({ state: "running" });
    await client.inScope(async (db) => withdraw(db, client.scope, await one(client, "INV-2")));
    expect(await run(client, runId)).toMatchObject({ state: "finished", counts: { outcomes: { withdrawn: 2 } } });
  });
});

describe("FD6 what is no longer what was chosen is not moved", () => {
  it("an amendment while the click is under way: what was chosen is not sent, the new revision waits for a click of its own", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    const made = await clickWhile(client, "INV-1", () => client.amend("INV-1", 5_000n));
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "pending", revision: 2 });
    expect(await outcomes(client, made.runId)).toMatchObject({ "INV-1": "amended" });
    expect(await run(client, made.runId)).toMatchObject({ state: "finished", counts: { outcomes: { amended: 1 } } });
    expect((await client.ledger()).documents).toEqual([]);
    await client.upload("INV-1");
    await client.work();
    expect((await client.ledger()).documents).toMatchObject([{ number: "INV-1", gross: "50.00" }]);
  });

  it("a mark while the click is under way: the row stays marked and is not sent", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    const row = await one(client, "INV-1");
    const made = await clickWhile(client, "INV-1", () =>
      client.inScope((db) => markExported(db, client.scope, row, "Typed in by hand")),
    );
    await client.work();
    expect((await client.row("INV-1")).state).toBe("skipped");
    expect(await outcomes(client, made.runId)).toMatchObject({ "INV-1": "skipped" });
    expect(await client.writes()).toEqual([]);
    expect(await client.broken()).toEqual([]);
  });

  it("an exclusion while the click is under way: the row is withheld and is not sent", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    const made = await clickWhile(client, "INV-1", () => exclude(client, true));
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "pending", panel: "aside" });
    expect(await outcomes(client, made.runId)).toMatchObject({ "INV-1": "set-aside" });
    expect(await client.writes()).toEqual([]);
  });

  it("marked and unmarked, excluded and included, amended after the click: each is pending again, and waits for another", async () => {
    const client = await scene.client();
    await client.add({ number: "MARKED" }, { number: "AMENDED" });
    const first = await client.click("MARKED", "AMENDED");
    const marked = await one(client, "MARKED");
    await client.inScope((db) => markExported(db, client.scope, marked, "By hand"));
    await client.inScope((db) => undoMark(db, client.scope, marked));
    await client.amend("AMENDED", 4_200n);
    await client.work();
    expect(await client.writes()).toEqual([]);
    expect(await states(client)).toMatchObject({ MARKED: "pending", AMENDED: "pending" });
    expect(await outcomes(client, first.runId)).toEqual({ MARKED: "skipped", AMENDED: "amended" });
    const second = await client.click("MARKED", "AMENDED");
    await exclude(client, true);
    await exclude(client, false);
    await client.work();
    expect(await client.writes()).toEqual([]);
    expect(await outcomes(client, second.runId)).toEqual({ MARKED: "set-aside", AMENDED: "set-aside" });
    expect(await client.click("MARKED", "AMENDED")).toMatchObject({ chosen: 2 });
    await client.work();
    expect(await states(client)).toMatchObject({ MARKED: "confirmed", AMENDED: "confirmed" });
    expect(await client.broken()).toEqual([]);
  });
});

describe("FD6 a portion is one transaction behind the fence", () => {
  it("K01 a crash in the midst of it rolls the portion back with its members; the next time slice moves all, once", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    const { runId } = await client.click("INV-1", "INV-2");
    const owner = new pg.Client({ connectionString: scene.superUrl });
    await owner.connect();
    await owner.query(`
      create function app.crash() returns trigger language plpgsql as $$ begin raise exception 'the worker died here'; end $$;
      create trigger crash before update of state on postings for each row when (new.state = 'queued') execute function app.crash()`);
    try {
      await expect(takePortion(client.worldFor(await client.lease()))).rejects.toThrow();
    } finally {
      await owner.query("drop trigger crash on postings; drop function app.crash()");
      await owner.end();
    }
    expect((await members(client, runId)).map(({ taken, outcome }) => ({ taken, outcome }))).toEqual([
      { taken: false, outcome: null },
      { taken: false, outcome: null },
    ]);
    expect(new Set(Object.values(await states(client)))).toEqual(new Set(["pending"]));
    await client.work();
    expect(await run(client, runId)).toMatchObject({ state: "finished", counts: { outcomes: { confirmed: 3 } } });
    expect((await client.ledger()).documents).toHaveLength(2);
  });

  it("K03 an older holder of the lease moves nothing", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    const { runId } = await client.click("INV-1");
    const older = client.worldFor(await client.lease());
    await client.lease();
    await expect(takePortion(older)).rejects.toThrow("lease");
    expect(await members(client, runId)).toMatchObject([{ outcome: null, taken: false }]);
    expect((await client.row("INV-1")).state).toBe("pending");
  });
});

describe("FD6 taking back", () => {
  it("Withdraw and Stop end what waits for its turn, and take back what is queued", async () => {
    const client = await scene.client();
    await client.add(...[1, 2, 3, 4].map((n) => ({ number: `INV-${n}`, issuedOn: `2026-11-0${n}` })));
    const { runId } = await client.click("INV-1", "INV-2", "INV-3", "INV-4");
    await takePortion(client.worldFor(await client.lease()), { first: 2, most: 10 });
    const chosen = { ids: [...(await one(client, "INV-2")).ids, ...(await one(client, "INV-3")).ids] };
    expect(await client.inScope((db) => withdraw(db, client.scope, chosen))).toEqual({ withdrawn: 2 });
    expect(await outcomes(client, runId)).toEqual({
      C1: null,
      "INV-1": null,
      "INV-2": "withdrawn",
      "INV-3": "withdrawn",
      "INV-4": null,
    });
    // The customer that went along, the invoice that is queued, and the one whose turn has not come.
    expect(await client.inScope((db) => stopRun(db, client.scope, runId))).toEqual({ withdrawn: 3 });
    await client.work();
    expect(await client.writes()).toEqual([]);
    expect(new Set(Object.values(await states(client)))).toEqual(new Set(["pending"]));
    expect(await run(client, runId)).toMatchObject({
      state: "stopped",
      counts: { total: 5, done: 5, outcomes: { withdrawn: 4, stopped: 1 } },
    });
    expect(await client.broken()).toEqual([]);
  });
});

describe("FD6 a run counts what it did, and stands still once it has ended", () => {
  /** All that a control sheet shows of it. */
  const sheet = (client: SceneClient, runId: string) =>
    client.inScope(async (db) => ({
      run: await findRun(db, client.scope, runId),
      sums: await sumRun(db, client.scope, runId),
      rows: await listRunRows(db, client.scope, runId, 100),
    }));

  it("what a mended cause releases stands under a run of its own; the old one's control sheet is the same however often it is printed", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "BAD", lines: [{ nominalCode: "4010" }] });
    const made = await client.click();
    await client.work();
    const before = await sheet(client, made.runId);
    expect(before.run).toMatchObject({ state: "finished", counts: { outcomes: { confirmed: 2, held: 1 } } });
    expect(before.sums).toMatchObject([
      { kind: "customer", count: 1, seen: 1 },
      { kind: "sales-invoice", count: 2, grossMinor: "2400", seen: 1, seenMinor: "1200" },
    ]);
    await scene.step(3_600);
    await client.map("nominal", "4010", "260");
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.work();
    expect((await client.row("BAD")).state).toBe("confirmed");
    expect(await sheet(client, made.runId)).toEqual(before);
    const [, later] = (
      await client.inScope((db) =>
        db.execute<{ id: string; kind: string; total: number; state: string }>(
          sql`select id, kind, total, state from runs where client_id = ${client.clientId} order by number`,
        ),
      )
    ).rows;
    expect(later).toMatchObject({ kind: "retry", total: 1, state: "finished" });
    expect(await outcomes(client, later?.id)).toEqual({ BAD: "confirmed" });
    // On the screen the old run says where the row went.
    const rows = await client.inScope((db) =>
      listRowsOfRun(db, client.scope, made.runId, { search: "", after: null, limit: 10 }),
    );
    expect(rows[0]).toMatchObject({
      reference: "BAD",
      outcome: "held",
      errorCode: "mapping.account-missing",
      later: { id: later?.id },
    });
    expect(await client.broken()).toEqual([]);
  });

  it("a refusal is the run's that met it, the retry's is the retry's; and an amendment later changes neither", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.faults({ name: "P18", rate: 1, method: "PUT", path: "/Invoices" });
    const first = await client.click();
    await client.work();
    expect(await outcomes(client, first.runId)).toEqual({ C1: "confirmed", "INV-1": "rejected" });
    await client.faults();
    await client.settings({ periodLock: null });
    await client.knowLocks();
    const row = await one(client, "INV-1");
    const second = await client.inScope((db) => retry(db, client.scope, row));
    await client.work();
    const [one1, two] = [await sheet(client, first.runId), await sheet(client, second.runId)];
    expect(one1.run?.counts.outcomes).toEqual({ confirmed: 1, rejected: 1 });
    expect(two.run?.counts.outcomes).toEqual({ confirmed: 1 });
    await client.amend("INV-1", 9_900n);
    await client.upload("INV-1");
    await client.work();
    expect(await sheet(client, first.runId)).toEqual(one1);
    expect(await sheet(client, second.runId)).toEqual(two);
    expect(await client.broken()).toEqual([]);
  });

  it("what is being checked is the run's until it is known", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.faults({ name: "P06", method: "PUT", path: "/Invoices", call: 1 });
    const { runId } = await client.click();
    await client.work();
    expect(await run(client, runId)).toMatchObject({ state: "running", counts: { outcomes: { unknown: 1 } } });
    for (const seconds of [130, 400, 700]) {
      await scene.step(seconds);
      await client.work();
    }
    expect(await run(client, runId)).toMatchObject({ state: "finished", counts: { outcomes: { confirmed: 2 } } });
  });

  it("the runs of before get their members from the rows under them and their calls, and say how many rows left no trace", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" }, { number: "BAD", lines: [{ nominalCode: "4010" }] });
    await client.faults({ name: "P18", rate: 1, method: "PUT", path: "/Invoices" });
    const first = await client.upload("INV-1", "BAD");
    await client.work();
    await client.faults();
    await client.knowLocks();
    await client.settings({ periodLock: null });
    const refused = await one(client, "INV-1");
    const second = await client.inScope((db) => retry(db, client.scope, refused));
    await client.work();
    const third = await client.upload("INV-2");
    const folder = join(import.meta.dirname, "..", "..", "db", "migrations");
    const [file = ""] = readdirSync(folder).filter((name) => name.endsWith("_run_members.sql"));
    const statements = readFileSync(join(folder, file), "utf8").split("--> statement-breakpoint");
    const [from, to] = ["'app.all_clients', 'on'", "'app.all_clients', 'off'"].map((set) =>
      statements.findIndex((statement) => statement.includes(set)),
    );
    const owner = new pg.Client({ connectionString: scene.superUrl });
    await owner.connect();
    try {
      await owner.query("begin");
      await owner.query(
        "delete from run_members; update runs set detail = detail - 'outcomes' - 'askedFor', total = total + 1 where total > 0",
      );
      for (const statement of statements.slice(from, to)) await owner.query(statement);
      const found = await owner.query<{ run_id: string; reference: string; outcome: string | null }>(
        `select m.run_id, coalesce(m.reference, p.reference) as reference, m.outcome from run_members m join postings p on p.id = m.posting_id
         where m.client_id = $1`,
        [client.clientId],
      );
      const under = (run: string) =>
        Object.fromEntries(found.rows.filter((row) => row.run_id === run).map((row) => [row.reference, row.outcome]));
      expect(under(first.runId)).toEqual({ C1: "confirmed", BAD: "held", "INV-1": "rejected" });
      expect(under(second.runId)).toEqual({ "INV-1": "confirmed" });
      expect(under(third.runId)).toEqual({ "INV-2": null });
      const runs = await owner.query<{ id: string; total: number; asked: number | null; outcomes: unknown; state: string }>(
        "select id, total, (detail ->> 'askedFor')::int as asked, detail -> 'outcomes' as outcomes, state from runs where client_id = $1 order by number",
        [client.clientId],
      );
      expect(runs.rows).toMatchObject([
        { total: 3, asked: 4, outcomes: { confirmed: 1, held: 1, rejected: 1 }, state: "finished" },
        { total: 1, asked: 2, outcomes: { confirmed: 1 }, state: "finished" },
        { total: 1, asked: 2, outcomes: null, state: "running" },
      ]);
    } finally {
      await owner.query("rollback");
      await owner.end();
    }
  });
});
