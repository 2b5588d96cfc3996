import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordKind } from "#lib/common/records.ts";
import { packageLink } from "#lib/connectors/deep-link.ts";
import { anInvoice, type TestSimulator, testSimulator } from "#lib/simulator/xero/test-organisation.ts";

describe("Xero's own screen addresses", () => {
  let simulator: TestSimulator;
  beforeAll(async () => {
    simulator = await testSimulator();
  });
  afterAll(() => simulator.close());

  it("N26 one click on a link to a record opens it among the organisation's pages", async () => {
    const organisation = await simulator.organisation();
    await organisation.call("PUT", "/Invoices", { Invoices: [anInvoice(organisation, "S-1")] });
    const ledger = await simulator.control.ledger(organisation.id);
    const lists = await organisation.call("GET", "/Organisation");
    const shortCode = String(lists.json.Organisations?.[0]?.ShortCode ?? "");
    const open = async (kind: RecordKind, id: string) => {
      const link = packageLink({ packageId: "xero", webUrl: simulator.url, shortCode }, kind, id);
      const page = await fetch(link ?? "");
      return { status: page.status, text: await page.text() };
    };
    expect((await open("sales-invoice", ledger.documents[0]?.id ?? "")).text).toContain("Sales invoice S-1");
    expect((await open("customer", ledger.contacts[0]?.id ?? "")).text).toContain("First Customer");
    expect((await open("bill", "00000000-0000-0000-0000-000000000001")).status).toBe(404);
  });
});
