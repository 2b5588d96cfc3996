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
});
