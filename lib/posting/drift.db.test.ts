import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { CORRECTION_KEYS, listCorrections } from "#db/queries/corrections.ts";
import { requestPull } from "#lib/pulling/request.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { metrics } from "#lib/watching/metrics.ts";
import { acceptTheirs, sendOursAgain } from "./decide-drift.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** A client with these invoices in the package, ticked and read. */
async function ticked(...numbers: string[]): Promise<SceneClient> {
  const client = await scene.client();
  await client.add(...numbers.map((number) => ({ number })));
  await client.upload();
  await client.work();
  for (const number of numbers) expect((await client.row(number)).state).toBe("confirmed");
  await pull(client);
  return client;
}

/** Reads what changed there, as the night does. */
async function pull(client: SceneClient): Promise<void> {
  await scene.step(2);
  await client.inScope((db) => requestPull(db, client.scope));
  await client.work();
}

const heldUnder = async (client: SceneClient, number: string) => {
  const found = (await client.ledger()).documents.findLast((one) => one.number === number);
  if (!found) throw new Error(`the package holds no ${number}`);
  return found;
};

const logOf = async (client: SceneClient) =>
  (
    await client.inScope((db) =>
      listCorrections(db, client.scope, {}, CORRECTION_KEYS.at, { direction: "asc", after: null, limit: 50 }),
    )
  ).rows;

const detailReads = async (client: SceneClient, since: number) =>
  (await client.calls(since)).filter(
    (call) => call.method === "GET" && call.path.includes("/Invoices") && !call.path.includes("summaryOnly"),
  );
const mismatches = async () => (await metrics().mismatches.get()).values.reduce((sum, one) => sum + one.value, 0);
const lastCall = async (client: SceneClient) => (await client.calls()).at(-1)?.n ?? 0;

describe("drift", () => {
  it("N12 an invoice edited in the package after its tick becomes a drift row with both versions, and a line in the corrections log", async () => {
    const client = await ticked("INV-1", "INV-2");
    const since = await lastCall(client);
    const counted = await mismatches();
    await scene.step(2);
    await scene.control.editDocument(client.tenant, (await heldUnder(client, "INV-1")).id, { gross: "12.01" });
    await pull(client);
    expect(await mismatches()).toBe(counted + 1);
    const row = await client.row("INV-1");
    expect(row.state).toBe("drifted");
    expect(row.panel).toBe("exported");
    expect(row.differences).toContainEqual({ field: "Gross", ours: "£12.00", theirs: "£12.01" });
    expect((await client.row("INV-2")).state).toBe("confirmed");
    expect(await logOf(client)).toMatchObject([{ what: "drift-edited", reference: "INV-1" }]);
    // One read for all that changed, none for each document.
    expect(await detailReads(client, since)).toHaveLength(1);
    const quiet = await lastCall(client);
    await pull(client);
    expect(await detailReads(client, quiet)).toHaveLength(0);
    expect(await client.broken()).toEqual([]);
  });

  it("N12 accepting theirs leaves the row as different with who accepted it, until the package changes it again", async () => {
    const client = await ticked("INV-1");
    const held = await heldUnder(client, "INV-1");
    await scene.step(2);
    await scene.control.editDocument(client.tenant, held.id, { gross: "12.01" });
    await pull(client);
    const id = (await client.row("INV-1")).id;
    await client.inScope((db) => acceptTheirs(db, client.scope, [id]));
    const accepted = () =>
      client.inScope(async (db) => {
        const { rows } = await db.execute<{ by: string | null }>(
          sql`select drift_accepted_by as by from postings where id = ${id}`,
        );
        return rows[0]?.by;
      });
    expect(await accepted()).toBe("Staff");
    await pull(client);
    expect(await accepted()).toBe("Staff");
    await scene.step(2);
    await scene.control.editDocument(client.tenant, held.id, { gross: "12.02" });
    await pull(client);
    expect(await accepted()).toBeNull();
    expect((await client.row("INV-1")).state).toBe("drifted");
    expect((await logOf(client)).map((one) => one.what)).toEqual(["drift-edited", "accepted", "drift-edited"]);
    await expect(client.inScope((db) => acceptTheirs(db, client.scope, []))).rejects.toThrow(/Nothing was changed/);
  });

  it("N12 sending ours again puts what was edited back by its id", async () => {
    const client = await ticked("INV-1");
    const held = await heldUnder(client, "INV-1");
    await scene.step(2);
    await scene.control.editDocument(client.tenant, held.id, { gross: "12.01" });
    await pull(client);
    const { id } = await client.row("INV-1");
    await client.inScope((db) => sendOursAgain(db, client.scope, [id]));
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await heldUnder(client, "INV-1")).toMatchObject({ id: held.id, gross: "12.00" });
    expect((await logOf(client)).map((one) => one.what)).toEqual(["drift-edited", "sent-again", "edited"]);
    expect(await client.broken()).toEqual([]);
  });

  it("N12 a credit note edited in the package is drift as an invoice is, by one call more while there are credit notes of ours", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "CN-1", kind: "sales-credit-note" });
    await client.upload();
    await client.work();
    await pull(client);
    expect((await client.row("CN-1")).state).toBe("confirmed");
    const since = await lastCall(client);
    await scene.step(2);
    await scene.control.editDocument(client.tenant, (await heldUnder(client, "CN-1")).id, { gross: "12.01" });
    await pull(client);
    expect(await client.row("CN-1")).toMatchObject({ state: "drifted" });
    expect((await client.row("CN-1")).differences).toContainEqual({ field: "Gross", ours: "£12.00", theirs: "£12.01" });
    expect(await logOf(client)).toMatchObject([{ what: "drift-edited", reference: "CN-1" }]);
    // The list since the last change, and the one document whole.
    const reads = (await client.calls(since)).filter((call) => call.path.includes("/CreditNotes"));
    expect(reads).toHaveLength(2);
  });

  it("P17 what was voided there is drift as well, and ours goes again as a new document", async () => {
    const client = await ticked("INV-1");
    const held = await heldUnder(client, "INV-1");
    await scene.step(2);
    await scene.control.editDocument(client.tenant, held.id, { status: "VOIDED" });
    await pull(client);
    const row = await client.row("INV-1");
    expect(row).toMatchObject({ state: "drifted", differences: [{ field: "Status", ours: "authorised", theirs: "voided" }] });
    await client.inScope((db) => sendOursAgain(db, client.scope, [row.id]));
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    const live = (await client.ledger()).documents.filter((one) => one.number === "INV-1" && one.status === "AUTHORISED");
    expect(live).toHaveLength(1);
    expect((await logOf(client)).map((one) => one.what)).toEqual(["drift-voided", "sent-again"]);
    expect(await client.broken()).toEqual([]);
  });

  it("N12 what is as it was again gets its tick back by itself", async () => {
    const client = await ticked("INV-1");
    const held = await heldUnder(client, "INV-1");
    await scene.step(2);
    await scene.control.editDocument(client.tenant, held.id, { gross: "12.01" });
    await pull(client);
    await scene.step(2);
    await scene.control.editDocument(client.tenant, held.id, { gross: "12.00" });
    await pull(client);
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", differences: null });
    expect((await logOf(client)).map((one) => one.what)).toEqual(["drift-edited", "drift-over"]);
  });
});
