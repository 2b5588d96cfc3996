import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { countConnectionsOf, sumClientCalls } from "#db/queries/practice/usage.ts";
import { exchangeRead } from "#lib/calling/call.ts";
import { now } from "#lib/clock.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import type { Message } from "#lib/connectors/types.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { prices } from "#lib/connectors/xero/prices.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { countUse, saveCalls } from "./tally.ts";
import { costOfTiers, readAppUse } from "./usage.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene("own");
});
afterAll(() => scene.close());

const practice = jobPracticeScope();
const GIB = 1_024 ** 3;
const use = () => scene.database.inScope(practice, (db) => readAppUse(db, practice, "xero"));
const costs = async () => {
  const { expected } = await use();
  return costOfTiers(prices, { connections: 40, egress: expected.egress });
};
const minorOf = async (tier: string) => (await costs()).find((one) => one.tier.name === tier)?.minor ?? -1n;

it("L8 each call is counted by connection and app, in one statement for many, and what could not be written is kept", async () => {
  const [one, two] = [await scene.client(), await scene.client()];
  await saveCalls(scene.database);
  const before = await use();
  const fence = await one.lease();
  await exchangeRead(one.worldFor(fence), xero.pull, {
    connection: one.worldFor(fence).connection,
    stream: "documents",
    cursor: null,
  });
  await exchangeRead(two.worldFor(await two.lease()), xero.check, null);
  // The database is away: nothing is lost.
  const broken = { ...scene.database, inScope: () => Promise.reject(new Error("away")) };
  await expect(saveCalls(broken)).rejects.toThrow("away");
  expect((await use()).calls).toBe(before.calls);
  await saveCalls(scene.database);
  await saveCalls(scene.database);
  const after = await use();
  expect(after.calls - before.calls).toBe(2);
  expect(after.bytesIn).toBeGreaterThan(before.bytesIn);
  // What tells about the organisation is not charged.
  expect(after.egress - before.egress).toBeLessThan(after.bytesIn - before.bytesIn);
  expect(after.egress).toBeGreaterThan(before.egress);
  expect(after.asOf).not.toBeNull();
  const month = `${now().toISOString().slice(0, 7)}-01`;
  const own = await one.inScope((db) => sumClientCalls(db, one.scope, month));
  // Its lists, and the one read.
  expect(own.calls).toBeGreaterThan(1);
  expect(own.today).toBe(own.calls);
  expect(after.connections).toBe(await scene.database.inScope(practice, (db) => countConnectionsOf(db, practice, "xero")));
});

it("L8 raising the load shows what it costs: nothing more below what is included, then so much for each GiB beyond", async () => {
  const client = await scene.client();
  const message = {
    operation: "getInvoices",
    method: "GET",
    path: "/api.xro/2.0/Invoices",
    query: {},
    headers: {},
    body: null,
  } satisfies Message;
  const load = async (bytes: number) => {
    countUse(xero, { id: client.connectionId, clientId: client.clientId }, message, {
      sent: true,
      answer: { status: 200, headers: {}, body: "" },
      bytesIn: bytes,
      bytesOut: 0,
    });
    await saveCalls(scene.database);
  };
  const quiet = await minorOf("Core");
  expect(quiet).toBe(3_500n);
  await load(4 * GIB);
  const busy = await minorOf("Core");
  await load(40 * GIB);
  const busier = await minorOf("Core");
  expect(busier).toBeGreaterThan(busy);
  const { expected, egress } = await use();
  expect(expected.egress).toBeGreaterThanOrEqual(egress);
  // Ten GiB are included; each one beyond is AUD 2.40, a part of a cent as a whole one.
  const over = BigInt(expected.egress - 10 * GIB) * 240n;
  const gib = BigInt(GIB);
  const cents = over / gib + (over % gib === 0n ? 0n : 1n);
  expect(busier - 3_500n - cents).toBeLessThan(60n);
  expect(busier).toBeGreaterThan(3_500n + 34n * 240n);
});

it("L8 the tier is the least that takes the connections, and the costs are those of the price list", () => {
  const tierFor = (connections: number, egress = 0) =>
    costOfTiers(prices, { connections, egress }).flatMap(({ tier, least, minor }) => (least ? [[tier.name, minor]] : []));
  expect(tierFor(5)).toEqual([["Starter", 0n]]);
  expect(tierFor(6)).toEqual([["Core", 3_500n]]);
  expect(tierFor(1_000, 50 * GIB)).toEqual([["Plus", 24_500n]]);
  expect(tierFor(10_000, 315 * GIB)).toEqual([["Advanced", 144_500n + 65n * 240n]]);
  expect(tierFor(10_000, 250 * GIB + 1)).toEqual([["Advanced", 144_501n]]);
  expect(tierFor(70_000, 315 * GIB)).toEqual([["Enterprise", null]]);
});

it("calls of a connection are kept for two months, those of the app for good", async () => {
  const client = await scene.client();
  await scene.database.inScope(practice, (db) =>
    db.execute(sql`insert into call_counts (connection_id, client_id, "on", calls) select ${client.connectionId}, ${client.clientId},
      (app.now() at time zone 'UTC')::date - n, 1 from generate_series(60, 70) n`),
  );
  await scene.step(86_400);
  await saveCalls(scene.database);
  const { rows } = await client.inScope((db) =>
    db.execute<{ n: number }>(sql`select count(*)::int as n from call_counts where client_id = ${client.clientId} and calls = 1`),
  );
  expect(rows[0]?.n).toBe(2);
});
