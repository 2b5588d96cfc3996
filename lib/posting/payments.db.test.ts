import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exchangeRead } from "#lib/calling/call.ts";
import { minorToDecimal } from "#lib/common/money.ts";
import { PAID_BY } from "#lib/common/records.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import { enterPayments, enterPaymentsWhole, type PaymentEntry } from "#lib/operational/payments.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { pullPayments } from "#lib/pulling/payments.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import type { SceneDocument } from "#lib/testing/scene-records.ts";
import { retry } from "./retry.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;

beforeAll(async () => {
  scene = await makePostingScene("own");
});
afterAll(async () => scene?.close());

/** Documents of cash customers, in Xero already. */
async function exported(client: SceneClient, ...documents: SceneDocument[]): Promise<void> {
  await client.add(...documents);
  await cash(client);
  await client.upload();
  await client.work();
}

const cash = (client: SceneClient) =>
  client.inScope((db) =>
    db.execute(sql`update contacts set terms = 'cash' where client_id = ${client.clientId} and is_customer`),
  );

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

const enter = (client: SceneClient, ...entries: PaymentEntry[]) =>
  client.inScope((db) => enterPayments(db, client.scope, entries));

async function open(client: SceneClient, number: string): Promise<string> {
  const { rows } = await client.inScope((db) =>
    db.execute<{ open: string }>(
      sql`select (gross_minor - paid_minor)::text as open from documents where client_id = ${client.clientId} and number = ${number}`,
    ),
  );
  return minorToDecimal(BigInt(rows[0]?.open ?? "0"), "GBP");
}

const due = async (client: SceneClient, number: string) =>
  (await client.ledger()).documents.find((document) => document.number === number)?.due;

/** As a person in Xero does. */
async function deleteInXero(client: SceneClient, paymentId: string): Promise<void> {
  const { access_token } = await scene.control.tokens([client.tenant]);
  const answer = await fetch(`${scene.simulator.url}/api.xro/2.0/Payments/${paymentId}`, {
    method: "POST",
    headers: { authorization: `Bearer ${access_token}`, "xero-tenant-id": client.tenant, "content-type": "application/json" },
    body: JSON.stringify({ Status: "DELETED" }),
  });
  expect(answer.status).toBe(200);
}

/** Works until this row has its tick, at most so many time slices of eleven minutes. */
async function untilConfirmed(client: SceneClient, reference: string): Promise<void> {
  for (let slice = 0; slice < 6 && (await client.row(reference)).state !== "confirmed"; slice += 1) {
    await scene.step(700);
    await client.work();
  }
  expect((await client.row(reference)).state).toBe("confirmed");
}

describe("M47 payments arrive on their document and on the mapped account", () => {
  it.each([
    ["sales-invoice", "receipt"],
    ["bill", "payment-out"],
    ["sales-credit-note", "sales-refund"],
    ["supplier-credit-note", "purchase-refund"],
  ] as const)(
    "M47 M60 on a %s: a %s, once, confirmed by a read of its own, open the same on both sides",
    async (kind, direction) => {
      expect(PAID_BY[kind]).toBe(direction);
      const client = await scene.client();
      await exported(client, { number: "DOC-1", kind });
      const { made, refused } = await enter(client, entry("DOC-1", 500n));
      expect(refused).toEqual([]);
      const reference = made[0]?.recordReference ?? "";
      expect(reference).toBe("PAY-000001");
      expect(await client.row(reference)).toMatchObject({ state: "pending", panel: "pending", precheck: "ready" });
      await client.upload(reference);
      await client.work();
      expect(await client.row(reference)).toMatchObject({ state: "confirmed", differences: null });
      const { payments, documents } = await client.ledger();
      expect(payments).toMatchObject([
        { documentId: documents[0]?.id, amount: "5.00", date: "2026-11-05", reference: "PAY-000001 Till 3" },
      ]);
      expect([await open(client, "DOC-1"), await due(client, "DOC-1")]).toEqual(["7.00", "7.00"]);
      await expect(client.upload(reference)).rejects.toThrow();
    },
  );

  it("M47 B31 goes after its invoice: chosen alone it is held and named, Export item first sends both in order", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await cash(client);
    const { made } = await enter(client, entry("INV-1", 1200n));
    const reference = made[0]?.recordReference ?? "";
    expect(await client.row(reference)).toMatchObject({ precheck: "warning", precheck_code: "source.dependency-missing" });
    await client.upload(reference);
    await client.work();
    expect(await client.row(reference)).toMatchObject({
      state: "held",
      error_code: "source.dependency-missing",
      error_detail: { value: "INV-1", subject: "Sales invoice INV-1" },
    });
    expect((await client.ledger()).documents).toEqual([]);
    const row = await client.row(reference);
    await client.inScope((db) => retry(db, client.scope, { ids: [row.id] }));
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect(await client.row(reference)).toMatchObject({ state: "confirmed" });
    expect(await due(client, "INV-1")).toBe("0.00");
  });

  it("M47 B31 chosen together, the invoice goes first and its payment in the same time slice", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await cash(client);
    await enter(client, entry("INV-1", 1200n));
    await client.upload();
    await client.work();
    expect((await client.rows()).map((row) => row.state)).toEqual(["confirmed", "confirmed", "confirmed"]);
  });

  it("M33 a bank nominal that is not mapped, or mapped to an account without payments, holds it in those words; its mapping releases it", async () => {
    const client = await scene.client();
    await exported(client, { number: "INV-1" }, { number: "INV-2" });
    const { made } = await enter(
      client,
      entry("INV-1", 100n, { bankNominalCode: "1230" }),
      entry("INV-2", 100n, { bankNominalCode: "1240" }),
    );
    const [first = "", second = ""] = made.map((one) => one.recordReference);
    await client.map("bank", "1240", "200");
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.upload(first, second);
    expect(await client.row(first)).toMatchObject({
      state: "held",
      error_code: "mapping.bank-missing",
      error_detail: { value: "1230" },
    });
    expect(await client.row(second)).toMatchObject({
      state: "held",
      error_code: "mapping.bank-wrong-type",
      error_detail: { value: "1240", subject: "bank nominal 1240, mapped to Sales" },
    });
    await client.map("bank", "1230", "090");
    await scene.control.putAccount(client.tenant, { code: "855", name: "Clearing", type: "CURRLIAB", enablePayments: true });
    await client.inScope((db) =>
      db.execute(sql`
        insert into package_accounts (client_id, connection_id, external_id, code, name, type, class, active, is_bank, takes_payments, is_system, seen_at)
        select ${client.clientId}, ${client.connectionId}, gen_random_uuid()::text, '856', 'Clearing here', 'CURRENT', 'asset', true, false, true, false, now()`),
    );
    await client.map("bank", "1240", "856");
    await client.inScope((db) => releaseMended(db, client.scope));
    expect(await client.row(second)).toMatchObject({ state: "queued", precheck: "ready" });
    await client.work();
    expect(await client.row(first)).toMatchObject({ state: "confirmed" });
  });

  it("N20 a payment of a document that the package holds as a draft is refused at entry; one entered before waits for its approval", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await cash(client);
    const { made } = await enter(client, entry("INV-1", 100n));
    const reference = made[0]?.recordReference ?? "";
    await client.upload();
    await workOn({ ...client.worldFor(await client.lease()), postAs: "draft" }, 30_000);
    expect(await client.row("INV-1")).toMatchObject({ state: "posted", held_as_draft: true });
    expect(await client.row(reference)).toMatchObject({ state: "held", error_code: "rule.payment-on-draft" });
    expect((await enter(client, entry("INV-1", 100n))).refused).toMatchObject([
      { code: "rule.payment-on-draft", sentence: "Sales invoice INV-1 is still a draft in the package: approve it there first." },
    ]);
    const [invoice] = (await client.ledger()).documents;
    await scene.control.editDocument(client.tenant, invoice?.id ?? "", { status: "AUTHORISED" });
    await scene.step(3_700);
    await client.work();
    expect(await client.row(reference)).toMatchObject({ state: "confirmed" });
  });

  it("B21 more than is due, another currency or a void document is refused, and nothing is written", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    await cash(client);
    await client.inScope((db) =>
      db.execute(sql`update documents set status = 'void' where client_id = ${client.clientId} and number = 'INV-2'`),
    );
    const { made, refused } = await enter(
      client,
      entry("INV-1", 800n),
      entry("INV-1", 500n),
      entry("INV-1", 100n, { currency: "EUR" }),
      entry("INV-2", 100n),
      entry("INV-9", 100n),
    );
    expect(made).toHaveLength(1);
    expect(refused.map((one) => [one.index, one.code, one.sentence])).toEqual([
      [1, "package.payment-too-large", "INV-1 has £4.00 open, so £5.00 is too much."],
      [2, "package.payment-currency", "The payment is in EUR, INV-1 is in GBP."],
      [3, "source.document-void", "Sales invoice INV-2 is void, so it can't be paid."],
      [4, "source.dependency-missing", "There is no document INV-9 here: upload it first."],
    ]);
    expect(await open(client, "INV-1")).toBe("4.00");
    await expect(
      client.inScope((db) => enterPaymentsWhole(db, client.scope, [entry("INV-1", 100n), entry("INV-1", 500n)])),
    ).rejects.toThrow("too much");
    expect(await open(client, "INV-1")).toBe("4.00");
  });

  it("B20 the same line twice in a file, or a second time, makes one payment; before it is sent it can be amended, after it cannot", async () => {
    const client = await scene.client();
    await exported(client, { number: "INV-1" });
    const line = entry("INV-1", 300n, { recordReference: "R-551" });
    const first = await enter(client, line, line);
    expect([first.made.length, first.refused[0]?.sentence]).toEqual([
      1,
      "Payment R-551 appears twice: each needs its own reference.",
    ]);
    expect((await enter(client, line)).unchanged).toEqual([0]);
    expect((await enter(client, { ...line, amountMinor: 1200n })).made).toMatchObject([
      { recordReference: "R-551", amended: true },
    ]);
    expect(await open(client, "INV-1")).toBe("0.00");
    await client.upload("R-551");
    await client.work();
    expect(await client.row("R-551")).toMatchObject({ state: "confirmed", revision: 2 });
    expect((await client.ledger()).payments).toMatchObject([{ amount: "12.00" }]);
    expect((await enter(client, { ...line, amountMinor: 200n })).refused).toMatchObject([{ code: "package.document-state" }]);
  });
});

describe("M51 with the integration on, an account customer's payments are made in the package", () => {
  it("M51 refuses them with the reason, takes a cash customer's and a supplier's, and all once the integration is off", async () => {
    const client = await scene.client();
    await client.add(
      { number: "INV-1", contact: "ACC" },
      { number: "INV-2", contact: "CASH" },
      { number: "BILL-1", kind: "bill", contact: "SUP" },
    );
    await client.inScope((db) =>
      db.execute(sql`update contacts set terms = 'cash' where client_id = ${client.clientId} and reference = 'CASH'`),
    );
    const all = [entry("INV-1", 100n), entry("INV-2", 100n), entry("BILL-1", 100n)];
    const on = await enter(client, ...all);
    expect(on.refused).toMatchObject([
      {
        index: 0,
        code: "rule.payments-in-package",
        field: "contact",
        sentence:
          "Company ACC is a credit customer: while the integration is on, enter their payments in the accounting package and create them from Import.",
      },
    ]);
    expect(on.made.map((one) => one.index)).toEqual([1, 2]);
    const setModule = (isOn: boolean) =>
      client.inScope((db) => db.execute(sql`update connections set module_on = ${isOn} where id = ${client.connectionId}`));
    await setModule(false);
    const off = await enter(client, entry("INV-1", 100n));
    expect(off.refused).toEqual([]);
    // Switched on again, it is the package's to make: it is never sent.
    await setModule(true);
    await client.inScope((db) => releaseMended(db, client.scope));
    const reference = off.made[0]?.recordReference ?? "";
    expect(await client.row(reference)).toMatchObject({ precheck: "blocked", precheck_code: "rule.payments-in-package" });
    await client.upload();
    await client.work();
    expect(await client.row(reference)).toMatchObject({ state: "held" });
    expect((await client.ledger()).payments).toHaveLength(2);
  });
});

describe("a payment whose outcome is not clear", () => {
  it.each(["N05", "P06", "P05", "N13"])("N2 %s on the payment's call: it ends with one payment and a tick", async (fault) => {
    const client = await scene.client();
    await exported(client, { number: "INV-1" }, { number: "CN-1", kind: "sales-credit-note" });
    const { made } = await enter(client, entry("INV-1", 400n), entry("CN-1", 300n));
    await client.upload();
    await client.faults({ name: fault, call: 1, method: "PUT" });
    await client.work();
    for (const { recordReference } of made) {
      expect(["unknown", "confirmed"]).toContain((await client.row(recordReference)).state);
    }
    for (const { recordReference } of made) await untilConfirmed(client, recordReference);
    expect((await client.ledger()).payments).toHaveLength(2);
    expect([await due(client, "INV-1"), await due(client, "CN-1")]).toEqual(["8.00", "9.00"]);
  });

  it("N2 somebody deletes it in Xero before we look: it is not paid a second time", async () => {
    const client = await scene.client();
    await exported(client, { number: "INV-1" });
    const { made } = await enter(client, entry("INV-1", 400n));
    const reference = made[0]?.recordReference ?? "";
    await client.upload(reference);
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await client.work();
    const [payment] = (await client.ledger()).payments;
    await deleteInXero(client, payment?.id ?? "");
    await scene.step(700);
    await client.work();
    await scene.step(700);
    await client.work();
    expect(await client.row(reference)).toMatchObject({
      state: "drifted",
      differences: [{ field: "Status", ours: "live", theirs: "deleted" }],
    });
    expect((await client.ledger()).payments).toEqual([]);
  });
});

/** Reads the package's payments as the Import screen does; answers the references of the movements that it then shows. */
async function imported(client: SceneClient): Promise<string[]> {
  const world = client.worldFor(await client.lease());
  await pullPayments({
    database: scene.database,
    scope: client.scope,
    connection: world.connection,
    connector: world.connector,
    exchange: (exchange, ask) => exchangeRead(world, exchange, ask),
  });
  const { rows } = await client.inScope((db) =>
    db.execute<{ reference: string }>(
      sql`select reference from incoming_payments where client_id = ${client.clientId} order by 1`,
    ),
  );
  return rows.map((row) => row.reference);
}

describe("M60 what we sent never comes back", () => {
  it.each(["clear", "unknown"])(
    "M60 a payment of ours whose answer is %s shows nothing in Import; a payment made in Xero does",
    async (answer) => {
      const client = await scene.client();
      await exported(client, { number: "INV-1" }, { number: "INV-2" });
      const { made } = await enter(client, entry("INV-1", 400n));
      await client.upload();
      if (answer === "unknown") await client.faults({ name: "N05", call: 1, method: "PUT" });
      await client.work();
      expect((await client.row(made[0]?.recordReference ?? "")).state).toBe(answer === "unknown" ? "unknown" : "confirmed");
      await scene.control.pay(client.tenant, { number: "INV-2", amount: "2.00", reference: "BACS" });
      expect(await imported(client)).toEqual(["BACS"]);
    },
  );

  it("M60 one of ours that somebody deletes in Xero says so on its row, and is not sent again", async () => {
    const client = await scene.client();
    await exported(client, { number: "INV-1" });
    const { made } = await enter(client, entry("INV-1", 400n));
    const reference = made[0]?.recordReference ?? "";
    await client.upload();
    await client.work();
    const [payment] = (await client.ledger()).payments;
    await deleteInXero(client, payment?.id ?? "");
    expect(await imported(client)).toEqual([]);
    await client.work();
    expect(await client.row(reference)).toMatchObject({
      state: "drifted",
      differences: [{ field: "Status", ours: "live", theirs: "deleted" }],
    });
    expect((await client.ledger()).payments).toEqual([]);
  });
});

describe("D07 in a new database instance", () => {
  it("D07 a payment that was sent already is found on its document and linked; one that was not is sent", async () => {
    const client = await scene.client();
    await exported(client, { number: "INV-1" }, { number: "INV-2" });
    const { made } = await enter(client, entry("INV-1", 400n), entry("INV-2", 300n));
    const [forgotten = "", unsent = ""] = made.map((one) => one.recordReference ?? "");
    // As it went out after the backup was taken.
    await scene.control.pay(client.tenant, {
      number: "INV-1",
      amount: "4.00",
      date: "2026-11-05",
      reference: `${forgotten} Till 3`,
    });
    await scene.anotherInstance();
    expect(await imported(client)).toEqual([`${forgotten} Till 3`]);
    await client.upload(forgotten, unsent);
    await client.work();
    for (const reference of [forgotten, unsent])
      expect(await client.row(reference)).toMatchObject({ state: "queued", error_code: "transient.after-start" });
    expect((await client.ledger()).payments).toHaveLength(1);
    await scene.step(400);
    await client.work();
    for (const reference of [forgotten, unsent])
      expect(await client.row(reference)).toMatchObject({ state: "confirmed", error_code: null });
    expect((await client.ledger()).payments).toMatchObject([{ amount: "4.00" }, { amount: "3.00" }]);
    expect(await imported(client)).toEqual([]);
  });

  it("D07 a payment of another amount under its reference is another: ours goes", async () => {
    const client = await scene.client();
    await exported(client, { number: "INV-1" });
    const { made } = await enter(client, entry("INV-1", 400n));
    const reference = made[0]?.recordReference ?? "";
    await scene.control.pay(client.tenant, {
      number: "INV-1",
      amount: "1.00",
      date: "2026-11-05",
      reference: `${reference} Till 3`,
    });
    await scene.anotherInstance();
    await client.upload(reference);
    await client.work();
    await scene.step(400);
    await client.work();
    expect(await client.row(reference)).toMatchObject({ state: "confirmed" });
    expect((await client.ledger()).payments).toHaveLength(2);
  });
});
