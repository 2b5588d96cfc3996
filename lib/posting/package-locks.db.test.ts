import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, describe, expect, it } from "vitest";
import { isLockedSql, lockedDaysSql, lockedToSql } from "#db/queries/common/locks-sql.ts";
import { listLockMoves, listLocks, recordRefusedLocks, saveLocks } from "#db/queries/connections/locks.ts";
import { addDays } from "#lib/common/dates.ts";
import { DATED_KINDS, lockedTo, type PackageLock } from "#lib/model/lock-policy.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { chooseLock } from "./choose-lock.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** A package that closes each journal by itself, period by period, as Exact Online does. */
const SALES = { label: "Journal 70", kinds: ["sales-invoice", "sales-credit-note"] } as const;
const JUNE = { from: "2026-06-01", to: "2026-06-30" } as const;
const JULY = { from: "2026-07-01", to: "2026-07-31" } as const;

/** A package that closes each period of the office by itself, as Twinfield does. */
const period = (stretch: { readonly from: string; readonly to: string }): PackageLock => ({
  label: `Period ${stretch.from.slice(0, 7)}`,
  ...stretch,
});

/** What is known of the locks stands, as if it had been read a moment ago. */
const keepLocks = (client: SceneClient) =>
  client.inScope((db) =>
    db.execute(sql`update connections set locks_as_of = app.now() + interval '1 hour' where id = ${client.connectionId}`),
  );

const verdicts = async (client: SceneClient) => {
  await client.inScope((db) => judgePostings(db, client.scope, "open"));
  const rows = (await client.rows()).filter((row) => row.kind !== "customer" && row.kind !== "supplier");
  return Object.fromEntries(rows.map((row) => [row.reference, row.precheck_code]));
};

const LOCKED = "package.period-locked";

describe("BB8 locks that are more than two dates", () => {
  it("BB8 SQL and the engine say the same of every kind and day, whatever the locks", async () => {
    const client = await scene.client();
    let state = 8;
    const next = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return state % below;
    };
    const days = Array.from({ length: 40 }, (_, n) => addDays("2026-06-20", n));
    for (let round = 0; round < 12; round += 1) {
      const locks = Array.from({ length: next(6) }, (_, n): PackageLock => {
        const from = addDays("2026-06-20", next(35));
        const kinds = DATED_KINDS.filter(() => next(3) === 0);
        const to = addDays(from, next(9));
        return { label: `L${n}`, from: next(4) === 0 ? null : from, to, ...(kinds.length > 0 ? { kinds } : {}) };
      });
      await client.knowLocks(...locks);
      const { rows } = await client.inScope((db) =>
        db.execute<{ kind: (typeof DATED_KINDS)[number]; day: string; to: string | null; locked: boolean }>(sql`
          with locked_days as (${lockedDaysSql(client.connectionId, DATED_KINDS)})
          select a.kind, b.day::text, ${lockedToSql(sql`locked_days`, sql`a.kind`, sql`b.day`)}::text as "to",
            ${isLockedSql(sql`${client.connectionId}`, sql`a.kind`, sql`b.day`)} as locked
          from unnest(${sql.param([...DATED_KINDS])}::text[]) as a(kind) cross join unnest(${sql.param(days)}::date[]) as b(day)`),
      );
      expect(rows.length).toBe(DATED_KINDS.length * days.length);
      for (const { kind, day, to, locked } of rows) {
        const said = lockedTo(locks, kind, day);
        expect({ kind, day, to, locked }, JSON.stringify(locks)).toEqual({ kind, day, to: said, locked: said !== null });
      }
    }
  });

  it("BB8 a journal that is closed stops its own kinds in its own periods: by pre-check, by the engine, and in the question", async () => {
    const client = await scene.client();
    await client.knowLocks({ ...SALES, ...JUNE }, { ...SALES, ...JULY });
    await keepLocks(client);
    await client.add(
      { number: "MAY", issuedOn: "2026-05-31" },
      { number: "JUNE", issuedOn: "2026-06-01" },
      { number: "JULY", issuedOn: "2026-07-31" },
      { number: "AUGUST", issuedOn: "2026-08-01" },
      { number: "BILL", kind: "bill", contact: "S1", issuedOn: "2026-07-31" },
    );
    const foretold = { MAY: null, JUNE: LOCKED, JULY: LOCKED, AUGUST: null, BILL: null };
    expect(await verdicts(client)).toMatchObject({ JUNE: LOCKED, JULY: LOCKED });
    expect(Object.entries(await verdicts(client)).filter(([, code]) => code === LOCKED)).toHaveLength(2);
    await client.upload();
    await client.work();
    for (const [reference, code] of Object.entries(foretold)) {
      expect(await client.row(reference)).toMatchObject(
        code === null ? { state: "confirmed" } : { state: "held", error_code: LOCKED, error_detail: { lockDate: "2026-07-31" } },
      );
    }

    // A re-date goes to the day after both closed periods, and there it goes.
    await client.inScope((db) =>
      db.execute(
        sql`update connections set settings = settings || '{"taxPeriods":"monthly"}'::jsonb where id = ${client.connectionId}`,
      ),
    );
    const chosen = { ids: [(await client.row("JUNE")).id] };
    const asked = await client.inScope((db) => chooseLock(db, client.scope, chosen, "redate", null));
    expect(asked).toMatchObject({ asks: { count: 1, lockDate: "2026-07-31", goesOn: "2026-08-01" } });
    const hash = "asks" in asked ? asked.asks.hash : "";
    await client.inScope((db) => chooseLock(db, client.scope, chosen, "redate", hash));
    await client.work();
    expect(await client.row("JUNE")).toMatchObject({ state: "confirmed" });
    expect((await client.ledger()).documents.find((one) => one.number === "JUNE")).toMatchObject({ date: "2026-08-01" });
    expect(await client.broken()).toEqual([]);
  });

  it("BB8 periods of the office that are closed stop every kind, and what lies open between them goes", async () => {
    const client = await scene.client();
    await client.knowLocks(period({ from: "2026-05-01", to: "2026-05-31" }), period(JULY));
    await keepLocks(client);
    await client.add(
      { number: "MAY", issuedOn: "2026-05-31" },
      { number: "JUNE", issuedOn: "2026-06-01" },
      { number: "JUNE-30", kind: "bill", contact: "S1", issuedOn: "2026-06-30" },
      { number: "JULY", kind: "bill", contact: "S1", issuedOn: "2026-07-01" },
    );
    await client.upload();
    await client.work();
    expect(await client.row("MAY")).toMatchObject({ state: "held", error_detail: { lockDate: "2026-05-31" } });
    expect(await client.row("JUNE")).toMatchObject({ state: "confirmed" });
    expect(await client.row("JUNE-30")).toMatchObject({ state: "confirmed" });
    expect(await client.row("JULY")).toMatchObject({ state: "held", error_detail: { lockDate: "2026-07-31" } });

    // Rows that are locked up to different days go each with its own: one question names them all.
    await client.inScope((db) =>
      db.execute(
        sql`update connections set settings = settings || '{"taxPeriods":"monthly"}'::jsonb where id = ${client.connectionId}`,
      ),
    );
    const chosen = { ids: [(await client.row("MAY")).id, (await client.row("JULY")).id] };
    const asked = await client.inScope((db) => chooseLock(db, client.scope, chosen, "redate", null));
    expect(asked).toMatchObject({
      asks: {
        lockDate: null,
        goesOn: null,
        rows: [
          { reference: "MAY", lockedTo: "2026-05-31", goesOn: "2026-06-01" },
          { reference: "JULY", lockedTo: "2026-07-31", goesOn: "2026-08-01" },
        ],
        tax: [
          { side: "sales", from: { to: "2026-05-31" }, to: { from: "2026-06-01" } },
          { side: "purchase", from: { to: "2026-07-31" }, to: { from: "2026-08-01" } },
        ],
      },
    });
    await client.inScope((db) => chooseLock(db, client.scope, chosen, "redate", "asks" in asked ? asked.asks.hash : ""));
    await client.work();
    const dates = (await client.ledger()).documents.flatMap((one) =>
      one.number === "MAY" || one.number === "JULY" ? [[one.number, one.date]] : [],
    );
    expect(Object.fromEntries(dates)).toEqual({ MAY: "2026-06-01", JULY: "2026-08-01" });
  });

  it("BB8 a journal that is closed, opened and closed again is told with its kinds and what it caught", async () => {
    const client = await scene.client();
    const read = (...locks: PackageLock[]) =>
      client.inScope((db) => saveLocks(db, client.scope, client.connectionId, locks, { known: true }));
    const moves = () => client.inScope((db) => listLockMoves(db, client.scope));
    await client.add(
      { number: "INV-1", issuedOn: "2026-07-10" },
      { number: "BILL", kind: "bill", contact: "S1", issuedOn: "2026-07-10" },
    );
    expect(await read({ ...SALES, ...JUNE })).toBe(true);
    expect(await moves(), "nothing of ours is dated in it").toEqual([]);
    expect(await read({ ...SALES, ...JUNE }, { ...SALES, ...JULY })).toBe(true);
    const caught = { opened: false, before: "2026-06-30", now: "2026-07-31", caught: 1 };
    expect(await moves()).toMatchObject([{ ...caught, kinds: ["sales-credit-note", "sales-invoice"] }]);
    expect(await read({ ...SALES, ...JULY }, { ...SALES, ...JUNE }), "the same again, in another order").toBe(false);
    // June is opened while July stays closed: it is June that is to be closed again.
    expect(await read({ ...SALES, ...JULY })).toBe(true);
    expect(await moves()).toMatchObject([{ opened: true, before: "2026-06-30", now: "2026-05-31" }, caught]);
    expect(await read({ ...SALES, ...JULY }, period(JULY))).toBe(true);
    expect((await moves()).filter((one) => one.opened)).toHaveLength(1);
    expect(await read({ ...SALES, ...JULY, ...{ from: "2026-06-01" } })).toBe(true);
    expect((await moves()).filter((one) => one.opened && one.now === "2026-05-31")).toEqual([]);
  });

  it("BB8 a refusal that names a closed journal's period stops its kinds in that period, until the locks are read again", async () => {
    const client = await scene.client();
    await client.add(
      { number: "JUNE", issuedOn: "2026-06-10" },
      { number: "JULY", issuedOn: "2026-07-10" },
      { number: "BILL", kind: "bill", contact: "S1", issuedOn: "2026-07-10" },
    );
    const refuse = () =>
      client.inScope((db) => recordRefusedLocks(db, client.scope, client.connectionId, [{ ...JULY, kinds: SALES.kinds }]));
    expect(await refuse()).toBe(true);
    expect(await refuse(), "it is known by now").toBe(false);
    const codes = await verdicts(client);
    expect([codes.JUNE, codes.JULY, codes.BILL].map((code) => code === LOCKED)).toEqual([false, true, false]);
    // One that names a last day alone covers whatever lies before it.
    await client.inScope((db) => recordRefusedLocks(db, client.scope, client.connectionId, [{ from: null, to: "2026-06-30" }]));
    expect(Object.values(await verdicts(client)).filter((code) => code === LOCKED)).toHaveLength(2);
    await client.inScope((db) => saveLocks(db, client.scope, client.connectionId, [], { known: true }));
    expect(Object.values(await verdicts(client)).filter((code) => code === LOCKED)).toEqual([]);
  });

  it("BB8 the two lock dates of before the table are rows of it, and no other connection has any", async () => {
    const [both, one, none] = [await scene.client(), await scene.client(), await scene.client()];
    const folder = join(import.meta.dirname, "..", "..", "db", "migrations");
    const [file = ""] = readdirSync(folder).filter((name) => name.endsWith("_package_locks.sql"));
    const statements = readFileSync(join(folder, file), "utf8").split("--> statement-breakpoint");
    const owner = new pg.Client({ connectionString: scene.ownerUrl });
    await owner.connect();
    try {
      await owner.query("begin");
      // What stood there before: the owner is bound by the policies, as it is when it migrates.
      await owner.query("drop table package_locks; alter table lock_moves drop column kinds");
      await owner.query("alter table connections add column period_lock_on date, add column year_lock_on date");
      await owner.query("select set_config('app.all_clients', 'on', true)");
      const had = "update connections set period_lock_on = $2, year_lock_on = $3 where id = $1";
      await owner.query(had, [both.connectionId, "2026-07-31", "2026-03-31"]);
      await owner.query(had, [one.connectionId, null, "2025-12-31"]);
      await owner.query("select set_config('app.all_clients', 'off', true)");
      for (const statement of statements) await owner.query(statement);
      await owner.query("select set_config('app.all_clients', 'on', true)");
      const { rows } = await owner.query(
        `select connection_id, client_id, label, from_on, to_on::text as "to", kinds from package_locks
         where connection_id = any ($1) order by connection_id = $2, "to" desc`,
        [[both, one, none].map((client) => client.connectionId), one.connectionId],
      );
      const lock = (client: SceneClient, label: string, to: string) => ({
        connection_id: client.connectionId,
        client_id: client.clientId,
        label,
        from_on: null,
        to,
        kinds: null,
      });
      expect(rows).toEqual([
        lock(both, "Period", "2026-07-31"),
        lock(both, "Year", "2026-03-31"),
        lock(one, "Year", "2025-12-31"),
      ]);
    } finally {
      await owner.query("rollback");
      await owner.end();
    }
    expect(await both.inScope((db) => listLocks(db, both.connectionId))).toEqual([]);
  });
});
