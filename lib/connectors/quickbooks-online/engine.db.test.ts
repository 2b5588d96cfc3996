import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { saveTaxRates } from "#db/queries/connections/catalogue.ts";
import { wantHelpers } from "#db/queries/mapping/helpers.ts";
import { exchangeRead } from "#lib/calling/call.ts";
import { enterPayments, type PaymentEntry } from "#lib/operational/payments.ts";
import { retry } from "#lib/posting/retry.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { QUICKBOOKS_SCENE } from "#lib/testing/scene-package.ts";
import type { SceneDocument } from "#lib/testing/scene-records.ts";
import type { PackageLists } from "../types.ts";

const scene = await makePostingScene("shared", QUICKBOOKS_SCENE);
afterAll(() => scene.close());

const DOCUMENTS: readonly SceneDocument[] = [
  { number: "INV-1" },
  { number: "INV-2" },
  { number: "CN-1", kind: "sales-credit-note" },
  { number: "B-1", kind: "bill", contact: "S1" },
  { number: "SC-1", kind: "supplier-credit-note", contact: "S1" },
];

const entry = (number: string, amountMinor: bigint, over: Partial<PaymentEntry> = {}): PaymentEntry => ({
  recordReference: null,
  document: { number },
  bankNominalCode: "1200",
  paidOn: "2026-11-05",
  currency: null,
  amountMinor,
  reference: "Till 3",
  ...over,
});

async function pay(client: SceneClient, ...entries: PaymentEntry[]): Promise<void> {
  await client.inScope(async (db) => {
    await db.execute(sql`update contacts set terms = 'cash' where client_id = ${client.clientId} and is_customer`);
    await enterPayments(db, client.scope, entries);
  });
}

/** Turns, and the time between them, until nothing is under way. */
async function settle(client: SceneClient): Promise<void> {
  for (let turns = 0; turns < 5; turns += 1) {
    await scene.step(700);
    await client.work();
  }
}

const states = async (client: SceneClient) =>
  Object.fromEntries((await client.rows()).map(({ reference, state }) => [reference, state]));

const writes = async (client: SceneClient) =>
  (await client.calls())
    .filter((one) => one.method === "POST" && one.status < 300)
    .map(({ path, committed }) => [path, committed]);

const named = async (client: SceneClient, number: string) =>
  (await client.ledger()).documents.filter((one) => one.number === number);

/** A client with these documents in its company, each with its tick. */
async function uploaded(...documents: readonly SceneDocument[]): Promise<SceneClient> {
  const client = await scene.client();
  await client.add(...documents);
  await client.upload();
  await client.work();
  await settle(client);
  return client;
}

/** The company's codes as it gives them now. */
async function readLists(client: SceneClient): Promise<void> {
  const world = client.worldFor(await client.lease());
  let cursor: string | null = null;
  do {
    const lists: PackageLists = await exchangeRead(world, world.connector.discover, cursor);
    const { taxRates } = lists;
    if (taxRates) await client.inScope((db) => saveTaxRates(db, client.scope, client.connectionId, taxRates));
    cursor = lists.next;
  } while (cursor !== null);
}

describe("uploading to QuickBooks Online", () => {
  it("brings contacts, documents of every kind and a payment, each with its tick, and a second upload sends nothing", async () => {
    const client = await uploaded(...DOCUMENTS);
    await pay(client, entry("INV-1", 700n));
    await client.upload();
    await settle(client);
    expect(new Set(Object.values(await states(client)))).toEqual(new Set(["confirmed"]));
    expect((await client.rows()).every(({ differences }) => (differences ?? []).length === 0)).toBe(true);
    const { documents, items, payments } = await client.ledger();
    expect(documents.map(({ number, type, gross, due }) => [number, type, gross, due]).sort()).toEqual([
      ["B-1", "bill", "12.00", "12.00"],
      ["CN-1", "sales-credit-note", "12.00", "12.00"],
      ["INV-1", "sales-invoice", "12.00", "5.00"],
      ["INV-2", "sales-invoice", "12.00", "12.00"],
      ["SC-1", "supplier-credit-note", "12.00", "12.00"],
    ]);
    expect(items.map(({ code }) => code)).toEqual(["GT-200"]);
    expect(payments).toMatchObject([{ amount: "7.00" }]);
    const sent = await writes(client);
    await expect(client.upload()).rejects.toThrow("Nothing to upload");
    await settle(client);
    expect(await writes(client)).toEqual(sent);
    expect(await client.broken()).toEqual([]);
  });

  it("an item is made once though several lanes want it, and a new name there does no harm", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    await client.upload();
    const want = () => client.inScope((db) => wantHelpers(db, client.scope, client.connectionId));
    expect((await Promise.all([want(), want(), want()])).reduce((sum, one) => sum + one, 0)).toBe(1);
    await client.work();
    await settle(client);
    expect((await client.ledger()).items).toHaveLength(1);
    await client.add({ number: "INV-3" });
    await client.upload();
    await settle(client);
    expect((await client.ledger()).items).toHaveLength(1);
    expect(new Set(Object.values(await states(client)))).toEqual(new Set(["confirmed"]));
  });

  it.each(["N05", "P06", "P05", "P12", "P13", "P01"])(
    "%s on a batch: each invoice is there once, with its tick",
    async (name) => {
      const client = await uploaded({ number: "INV-0" });
      await client.add({ number: "INV-1" }, { number: "INV-2" }, { number: "INV-3" });
      await client.upload();
      await client.faults({ name, call: 1, method: "POST", path: "/batch" });
      await client.work();
      await settle(client);
      for (const number of ["INV-1", "INV-2", "INV-3"]) {
        expect(await named(client, number)).toHaveLength(1);
        expect(await client.row(number)).toMatchObject({ state: "confirmed" });
      }
      expect(await client.broken()).toEqual([]);
    },
  );

  it.each(["N05", "P05"])("%s on a payment: it is there once, and linked", async (name) => {
    const client = await uploaded({ number: "INV-1" });
    await pay(client, entry("INV-1", 500n));
    await client.upload();
    await client.faults({ name, call: 1, method: "POST", path: "/payment" });
    await client.work();
    await settle(client);
    expect((await client.ledger()).payments).toMatchObject([{ amount: "5.00" }]);
    expect(new Set(Object.values(await states(client)))).toEqual(new Set(["confirmed"]));
    expect(await client.broken()).toEqual([]);
  });

  it("a link that was dropped is made on the payment that is there; where it is dropped again, Retry links that one and makes no second", async () => {
    const client = await uploaded({ number: "INV-1" });
    await pay(client, entry("INV-1", 500n));
    await client.upload();
    await client.settings({ dropLinks: 2 });
    await client.work();
    const row = (await client.rows()).find((one) => one.kind === "payment");
    expect(row).toMatchObject({ state: "rejected", error_code: "package.document-state" });
    expect(JSON.stringify(row?.error_detail)).toContain("money on account");
    await client.inScope((db) => retry(db, client.scope, { ids: [row?.id ?? ""] }));
    await settle(client);
    expect((await client.ledger()).payments).toMatchObject([{ amount: "5.00" }]);
    expect(new Set(Object.values(await states(client)))).toEqual(new Set(["confirmed"]));
    expect(await client.broken()).toEqual([]);
  });

  it("N41 a changed document is changed by its id, a void invoice voided and a void bill taken away", async () => {
    const client = await uploaded({ number: "INV-1" }, { number: "B-1", kind: "bill", contact: "S1" });
    for (const number of ["INV-1", "B-1"]) await client.amend(number, 5_000n);
    await client.upload();
    await settle(client);
    for (const number of ["INV-1", "B-1"]) {
      expect(await named(client, number)).toMatchObject([{ gross: "50.00" }]);
      expect(await client.row(number)).toMatchObject({ state: "confirmed", differences: null });
    }
    for (const number of ["INV-1", "B-1"]) await client.voidDocument(number);
    await client.upload();
    await settle(client);
    expect(await named(client, "INV-1")).toMatchObject([{ status: "VOIDED", gross: "0.00" }]);
    expect(await named(client, "B-1")).toEqual([]);
    for (const number of ["INV-1", "B-1"]) expect(await client.row(number)).toMatchObject({ state: "confirmed" });
    expect(await client.broken()).toEqual([]);
  });

  it("books that are closed between two reads refuse it as that, and once they are open it goes", async () => {
    const client = await uploaded({ number: "INV-0" });
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.faults({ name: "P18", call: 1, method: "POST", path: "/batch" });
    await client.work();
    const row = await client.row("INV-1");
    expect(row).toMatchObject({ state: "rejected", error_code: "package.period-locked" });
    await client.settings({ periodLock: null });
    await client.inScope((db) => retry(db, client.scope, { ids: [row.id] }));
    await settle(client);
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
  });

  it("BB6 in the United States tax that was given is held to the penny; where none was, the net earns the tick beside the reckoned tax", async () => {
    const client = await scene.client();
    await client.settings({ country: "US", autoTaxPercent: "8.25" });
    await readLists(client);
    await client.map("tax", "SALES", "TAX");
    const line = { taxCode: "SALES" };
    await client.add(
      { number: "US-1", lines: [{ ...line, taxMinor: 70n }] },
      { number: "US-2", lines: [{ ...line, taxMinor: 0n }] },
    );
    await client.upload();
    await settle(client);
    expect((await named(client, "US-1"))[0]).toMatchObject({ net: "10.00", tax: "0.70" });
    expect((await named(client, "US-2"))[0]).toMatchObject({ net: "10.00", tax: "0.83" });
    for (const number of ["US-1", "US-2"])
      expect(await client.row(number)).toMatchObject({ state: "confirmed", differences: null });
    const noted = await client.inScope((db) =>
      db.execute<{ reference: string; noted: unknown }>(
        sql`select reference, noted from postings where client_id = ${client.clientId} and kind = 'sales-invoice' order by reference`,
      ),
    );
    expect(noted.rows.map((one) => one.noted ?? [])).toEqual([
      [],
      [
        { field: "Tax", ours: "£0.00", theirs: "£0.83" },
        { field: "Gross", ours: "£10.00", theirs: "£10.83" },
      ],
    ]);
    // A company that reckons anew what was given: that is a difference, and no tick.
    await client.settings({ keepsGivenTax: false });
    await client.add({ number: "US-3", lines: [{ ...line, taxMinor: 70n }] });
    await client.upload();
    await settle(client);
    const row = await client.row("US-3");
    expect(row.state).toBe("drifted");
    expect(row.differences).toEqual([
      { field: "Tax", ours: "£0.70", theirs: "£0.83" },
      { field: "Gross", ours: "£10.70", theirs: "£10.83" },
    ]);
  });
});
