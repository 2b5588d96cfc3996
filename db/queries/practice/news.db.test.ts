import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { setSyncOptions } from "#lib/setup/settings.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { readNews } from "./news.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene();
});
afterAll(() => scene.close());

describe("M65 a message for each successful sync", () => {
  it("tells of each record once where the option is on, of none where it is off, and of errors either way", async () => {
    const client = await scene.client();
    const news = (since: string | null) => client.inScope((db) => readNews(db, client.scope, since));
    await client.add({ number: "A1" }, { number: "BAD", lines: [{ nominalCode: "4010" }] });
    const start = await news(null);
    expect(start).toMatchObject({ synced: [], errors: [], syncedCount: 0, errorCount: 0 });
    await client.upload();
    await client.work();
    const off = await news(start.asOf);
    expect(off).toMatchObject({ syncedCount: 0, errorCount: 1, errors: [{ reference: "BAD", code: "mapping.account-missing" }] });

    await client.inScope((db) => setSyncOptions(db, client.scope, { showEachSync: true }));
    const on = await news(start.asOf);
    expect(on.synced.map((row) => row.reference).sort()).toEqual(["A1", "C1"]);
    expect(await news(on.asOf)).toMatchObject({ syncedCount: 0, errorCount: 0 });
  });

  it("names a handful and counts the rest", async () => {
    const client = await scene.client();
    await client.inScope((db) => setSyncOptions(db, client.scope, { showEachSync: true }));
    await client.add(...Array.from({ length: 9 }, (_, index) => ({ number: `N${index}` })));
    const { asOf } = await client.inScope((db) => readNews(db, client.scope, null));
    await client.upload();
    await client.work();
    const news = await client.inScope((db) => readNews(db, client.scope, asOf));
    expect(news).toMatchObject({ syncedCount: 10 });
    expect(news.synced).toHaveLength(5);
    const confirmed = await client.inScope((db) =>
      db.execute(sql`select 1 from postings where client_id = ${client.clientId} and state = 'confirmed'`),
    );
    expect(confirmed.rowCount).toBe(10);
  });
});
