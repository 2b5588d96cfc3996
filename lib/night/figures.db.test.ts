import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { listPortfolio } from "#db/queries/clients.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { keepFigures } from "./figures.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene();
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
