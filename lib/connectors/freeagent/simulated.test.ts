import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SimulatorControl, simulatorControl } from "#lib/simulator/control-client.ts";
import { createFreeAgent } from "#lib/simulator/freeagent/index.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";
import type { Connection, Exchange, Message, PackageLists, PulledPage } from "../types.ts";
import { freeagentEnvironment } from "./environment.ts";
import { freeagent } from "./index.ts";

let simulator: Simulator;
let control: SimulatorControl;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, host: "127.0.0.1", packages: [createFreeAgent] });
  control = simulatorControl(simulator.url, "freeagent");
});
afterAll(() => simulator.close());

/** One company of the simulated FreeAgent, asked over the real line. */
async function aCompany(limits = false) {
  const tenant = await control.addTenant(`Company ${randomUUID().slice(0, 8)}`);
  await control.patchSettings(tenant.id, { limits });
  const { access_token: accessToken } = await control.tokens([tenant.id]);
  const apiUrl = `${simulator.url}${freeagentEnvironment.simulatedUnder}`;
  const connection: Connection = { id: randomUUID(), tenantId: tenant.id, apiUrl, baseCurrency: "GBP", options: {} };
  const send = async (message: Message) => {
    const result = await freeagent.send(message, { connection, accessToken, idempotencyKey: null, timeoutMs: 5_000 });
    if (result.sent !== true) throw new Error("it was not answered");
    return { answer: result.answer, fault: freeagent.faultOf(result.answer, message) };
  };
  /** Writes by hand, past the connector. */
  const post = async (path: string, body: unknown) => {
    const { answer, fault } = await send({
      operation: "byHand",
      method: "POST",
      path,
      query: {},
      headers: {},
      body: JSON.stringify(body),
    });
    if (fault !== null) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return answer;
  };
  const ask = async <Ask, Answer>(exchange: Exchange<Ask, Answer>, asked: Ask): Promise<Answer> => {
    const message = exchange.ask(asked, connection);
    const { answer, fault } = await send(message);
    if (fault !== null) throw new Error(`${message.path}: ${answer.status}`, { cause: fault });
    return exchange.read(message, answer, asked);
  };
  return {
    id: tenant.id,
    send,
    post,
    /** Reads a stream from a cursor to its end. */
    async pull(stream: string, from: string | null = null) {
      const pages: PulledPage[] = [];
      for (let cursor = from; ; ) {
        const page = await ask(freeagent.pull, { connection, stream, cursor });
        pages.push(page);
        cursor = page.cursor;
        if (!page.more) return { pages, cursor };
      }
    },
    async lists() {
      const pages: PackageLists[] = [];
      for (let cursor: string | null = null; ; ) {
        const page: PackageLists = await ask(freeagent.discover, cursor);
        pages.push(page);
        cursor = page.next;
        if (cursor === null) return pages;
      }
    },
    async contact(name: string) {
      const answer = await post("/v2/contacts", { contact: { organisation_name: name } });
      const url: string = JSON.parse(answer.body).contact.url;
      return url;
    },
    async bill(contact: string, reference: string, total: string) {
      const item = { description: "Paper", total_value: total, sales_tax_rate: "20.0", category: `${apiUrl}/v2/categories/285` };
      const bill = { contact, reference, dated_on: "2026-11-02", due_on: "2026-12-02", bill_items: [item] };
      return post("/v2/bills", { bill });
    },
  };
}

describe("FreeAgent's connector with its simulator", () => {
  it("P26 reads lists of more than one page, whatever page size was meant", async () => {
    const company = await aCompany();
    for (let n = 1; n <= 105; n += 1) await company.contact(`Contact ${n}`);
    const { pages } = await company.pull("contacts");
    expect(pages).toHaveLength(2);
    expect(new Set(pages.flatMap((page) => page.contacts?.map(({ name }) => name) ?? [])).size).toBe(105);
  });

  it("reads documents and payments that somebody made there, and later what changed alone", async () => {
    const company = await aCompany();
    const contact = await company.contact("Elm Ltd");
    await company.bill(contact, "B-1", "120.0");
    await company.bill(contact, "B-2", "-60.0");
    const first = await company.pull("documents");
    expect(first.pages.flatMap((page) => page.documents)).toMatchObject([
      { kind: "bill", number: "B-1", grossMinor: 12_000n, dueMinor: 12_000n, status: "open", company: "Elm Ltd" },
      { kind: "supplier-credit-note", number: "B-2", grossMinor: 6_000n },
    ]);
    const begun = await company.pull("payments");
    expect(begun.pages.flatMap((page) => page.payments)).toEqual([]);
    await control.pay(company.id, { number: "B-1", amount: "20.00", date: "2026-11-05", reference: "BACS" });
    const { pages } = await company.pull("payments", begun.cursor);
    expect(pages.flatMap((page) => page.payments)).toMatchObject([
      {
        kind: "payment-out",
        documentKind: "bill",
        amountMinor: 2_000n,
        paidOn: "2026-11-05",
        bankAccountExternalId: "/v2/bank_accounts/9001",
      },
    ]);
    const changed = await company.pull("documents", first.cursor);
    expect(changed.pages.flatMap((page) => page.documents)).toContainEqual(
      expect.objectContaining({ number: "B-1", dueMinor: 10_000n }),
    );
  });

  it("reads the lock dates with the highest level, and what was filed below it", async () => {
    const company = await aCompany();
    await control.patchSettings(company.id, { periodLock: "2026-09-30", yearLock: "2026-03-31" });
    const locksOf = async () => (await company.lists()).flatMap((page) => page.organisation?.locks ?? []);
    expect((await locksOf()).map(({ label, to }) => [label, to])).toEqual([
      ["Lock date", "2026-09-30"],
      ["Accounting Year End", "2026-03-31"],
    ]);
    await control.patchSettings(company.id, Object.assign({}, { accessLevel: 7, vatFiledTo: "2026-08-31" }));
    expect((await locksOf()).map(({ label, to }) => [label, to])).toEqual([
      ["VAT return filed (lock date not readable)", "2026-08-31"],
    ]);
    await control.patchSettings(company.id, Object.assign({}, { accessLevel: 5 }));
    const { fault } = await company.send(
      freeagent.discover.ask('{"list":"banks","page":1,"banks":[]}', {
        id: "",
        tenantId: company.id,
        apiUrl: "",
        baseCurrency: "GBP",
        options: {},
      }),
    );
    expect(fault).toMatchObject({
      what: "refused",
      error: { code: "connection.scope-missing", detail: { value: "Banking (6)" } },
    });
  });

  it("P01 is told how long to wait when a minute's calls are used up", async () => {
    const company = await aCompany(true);
    const message = freeagent.check.ask(null, { id: "", tenantId: company.id, apiUrl: "", baseCurrency: "GBP", options: {} });
    const faults = new Set<string>();
    let waitMs = 0;
    for (let calls = 0; calls < 125; calls += 1) {
      const { fault } = await company.send(message);
      faults.add(fault?.what ?? "none");
      if (fault?.what === "rate-limited") waitMs = fault.retryAfterMs;
    }
    expect(faults).toEqual(new Set(["none", "rate-limited"]));
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(60_000);
  });
});
