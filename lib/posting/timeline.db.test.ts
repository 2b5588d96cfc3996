import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { findCallBytes } from "#db/queries/export/timeline.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { markExported, undoMark, withdraw } from "./mark.ts";
import { retry } from "./retry.ts";
import { readTimeline, type TimelineEntry } from "./timeline.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const recordOf = (client: SceneClient, number: string) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ id: string }>(
      sql`select id from documents where client_id = ${client.clientId} and number = ${number}
        union select id from contacts where client_id = ${client.clientId} and reference = ${number}`,
    );
    return rows[0]?.id ?? "";
  });
const timeline = async (client: SceneClient, number: string) => {
  const id = await recordOf(client, number);
  return client.inScope((db) => readTimeline(db, client.scope, id, "en-GB"));
};
type Attempt = Extract<TimelineEntry, { what: "attempt" }>;
const attempts = (entries: readonly TimelineEntry[]) => entries.filter((one): one is Attempt => one.what === "attempt");
const one = async (client: SceneClient, reference: string) => ({ ids: [(await client.row(reference)).id] });

describe("a record's timeline", () => {
  it("N24 shows each attempt with run, person, mapping version, what was sent and what came back, the read that followed, and the link", async () => {
    const client = await scene.client();
    await client.inScope((db) => db.execute(sql`update connections set mapping_version = 7 where id = ${client.connectionId}`));
    await client.add({ number: "INV-1", lines: [{ product: "MUG" }] });
    // Locked between our look at the lock dates and the call.
    await client.faults({ name: "P18", rate: 1, method: "PUT", path: "/Invoices" });
    const first = await client.upload();
    await client.work();
    expect((await client.row("INV-1")).state).toBe("rejected");
    await client.faults();
    await client.settings({ periodLock: null });
    await client.knowLocks();
    const row = await one(client, "INV-1");
    const second = await client.inScope((db) => retry(db, client.scope, row));
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");

    const entries = await timeline(client, "INV-1");
    expect(entries.map((entry) => entry.what)).toEqual(["seen", "link", "attempt", "attempt", "made"]);
    const [accepted, refused] = attempts(entries);
    expect(refused).toMatchObject({
      outcome: "refused",
      errorCode: "package.period-locked",
      run: { number: first.number, kind: "upload" },
      by: "Staff",
      mappingVersion: 7,
      operation: "createInvoices",
    });
    expect(accepted).toMatchObject({ outcome: "accepted", run: { number: second.number, kind: "retry" }, by: "Staff" });
    expect(accepted?.sent.fields).toContainEqual({ label: "Contact", value: "Company C1" });
    expect(accepted?.sent.fields).toContainEqual({ label: "Gross", value: "12.00" });
    expect(accepted?.sent.lines?.rows[0]).toEqual(expect.arrayContaining(["MUG", "200 Sales"]));
    // Both ways: our page stands in what Xero holds, and its id here.
    expect(accepted?.sent.fields.find((field) => field.label === "Our page")?.value).toMatch(/\/clients\/scene\/documents\//);
    expect(entries.find((entry) => entry.what === "link")).toMatchObject({ externalId: accepted?.externalId, package: "Xero" });
    expect(entries.find((entry) => entry.what === "seen")).toMatchObject({ equal: true, differences: [] });

    const bytes = await client.inScope((db) => findCallBytes(db, client.scope, accepted?.callId ?? "", 1_000));
    expect(bytes).toMatchObject({ method: "PUT", path: "/api.xro/2.0/Invoices" });
    expect(bytes?.body).toContain('"InvoiceNumber":"INV-1"');
    expect(bytes?.answer).toContain(accepted?.externalId);
    expect(JSON.stringify(bytes)).not.toMatch(/authorization|bearer/i);
  });

  it("N24 keeps marks, their undoing and what was taken back, each with who and why", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    const row = await one(client, "INV-1");
    await client.inScope((db) => markExported(db, client.scope, row, "Typed in by hand"));
    await client.inScope((db) => undoMark(db, client.scope, row));
    await client.upload("INV-1");
    await client.inScope((db) => withdraw(db, client.scope, row));
    const entries = await timeline(client, "INV-1");
    expect(entries.map((entry) => entry.what)).toEqual(["withdrawn", "unmarked", "marked", "made"]);
    expect(entries.find((entry) => entry.what === "marked")).toMatchObject({ by: "Staff", reason: "Typed in by hand" });
  });

  it("N24 each revision stands in it with what it changed, and an outcome that was looked up says so", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload("C1");
    await client.work();
    await client.amend("INV-1", 5000n);
    await client.faults({ name: "P06", call: 1, method: "PUT", path: "Invoices" });
    await client.upload("INV-1");
    await client.work();
    await scene.step(700);
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    const entries = await timeline(client, "INV-1");
    expect(entries.find((entry) => entry.what === "revised")).toMatchObject({
      revision: 2,
      by: "Staff",
      before: expect.arrayContaining([{ label: "Gross", value: "12.00" }]),
    });
    const [attempt] = attempts(entries);
    expect(attempt).toMatchObject({ revision: 2, outcome: "found" });
    expect(attempt?.lookedUpAt).not.toBeNull();
  });

  it("N24 another client's scope sees none of it", async () => {
    const [client, other] = [await scene.client(), await scene.client()];
    await client.add({ number: "INV-1" });
    const id = await recordOf(client, "INV-1");
    expect(await other.inScope((db) => readTimeline(db, other.scope, id, "en-GB"))).toEqual([]);
  });
});
