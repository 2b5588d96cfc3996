import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unsafeListDueConnections } from "#db/queries/connections/sync-work.ts";
import { touchPresence } from "#db/queries/people/presence.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { setModule, setProfile } from "#lib/setup/settings.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { previewSynchronise, synchronise } from "./synchronise.ts";

const ME = "a3f0c8de-0000-4000-8000-00000000000a";
let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene("own");
});
afterAll(() => scene.close());

const look = (client: SceneClient) => client.inScope((db) => previewSynchronise(db, client.scope, ME));
const start = (client: SceneClient, hash: string) => client.inScope((db) => synchronise(db, client.scope, hash));
const runsOf = async (client: SceneClient) =>
  (
    await client.inScope((db) =>
      db.execute<{ kind: string; state: string; total: number; detail: Record<string, unknown> }>(
        sql`select kind, state, total, detail from runs where client_id = ${client.clientId} order by started_at, id`,
      ),
    )
  ).rows;
const states = async (client: SceneClient) => Object.fromEntries((await client.rows()).map((row) => [row.reference, row.state]));

describe("M27 a dry run stages the change set", () => {
  it("shows what would be created and what is blocked; No changes nothing there, Yes applies exactly what was shown", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" }, { number: "A2", currency: "EUR" }, { number: "BAD", lines: [{ nominalCode: "4010" }] });
    const before = JSON.stringify(await client.ledger());
    const calls = (await client.calls()).length;
    const preview = await look(client);
    expect(preview).toMatchObject({ running: null, blockers: [], readsPayments: true, open: [] });
    expect(preview.changes).toEqual([
      { kind: "customer", change: "create", side: null, currency: null, count: 1, grossMinor: null },
      { kind: "sales-invoice", change: "create", side: "sales", currency: "EUR", count: 1, grossMinor: "1200" },
      { kind: "sales-invoice", change: "create", side: "sales", currency: "GBP", count: 1, grossMinor: "1200" },
    ]);
    expect(preview.blocked).toMatchObject({ count: 1, causes: [{ value: "4010", count: 1 }] });
    // No: nothing was asked of the package, and nothing moved here.
    expect((await client.calls()).length).toBe(calls);
    expect(JSON.stringify(await client.ledger())).toBe(before);
    expect(new Set(Object.values(await states(client)))).toEqual(new Set(["pending"]));

    expect(await start(client, preview.hash)).toMatchObject({ started: true, chosen: 3 });
    await client.work();
    expect((await client.ledger()).documents.map((one) => one.number).sort()).toEqual(["A1", "A2"]);
    expect(await states(client)).toMatchObject({ A1: "confirmed", A2: "confirmed", BAD: "pending" });
  });

  it("applies nothing when what is ready has changed since it was shown", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" });
    const { hash } = await look(client);
    await client.add({ number: "A2" });
    await expect(start(client, hash)).rejects.toThrow("changed since you looked");
    expect(await runsOf(client)).toEqual([]);
    expect((await look(client)).hash).not.toBe(hash);
  });
});

describe("M73 one run, started from one command", () => {
  it("sends what is ready and reads payments in one run, which ends when both are done", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" });
    await start(client, (await look(client)).hash);
    expect(await runsOf(client)).toMatchObject([{ kind: "synchronise", state: "running", total: 2 }]);
    await client.work();
    const [run] = await runsOf(client);
    expect(run).toMatchObject({ kind: "synchronise", state: "finished", total: 2 });
    expect(run?.detail).toHaveProperty("readAt");
    expect((await client.calls()).some((call) => call.path.includes("/Payments"))).toBe(true);
    expect(await runsOf(client)).toHaveLength(1);
  });

  it("a second start, a double click and another person are shown the run that is under way", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" });
    const { hash } = await look(client);
    const [one, two] = await Promise.all([start(client, hash), start(client, hash)]);
    expect([one.started, two.started].sort()).toEqual([false, true]);
    expect(one.run.id).toBe(two.run.id);
    expect((await look(client)).running).toMatchObject({ id: one.run.id, kind: "synchronise" });
    expect(await start(client, hash)).toMatchObject({ started: false, run: { id: one.run.id } });
    expect(await runsOf(client)).toHaveLength(1);
  });

  it("an upload under way is such a run too", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" });
    const upload = await client.upload();
    expect(await start(client, "0".repeat(64))).toMatchObject({ started: false, run: { id: upload.runId, kind: "upload" } });
  });

  it("with nothing ready it reads payments alone, and a lost wake-up is made good", async () => {
    const client = await scene.client();
    await start(client, (await look(client)).hash);
    const practice = jobPracticeScope();
    const due = () => scene.database.inScope(practice, (db) => unsafeListDueConnections(db, practice, 1_000));
    await scene.database.inScope(practice, (db) =>
      db.execute(
        sql`update connection_leases set until = clock_timestamp() - interval '1 second' where connection_id = ${client.connectionId}`,
      ),
    );
    expect(await due()).toContain(client.connectionId);
    await client.work();
    expect(await runsOf(client)).toMatchObject([{ kind: "synchronise", state: "finished", total: 0 }]);
  });

  it("M36 over a one-way connection nothing is read, and while the integration is off nothing starts", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" });
    await client.inScope((db) => setProfile(db, client.scope, "one-way"));
    const preview = await look(client);
    expect(preview.readsPayments).toBe(false);
    await start(client, preview.hash);
    await client.work();
    expect(await runsOf(client)).toMatchObject([{ state: "finished" }]);
    expect((await client.calls()).filter((call) => call.path.includes("/Payments"))).toEqual([]);
    await client.inScope((db) => setModule(db, client.scope, false));
    expect((await look(client)).blockers.join()).toContain("Integration is off");
    await expect(start(client, preview.hash)).rejects.toThrow("Integration is off");
  });

  it("warns of records in the change set that somebody else has open, and of nothing else", async () => {
    const client = await scene.client();
    await client.add({ number: "A1" }, { number: "BAD", lines: [{ nominalCode: "4010" }] });
    const documents = await client.inScope((db) =>
      db.execute<{ id: string; number: string }>(sql`select id, number from documents where client_id = ${client.clientId}`),
    );
    const idOf = (number: string) => documents.rows.find((row) => row.number === number)?.id;
    const other = await client.inScope(async (db) => {
      const made = await db.execute<{ id: string }>(
        sql`insert into users (email, name, role) values (${`${client.clientId}@x.test`}, 'Second person', 'administrator') returning id`,
      );
      const id = made.rows[0]?.id ?? "";
      for (const page of ["/export", `/documents/${idOf("A1")}`, `/documents/${idOf("BAD")}`])
        await touchPresence(db, client.scope, id, page);
      return id;
    });
    expect((await look(client)).open).toEqual([{ name: "Second person", what: "A1" }]);
    await client.inScope((db) => touchPresence(db, client.scope, other, "/mapping"));
    expect((await look(client)).open).toContainEqual({ name: "Second person", what: "Mapping" });
  });
});
