import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { IntegrationOffError } from "#db/queries/connections/allowances.ts";
import { findWorkConnection, unsafeListDueConnections } from "#db/queries/connections/sync-work.ts";
import { groupWithheld } from "#db/queries/export/withheld.ts";
import { RECORD_KINDS } from "#lib/common/records.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { readForStaff } from "#lib/connections/staff-read.ts";
import { lookNow } from "#lib/posting/look-now.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { retry } from "#lib/posting/retry.ts";
import { postingWorldOf } from "#lib/posting/world-of.ts";
import { requestPull } from "#lib/pulling/request.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { changedOptions, syncOptionsOf } from "./profiles.ts";
import { setEntities, setGap, setModule, setOptions, setProfile, setStartOn, setSyncOptions } from "./settings.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene();
});
afterAll(() => scene.close());

const standing = async (client: SceneClient) =>
  Object.fromEntries((await client.rows()).map((row) => [row.reference, row.panel === "aside" ? "aside" : row.state]));
const settingsOf = async (client: SceneClient) => {
  const found = await client.inScope((db) => db.execute(sql`select settings from connections where id = ${client.connectionId}`));
  return found.rows[0]?.settings;
};
const callsOf = async (client: SceneClient) => (await client.calls()).length;

describe("M62 the integration's switch", () => {
  it("off: the worker's next look finds nothing to do, staff are refused in words, rows keep their state; on: they go", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" }, { number: "A2" });
    await client.upload("A1");
    await client.inScope((db) => setModule(db, client.scope, false));
    const before = await callsOf(client);
    const practice = jobPracticeScope();
    const seen = await scene.database.inScope(practice, async (db) => ({
      connection: await findWorkConnection(db, practice, client.connectionId),
      due: await unsafeListDueConnections(db, practice, 1_000),
    }));
    expect(seen.connection).toBeNull();
    expect(seen.due).not.toContain(client.connectionId);
    const ids = [(await client.row("A2")).id];
    for (const refused of [
      () => client.inScope((db) => queueUpload(db, client.scope, { ids })),
      () => client.inScope((db) => retry(db, client.scope, { ids })),
      () => client.inScope((db) => lookNow(db, client.scope, ids[0] ?? "")),
      () => client.inScope((db) => requestPull(db, client.scope)),
    ])
      await expect(refused()).rejects.toThrow("Integration is off");
    expect(await standing(client)).toMatchObject({ C1: "queued", A1: "queued", A2: "pending" });
    expect(await callsOf(client)).toBe(before);

    await client.inScope((db) => setModule(db, client.scope, true));
    await client.work();
    expect(await standing(client)).toMatchObject({ C1: "confirmed", A1: "confirmed", A2: "pending" });
  });

  it("off while a worker is at work: its next call is not made", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" });
    await client.upload();
    const before = await callsOf(client);
    await client.inScope((db) => setModule(db, client.scope, false));
    await expect(client.work()).rejects.toThrow(IntegrationOffError);
    expect(await callsOf(client)).toBe(before);
    expect(await standing(client)).toEqual({ C1: "queued", A1: "queued" });
    await expect(client.inScope((db) => setModule(db, client.scope, false))).rejects.toThrow("already off");
  });
});

describe("M63 entities to sync", () => {
  it("B33 what is made meanwhile of a kind that is off is counted and not queued, what was queued is held, and ticking offers it at once", async () => {
    const client = await scene.client();
    await client.add({ kind: "bill", number: "BILL1", contact: "S1" }, { number: "A1" });
    await client.upload("BILL1");
    const without = RECORD_KINDS.filter((kind) => kind !== "bill" && kind !== "supplier");
    expect(await client.inScope((db) => setEntities(db, client.scope, without))).toMatchObject({ held: 2 });
    expect(await standing(client)).toMatchObject({ S1: "held", BILL1: "held" });
    await client.add({ kind: "bill", number: "BILL2", contact: "S2" });
    expect(await standing(client)).toEqual({
      C1: "pending",
      A1: "pending",
      S1: "held",
      BILL1: "held",
      S2: "aside",
      BILL2: "aside",
    });
    expect(await client.row("BILL1")).toMatchObject({ error_code: "rule.entity-off", panel: "errors" });
    await client.work();
    expect(await client.writes()).toEqual([]);
    expect(await client.inScope((db) => groupWithheld(db, client.scope))).toEqual([
      { reason: "entity-off", kind: "bill", side: "purchase", currency: "GBP", count: 1, grossMinor: "1200" },
      { reason: "entity-off", kind: "supplier", side: null, currency: null, count: 1, grossMinor: null },
    ]);
    expect(await client.inScope((db) => setEntities(db, client.scope, RECORD_KINDS))).toEqual({
      back: 2,
      released: 2,
      out: 0,
      held: 0,
    });
    expect(await standing(client)).toMatchObject({ S1: "queued", BILL1: "queued", S2: "pending", BILL2: "pending" });
    await client.work();
    expect(await standing(client)).toMatchObject({ S1: "confirmed", BILL1: "confirmed" });
  });

  it("a document whose customer does not sync says so before it is sent", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" });
    await client.inScope((db) =>
      setEntities(
        db,
        client.scope,
        RECORD_KINDS.filter((kind) => kind !== "customer"),
      ),
    );
    expect(await client.row("A1")).toMatchObject({ precheck: "blocked", precheck_code: "source.dependency-missing" });
  });
});

describe("N11 N20 start date and sync options", () => {
  it("refuses what is no date, and a start date withholds the older ones", async () => {
    const client = await scene.client();
    await client.add({ number: "OLD", issuedOn: "2026-02-28" }, { number: "NEW", issuedOn: "2026-03-01" });
    for (const bad of ["2026-02-30", "soon", "2026-3-1"])
      await expect(client.inScope((db) => setStartOn(db, client.scope, bad))).rejects.toThrow("not a date");
    expect(await client.inScope((db) => setStartOn(db, client.scope, "2026-03-01"))).toEqual({ out: 1, back: 0 });
    expect(await client.inScope((db) => setStartOn(db, client.scope, null))).toEqual({ out: 0, back: 1 });
  });

  it("a profile sets its options, each can be changed, and what cannot be done is not set", async () => {
    const client = await scene.client();
    await client.inScope((db) => setProfile(db, client.scope, "one-way"));
    expect(await settingsOf(client)).toMatchObject({ profile: "one-way", direction: "out", trigger: "by-hand" });
    await client.inScope((db) => setSyncOptions(db, client.scope, { postAs: "draft" }));
    expect(await settingsOf(client)).toMatchObject({ profile: "one-way", direction: "out", postAs: "draft" });
    expect(changedOptions({ profile: "one-way", direction: "out", postAs: "draft" })).toEqual(["postAs"]);
    expect(syncOptionsOf({ postAs: "draft" })).toMatchObject({ postAs: "draft", direction: "both", showEachSync: false });
    await client.inScope((db) => setProfile(db, client.scope, "practice-like"));
    expect(await settingsOf(client)).toMatchObject({ profile: "practice-like", direction: "both", trigger: "nightly" });
  });

  it("M36 one-way: payments are neither asked for nor read", async () => {
    const client = await scene.client();
    await client.inScope((db) => setProfile(db, client.scope, "one-way"));
    await expect(client.inScope((db) => requestPull(db, client.scope))).rejects.toThrow("one-way");
    const before = await callsOf(client);
    await client.work();
    expect((await client.calls(before)).filter((call) => call.path.includes("/Payments"))).toEqual([]);
  });

  it("M64 on save: what is new or amended is queued by itself, what is blocked is held, and the backlog stays; nightly: it waits for the night", async () => {
    const client = await scene.client();
    await client.add({ number: "BACKLOG", contact: "C9" });
    await client.inScope((db) => setProfile(db, client.scope, "on-save"));
    await client.add({ number: "A1" }, { number: "BAD", lines: [{ nominalCode: "4010" }] });
    await client.take();
    expect(await standing(client)).toEqual({ C9: "pending", BACKLOG: "pending", C1: "queued", A1: "queued", BAD: "held" });
    await client.work();
    expect(await standing(client)).toMatchObject({ C1: "confirmed", A1: "confirmed" });
    await client.amend("BACKLOG", 500n);
    await client.take();
    expect(await standing(client)).toMatchObject({ C9: "queued", BACKLOG: "queued" });
    const runs = await client.inScope((db) =>
      db.execute(sql`select total from runs where client_id = ${client.clientId} and detail ->> 'trigger' = 'on-save'`),
    );
    expect(runs.rows).toHaveLength(2);
    await client.inScope((db) => setProfile(db, client.scope, "practice-like"));
    await client.add({ number: "A2" });
    await client.work();
    expect(await standing(client)).toMatchObject({ A2: "pending" });
  });

  it("M16 the least time between two calls is the connection's own, or the package's", async () => {
    const client = await scene.client();
    await client.inScope((db) => setGap(db, client.scope, 1_000));
    expect(await settingsOf(client)).toMatchObject({ gapMs: 1_000 });
    await client.inScope((db) => setGap(db, client.scope, null));
    expect(await settingsOf(client)).not.toHaveProperty("gapMs");
  });
});

describe("BB8 what a connection says of its books, and where they answer", () => {
  const SHAPE = z.object({
    sales: z
      .string()
      .regex(/^\d{2}$/, "A journal is two digits.")
      .default("70"),
    destiny: z.enum(["temporary", "final"]),
  });
  const stored = async (client: SceneClient) => {
    const { rows } = await client.inScope((db) =>
      db.execute<{ options: unknown }>(sql`select options from connections where id = ${client.connectionId}`),
    );
    return rows[0]?.options;
  };

  it("BB8 options are taken as the connector wants them, and a package without any has none to set", async () => {
    const client = await scene.client();
    const set = (given: Record<string, string>) => client.inScope((db) => setOptions(db, client.scope, given, () => SHAPE));
    expect(await stored(client)).toEqual({});
    await expect(set({ sales: "seventy", destiny: "final" })).rejects.toThrow("A journal is two digits.");
    await expect(set({ sales: "71" }), "one without a default is missing").rejects.toThrow();
    await expect(set({ destiny: "final", more: "x" })).rejects.toThrow();
    await expect(client.inScope((db) => setOptions(db, client.scope, {}))).rejects.toThrow("nothing to set");
    expect(await stored(client)).toEqual({});
    await set({ sales: "71", destiny: "final" });
    expect(await stored(client)).toEqual({ sales: "71", destiny: "final" });
  });

  it("BB8 an address of the connection's own goes before the package's, for the worker and for a person who waits", async () => {
    const client = await scene.client();
    const practice = jobPracticeScope();
    const addresses = async () => {
      const row = await scene.database.inScope(practice, (db) => findWorkConnection(db, practice, client.connectionId));
      if (!row) throw new Error("It is live");
      const never = new AbortController().signal;
      const context = { database: scene.database, owner: "test", stopping: never };
      const world = postingWorldOf(context, row, { fence: 0n, isFresh: () => true, lost: never });
      const staff = await readForStaff(scene.database, client.scope, client.app, "", async ({ connection }) => connection.apiUrl);
      return { worker: world.connection.apiUrl, staff };
    };
    const own = await addresses();
    expect(own.staff).toBe(scene.simulator.url);
    await client.inScope((db) =>
      db.execute(sql`update connections set api_url = 'https://cluster.example' where id = ${client.connectionId}`),
    );
    expect(await addresses()).toEqual({ worker: "https://cluster.example", staff: "https://cluster.example" });
    expect(own.worker).not.toBe("https://cluster.example");
  });
});
