import { sql } from "drizzle-orm";
import { afterAll, expect, it } from "vitest";
import { judgePostings } from "#lib/pending/precheck.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import type { SceneDocument } from "#lib/testing/scene-records.ts";
import { precheckForStaff } from "./staff-precheck.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** Repeatable dice (mulberry32): the seed of a scene that failed stands in the test's name. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

type Spoil = (document: SceneDocument, n: number) => SceneDocument;
const lines =
  (over: NonNullable<SceneDocument["lines"]>[number]): Spoil =>
  (document) => ({ ...document, lines: [{}, over] });

const SPOILS: readonly Spoil[] = [
  (document) => document,
  (document) => document,
  lines({ nominalCode: "4010" }),
  lines({ taxCode: "NONE" }),
  lines({ unitPrice: "10.00001" }),
  lines({ quantity: "12345678.12345", netMinor: 5n, taxMinor: 1n }),
  lines({ unitPrice: "10.10000" }),
  (document, n) => ({ ...document, number: `Nº ${n}` }),
  (document, n) => ({ ...document, number: `N-${n}-${"9".repeat(250)}` }),
  (document) => ({ ...document, currency: "JPY" }),
  (document) => ({ ...document, issuedOn: "2026-01-31" }),
  (document) => ({ ...document, contact: "LONG" }),
  (document) => ({ ...document, contact: "ANGLE" }),
  lines({ product: "A-product-code-of-more-than-thirty-characters" }),
  lines({ product: "P1" }),
  lines({ netMinor: -2_000n, taxMinor: -400n }),
];

async function spoiledScene(client: SceneClient, seed: number): Promise<void> {
  const next = dice(seed);
  await client.settings({ periodLock: "2026-02-28" });
  const made = Array.from({ length: 40 }, (_, n) => {
    const spoil = SPOILS[next(SPOILS.length)];
    const kind = next(4) === 0 ? ("bill" as const) : ("sales-invoice" as const);
    const document = { number: `DOC-${n}`, kind, contact: `${kind === "bill" ? "S" : "C"}${next(5)}` };
    const spoiled = spoil?.(document, n) ?? document;
    return spoiled.contact?.match(/^[CS]\d$/) ? spoiled : { ...spoiled, kind: "sales-invoice" as const };
  });
  await client.inScope((db) =>
    db.execute(sql`update connections set currencies = '{GBP,EUR,USD}' where id = ${client.connectionId}`),
  );
  await client.knowLocks("2026-02-28");
  await client.add(...made);
  await client.rename("LONG", "𝔸".repeat(130));
  await client.rename("ANGLE", "Tools <Hire> Ltd");
}

it.each([11, 29, 47])(
  "FD16 what pre-check foretells as blocked is what is held by us after the upload, row by row (scene %i)",
  async (seed) => {
    const client = await scene.client();
    await spoiledScene(client, seed);
    const verdicts = await client.inScope((db) => judgePostings(db, client.scope, "open"));
    const foretold = (await client.rows())
      .filter((row) => row.precheck === "blocked")
      .map((row) => [row.reference, row.precheck_code]);
    expect(foretold.length).toBe(verdicts.blocked);
    expect(foretold.length).toBeGreaterThan(5);
    await client.upload();
    await client.work();
    const after = await client.rows();
    const stopped = after.filter((row) => row.panel === "errors").map((row) => [row.reference, row.error_code]);
    expect(stopped.sort()).toEqual(foretold.sort());
    expect(after.filter((row) => row.panel === "pending")).toEqual([]);
  },
);

const precheck = (client: SceneClient) => precheckForStaff(scene.database, client.scope, null, client.app);

const blockedOf = async (client: SceneClient) =>
  (await client.rows()).filter((row) => row.precheck === "blocked").map((row) => [row.reference, row.precheck_code]);
const stoppedOf = async (client: SceneClient) =>
  (await client.rows()).filter((row) => row.panel === "errors").map((row) => [row.reference, row.error_code]);

const LOCKED_ON_JULY = [
  { number: "JUL-1", issuedOn: "2026-07-01" },
  { number: "JUL-31", issuedOn: "2026-07-31" },
  { number: "AUG-1", issuedOn: "2026-08-01" },
  { number: "B-JUL", kind: "bill", contact: "S1", issuedOn: "2026-07-15" },
] as const;

it("FD16 a lock that moved since the lists were read is read again by pre-check, which names the very rows that the engine then holds", async () => {
  const client = await scene.client();
  await client.add(...LOCKED_ON_JULY);
  expect(await precheck(client)).toMatchObject({ blocked: 0, locks: { failed: null } });
  await client.settings({ periodLock: "2026-07-31" });
  // Within the minute it is not asked again.
  const calls = (await client.calls()).length;
  expect(await precheck(client)).toMatchObject({ blocked: 0 });
  expect((await client.calls()).length).toBe(calls);
  await scene.step(61);
  expect(await precheck(client)).toMatchObject({ blocked: 3, locks: { failed: null } });
  const foretold = await blockedOf(client);
  expect(foretold).toEqual([
    ["B-JUL", "package.period-locked"],
    ["JUL-1", "package.period-locked"],
    ["JUL-31", "package.period-locked"],
  ]);
  await client.upload();
  await client.work();
  expect((await stoppedOf(client)).sort()).toEqual(foretold.sort());
  expect(await client.row("AUG-1")).toMatchObject({ state: "confirmed" });
});

it("FD16 a lock that moves while a run is under way is read before its next portion: what is queued is held, not refused there", async () => {
  const client = await scene.client();
  await client.add({ number: "FIRST", issuedOn: "2026-07-02" });
  await client.upload();
  expect(await client.row("FIRST")).toMatchObject({ state: "queued" });
  // Read since the run began, and queued for more than a minute since.
  await client.inScope((db) => db.execute(sql`update connections set locks_as_of = app.now() where id = ${client.connectionId}`));
  await client.settings({ periodLock: "2026-07-31" });
  await scene.step(61);
  await client.work();
  expect(await client.row("FIRST")).toMatchObject({
    state: "held",
    error_code: "package.period-locked",
    error_detail: { field: "date", value: "2026-07-02", lockDate: "2026-07-31" },
  });
  expect((await client.ledger()).documents).toEqual([]);
});

it("FD16 where the package gives no answer pre-check says so, judges by what is known, and names its time", async () => {
  const client = await scene.client();
  await client.settings({ periodLock: "2026-07-31" });
  await client.add(...LOCKED_ON_JULY);
  const { locks } = await precheck(client);
  await scene.step(61);
  const silent = { ...client.app, appAt: () => ({ ...client.app.appAt("xero"), apiUrl: "http://127.0.0.1:9" }) };
  expect(await precheckForStaff(scene.database, client.scope, null, silent)).toMatchObject({
    blocked: 3,
    locks: { asOf: locks.asOf, failed: expect.stringMatching(/gave no clear answer. Lock dates are as last read/) },
  });
});

it("FD16 pre-check sends nothing: what a lock that moved back sets free goes in the worker's next time slice", async () => {
  const client = await scene.client();
  await client.settings({ periodLock: "2026-07-31" });
  await client.add(...LOCKED_ON_JULY);
  await client.upload();
  await client.work();
  expect(await client.row("JUL-1")).toMatchObject({ state: "held" });
  await client.settings({ periodLock: null });
  await scene.step(61);
  expect(await precheck(client)).toMatchObject({ blocked: 0 });
  expect(await client.row("JUL-1")).toMatchObject({ state: "held", precheck: "ready" });
  await client.work();
  expect(await client.row("JUL-1")).toMatchObject({ state: "confirmed" });
});
