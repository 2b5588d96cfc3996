import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { listIncoming } from "#db/queries/incoming-payments.ts";
import { bankMovements } from "#db/queries/payments.ts";
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

describe("payments made in Xero", () => {
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

  it("M74 on account are kept in Xero", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", contact: "C1" });
    await client.upload();
    await client.work();
    const { contacts } = await client.ledger();
    await scene.control.pay(client.tenant, { contact: contacts[0]?.key ?? "", amount: "30.00", date: "2026-11-20" });
    expect(await read(client)).toMatchObject([
      { status: "kept-in-package", statusDetail: "Payment on account: kept in the package" },
    ]);
    expect(await createAll(client)).toMatchObject({ created: 0, failed: 0 });
  });

  it("M61 leaves Import unchanged when a credit note is allocated in Xero", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", contact: "C1" }, { number: "CN-1", kind: "sales-credit-note", contact: "C1" });
    await client.upload();
    await client.work();
    const ledger = await client.ledger();
    const id = (number: string) => ledger.documents.find((document) => document.number === number)?.id ?? "";
    const tokens = await scene.control.tokens([client.tenant]);
    const answer = await fetch(`${scene.simulator.url}/api.xro/2.0/CreditNotes/${id("CN-1")}/Allocations`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${tokens.access_token}`,
        "xero-tenant-id": client.tenant,
        "content-type": "application/json",
        accept: "application/json",
      },
      body: JSON.stringify({ Allocations: [{ Amount: 12, Date: "2026-11-20", Invoice: { InvoiceID: id("INV-1") } }] }),
    });
    expect(answer.status).toBe(200);
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
});
