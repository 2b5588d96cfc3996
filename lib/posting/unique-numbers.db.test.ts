import { afterAll, describe, expect, it } from "vitest";
import { saveOrganisation } from "#db/queries/connections/catalogue.ts";
import { findWorkConnection } from "#db/queries/connections/sync-work.ts";
import type { RecordKind } from "#lib/common/records.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { settleUnknown } from "./settle.ts";
import type { PostingWorld } from "./world.ts";
import { postingWorldOf } from "./world-of.ts";

const scene = await makePostingScene("shared");
afterAll(() => scene.close());

const ORGANISATION = {
  name: "Scene",
  baseCurrency: "GBP",
  countryCode: "GB",
  timeZone: null,
  shortCode: null,
  locks: [],
};

/** What a worker takes for unique on this client's connection, after the package's lists said so of it. */
async function uniqueAfter(
  client: SceneClient,
  uniqueNumbers?: readonly RecordKind[],
): Promise<PostingWorld["connector"]["can"]> {
  await client.inScope((db) =>
    saveOrganisation(db, client.scope, client.connectionId, { ...ORGANISATION, ...(uniqueNumbers ? { uniqueNumbers } : {}) }),
  );
  const practice = jobPracticeScope();
  const connection = await scene.database.inScope(practice, (db) => findWorkConnection(db, practice, client.connectionId));
  if (!connection) throw new Error("The connection is not live");
  const { signal } = new AbortController();
  const context = { database: scene.database, owner: "test", stopping: signal };
  return postingWorldOf(context, connection, { fence: 1n, isFresh: () => true, lost: signal }).connector.can;
}

describe("BB7 numbers that an organisation keeps unique by its own preference", () => {
  it("what its lists say goes before what holds for the package, and is forgotten when they say nothing", async () => {
    const client = await scene.client();
    const ofPackage = client.worldFor(await client.lease()).connector.can.uniqueNumbers;
    expect(ofPackage).toEqual(["sales-invoice"]);
    expect((await uniqueAfter(client)).uniqueNumbers).toEqual(ofPackage);
    expect((await uniqueAfter(client, [])).uniqueNumbers).toEqual([]);
    expect((await uniqueAfter(client, ["bill"])).uniqueNumbers).toEqual(["bill"]);
    expect((await uniqueAfter(client)).uniqueNumbers).toEqual(ofPackage);
  });

  it.each([
    ["is sent again under its key where the organisation refuses a number twice", undefined, 1],
    ["is looked up, and never sent again, where it takes a number twice", [], 0],
  ] as const)("an unclear invoice %s", async (_, uniqueNumbers, again) => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload("C1");
    await client.work();
    await client.upload("INV-1");
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await client.work();
    expect((await client.row("INV-1")).state).toBe("unknown");
    const writes = (await client.writes()).length;
    const can = await uniqueAfter(client, uniqueNumbers);
    await scene.step(60);
    const world = client.worldFor(await client.lease());
    await settleUnknown({ ...world, connector: { ...world.connector, can } });
    expect((await client.writes()).length - writes).toBe(again);
    expect((await client.ledger()).documents.filter(({ number }) => number === "INV-1")).toHaveLength(1);
  });
});
