import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "drizzle-orm";
import pg from "pg";
import { afterAll, expect, it } from "vitest";
import { audit } from "#lib/audit.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

it("N41 a connection that was made before allocations were sent sends them after the upgrade, unless somebody chose its kinds", async () => {
  const [old, chosen] = [await scene.client(), await scene.client()];
  const before = sql`update connections set entities_on = array_remove(entities_on, 'allocation')`;
  for (const { inScope, connectionId } of [old, chosen])
    await inScope((db) => db.execute(sql`${before} where id = ${connectionId}`));
  await chosen.inScope((db) => audit(db, chosen.scope, { action: "setup.entities", detail: { kinds: ["customer"] } }));

  const folder = join(import.meta.dirname, "..", "..", "db", "migrations");
  const [file = ""] = readdirSync(folder).filter((name) => name.endsWith("_allocations_sync.sql"));
  const owner = new pg.Client({ connectionString: scene.ownerUrl });
  await owner.connect();
  try {
    await owner.query("begin");
    for (const statement of readFileSync(join(folder, file), "utf8").split("--> statement-breakpoint"))
      await owner.query(statement);
    await owner.query("commit");
  } finally {
    await owner.end();
  }

  const sends = async ({ inScope, connectionId }: SceneClient) => {
    const { rows } = await inScope((db) =>
      db.execute<{ sends: boolean }>(
        sql`select 'allocation' = any (entities_on) as sends from connections where id = ${connectionId}`,
      ),
    );
    return rows[0]?.sends;
  };
  expect(await sends(old)).toBe(true);
  expect(await sends(chosen)).toBe(false);
});
