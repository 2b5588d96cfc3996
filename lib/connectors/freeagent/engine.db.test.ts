import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { enterPayments, type PaymentEntry } from "#lib/operational/payments.ts";
import { retry } from "#lib/posting/retry.ts";
import { turnOf } from "#lib/testing/killed-turn.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { FREEAGENT_SCENE } from "#lib/testing/scene-package.ts";
import type { SceneDocument } from "#lib/testing/scene-records.ts";

const scene = await makePostingScene("shared", FREEAGENT_SCENE);
afterAll(() => scene.close());

const DOCUMENTS: readonly SceneDocument[] = [
  { number: "INV-1" },
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
  (await client.writes()).filter((one) => one.status < 300).map(({ method, path }) => `${method} ${path.split("?")[0]}`);

const named = async (client: SceneClient, number: string) =>
  (await client.ledger()).documents.filter((one) => one.number === number);

describe("uploading to FreeAgent", () => {
  it("brings contacts, documents of every kind and their payments, each with its tick, and a second upload sends nothing", async () => {
    const client = await scene.client();
    await client.add(...DOCUMENTS);
    await client.upload();
    await client.work();
    await settle(client);
    await pay(client, entry("INV-1", 700n));
    await client.upload();
    await settle(client);
    expect(new Set(Object.values(await states(client)))).toEqual(new Set(["confirmed"]));
    expect((await client.rows()).every(({ differences }) => (differences ?? []).length === 0)).toBe(true);
    expect(
      (await client.ledger()).documents.map(({ number, type, status, gross, due }) => [number, type, status, gross, due]).sort(),
    ).toEqual([
      ["B-1", "bill", "AUTHORISED", "12.00", "12.00"],
      ["CN-1", "sales-credit-note", "AUTHORISED", "12.00", "12.00"],
      ["INV-1", "sales-invoice", "AUTHORISED", "12.00", "5.00"],
      ["SC-1", "supplier-credit-note", "AUTHORISED", "12.00", "12.00"],
    ]);
    const sent = await writes(client);
    await expect(client.upload()).rejects.toThrow("Nothing to upload");
    await settle(client);
    expect(await writes(client)).toEqual(sent);
    expect(await client.broken()).toEqual([]);
  });

  it("K01 a worker that is killed between create and mark-as-sent leaves no draft, and makes nothing twice", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-0" });
    await client.upload();
    await client.work();
    for (let killAt = 1, killed = true; killed; killAt += 1) {
      const number = `INV-${killAt}`;
      await client.add({ number });
      await client.click();
      ({ killed } = await turnOf(scene, client, () => ({}), { killAt }));
      const between = await named(client, number);
      expect(between.length).toBeLessThanOrEqual(1);
      if (between[0]?.status === "DRAFT") expect((await client.row(number)).panel).not.toBe("exported");
      await settle(client);
      expect(await named(client, number)).toMatchObject([{ status: "AUTHORISED" }]);
      expect(await client.row(number)).toMatchObject({ state: "confirmed", panel: "exported" });
    }
    expect(await client.broken()).toEqual([]);
  }, 240_000);

  it.each([
    ["N05", "POST", "/v2/invoices"],
    ["P06", "POST", "/v2/invoices"],
    ["N05", "PUT", "/transitions/"],
    ["P05", "PUT", "/transitions/"],
    ["P01", "PUT", "/transitions/"],
  ])("%s on %s %s: settled by a read, once there and marked as sent", async (name, method, path) => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.faults({ name, call: 1, method, path });
    await client.work();
    expect((await client.row("INV-1")).panel).not.toBe("exported");
    await settle(client);
    expect(await named(client, "INV-1")).toMatchObject([{ status: "AUTHORISED" }]);
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect(await client.broken()).toEqual([]);
  });

  it("of two equal payments the second, unclear, is not taken for the first", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    await settle(client);
    await pay(client, entry("INV-1", 100n));
    await client.upload();
    await client.work();
    await pay(client, entry("INV-1", 100n, { reference: "Till 4" }));
    await client.upload();
    await client.faults({ name: "P05", call: 1, method: "POST", path: "/bank_transaction_explanations" });
    await client.work();
    await settle(client);
    expect(new Set(Object.values(await states(client)))).toEqual(new Set(["confirmed"]));
    expect((await client.ledger()).payments).toHaveLength(2);
    expect(await client.broken()).toEqual([]);
  });

  it("explains the bank's own line where there is one, and guesses between none", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    await settle(client);
    const url = `${scene.simulator.url}/freeagent/v2`;
    const upload = async (...words: string[]) => {
      const statement = words.map((description) => ({ dated_on: "2026-11-06", amount: "3.0", description }));
      const answer = await fetch(`${url}/bank_transactions/statement?bank_account=${url}/bank_accounts/9001`, {
        method: "POST",
        headers: { authorization: `Bearer ${client.accessToken()}`, "user-agent": "test" },
        body: JSON.stringify({ statement }),
      });
      expect(answer.status).toBe(200);
    };
    await upload("FASTER PAYMENT COMPANY C1");
    await pay(client, entry("INV-1", 300n));
    await client.upload();
    await settle(client);
    const explained = (await client.calls()).filter(({ path, method }) => method === "POST" && path.includes("explanations"));
    expect(explained).toHaveLength(1);
    await upload("FASTER PAYMENT A", "FASTER PAYMENT B");
    await pay(client, entry("INV-1", 300n, { reference: "Till 4", paidOn: "2026-11-06" }));
    await client.upload();
    await settle(client);
    const held = (await client.rows()).find(({ kind, state }) => kind === "payment" && state === "held");
    expect(held).toMatchObject({ error_code: "package.refused" });
    expect(JSON.stringify(held?.error_detail)).toContain("2 bank lines");
    expect(await client.broken()).toEqual([]);
  });

  it("VAT that FreeAgent reckons by the line differs by a listed penny, and earns its tick", async () => {
    const client = await scene.client();
    // Three lines of 0.33 at 20%: a document's VAT rounded once is 0.20, line by line 0.21.
    const line = { unitPrice: "0.33", netMinor: 33n };
    await client.add({
      number: "INV-1",
      lines: [
        { ...line, taxMinor: 7n },
        { ...line, taxMinor: 7n },
        { ...line, taxMinor: 6n },
      ],
    });
    await client.upload();
    await client.work();
    await settle(client);
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed", differences: null });
    const noted = await client.inScope((db) =>
      db.execute<{ noted: unknown }>(
        sql`select noted from postings where client_id = ${client.clientId} and reference = 'INV-1' and current`,
      ),
    );
    expect(noted.rows[0]?.noted).toEqual([
      { field: "Tax", ours: "£0.20", theirs: "£0.21" },
      { field: "Gross", ours: "£1.19", theirs: "£1.20" },
    ]);
  });

  it("N41 a changed invoice goes back to a draft, is changed and marked as sent again; a void one is taken away", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "B-1", kind: "bill", contact: "S1" });
    await client.upload();
    await client.work();
    await settle(client);
    for (const number of ["INV-1", "B-1"]) await client.amend(number, 5_000n);
    await client.upload();
    await settle(client);
    for (const number of ["INV-1", "B-1"]) {
      expect(await named(client, number)).toMatchObject([{ status: "AUTHORISED", gross: "50.00" }]);
      expect(await client.row(number)).toMatchObject({ state: "confirmed", differences: null });
    }
    for (const number of ["INV-1", "B-1"]) await client.voidDocument(number);
    await client.upload();
    await settle(client);
    for (const number of ["INV-1", "B-1"]) {
      expect(await named(client, number)).toEqual([]);
      expect(await client.row(number)).toMatchObject({ state: "confirmed" });
    }
    expect(await client.broken()).toEqual([]);
  });

  it("a locked period refuses it when it is marked as sent, and Retry goes on from there", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.faults({ name: "P18", call: 1, method: "PUT", path: "/transitions/" });
    await client.work();
    const row = await client.row("INV-1");
    expect(row).toMatchObject({ state: "rejected", panel: "errors", error_code: "package.period-locked" });
    await client.settings({ periodLock: null });
    await client.inScope((db) => retry(db, client.scope, { ids: [row.id] }));
    await settle(client);
    expect(await named(client, "INV-1")).toMatchObject([{ status: "AUTHORISED" }]);
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
  });
});
