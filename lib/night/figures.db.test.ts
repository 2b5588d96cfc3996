import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listPortfolio } from "#db/queries/practice/clients.ts";
import { readMorning } from "#db/queries/practice/morning.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { keepFigures } from "./figures.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene("own");
});
afterAll(() => scene.close());

const practice = jobPracticeScope();

it("L8 the portfolio's figures follow what happens in each client, and its filters look at nothing else", async () => {
  const [busy, calm] = [await scene.client(), await scene.client()];
  await busy.add({ number: "INV-1" }, { number: "INV-2", lines: [{ nominalCode: "4010" }] });
  await keepFigures(scene.database);
  const list = (only: "all" | "pending" | "errors" | "unmapped") =>
    scene.database.inScope(practice, async (db) => {
      const { rows } = await db.execute<{ id: string }>(sql`
        insert into users (email, name, role, password_hash) values ('figures@example.test', 'Figures', 'administrator', 'x')
        on conflict do nothing returning id`);
      const found =
        rows[0] ?? (await db.execute<{ id: string }>(sql`select id from users where email = 'figures@example.test'`)).rows[0];
      return listPortfolio(db, practice, found?.id ?? "", { search: "", after: null, limit: 50, only });
    });
  const of = async (id: string, only: Parameters<typeof list>[0] = "all") => (await list(only)).find((row) => row.id === id);
  // Two invoices and their customer.
  expect(await of(busy.clientId)).toMatchObject({ pending: 3, errors: 0, unmapped: 1, checking: 0 });
  expect(await of(calm.clientId)).toMatchObject({ pending: 0, errors: 0, unmapped: 0 });
  expect(await of(calm.clientId, "pending")).toBeUndefined();
  expect(await of(busy.clientId, "unmapped")).toBeDefined();
  await busy.map("nominal", "4010", "200");
  await busy.upload();
  await busy.work();
  await keepFigures(scene.database);
  expect(await of(busy.clientId)).toMatchObject({ pending: 0, errors: 0, unmapped: 0 });
  expect(await of(busy.clientId, "pending")).toBeUndefined();

  // While another worker writes the figures of a later change, a slower one with an earlier mark waits, and then looks.
  await busy.add({ number: "INV-3" });
  let slower: Promise<number> | undefined;
  await scene.database.inScope(practice, async (db) => {
    await db.execute(sql`select 1 from client_figures where client_id = ${busy.clientId} for update`);
    slower = keepFigures(scene.database);
    const waits = async () =>
      (await db.execute(sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`))
        .rowCount;
    await expect.poll(waits, { timeout: 15_000 }).toBe(1);
    await busy.add({ number: "INV-4" });
    await scene.database.inScope(practice, (other) =>
      other.execute(sql`delete from figure_marks where id in (select id from figure_marks for update skip locked)`),
    );
  });
  await slower;
  expect(await of(busy.clientId)).toMatchObject({ pending: 2 });
});

it("D1 the morning has a person's own clients alone: each problem with its money, the most first within its currency, and what the night did", async () => {
  const clients = await Promise.all([1, 2, 3, 4].map(() => scene.client()));
  const [rich, poor, yen, foreign] = clients;
  const person = await scene.database.inScope(practice, async (db) => {
    const { rows } = await db.execute<{ id: string }>(
      sql`insert into users (email, name, role, password_hash) values ('morning@example.test', 'Morning', 'staff', 'x') returning id`,
    );
    const id = rows[0]?.id ?? "";
    for (const client of [rich, poor, yen])
      await db.execute(sql`insert into user_clients (user_id, client_id) values (${id}, ${client?.clientId})`);
    const figures = (client: typeof rich, set: Record<string, number | string>) =>
      db.execute(
        sql`update client_figures set ${sql.join(
          Object.entries(set).map(([name, value]) => sql`${sql.identifier(name)} = ${value}`),
          sql`, `,
        )} where client_id = ${client?.clientId}`,
      );
    await db.execute(sql`update clients set base_currency = 'JPY', locale = 'en-US' where id = ${yen?.clientId}`);
    await figures(rich, { errors: 2, errors_minor: 90_000, pending: 3, pending_minor: 1, oldest_unsent_on: "2026-10-02" });
    await figures(poor, { incoming: 1, incoming_minor: 5_000, drifted: 1, drifted_minor: 5_001, drafts: 1, drafts_minor: 10 });
    await figures(yen, { currency: "JPY", pending: 1, pending_minor: 800, oldest_unsent_on: "2026-09-01" });
    await db.execute(sql`update client_figures set drafts = 1, drafts_minor = 900_000 where client_id = ${yen?.clientId}`);
    await figures(foreign, { errors: 9, errors_minor: 999_999 });
    await db.execute(sql`insert into nights (night_on, total, done) values ('2027-08-01', 4, 4)`);
    await db.execute(sql`
      insert into runs (client_id, connection_id, kind, state, started_by, night_on, total, detail)
      select x.client_id, x.id, 'nightly', case when x.client_id = ${yen?.clientId} then 'failed' else 'finished' end, 'Nightly run', '2027-08-01',
        case when x.client_id = ${rich?.clientId} then 2 else 0 end,
        case when x.client_id = ${rich?.clientId} then '{"outcomes":{"confirmed":2},"changed":1}' else '{"changed":0,"why":"Xero did not answer."}' end::jsonb
      from connections x where x.client_id in (${rich?.clientId}, ${poor?.clientId}, ${yen?.clientId}, ${foreign?.clientId})`);
    return id;
  });
  const read = (most = 10) => scene.database.inScope(practice, (db) => readMorning(db, practice, person, "2027-08-01", most));
  const morning = await read();
  expect(morning.problems.map(({ what, amountMinor, currency }) => [what, amountMinor, currency])).toEqual([
    ["errors", 90_000n, "GBP"],
    // 900,000 yen are not held against 900 pounds: the greatest of each currency, then the second of each.
    ["drafts", 900_000n, "JPY"],
    ["drifted", 5_001n, "GBP"],
    ["night", 800n, "JPY"],
    ["incoming", 5_000n, "GBP"],
    ["drafts", 10n, "GBP"],
  ]);
  expect(morning.problems[3]).toMatchObject({ why: "Xero did not answer.", count: 1 });
  expect(morning.waiting.errors).toEqual({ records: 2, clients: 1 });
  expect(morning.waiting.pending).toEqual({ records: 4, clients: 2 });
  expect(morning.oldest).toMatchObject({ on: "2026-09-01" });
  expect(morning.night).toEqual({ changed: 1, sent: 1, records: 2, failed: 1 });
  expect((await read(2)).problems).toHaveLength(2);
  expect((await read(2)).count).toBe(6);
});
