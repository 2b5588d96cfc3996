import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unsafeListDueConnections } from "#db/queries/sync-work.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { refreshDueLists } from "./night.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene();
});
afterAll(() => scene.close());

const ZONE = "Australia/Brisbane";

/** The lists were last read so many minutes from the last two o'clock of the client's own night. */
async function readAround(client: SceneClient, minutes: number): Promise<void> {
  await client.inScope(async (db) => {
    await db.execute(sql`update clients set time_zone = ${ZONE} where id = ${client.clientId}`);
    await db.execute(sql`
      update connections set lists_as_of = (
        select max(two) from (
          select ((app.now() at time zone ${ZONE})::date - days + time '02:00') at time zone ${ZONE} as two from generate_series(0, 1) days) nights
        where two <= app.now()) + make_interval(mins => ${minutes}::int)
      where id = ${client.connectionId}`);
  });
}

const asOf = (client: SceneClient) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ at: string }>(
      sql`select lists_as_of as at from connections where id = ${client.connectionId}`,
    );
    return rows[0]?.at;
  });

describe("N30 the package's lists", () => {
  it("are read anew by themselves once a night, at two o'clock in the client's own zone, and the connection is woken for it", async () => {
    // Three hours past two in Brisbane, whatever the hour of the test.
    await scene.control.setClock({ now: "2026-11-24T19:00:00Z" });
    await scene.step(1);
    const client = await scene.client();
    await readAround(client, -1);
    await client.inScope((db) =>
      db.execute(sql`update connection_leases set until = null where connection_id = ${client.connectionId}`),
    );
    const woken = await scene.database.inScope(jobPracticeScope(), (db) => unsafeListDueConnections(db, jobPracticeScope(), 10));
    expect(woken).toContain(client.connectionId);
    const world = client.worldFor(await client.lease());
    const before = await asOf(client);
    await refreshDueLists(world);
    const after = await asOf(client);
    expect(after).not.toEqual(before);
    await refreshDueLists(world);
    expect(await asOf(client)).toEqual(after);
  });

  it("are left alone when they were read since the last night began", async () => {
    await scene.control.setClock({ now: "2026-11-25T19:00:00Z" });
    await scene.step(1);
    const client = await scene.client();
    await readAround(client, 1);
    const before = await asOf(client);
    await refreshDueLists(client.worldFor(await client.lease()));
    expect(await asOf(client)).toEqual(before);
  });
});
