import { type SQL, sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase, type ScopedDb } from "#db/client.ts";
import {
  askInvariantCheck,
  checkInvariants,
  INVARIANTS,
  type InvariantId,
  listFailedChecks,
  listInvariantChecks,
  takeInvariantCheck,
} from "#db/queries/practice/invariants.ts";
import type { BrokenInvariant } from "#db/schema/work.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { requestSha } from "./idempotency-key.ts";
import { mostWithin, runDueInvariantCheck, totalsApart, windowsAbove } from "./invariants.ts";

const WINDOWS = [
  { of: "tenant", calls: 60, seconds: 60 },
  { of: "tenant", calls: 5_000, seconds: 86_400 },
  { of: "app", calls: 10_000, seconds: 60 },
] as const;
const LIMITS = { xero: WINDOWS };
const scene = await makePostingScene("own");
let root: Database;
let client: SceneClient;
let other: SceneClient;

beforeAll(async () => {
  root = openDatabase(scene.superUrl, { max: 2 });
  [client, other] = await Promise.all([scene.client(), scene.client()]);
  await client.add({ number: "INV-1" }, { number: "INV-2" });
  await other.add({ number: "INV-1" });
  await client.upload();
  await other.upload();
  await client.work();
  await other.work();
});
afterAll(async () => {
  await root.close();
  await scene.close();
});

class Undone extends Error {}

/** Breaks something as nobody but the database's superuser can, checks, and takes it back. */
async function afterBreaking(...changes: SQL[]): Promise<BrokenInvariant[]> {
  let found: BrokenInvariant[] = [];
  const practice = jobPracticeScope();
  await root
    .inScope(practice, async (db: ScopedDb) => {
      // Neither our triggers nor foreign keys stand in its way.
      await db.execute(sql`set local session_replication_role = replica`);
      for (const change of changes) expect((await db.execute(change)).rowCount, "the change met its row").not.toBe(0);
      found = await checkInvariants(db, practice, LIMITS);
      throw new Undone();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  return found;
}

const posting = (number: string, of = client) =>
  sql`(select id from postings where client_id = ${of.clientId} and reference = ${number} and kind = 'sales-invoice')`;
const dropKeys = sql`drop index external_refs_external_key, external_refs_record_key`;

describe("the invariants", () => {
  it("hold for two clients that posted", async () => {
    expect(await scene.database.inScope(jobPracticeScope(), (db) => checkInvariants(db, jobPracticeScope(), LIMITS))).toEqual([]);
    expect(await client.broken()).toEqual([]);
  });

  const breaks: Record<InvariantId, readonly [string, () => readonly SQL[]][]> = {
    I1: [
      [
        "a record linked twice",
        () => [
          dropKeys,
          sql`insert into external_refs (client_id, connection_id, family, external_id, record_id, linked_by)
            select client_id, connection_id, family, 'another', record_id, 'x' from external_refs where client_id = ${client.clientId} and family = 'document' limit 1`,
        ],
      ],
      [
        "two answers that gave two ids",
        () => [
          sql`insert into posting_attempts (client_id, call_id, posting_id, position, revision, generation, sent, outcome, external_id)
            select client_id, call_id, posting_id, 99, revision, 2, sent, 'found', 'another' from posting_attempts where posting_id = ${posting("INV-1")} and outcome = 'accepted'`,
        ],
      ],
    ],
    I2: [
      [
        "two records linked to one",
        () => [
          dropKeys,
          sql`update external_refs set external_id = 'same' where client_id = ${client.clientId} and family = 'document'`,
        ],
      ],
      [
        "two postings with one id",
        () => [sql`update postings set external_id = 'same' where client_id = ${client.clientId} and kind = 'sales-invoice'`],
      ],
    ],
    I3: [
      [
        "exported, and no attempt says so",
        () => [sql`update posting_attempts set outcome = 'unknown' where posting_id = ${posting("INV-1")}`],
      ],
      [
        "exported, and the answer was not kept",
        () => [
          sql`update posting_calls set answer = null where id in (select call_id from posting_attempts where posting_id = ${posting("INV-1")})`,
        ],
      ],
    ],
    I4: [
      [
        "sending for two minutes",
        () => [
          sql`update postings set state = 'sending' where id = ${posting("INV-1")}`,
          sql`update posting_calls set deadline_at = app.now() - interval '2 minutes' where client_id = ${client.clientId}`,
        ],
      ],
    ],
    I5: [
      [
        "a ticked record of another amount",
        () => [sql`update postings set gross_minor = gross_minor + 1 where id = ${posting("INV-1")}`],
      ],
    ],
    I6: [
      [
        "one key for two requests",
        () => [
          sql`insert into posting_calls (client_id, connection_id, operation, message, request_sha, idempotency_key, fence, deadline_at, sends)
            select client_id, connection_id, operation, message, 'r2:another', idempotency_key, fence, deadline_at, 1 from posting_calls
            where client_id = ${client.clientId} and idempotency_key is not null limit 1`,
        ],
      ],
      [
        "BD5 one key for two requests that differ in their address alone",
        () =>
          ["/Invoices/1", "/Invoices/2"].map(
            (path) => sql`insert into posting_calls
              (client_id, connection_id, operation, message, request_sha, idempotency_key, fence, deadline_at, sends)
              values (${client.clientId}, ${client.connectionId}, 'void', '{}',
                ${requestSha({ operation: "void", method: "POST", path, query: {}, headers: {}, body: null })},
                'bd5', 1, app.now(), 1)`,
          ),
      ],
    ],
    I7: [
      [
        "an event that was changed",
        () => [
          sql`update audit_events set actor = 'Somebody else' where client_id = ${client.clientId} and action = 'posting.sent'`,
        ],
      ],
      [
        "an outcome without an event",
        () => [sql`update audit_events set detail = '{}' where client_id = ${client.clientId} and action = 'posting.sent'`],
      ],
    ],
    I8: [
      [
        "61 calls in a minute",
        () => [
          sql`insert into posting_calls (client_id, connection_id, operation, message, request_sha, fence, deadline_at, sends, created_at)
            select ${client.clientId}, ${client.connectionId}, 'createInvoices', '{}', 'x' || n, 1, app.now(), 1, app.now() - interval '2 hours' + n * interval '0.9 seconds'
            from generate_series(1, 61) n`,
        ],
      ],
    ],
    I9: [
      [
        "read up to tomorrow",
        () => [sql`update pull_cursors set as_of = app.now() + interval '1 day' where connection_id = ${client.connectionId}`],
      ],
      [
        "gone back",
        () => [
          sql`insert into reading_marks (connection_id, client_id, tenant_id, stream, as_of)
            select id, client_id, tenant_id, 'payments', app.now() from connections where id = ${client.connectionId}
            on conflict (connection_id, stream) do update set as_of = excluded.as_of`,
          sql`update pull_cursors set as_of = app.now() - interval '1 hour' where connection_id = ${client.connectionId} and stream = 'payments'`,
        ],
      ],
    ],
    I11: [
      [
        "read as paid there, and open here in silence",
        () => [
          sql`insert into package_documents (client_id, connection_id, external_id, kind, number, company, issued_on, currency, gross_minor, due_minor, status)
            select client_id, connection_id, external_id, kind, reference, '', issued_on, currency, gross_minor, 0, 'paid' from postings where id = ${posting("INV-1")}
            on conflict (connection_id, external_id) do update set due_minor = 0, status = 'paid'`,
        ],
      ],
    ],
    I10: [
      [
        "a posting on another client's connection",
        () => [sql`update postings set connection_id = ${other.connectionId} where id = ${posting("INV-1")}`],
      ],
      ["a table that keeps nobody's rows apart", () => [sql`alter table documents disable row level security`]],
    ],
    I12: [
      [
        "FD6 a run that counts one record more",
        () => [sql`update runs set total = total + 1 where client_id = ${client.clientId}`],
      ],
      [
        "FD6 a member that changed after its run had ended",
        () => [sql`update run_members set outcome = 'withdrawn' where posting_id = ${posting("INV-1")}`],
      ],
    ],
    I13: [
      [
        "FD6 an open member of a run that has ended",
        () => [sql`update run_members set outcome = null where posting_id = ${posting("INV-1")}`],
      ],
      ["FD6 a queued row that no run has", () => [sql`update postings set state = 'queued' where id = ${posting("INV-1")}`]],
    ],
  };
  const cases = Object.keys(INVARIANTS).flatMap((id) =>
    breaks[id as InvariantId].map(([what, changes]) => ({ id, what, changes })),
  );
  it.each(cases)("$id is seen to be broken by $what", async ({ id, changes }) => {
    const found = await afterBreaking(...changes());
    expect(found.map((one) => one.id)).toContain(id);
    expect(found.find((one) => one.id === id)?.rows[0]).toMatchObject({
      subject: expect.any(String),
      detail: expect.any(String),
    });
  });

  it("I8 no window of 60 seconds is left out: it slides over every call", () => {
    const at = (seconds: number) => ({ at: new Date(seconds * 1000).toISOString(), status: 200 });
    const sixty = Array.from({ length: 60 }, (_, n) => at(45 + n / 2));
    const limits = WINDOWS;
    expect(mostWithin([0, 59_999, 60_000], 60_000)).toBe(2);
    expect(windowsAbove(new Map([["one", sixty]]), limits)).toEqual([]);
    // In two minutes of the clock, and within sixty seconds all the same.
    expect(windowsAbove(new Map([["one", [...sixty, at(80)]]]), limits)).toEqual([
      "I8 61 calls within a minute for one, of 60 calls",
    ]);
    expect(windowsAbove(new Map([["one", [...sixty, { ...at(80), status: 429 }]]]), limits)).toEqual([]);
    const many = new Map(Array.from({ length: 200 }, (_, n) => [`tenant ${n}`, sixty]));
    expect(windowsAbove(many, limits)).toEqual(["I8 12,000 calls of the app within a minute, of 10,000 calls"]);
  });

  it("I5 a penny, a document or a currency more on one side is named", () => {
    const ours = { kind: "sales-invoice", currency: "GBP", count: 2, grossMinor: 2400n };
    const theirs = { type: "sales-invoice", currency: "GBP", count: 2, gross: "24.00" };
    expect(totalsApart([ours], [theirs])).toEqual([]);
    expect(totalsApart([ours], [{ ...theirs, gross: "24.01" }])).toHaveLength(1);
    expect(totalsApart([ours], [{ ...theirs, count: 3 }])).toHaveLength(1);
    expect(totalsApart([ours], [])).toHaveLength(1);
    expect(totalsApart([ours], [theirs, { ...theirs, currency: "EUR" }])).toHaveLength(1);
  });

  it("is checked once a day by whichever worker asks first, and at once when an administrator asks", async () => {
    const practice = jobPracticeScope({ userId: null, label: "Administrator" });
    const once = () => runDueInvariantCheck(scene.database, LIMITS);
    const first = await Promise.all([once(), once(), once()]);
    expect(first.filter((one) => one !== null)).toEqual([[]]);
    expect(await once()).toBeNull();
    await scene.database.inScope(practice, (db) => askInvariantCheck(db, practice));
    await scene.database.inScope(practice, (db) => askInvariantCheck(db, practice));
    expect((await Promise.all([once(), once()])).filter((one) => one !== null)).toEqual([[]]);
    const checks = await scene.database.inScope(practice, (db) => listInvariantChecks(db, practice, 10));
    expect(checks.map(({ askedBy, broken, error }) => ({ askedBy, broken, error }))).toEqual([
      { askedBy: "Administrator", broken: [], error: null },
      { askedBy: null, broken: [], error: null },
    ]);
    await scene.step(86_500);
    expect(await once()).toEqual([]);
  });

  it("FD1 what is broken stands on the client's pages and the portfolio, and is told at once, once for as long as it stays so", async () => {
    const practice = jobPracticeScope({ userId: null, label: "Administrator" });
    const check = async () => {
      await scene.database.inScope(practice, (db) => askInvariantCheck(db, practice));
      return runDueInvariantCheck(scene.database, LIMITS);
    };
    const failed = (scope: Parameters<typeof listFailedChecks>[1]) =>
      scene.database.inScope(scope, async (db) =>
        (await listFailedChecks(db, scope)).map(({ id, clients }) => ({ id, clients })),
      );
    const told = async () =>
      (
        await scene.database.inScope(practice, (db) =>
          db.execute<{ subject: string; client_id: string }>(
            sql`select subject, client_id from alert_outbox where event = 'invariant-broken' order by created_at`,
          ),
        )
      ).rows;
    await scene.database.inScope(practice, (db) =>
      db.execute(
        sql`insert into users (email, name, role, password_hash) values ('broken@example.test', 'Broken', 'administrator', 'x')`,
      ),
    );
    // Exported, with no answer that says so.
    const set = (outcome: "accepted" | "refused") =>
      root.inScope(practice, (db) =>
        db.execute(sql`update posting_attempts set outcome = ${outcome} where posting_id = ${posting("INV-2")}`),
      );
    await set("refused");
    const found = await check();
    expect(found?.map((one) => one.id)).toEqual(["I3"]);
    expect(await failed(client.scope)).toEqual([{ id: "I3", clients: [client.clientId] }]);
    expect(await failed(other.scope)).toEqual([]);
    expect(await failed(practice)).toEqual([{ id: "I3", clients: [client.clientId] }]);
    expect(await told()).toEqual([{ subject: "Scene: a check has failed", client_id: client.clientId }]);
    // Still broken the next day: nobody is told again.
    await check();
    expect(await told()).toHaveLength(1);
    await set("accepted");
    expect(await check()).toEqual([]);
    expect(await failed(client.scope)).toEqual([]);
    // Broken anew is another matter.
    await set("refused");
    await check();
    expect(await told()).toHaveLength(2);
    await set("accepted");
    await check();
  });

  it("a check whose worker died has ended, and another can be asked for", async () => {
    const practice = jobPracticeScope({ userId: null, label: "Administrator" });
    await scene.database.inScope(practice, (db) => askInvariantCheck(db, practice));
    await scene.database.inScope(practice, (db) => takeInvariantCheck(db, practice));
    await scene.step(1_000);
    expect(await runDueInvariantCheck(scene.database, LIMITS)).toBeNull();
    const [last] = await scene.database.inScope(practice, (db) => listInvariantChecks(db, practice, 1));
    expect(last).toMatchObject({ broken: null, error: "The worker stopped while it checked." });
    expect(last?.endedAt).not.toBeNull();
    await scene.database.inScope(practice, (db) => askInvariantCheck(db, practice));
    expect(await runDueInvariantCheck(scene.database, LIMITS)).toEqual([]);
  });
});
