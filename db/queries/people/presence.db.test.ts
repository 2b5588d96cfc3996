import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { jobScope } from "#lib/common/scope.ts";
import { presentWords } from "#lib/setup/presence.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { listPresent, touchPresence } from "./presence.ts";

const CLIENT = "a3f0c8de-0000-4000-8000-000000000001";
const OTHER = "a3f0c8de-0000-4000-8000-000000000002";
const ANNA = "a3f0c8de-0000-4000-8000-00000000000a";
const BEN = "a3f0c8de-0000-4000-8000-00000000000b";
const scope = jobScope(CLIENT);
let database: Database;
let owner: pg.Client;

beforeAll(async () => {
  const made = await createTestDatabase();
  owner = new pg.Client({ connectionString: made.superUrl });
  await owner.connect();
  await owner.query("insert into clients (id, slug, name) values ($1, 'one', 'One'), ($2, 'two', 'Two')", [CLIENT, OTHER]);
  await owner.query(
    "insert into users (id, email, name, role) values ($1, 'a@x.test', 'First', 'staff'), ($2, 'b@x.test', 'Second', 'adviser')",
    [ANNA, BEN],
  );
  await owner.query("insert into user_clients (user_id, client_id) values ($1, $3), ($2, $3), ($1, $4)", [
    ANNA,
    BEN,
    CLIENT,
    OTHER,
  ]);
  database = openDatabase(made.webUrl, { max: 2 });
});
afterAll(async () => {
  await database.close();
  await owner.end();
});

const seen = (by: string, of = scope) => database.inScope(of, (db) => listPresent(db, of, by));
const touch = (user: string, page: string, of = scope) => database.inScope(of, (db) => touchPresence(db, of, user, page));

describe("D4 who else works in this client", () => {
  it("names others with their pages, never oneself, never another client's, and forgets them a minute after they have gone", async () => {
    await touch(ANNA, "/export");
    await touch(ANNA, "/documents/1");
    await touch(BEN, "");
    await touch(ANNA, "/mapping", jobScope(OTHER));
    const others = await seen(BEN);
    expect(others).toEqual([{ userId: ANNA, name: "First", pages: ["/documents/1", "/export"] }]);
    expect(others.map(presentWords)).toEqual(["First (Documents, Export)"]);
    expect((await seen(ANNA)).map((one) => one.name)).toEqual(["Second"]);
    // A minute passes.
    await owner.query(
      "update user_settings set value = (select jsonb_object_agg(key, value::int - 61) from jsonb_each(value)) where user_id = $1 and key = $2",
      [ANNA, `open.${CLIENT}`],
    );
    expect(await seen(BEN)).toEqual([]);
    await touch(ANNA, "/runs");
    expect(await seen(BEN)).toEqual([{ userId: ANNA, name: "First", pages: ["/runs"] }]);
  });

  it("a page that stays open is written only now and then, and one who may no longer see the client is not named", async () => {
    await touch(ANNA, "/setup");
    const version = () =>
      owner.query<{ v: string }>("select xmin::text as v from user_settings where user_id = $1 and key = $2", [
        ANNA,
        `open.${CLIENT}`,
      ]);
    const before = await version();
    await touch(ANNA, "/setup");
    expect((await version()).rows).toEqual(before.rows);
    await owner.query("delete from user_clients where user_id = $1 and client_id = $2", [ANNA, CLIENT]);
    expect(await seen(BEN)).toEqual([]);
  });
});
