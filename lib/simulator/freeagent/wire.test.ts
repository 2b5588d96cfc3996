import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageLink } from "#lib/connectors/deep-link.ts";
import { type SimulatorControl, simulatorControl } from "#lib/simulator/control-client.ts";
import { createFreeAgent } from "#lib/simulator/freeagent/index.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";

let simulator: Simulator;
let control: SimulatorControl;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, host: "127.0.0.1", packages: [createFreeAgent] });
  control = simulatorControl(simulator.url, "freeagent");
});
afterAll(() => simulator.close());

/** A company with one contact, called as any program would. */
async function aCompany() {
  const tenant = await control.addTenant(`Company ${randomUUID().slice(0, 8)}`);
  const { access_token } = await control.tokens([tenant.id]);
  const root = `${simulator.url}/freeagent/v2`;
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await fetch(path.startsWith("http") ? path : `${root}${path}`, {
      method,
      headers: { authorization: `Bearer ${access_token}`, "user-agent": "test", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: text.startsWith("{") ? JSON.parse(text) : null };
  };
  const contact: string = (await call("POST", "/contacts", { contact: { organisation_name: "Elm Ltd" } })).body.contact.url;
  const item = (over: object = {}) => ({
    description: "Service",
    quantity: "1.0",
    price: "100.0",
    sales_tax_rate: "20.0",
    category: `${root}/categories/001`,
    ...over,
  });
  const invoice = (over: object = {}) =>
    call("POST", "/invoices", {
      invoice: { contact, reference: "A-1", dated_on: "2026-11-02", payment_terms_in_days: 30, invoice_items: [item()], ...over },
    });
  return { id: tenant.id, root, call, contact, item, invoice };
}

describe("the simulated FreeAgent", () => {
  it("makes an invoice as a draft, which owes nothing until it is marked as sent", async () => {
    const { call, invoice } = await aCompany();
    const made = await invoice();
    expect(made).toMatchObject({ status: 201, body: { invoice: { status: "Draft", net_value: "100.0", total_value: "120.0" } } });
    const { url } = made.body.invoice;
    expect(made.headers.get("location")).toBe(url);
    expect((await call("PUT", `${url}/transitions/mark_as_sent`)).status).toBe(200);
    expect((await call("GET", url)).body.invoice.status).toMatch(/Open|Overdue/);
  });

  it("shows a document where a link to FreeAgent's own screen leads", async () => {
    const { id, invoice } = await aCompany();
    const own: string = (await invoice()).body.invoice.url;
    const site = { packageId: "freeagent", webUrl: `${simulator.url}/freeagent`, shortCode: id } as const;
    const link = packageLink(site, "sales-invoice", new URL(own).pathname.replace("/freeagent", "")) ?? "";
    const page = await fetch(link);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain("A-1");
  });

  it("rounds each line's net, then the tax on it", async () => {
    const { invoice, item } = await aCompany();
    const made = await invoice({ invoice_items: [1, 2, 3].map(() => item({ price: "0.333", quantity: "1.0" })) });
    expect(made.body.invoice).toMatchObject({ net_value: "0.99", sales_tax_value: "0.21", total_value: "1.2" });
  });

  it("changes a draft item by item, and locks what was sent field by field", async () => {
    const { call, invoice, item } = await aCompany();
    const { invoice: made } = (await invoice({ invoice_items: [item(), item({ description: "Travel" })] })).body;
    const [first, second] = made.invoice_items;
    const items = [{ id: first.id, price: "50.0" }, { id: second.id, _destroy: 1 }, item({ description: "New" })];
    const changed = (await call("PUT", made.url, { invoice: { invoice_items: items } })).body.invoice;
    expect(changed.invoice_items.map((one: { description: string; price: string }) => [one.description, one.price])).toEqual([
      ["Service", "50.0"],
      ["New", "100.0"],
    ]);
    expect(changed.invoice_items[0].url).toBe(first.url);
    await call("PUT", `${made.url}/transitions/mark_as_sent`);
    const locked = await call("PUT", made.url, { invoice: { contact: made.contact } });
    expect(locked).toMatchObject({ status: 422, text: expect.stringContaining("contact_id is locked and cannot be changed") });
    expect((await call("DELETE", made.url)).status).toBe(422);
  });

  it("answers credit notes negative, and a bill's net and tax with the other sign than its total", async () => {
    const { call, contact, item, root } = await aCompany();
    const note = { contact, dated_on: "2026-11-02", payment_terms_in_days: 0, credit_note_items: [item({ price: "-100.0" })] };
    expect((await call("POST", "/credit_notes", { credit_note: note })).body.credit_note).toMatchObject({
      net_value: "-100.0",
      sales_tax_value: "-20.0",
      total_value: "-120.0",
    });
    const line = { total_value: "100.0", sales_tax_rate: "20.0", category: `${root}/categories/285` };
    const bill = (over: object) => ({ bill: { contact, reference: "B", dated_on: "2026-11-02", due_on: "2026-12-02", ...over } });
    expect((await call("POST", "/bills", bill({ bill_items: [line] }))).body.bill).toMatchObject({
      total_value: "100.0",
      net_value: "-83.33",
      sales_tax_value: "-16.67",
      status: expect.stringMatching(/Open|Overdue/),
    });
    const many = Array.from({ length: 41 }, () => line);
    expect((await call("POST", "/bills", bill({ bill_items: many }))).status).toBe(422);
  });

  it("refuses what is wrong in its own words: a reference twice, the reverse charge with a rate, a locked day", async () => {
    const { id, call, invoice } = await aCompany();
    const sent = async (over: object = {}) => {
      const { url } = (await invoice(over)).body.invoice;
      return { url, ...(await call("PUT", `${url}/transitions/mark_as_sent`)) };
    };
    expect((await sent()).status).toBe(200);
    expect(await sent()).toMatchObject({ status: 422, text: expect.stringContaining("already been taken") });
    expect((await invoice({ ec_status: "Reverse Charge" })).text).toContain("must be 0");
    await control.patchSettings(id, { yearLock: "2026-11-30" });
    expect(await sent({ reference: "A-2" })).toMatchObject({
      status: 403,
      body: { errors: [{ message: "Invoice is locked." }] },
    });
  });

  it("pages by 25 with links, and wants a User-Agent and the level that a list needs", async () => {
    const { id, call } = await aCompany();
    for (let n = 0; n < 26; n += 1) await call("POST", "/contacts", { contact: { organisation_name: `C ${n}` } });
    const page = await call("GET", "/contacts?view=all");
    expect(page.body.contacts).toHaveLength(25);
    expect(page.headers.get("x-total-count")).toBe("27");
    expect(page.headers.get("link")).toContain('rel="next"');
    expect((await call("GET", "/bank_transactions")).status).toBe(400);
    await control.patchSettings(id, Object.assign({}, { accessLevel: 4 }));
    expect((await call("GET", "/bills")).status).toBe(403);
    expect((await call("GET", "/invoices")).status).toBe(200);
  });

  it("takes a statement once, and lets each of its lines be explained up to its amount", async () => {
    const { call, root, invoice } = await aCompany();
    const { url } = (await invoice()).body.invoice;
    await call("PUT", `${url}/transitions/mark_as_sent`);
    const account = `bank_account=${root}/bank_accounts/9001`;
    const statement = [{ dated_on: "2026-11-05", amount: "50.0", description: "ELM" }];
    for (let times = 0; times < 2; times += 1)
      expect((await call("POST", `/bank_transactions/statement?${account}`, { statement })).status).toBe(200);
    const lines = async () => (await call("GET", `/bank_transactions?${account}&view=unexplained`)).body.bank_transactions;
    const [line] = await lines();
    expect(await lines()).toHaveLength(1);
    const explain = (gross_value: string) =>
      call("POST", "/bank_transaction_explanations", {
        bank_transaction_explanation: { bank_transaction: line.url, dated_on: "2026-11-05", gross_value, paid_invoice: url },
      });
    expect((await explain("60.0")).status).toBe(422);
    const made = await explain("50.0");
    expect(made.status).toBe(201);
    expect(made.headers.get("location")).toMatch(/^\/v2\/bank_transaction_explanations\/\d+$/);
    expect(await lines()).toEqual([]);
    expect((await call("GET", url)).body.invoice).toMatchObject({ paid_value: "50.0", due_value: "70.0" });
  });
});
