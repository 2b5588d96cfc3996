import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { countWaiting, listIncoming } from "#db/queries/incoming-grid.ts";
import { bankMovements, contactBalance } from "#db/queries/payments.ts";
import { createAndAllocate } from "#lib/allocating/create.ts";
import { decimalToMinor } from "#lib/common/money.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { requestPull } from "./request.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** Asks for a read as staff do, and lets the worker have its turn; answers the grid. */
async function read(client: SceneClient) {
  await client.inScope((db) => requestPull(db, client.scope));
  await client.work();
  return grid(client);
}

async function grid(client: SceneClient) {
  const { rows } = await client.inScope((db) => listIncoming(db, client.scope, {}, { after: null, limit: 100 }));
  return rows;
}

const createAll = (client: SceneClient) =>
  client.inScope((db) =>
    createAndAllocate(db, client.scope, { filter: {}, exceptIds: [], count: 0, asOf: "2199-01-01T00:00:00Z" }),
  );

/** What is open on each document here, in minor units, beside what the simulator says is due there. */
async function openBesideDue(client: SceneClient) {
  const { rows } = await client.inScope((db) =>
    db.execute<{ number: string; open: string }>(
      sql`select number, gross_minor - paid_minor as open from documents where client_id = ${client.clientId} order by number`,
    ),
  );
  const ledger = await client.ledger();
  return rows.map(({ number, open }) => ({
    number,
    open: BigInt(open),
    due: decimalToMinor(ledger.documents.find((document) => document.number === number)?.due ?? "", "GBP"),
  }));
}

/** Calls the simulator as a person's own program would, behind the product's back. */
async function inXero(client: SceneClient, method: string, path: string, body: unknown): Promise<Record<string, unknown>> {
  const tokens = await scene.control.tokens([client.tenant]);
  const answer = await fetch(`${scene.simulator.url}/api.xro/2.0/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${tokens.access_token}`,
      "xero-tenant-id": client.tenant,
      "content-type": "application/json",
      accept: "application/json",
    },
    body: JSON.stringify(body),
  });
  expect(answer.status).toBe(200);
  return answer.json();
}

/** An invoice that a person enters in Xero alone: £12.00, or its like in another currency. */
const enter = (client: SceneClient, number: string, contact: string, over: Record<string, unknown> = {}) =>
  inXero(client, "PUT", "Invoices", {
    Invoices: [
      {
        Type: "ACCREC",
        Status: "AUTHORISED",
        InvoiceNumber: number,
        Contact: { Name: contact },
        Date: "2026-09-20",
        DueDate: "2026-10-20",
        LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
        ...over,
      },
    ],
  });

const sum = (amounts: readonly bigint[]) => amounts.reduce((all, one) => all + one, 0n);
const pence = (text: string) => decimalToMinor(text, "GBP") ?? 0n;

/** Every contact's open balance here beside what is due on it in Xero, by side and currency. */
async function contactsBeside(client: SceneClient) {
  const ledger = await client.ledger();
  const { rows } = await client.inScope((db) =>
    db.execute<{ id: string; name: string }>(
      sql`select id, name from contacts where client_id = ${client.clientId} order by name`,
    ),
  );
  const found: { name: string; ours: readonly string[]; theirs: readonly string[] }[] = [];
  for (const { id, name } of rows) {
    const balances = await client.inScope((db) => contactBalance(db, client.scope, id));
    const theirs = new Map<string, bigint>();
    const contact = ledger.contacts.find((one) => one.name === name);
    for (const one of ledger.documents.filter((document) => document.contactId === contact?.id)) {
      const key = `${one.type.startsWith("sales") ? "sales" : "purchase"} ${one.currency}`;
      const due = one.type.endsWith("credit-note") ? -pence(one.due) : pence(one.due);
      theirs.set(key, (theirs.get(key) ?? 0n) + due);
    }
    found.push({
      name,
      ours: balances.map(({ side, currency, openMinor }) => `${side} ${currency} ${openMinor}`).sort(),
      theirs: [...theirs].map(([key, due]) => `${key} ${due}`).sort(),
    });
  }
  return found;
}

/** What moved on each bank account by payments, here and in Xero: in the account's own currency. */
async function banksBeside(client: SceneClient) {
  const ledger = await client.ledger();
  const banks = await client.inScope((db) =>
    bankMovements(db, client.scope, client.connectionId, { date: "2026-01-01", timeZone: "Europe/London" }),
  );
  const moneyIn = new Set(["sales-invoice", "supplier-credit-note"]);
  const { rows } = await client.inScope((db) =>
    db.execute<{ external_id: string; name: string }>(
      sql`select external_id, name from package_accounts where connection_id = ${client.connectionId}`,
    ),
  );
  return banks.map((bank) => {
    const account = rows.find((row) => row.name === bank.bankAccountName)?.external_id;
    const there = ledger.payments
      .filter((payment) => payment.accountId === account)
      .map((payment) => {
        const type = ledger.documents.find((document) => document.id === payment.documentId)?.type ?? "";
        return moneyIn.has(type) ? pence(payment.bankAmount) : -pence(payment.bankAmount);
      });
    return {
      account: bank.bankAccountName,
      currency: bank.currency,
      created: bank.createdMinor,
      read: bank.packageMinor,
      there: sum(there),
    };
  });
}

describe("payments made in Xero", () => {
  it("M60 N21 of every kind come in; those that can are created, the others say why; each balance is Xero's to the penny, also after a deletion; repeating does nothing twice", async () => {
    const client = await scene.client();
    await client.add(
      ...["INV-1", "INV-2", "INV-3", "INV-4", "INV-5", "INV-6"].map((number) => ({ number, contact: "C1" })),
      { number: "INV-7", contact: "C2", currency: "EUR" },
      { number: "INV-8", contact: "C2" },
      { number: "CN-1", kind: "sales-credit-note", contact: "C1" },
      { number: "P-1", kind: "bill", contact: "S1" },
      { number: "SCN-1", kind: "supplier-credit-note", contact: "S1" },
    );
    await client.upload();
    await client.work();
    // From before the start date: held on both sides, sent by nobody. OLD-2 is in Xero alone.
    await client.add({ number: "OLD-1", contact: "C1", issuedOn: "2026-09-20" });
    await client.inScope((db) =>
      db.execute(sql`update connections set start_on = '2026-10-01' where id = ${client.connectionId}`),
    );
    await enter(client, "OLD-1", "Company C1");
    await enter(client, "OLD-2", "Somebody else");
    const savings = await scene.control.putAccount(client.tenant, { code: "095", name: "Savings", type: "BANK" });
    const pay = (order: Parameters<typeof scene.control.pay>[1]) =>
      scene.control.pay(client.tenant, { date: "2026-11-20", ...order });
    const full = await pay({ number: "INV-1", amount: "12.00", reference: "FULL" });
    await pay({ number: "INV-2", amount: "5.00", reference: "PART" });
    const three = ["INV-3", "INV-4", "INV-5"].map((number, index) => ({ number, amount: `${12 - index}.00` }));
    const batch = await pay({ numbers: three, reference: "THREE" });
    await pay({ number: "INV-6", amount: "7.01", date: "2026-11-18", reference: "FIRST" });
    await pay({ number: "INV-6", amount: "4.99", date: "2026-11-19", reference: "SECOND" });
    await pay({ number: "INV-7", amount: "11.70", reference: "EURO" });
    await pay({ number: "INV-8", amount: "12.00", account: savings.id, reference: "SAVED" });
    await pay({ number: "CN-1", amount: "3.00", reference: "BACK" });
    await pay({ number: "P-1", amount: "12.00", reference: "BILL" });
    await pay({ number: "SCN-1", amount: "2.50", reference: "THEIRS" });
    await pay({ number: "OLD-1", amount: "8.00", reference: "BEFORE" });
    await pay({ number: "OLD-2", amount: "8.00", reference: "NOT-OURS" });

    await read(client);
    expect(await createAll(client)).toMatchObject({ created: 10, failed: 1 });
    const rows = await grid(client);
    const statusOf = (reference: string) => rows.find((row) => row.reference === reference)?.statusDetail;
    for (const reference of ["FULL", "PART", "THREE", "FIRST", "SECOND", "EURO", "BACK", "BILL", "THEIRS", "BEFORE"]) {
      expect([reference, statusOf(reference)]).toEqual([reference, "Payment created and allocated"]);
    }
    expect(statusOf("NOT-OURS")).toContain("OLD-2 of 20 Sept 2026 is from before the start date 1 Oct 2026");
    expect(statusOf("SAVED")).toContain("is not mapped to a bank nominal");
    expect(rows.find((row) => row.reference === "THREE")).toMatchObject({ amountMinor: "3300", partCount: 3 });
    expect(rows.find((row) => row.reference === "EURO")).toMatchObject({
      amountMinor: "1170",
      currency: "EUR",
      bankAmount: "10",
      bankCurrency: "GBP",
    });

    // The bank account that was missing is mapped, and the step repeated.
    await client.inScope((db) =>
      db.execute(sql`
        insert into package_accounts (client_id, connection_id, external_id, code, name, type, class, active, is_bank, takes_payments, is_system, currency, seen_at)
        values (${client.clientId}, ${client.connectionId}, ${savings.id}, '095', 'Savings', 'BANK', 'asset', true, true, true, false, 'GBP', app.now())`),
    );
    await client.map("bank", "1210", "095");
    expect(await createAll(client)).toMatchObject({ created: 1, failed: 0 });
    expect(await createAll(client)).toMatchObject({ created: 0, failed: 0 });

    const same = async () => {
      for (const { name, ours, theirs } of await contactsBeside(client)) expect([name, ours]).toEqual([name, theirs]);
      for (const bank of await banksBeside(client)) {
        // What is not ours is read and never created.
        const notOurs = bank.account === "Savings" ? 0n : 800n;
        expect(bank).toMatchObject({ currency: "GBP", read: bank.there, created: bank.there - notOurs });
      }
    };
    expect((await contactsBeside(client)).length).toBe(3);
    await same();

    // Two go again in Xero: one alone, and a receipt whole.
    await inXero(client, "POST", `Payments/${full.id}`, { Status: "DELETED" });
    await inXero(client, "POST", `BatchPayments/${batch.id}`, { BatchPaymentID: batch.id, Status: "DELETED" });
    await read(client);
    for (const reference of ["FULL", "THREE"]) {
      expect((await grid(client)).find((row) => row.reference === reference)).toMatchObject({
        status: "deleted-in-package",
        statusDetail: "Deleted in the package after it was created here: our payment was reversed",
        paymentId: null,
      });
    }
    await same();
    expect(await createAll(client)).toMatchObject({ created: 0, failed: 0 });

    // One is entered anew there, as an edit is: it comes in as a payment of its own.
    await pay({ number: "INV-1", amount: "11.00", reference: "ANEW" });
    await read(client);
    expect(await createAll(client)).toMatchObject({ created: 1, failed: 0 });
    await same();
    const before = (await client.writes()).length;
    await read(client);
    expect(await createAll(client)).toMatchObject({ created: 0, failed: 0 });
    await same();
    expect((await client.writes()).length).toBe(before);
  }, 30_000);

  it("M59 M60 come in full, in part and as one receipt over two invoices; created, every balance equals Xero's", async () => {
    const client = await scene.client();
    await client.add(
      { number: "INV-1", contact: "C1" },
      { number: "INV-2", contact: "C1" },
      { number: "INV-3", contact: "C1" },
      { number: "INV-4", contact: "C2" },
      { number: "P-1", kind: "bill", contact: "S1" },
    );
    await client.upload();
    await client.work();
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00", date: "2026-11-20", reference: "FULL" });
    await scene.control.pay(client.tenant, { number: "INV-2", amount: "5.00", date: "2026-11-20", reference: "PART" });
    await scene.control.pay(client.tenant, {
      numbers: [
        { number: "INV-3", amount: "12.00" },
        { number: "INV-4", amount: "2.50" },
      ],
      date: "2026-11-20",
      reference: "BATCH",
    });
    await scene.control.pay(client.tenant, { number: "P-1", amount: "12.00", date: "2026-11-20", reference: "BILL" });

    const rows = await read(client);
    expect(
      rows.map((row) => [row.reference, row.amountMinor, row.side, row.status, row.parts.map((part) => part.number)]).toSorted(),
    ).toEqual([
      ["BATCH", "1450", "sales", "waiting", ["INV-3", "INV-4"]],
      ["BILL", "1200", "purchase", "waiting", ["P-1"]],
      ["FULL", "1200", "sales", "waiting", ["INV-1"]],
      ["PART", "500", "sales", "waiting", ["INV-2"]],
    ]);
    expect(rows.find((row) => row.reference === "FULL")).toMatchObject({
      company: "Company C1",
      paidOn: "2026-11-20",
      currency: "GBP",
    });

    expect(await createAll(client)).toMatchObject({ created: 4, failed: 0 });
    for (const { open, due } of await openBesideDue(client)) expect(open).toBe(due);
    const today = { date: "2026-01-01", timeZone: "Europe/London" };
    const banks = await client.inScope((db) => bankMovements(db, client.scope, client.connectionId, today));
    expect(banks).toMatchObject([{ bankNominalCode: "1200", createdMinor: 1950n, packageMinor: 1950n }]);

    // Nothing of it goes back, and reading again changes nothing.
    const before = (await client.writes()).length;
    expect((await read(client)).map((row) => row.status)).toEqual(["created", "created", "created", "created"]);
    expect(await createAll(client)).toMatchObject({ created: 0, failed: 0 });
    expect((await client.writes()).length).toBe(before);
    expect((await client.rows()).some((row) => row.kind === "payment")).toBe(false);
  });

  it("M46 M60 on an invoice that is only in Xero are not ours, and make no sale here", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    // As if a person had made INV-1 in Xero alone.
    await client.inScope((db) =>
      db.execute(sql`delete from external_refs where connection_id = ${client.connectionId} and family = 'document'`),
    );
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00", date: "2026-11-20" });
    expect(await read(client)).toMatchObject([
      { status: "not-ours", statusDetail: "Unknown invoice: INV-1 is not one of ours", parts: [{ documentId: null }] },
    ]);
    expect(await createAll(client)).toMatchObject({ created: 0 });
  });

  it("M74 FB11 on account, ahead or too much, are kept in Xero, cannot be created and are no error", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", contact: "C1" });
    await client.upload();
    await client.work();
    const { contacts } = await client.ledger();
    await scene.control.pay(client.tenant, { contact: contacts[0]?.key ?? "", amount: "30.00", date: "2026-11-20" });
    await inXero(client, "PUT", "BankTransactions", {
      BankTransactions: [
        {
          Type: "RECEIVE-PREPAYMENT",
          Contact: { ContactID: contacts[0]?.id },
          BankAccount: { Code: "090" },
          Date: "2026-11-21",
          LineItems: [{ Description: "In advance", Quantity: 1, UnitAmount: 40, AccountCode: "200", TaxType: "NONE" }],
        },
      ],
    });
    const kept = { status: "kept-in-package", statusDetail: "Payment on account: kept in the package", partCount: 0 };
    expect(await read(client)).toMatchObject([
      { ...kept, amountMinor: "4000" },
      { ...kept, amountMinor: "3000" },
    ]);
    // FB11: where it lies is named, though the over- and prepayment themselves do not say.
    const banks = await client.inScope((db) =>
      bankMovements(db, client.scope, client.connectionId, { date: "2026-01-01", timeZone: "Europe/London" }),
    );
    expect(banks).toMatchObject([{ bankNominalCode: "1200", packageMinor: 7000n }]);
    expect(banks[0]?.bankAccountName).not.toBeNull();
    const calls = (await client.calls()).filter((call) => call.path.includes("BankTransactions")).length;
    await read(client);
    expect((await client.calls()).filter((call) => call.path.includes("BankTransactions")).length).toBe(calls);
    const ids = (await grid(client)).map((row) => row.id);
    expect(await createAll(client)).toMatchObject({ created: 0, failed: 0 });
    const asked = await client.inScope((db) => createAndAllocate(db, client.scope, { ids }));
    expect(asked).toMatchObject({ created: 0, failed: 0, already: 0 });
    // It is no error, and what waits is nothing.
    expect((await grid(client)).map((row) => row.status)).toEqual(["kept-in-package", "kept-in-package"]);
    expect(await client.inScope((db) => countWaiting(db, client.scope))).toBe(0);
  });

  it("M61 leaves Import unchanged when a credit note is allocated in Xero", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", contact: "C1" }, { number: "CN-1", kind: "sales-credit-note", contact: "C1" });
    await client.upload();
    await client.work();
    const ledger = await client.ledger();
    const id = (number: string) => ledger.documents.find((document) => document.number === number)?.id ?? "";
    await inXero(client, "PUT", `CreditNotes/${id("CN-1")}/Allocations`, {
      Allocations: [{ Amount: 12, Date: "2026-11-20", Invoice: { InvoiceID: id("INV-1") } }],
    });
    expect((await client.ledger()).allocations).toHaveLength(1);
    expect(await read(client)).toEqual([]);
  });

  it("M59 reads a quarter of an hour later by itself, while there is work", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    await client.upload("INV-1");
    await client.work();
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00", date: "2026-11-20" });
    await client.work();
    expect(await grid(client)).toEqual([]);
    await scene.step(15 * 60 + 1);
    await client.work();
    expect(await grid(client)).toMatchObject([{ status: "waiting" }]);
  });

  it("FD17 where the connection says so, a receipt that pays an invoice in full is created after the read, a part payment waits", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", contact: "C1" }, { number: "INV-2", contact: "C1" });
    await client.upload();
    await client.work();
    await client.inScope((db) =>
      db.execute(sql`update connections set settings = settings || '{"exactPayments": true}' where id = ${client.connectionId}`),
    );
    await scene.control.pay(client.tenant, { date: "2026-11-20", number: "INV-1", amount: "12.00", reference: "FULL" });
    await scene.control.pay(client.tenant, { date: "2026-11-20", number: "INV-2", amount: "5.00", reference: "PART" });
    const rows = await read(client);
    expect(Object.fromEntries(rows.map((row) => [row.reference, row.status]))).toEqual({ FULL: "created", PART: "waiting" });
    expect(await openBesideDue(client)).toMatchObject([
      { number: "INV-1", open: 0n, due: 0n },
      { number: "INV-2", open: 1200n },
    ]);
  });
});
