import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { AccountingApi } from "xero-node";
import { type TestSimulator, testSimulator } from "#lib/simulator/xero/test-organisation.ts";

const require = createRequire(import.meta.url);

let simulator: TestSimulator;
beforeAll(async () => {
  simulator = await testSimulator();
});
afterAll(() => simulator.close());

// The SDK alone takes seconds to load on a busy machine.
it("Xero's own SDK reads and writes the simulator through basePath", async () => {
  const sdk: { AccountingApi: new (basePath: string) => AccountingApi } = require("xero-node");
  const organisation = await simulator.organisation();
  const api = new sdk.AccountingApi(`${simulator.url}/api.xro/2.0`);
  api.accessToken = organisation.tokens.access_token;
  const tenant = organisation.id;

  const [about] = (await api.getOrganisations(tenant)).body.organisations ?? [];
  expect(about?.organisationID).toBe(tenant);
  const accounts = (await api.getAccounts(tenant)).body.accounts ?? [];
  expect(accounts.length).toBeGreaterThan(60);
  expect((await api.getTaxRates(tenant)).body.taxRates?.length).toBeGreaterThan(20);
  const [contact] =
    (await api.createContacts(tenant, { contacts: [{ name: "SDK Ltd", contactNumber: "SDK" }] }, false, "k1")).body.contacts ??
    [];
  expect(contact?.contactID).toMatch(/^[0-9a-f-]{36}$/);
  await api.createItems(tenant, { items: [{ code: "W1", name: "Widget" }] }, false, 4, "k2");
  const invoice = {
    type: "ACCREC",
    invoiceNumber: "SDK-1",
    contact: { contactID: contact?.contactID },
    date: "2026-11-02",
    dueDate: "2026-12-02",
    status: "AUTHORISED",
    lineItems: [
      { description: "/Dates", quantity: 3, unitAmount: 10.125, accountCode: "200", taxType: "OUTPUT2", itemCode: "W1" },
    ],
  };
  const written = await api.createInvoices(tenant, { invoices: [Object.assign(invoice)] }, false, 4, "k3");
  expect(written.body.invoices?.[0]).toMatchObject({ invoiceNumber: "SDK-1", total: 36.46, statusAttributeString: "OK" });
  const read = await api.getInvoices(
    tenant,
    undefined,
    undefined,
    undefined,
    undefined,
    ["SDK-1"],
    undefined,
    undefined,
    1,
    undefined,
    true,
    4,
  );
  expect(read.body.invoices?.[0]?.lineItems?.[0]).toMatchObject({ unitAmount: 10.125, taxAmount: 6.08 });
  expect(read.body.pagination?.itemCount).toBe(1);

  await simulator.control.pay(tenant, { number: "SDK-1", amount: "24.30", date: "2026-11-20", reference: "BACS" });
  const payments = await api.getPayments(tenant, new Date("2020-01-01"), undefined, undefined, 1, 100);
  expect(payments.body.payments?.[0]).toMatchObject({ amount: 24.3, reference: "BACS", invoice: { invoiceNumber: "SDK-1" } });
  const repeated = await api.createInvoices(tenant, { invoices: [Object.assign(invoice)] }, false, 4, "k4");
  expect(repeated.body.invoices?.[0]).toMatchObject({
    hasErrors: true,
    validationErrors: [{ message: "Invoice # must be unique." }],
  });
  const calls = await simulator.control.calls(tenant);
  expect(calls.map((call) => call.key).filter((key) => key !== null)).toEqual(["k1", "k2", "k3", "k4"]);
}, 60_000);
