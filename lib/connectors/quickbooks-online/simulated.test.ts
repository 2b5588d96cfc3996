import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { OutgoingRecord } from "#lib/common/records.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { createQuickbooksOnline } from "#lib/simulator/quickbooks-online/index.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";
import { refTo } from "../contract/records.ts";
import type { ConfirmPage, Connection, Exchanged, Message, PackageLists, PulledPage, PushOutcome } from "../types.ts";
import { aContact, aDocument, aLine, aPayment } from "./fixtures.ts";
import { quickbooksOnline as connector } from "./index.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, host: "127.0.0.1", packages: [createQuickbooksOnline] });
});
afterAll(() => simulator.close());

/** A company of its own, with what a test needs of it. */
async function company(settings: Readonly<Record<string, string | number | boolean | null>> = {}) {
  const control = simulatorControl(simulator.url, "quickbooks-online");
  const tenant = await control.addTenant("Simulated Ltd", ["GBP"]);
  await control.patchSettings(tenant.id, { limits: false, ...settings });
  const { access_token: accessToken } = await control.tokens([tenant.id]);
  const connection: Connection = {
    id: randomUUID(),
    tenantId: tenant.id,
    apiUrl: `${simulator.url}/quickbooks-online`,
    baseCurrency: "GBP",
    options: {},
  };
  async function answerTo(message: Message) {
    const result = await connector.send(message, { connection, accessToken, idempotencyKey: null, timeoutMs: 10_000 });
    if (result.sent !== true) throw new Error(`${message.operation} was not answered`);
    return result.answer;
  }
  /** Carries a conversation to its end; the writes that it took, and what became of its records. */
  async function push(...records: OutgoingRecord[]) {
    const past: Exchanged[] = [];
    const key = randomUUID().replaceAll("-", "");
    for (let steps = 0; steps < 10; steps += 1) {
      const about = { connection, key: `${key.slice(0, 28)}${steps}` };
      const step = connector.push.next({ connection, records }, about, past);
      if (step.do === "done") return { writes: past.map(({ message }) => message.operation), outcomes: step.answer };
      past.push({ message: step.message, answer: await answerTo(step.message) });
    }
    throw new Error("It has no end");
  }
  async function sent(record: OutgoingRecord): Promise<string> {
    const outcome: PushOutcome | undefined = (await push(record)).outcomes.get(record.recordId);
    if (outcome?.status !== "accepted") throw new Error(JSON.stringify(outcome));
    return outcome.externalId;
  }
  async function seen(record: OutgoingRecord, id: string | null) {
    const request = { connection, kind: record.kind, refs: [refTo(record, id)], since: new Date(0), cursor: null };
    const sightings: ConfirmPage["sightings"][number][] = [];
    let cursor: string | null = null;
    do {
      const asked: Parameters<typeof connector.confirm.ask>[0] = { ...request, cursor };
      const message = connector.confirm.ask(asked, connection);
      const page = connector.confirm.read(message, await answerTo(message), asked);
      sightings.push(...page.sightings);
      cursor = page.next;
    } while (cursor !== null);
    return sightings;
  }
  async function lists(): Promise<PackageLists> {
    let all: PackageLists = { next: null };
    let cursor: string | null = null;
    do {
      const message = connector.discover.ask(cursor, connection);
      const page: PackageLists = connector.discover.read(message, await answerTo(message), cursor);
      all = { ...all, ...page };
      cursor = page.next;
    } while (cursor !== null);
    return all;
  }
  const helper = {
    kind: "helper",
    helper: "item",
    recordId: "h",
    revision: 1,
    reference: "GT-200",
    accountExternalId: "79",
  } as const;
  const item = await sent(helper);
  const customer = await sent(aContact());
  const target = { account: { externalId: "79", code: "200" }, item: { externalId: item } };
  const invoice = (over: Parameters<typeof aDocument>[0] = {}) =>
    aDocument({ contactExternalId: customer, lines: [aLine({ target })], ...over });
  return { control, tenant, connection, answerTo, push, sent, seen, lists, item, customer, target, invoice };
}

describe("QuickBooks Online, simulated", () => {
  it("says its closed books, its numbers and its codes", async () => {
    const { lists } = await company({ periodLock: "2026-03-31", customTxnNumbers: false });
    const { organisation, taxRates, accounts } = await lists();
    expect(organisation).toMatchObject({ countryCode: "GB", locks: [{ to: "2026-03-31" }], uniqueNumbers: [] });
    expect(taxRates?.find((one) => one.name === "20.0% S")).toMatchObject({ rate: "20", attributes: { sales: "4=20" } });
    expect(taxRates?.find((one) => one.name === "20.0% RC")).toMatchObject({ rate: "0", selfAccounts: true });
    expect(accounts?.filter((one) => one.isBank).map((one) => one.code)).toEqual(["090", "091"]);
  });

  it("a link that it drops is made once more on the same payment: no second one is made", async () => {
    const there = await company({ dropLinks: 1 });
    const document = await there.sent(there.invoice());
    const payment = aPayment({ documentExternalId: document, partyExternalId: there.customer });
    const { writes, outcomes } = await there.push(payment);
    expect(writes).toEqual(["createPayment", "readPayment", "linkPayment"]);
    expect(outcomes.get(payment.recordId)).toMatchObject({ status: "accepted" });
    expect((await there.control.ledger(there.tenant.id)).payments).toMatchObject([{ documentId: document, amount: "100.00" }]);
  });

  it("a payment of what is paid already is refused, and says that it stands there on account", async () => {
    const there = await company();
    const document = await there.sent(there.invoice());
    const paid = { documentExternalId: document, partyExternalId: there.customer, amountMinor: 12_000n };
    await there.sent(aPayment(paid));
    const again = aPayment({ ...paid, recordId: "payment-2", reference: "PAY-2", packageReference: "PAY-2" });
    const outcome = (await there.push(again)).outcomes.get(again.recordId);
    expect(outcome).toMatchObject({ status: "refused", error: { code: "package.document-state" } });
    expect(outcome && "error" in outcome && outcome.error.detail.said?.[0]).toContain("money on account");
  });

  it("a company that numbers by itself is told of, and its document is found by our mark", async () => {
    const there = await company({ customTxnNumbers: false });
    const record = there.invoice();
    const outcome = (await there.push(record)).outcomes.get(record.recordId);
    expect(outcome).toMatchObject({ status: "accepted", warnings: [{ code: "package.warning" }] });
    expect(await there.seen(record, null)).toMatchObject([{ seen: { number: "QB-0001", url: record.url } }]);
  });

  it("in the United States a tax that was given stands, and one that was not is reckoned there", async () => {
    const there = await company({ country: "US", autoTaxPercent: "8.25" });
    expect((await there.lists()).taxRates).toMatchObject([{ externalId: "TAX", rate: null }, { externalId: "NON" }]);
    const tax = { externalId: "TAX", rate: null, attributes: { model: "us" } };
    const given = there.invoice({ number: "US-1", lines: [aLine({ target: there.target, tax, taxMinor: 700n })] });
    expect(await there.seen(given, await there.sent(given))).toMatchObject([{ seen: { taxMinor: 700n, grossMinor: 10_700n } }]);
    const none = there.invoice({ number: "US-2", taxBy: "package", lines: [aLine({ target: there.target, tax, taxMinor: 0n })] });
    expect(await there.seen(none, await there.sent(none))).toMatchObject([{ seen: { netMinor: 10_000n, taxMinor: 825n } }]);
  });

  it("what is dated in closed books is refused as that, and one name is of one contact alone", async () => {
    const there = await company();
    await there.control.patchSettings(there.tenant.id, { periodLock: "2026-06-30" });
    const late = there.invoice();
    expect((await there.push(late)).outcomes.get(late.recordId)).toMatchObject({ error: { code: "package.period-locked" } });
    const supplier = aContact({ recordId: "s", kind: "supplier", reference: "S-1" });
    expect((await there.push(supplier)).outcomes.get("s")).toMatchObject({ error: { code: "mapping.entity-unlinked" } });
  });

  it("what somebody else changed is asked for again with the version that is read next", async () => {
    const there = await company();
    const record = there.invoice();
    const id = await there.sent(record);
    await there.control.editDocument(there.tenant.id, id, { gross: "130.00" });
    const stale = { ...record, held: { externalId: id, version: "0", before: null } };
    expect((await there.push(stale)).outcomes.get(record.recordId)).toMatchObject({ status: "not-sent" });
    const fresh = { ...record, held: { externalId: id, version: null, before: null } };
    expect((await there.push(fresh)).outcomes.get(record.recordId)).toMatchObject({ status: "accepted" });
  });

  it("tells what changed by one cursor: what is there at first, then what was paid and deleted since", async () => {
    const there = await company();
    const id = await there.sent(there.invoice());
    const read = async (from: string | null) => {
      const pages: PulledPage[] = [];
      let cursor = from;
      do {
        const request = { connection: there.connection, stream: "changes", cursor };
        const message = connector.pull.ask(request, there.connection);
        const page = connector.pull.read(message, await there.answerTo(message), request);
        pages.push(page);
        cursor = page.cursor;
      } while (pages.at(-1)?.more);
      return { cursor, documents: pages.flatMap((one) => one.documents), payments: pages.flatMap((one) => one.payments) };
    };
    const first = await read(null);
    expect(first.documents).toMatchObject([{ externalId: id, dueMinor: 12_000n, status: "open" }]);
    await there.control.pay(there.tenant.id, { number: "INV-10023", amount: "20.00", reference: "TX-1" });
    const second = await read(first.cursor);
    expect(second.payments).toMatchObject([{ documentExternalId: id, amountMinor: 2_000n, reference: "TX-1" }]);
    expect(second.documents.at(-1)).toMatchObject({ externalId: id, dueMinor: 10_000n });
    await there.control.editDocument(there.tenant.id, id, { status: "DELETED" });
    expect((await read(second.cursor)).documents).toMatchObject([{ externalId: id, status: "void" }]);
  });

  it("refuses a property that it does not know, and says how often it may be asked", async () => {
    const there = await company();
    const message = connector.check.ask(null, there.connection);
    const odd: Message = { ...message, method: "POST", path: `/v3/company/${there.tenant.id}/invoice`, body: '{"Colour":"red"}' };
    const fault = connector.faultOf(await there.answerTo(odd), odd);
    expect(fault).toMatchObject({ what: "refused", error: { code: "internal.unexpected" } });
    await there.control.patchSettings(there.tenant.id, { limits: true });
    const answers = await Promise.all(Array.from({ length: 14 }, () => there.answerTo(message)));
    const slowed = answers.filter((one) => connector.faultOf(one, message)?.what === "rate-limited");
    expect(slowed.length).toBeGreaterThan(0);
  });
});
