import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OutgoingRecord } from "#lib/common/records.ts";
import { type SimulatorControl, simulatorControl } from "#lib/simulator/control-client.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";
import type { Connection, Exchange, PackageLists, PulledPayment, PushOutcome } from "../types.ts";
import { aContact, aLine, anInvoice } from "./fixtures.ts";
import { xero } from "./index.ts";

let simulator: Simulator;
let control: SimulatorControl;
let connection: Connection;
let accessToken: string;
let sales: string;
let contact: string;
let serial = 0;

beforeAll(async () => {
  simulator = await startSimulator({ port: 0, host: "127.0.0.1" });
  control = simulatorControl(simulator.url, "xero");
  const tenant = await control.addTenant("Ashdown Test Ltd");
  await control.patchSettings(tenant.id, { limits: false });
  accessToken = (await control.tokens([tenant.id])).access_token;
  connection = { id: "c", tenantId: tenant.id, apiUrl: simulator.url, baseCurrency: "GBP", options: {} };
  const lists = await exchange(xero.discover, "accounts");
  sales = lists.accounts?.find((account) => account.code === "200")?.externalId ?? "";
  contact = idOf(await push(aContact()));
});
afterAll(() => simulator.close());

async function exchange<Ask, Answer>(one: Exchange<Ask, Answer>, ask: Ask): Promise<Answer> {
  const message = one.ask(ask, connection);
  const result = await xero.send(message, { connection, accessToken, idempotencyKey: null, timeoutMs: 10_000 });
  if (result.sent !== true) throw new Error(result.why);
  return one.read(message, result.answer, ask);
}

async function push(record: OutgoingRecord): Promise<PushOutcome> {
  const batch = { connection, records: [record] };
  const message = xero.push.ask(batch, connection, "key");
  const result = await xero.send(message, { connection, accessToken, idempotencyKey: `S${++serial}`, timeoutMs: 10_000 });
  if (result.sent !== true) throw new Error(String(result.why));
  const outcome = xero.push.read(message, result.answer, batch).get(record.recordId);
  if (!outcome) throw new Error("no outcome");
  return outcome;
}

function idOf(outcome: PushOutcome): string {
  if (outcome.status !== "accepted") throw new Error(JSON.stringify(outcome));
  return outcome.externalId;
}

const invoice = (number: string, over: Parameters<typeof anInvoice>[0] = {}) =>
  anInvoice({ number, contactExternalId: contact, lines: [aLine({ accountExternalId: sales })], ...over });

async function pullAll(cursor: string | null): Promise<{ payments: PulledPayment[]; cursor: string }> {
  const payments: PulledPayment[] = [];
  let next = cursor;
  for (;;) {
    const page = await exchange(xero.pull, { connection, stream: "payments", cursor: next });
    payments.push(...page.payments);
    next = page.cursor;
    if (!page.more) return { payments, cursor: next };
  }
}

describe("Xero, simulated", () => {
  it("M53 gives each payment once it is made, and the deleted one as deleted", async () => {
    const id = idOf(await push(invoice("PAY-1")));
    const before = await pullAll(null);
    await control.pay(connection.tenantId, { number: "PAY-1", amount: "24.30", date: "2026-11-21", reference: "BACS" });
    const { payments } = await pullAll(before.cursor);
    expect(payments.filter((payment) => payment.documentExternalId === id)).toMatchObject([
      {
        kind: "receipt",
        status: "live",
        paidOn: "2026-11-21",
        reference: "BACS",
        amountMinor: 2430n,
        currency: "GBP",
        contactExternalId: contact,
        documentNumber: "PAY-1",
        documentKind: "sales-invoice",
      },
    ]);
    expect(payments[0]?.bankAccountExternalId).toEqual(expect.any(String));
  });

  it("M60 gives one receipt over two invoices as a group, and money on account as such", async () => {
    idOf(await push(invoice("PAY-2")));
    idOf(await push(invoice("PAY-3")));
    const before = await pullAll(null);
    await control.pay(connection.tenantId, {
      numbers: [
        { number: "PAY-2", amount: "24.30" },
        { number: "PAY-3", amount: "10.00" },
      ],
    });
    await control.pay(connection.tenantId, { contact: "C-1", amount: "7.50" });
    const { payments } = await pullAll(before.cursor);
    const group = payments.filter((payment) => ["PAY-2", "PAY-3"].includes(payment.documentNumber ?? ""));
    expect(group).toHaveLength(2);
    expect(new Set(group.map((payment) => payment.groupExternalId)).size).toBe(1);
    expect(group[0]?.groupExternalId).not.toBeNull();
    expect(payments.filter((payment) => payment.documentKind === "on-account")).toMatchObject([
      { kind: "receipt", amountMinor: 750n },
    ]);
  });

  it("P18 refuses a document in a locked period, and says up to when", async () => {
    await control.patchSettings(connection.tenantId, { periodLock: "2026-11-30" });
    const outcome = await push(invoice("LOCK-1"));
    await control.patchSettings(connection.tenantId, { periodLock: null });
    expect(outcome).toMatchObject({
      status: "refused",
      error: { code: "package.period-locked", detail: { lockDate: "2026-11-30" } },
    });
  });

  it("P19 refuses a document for an archived contact", async () => {
    await control.patchSettings(connection.tenantId, { archivedContacts: ["C-1"] });
    const outcome = await push(invoice("ARCH-1"));
    await control.patchSettings(connection.tenantId, { archivedContacts: [] });
    expect(outcome).toMatchObject({ status: "refused", error: { code: "package.contact-archived" } });
  });

  it("refuses a contact whose name another one has", async () => {
    expect(await push(aContact({ recordId: "x", reference: "C-OTHER" }))).toMatchObject({
      status: "refused",
      error: { code: "mapping.entity-unlinked" },
    });
  });

  it("names tax codes and accounts that do not fit the line", async () => {
    expect(await push(invoice("TAX-1", { lines: [aLine({ accountExternalId: sales, taxExternalId: "NOSUCH" })] }))).toMatchObject(
      {
        status: "refused",
        error: { code: "mapping.tax-missing", detail: { value: "NOSUCH" } },
      },
    );
    expect(
      await push(invoice("ITEM-1", { lines: [aLine({ accountExternalId: sales, productReference: "NOSUCH" })] })),
    ).toMatchObject({
      status: "refused",
    });
  });

  it("B15 refuses a currency that the organisation does not use", async () => {
    expect(await push(invoice("CUR-1", { currency: "ISK" }))).toMatchObject({ status: "refused" });
  });

  it("P08 is a fault of ours when a key is used for something else", async () => {
    const send = async (record: OutgoingRecord) => {
      const batch = { connection, records: [record] };
      const message = xero.push.ask(batch, connection, "key");
      const result = await xero.send(message, { connection, accessToken, idempotencyKey: "ONE-KEY", timeoutMs: 10_000 });
      return result.sent === true ? xero.push.read(message, result.answer, batch).get(record.recordId) : null;
    };
    expect(await send(invoice("KEY-1"))).toMatchObject({ status: "accepted" });
    expect(await send(invoice("KEY-2"))).toMatchObject({ status: "refused", error: { code: "internal.unexpected" } });
  });

  it("FB5 a line with a discount shows its quantity there, and its amount to the penny", async () => {
    const lines = [
      aLine({ accountExternalId: sales, quantity: "3", unitPrice: "10.00", netMinor: 2700n, taxMinor: 540n }),
      aLine({ accountExternalId: sales, quantity: "7", unitPrice: "10.00", netMinor: 1000n, taxMinor: 200n }),
      aLine({ accountExternalId: sales, quantity: "9999", unitPrice: "1.00", netMinor: 333_333n, taxMinor: 66_667n }),
    ];
    const sent = invoice("DISCOUNT-1", { lines, netMinor: 337_033n, taxMinor: 67_407n, grossMinor: 404_440n });
    const id = idOf(await push(sent));
    const answer = await fetch(`${simulator.url}/api.xro/2.0/Invoices/${id}?unitdp=4`, {
      headers: { authorization: `Bearer ${accessToken}`, "xero-tenant-id": connection.tenantId, accept: "application/json" },
    });
    const { Invoices } = (await answer.json()) as { Invoices: { LineItems: Record<string, number>[] }[] };
    expect(Invoices[0]?.LineItems.map(({ Quantity, UnitAmount, LineAmount }) => [Quantity, UnitAmount, LineAmount])).toEqual([
      [3, 9, 27],
      [7, 1.4286, 10],
      [1, 3333.33, 3333.33],
    ]);
  });

  it("a description that begins as a date is a description, sent and read", async () => {
    const odd = invoice("ODD-1", { lines: [aLine({ accountExternalId: sales, description: "/Date(" })] });
    const id = idOf(await push(odd));
    const request = {
      connection,
      kind: odd.kind,
      refs: [{ recordId: odd.recordId, kind: odd.kind, reference: odd.number, externalId: id, contactExternalId: contact }],
      since: new Date(0),
      cursor: null,
    };
    expect((await exchange(xero.confirm, request)).sightings).toMatchObject([{ externalId: id, seen: { grossMinor: 2430n } }]);
  });

  it("M9 lists accounts without a code, lock dates and currencies as they stand", async () => {
    await control.patchSettings(connection.tenantId, { periodLock: "2026-07-31", accountsWithoutCode: ["260"] });
    const all: PackageLists[] = [];
    let cursor: string | null = null;
    do {
      const page: PackageLists = await exchange(xero.discover, cursor);
      all.push(page);
      cursor = page.next;
    } while (cursor !== null);
    await control.patchSettings(connection.tenantId, { periodLock: null });
    expect(all[1]?.accounts?.some((account) => account.code === null && !account.isBank)).toBe(true);
    expect(all[2]?.taxRates?.find((rate) => rate.externalId === "OUTPUT2")).toMatchObject({ rate: "20", active: true });
    expect(all[0]?.organisation).toMatchObject({
      baseCurrency: "GBP",
      locks: [{ label: "Period", from: null, to: "2026-07-31" }],
    });
    expect(all[3]?.currencies).toContain("GBP");
    expect(await exchange(xero.check, null)).toEqual({ ok: true, tenantName: "Ashdown Test Ltd" });
  });
});
