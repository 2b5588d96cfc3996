import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { findReading } from "#db/queries/connections/list-reads.ts";
import { DOCUMENT_KEYS, listDocuments } from "#db/queries/operational/documents.ts";
import { findThere, listNotOurs, totalNotOurs } from "#db/queries/payments/package-documents.ts";
import { createAndAllocate } from "#lib/allocating/create.ts";
import { exchangeRead } from "#lib/calling/call.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { pullDocuments } from "./documents.ts";
import { requestPull } from "./request.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

interface Entered {
  readonly InvoiceID: string;
}

/** Invoices that a person enters in Xero alone; £12.00 each. */
async function enter(client: SceneClient, ...invoices: { number: string; over?: Record<string, unknown> }[]): Promise<string[]> {
  const tokens = await scene.control.tokens([client.tenant]);
  const answer = await fetch(`${scene.simulator.url}/api.xro/2.0/Invoices`, {
    method: "PUT",
    headers: {
      authorization: `Bearer ${tokens.access_token}`,
      "xero-tenant-id": client.tenant,
      "content-type": "application/json",
      accept: "application/json",
    },
    body: JSON.stringify({
      Invoices: invoices.map(({ number, over }) => ({
        Type: "ACCREC",
        Status: "AUTHORISED",
        InvoiceNumber: number,
        Contact: { Name: "Somebody else" },
        Date: "2026-11-20",
        DueDate: "2026-12-20",
        LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
        ...over,
      })),
    }),
  });
  expect(answer.status).toBe(200);
  const { Invoices } = (await answer.json()) as { Invoices: Entered[] };
  return Invoices.map((one) => one.InvoiceID);
}

async function read(client: SceneClient) {
  await client.inScope((db) => requestPull(db, client.scope));
  await client.work();
  return client.inScope((db) => totalNotOurs(db, client.scope));
}

const listCalls = async (client: SceneClient, since: number) =>
  (await client.calls(since)).filter((call) => call.method === "GET" && call.path.includes("summaryOnly"));
const lastCall = async (client: SceneClient) => (await client.calls()).at(-1)?.n ?? 0;

describe("documents that are only in Xero", () => {
  it("M46 are counted as not ours with their amounts, and never become a sale here", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" });
    await client.upload("INV-1");
    await client.work();
    await enter(
      client,
      { number: "THEIRS-1" },
      { number: "THEIRS-2", over: { CurrencyCode: "EUR" } },
      {
        number: "B-77",
        over: {
          Type: "ACCPAY",
          LineItems: [{ Description: "x", Quantity: 1, UnitAmount: 5, AccountCode: "310", TaxType: "INPUT2" }],
        },
      },
      // Of the number of one of ours that was never sent.
      { number: "inv-2" },
    );
    expect(await read(client)).toEqual({
      count: 3,
      amounts: [
        { side: "sales", currency: "EUR", minor: "1200" },
        { side: "sales", currency: "GBP", minor: "1200" },
        { side: "purchase", currency: "GBP", minor: "600" },
      ],
      possible: { count: 1, amounts: [{ side: "sales", currency: "GBP", minor: "1200" }] },
    });
    const listed = await client.inScope((db) => listNotOurs(db, client.scope, 10));
    expect(listed.map((one) => [one.number, one.possibleMatchId !== null])).toEqual([
      ["inv-2", true],
      ...listed.slice(1).map((one) => [one.number, false]),
    ]);
    const { rows } = await client.inScope((db) =>
      db.execute<{ n: string }>(sql`select count(*) as n from documents where client_id = ${client.clientId}`),
    );
    expect(rows).toEqual([{ n: "2" }]);
    expect((await client.rows()).filter((row) => row.kind === "sales-invoice").map((row) => row.reference)).toEqual([
      "INV-1",
      "INV-2",
    ]);
  });

  it("M46 what is voided there is counted no more, and what was sent from here never was", async () => {
    const client = await scene.client();
    const [id = ""] = await enter(client, { number: "THEIRS-1" });
    expect(await read(client)).toMatchObject({ count: 1 });
    await scene.control.editDocument(client.tenant, id, { status: "VOIDED" });
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    expect(await read(client)).toMatchObject({ count: 0, amounts: [], possible: { count: 0 } });
  });

  it("N43 one of ours that was settled there by a credit note and a payment is open here by nothing more, with the reason", async () => {
    const client = await scene.client();
    await client.add(
      { number: "INV-1" },
      {
        number: "CN-1",
        kind: "sales-credit-note",
        lines: [{ unitPrice: "2.00", netMinor: 200n, taxMinor: 0n, taxCode: "ZERO" }],
      },
    );
    await client.upload();
    await client.work();
    const { documents } = await client.ledger();
    const id = (number: string) => documents.find((document) => document.number === number)?.id;
    const tokens = await scene.control.tokens([client.tenant]);
    const answer = await fetch(`${scene.simulator.url}/api.xro/2.0/CreditNotes/${id("CN-1")}/Allocations`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${tokens.access_token}`,
        "xero-tenant-id": client.tenant,
        "content-type": "application/json",
        accept: "application/json",
      },
      body: JSON.stringify({ Allocations: [{ Amount: 2, Date: "2026-11-20", Invoice: { InvoiceID: id("INV-1") } }] }),
    });
    expect(answer.status).toBe(200);
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "10.00", date: "2026-11-20" });
    await read(client);
    await client.inScope((db) =>
      createAndAllocate(db, client.scope, { filter: {}, exceptIds: [], count: 0, asOf: "2199-01-01T00:00:00Z" }),
    );
    const { rows } = await client.inScope((db) =>
      db.execute<{ id: string; open: string }>(
        sql`select id, gross_minor - paid_minor as open from documents where client_id = ${client.clientId} and number = 'INV-1'`,
      ),
    );
    // The allocation does not transfer: no payment of ours says anything of the £2.00. They are settled there, and owed by nobody.
    expect(rows[0]?.open).toBe("200");
    const there = await client.inScope((db) => findThere(db, client.scope, rows[0]?.id ?? ""));
    expect(there).toMatchObject({ dueMinor: 0n, settledBy: [{ how: "credit-note", reference: "CN-1", amount: "200" }] });
    const listed = async (state: "open" | "settled") =>
      (
        await client.inScope((db) =>
          listDocuments(db, client.scope, { state }, DOCUMENT_KEYS.number, { direction: "asc", after: null, limit: 50 }),
        )
      ).rows.map((row) => [row.number, row.openMinor]);
    expect(await listed("settled")).toContainEqual(["INV-1", "0"]);
    expect((await listed("open")).map(([number]) => number)).not.toContain("INV-1");
  });

  it("M46 cost one list call a read, and the next read asks only for what changed since, five minutes over", async () => {
    const client = await scene.client();
    await enter(client, { number: "THEIRS-1" });
    for (let slice = 0; slice < 3; slice += 1) {
      const since = await lastCall(client);
      await read(client);
      expect((await listCalls(client, since)).length).toBe(1);
    }
    // Out of work, and soon after a read: nothing is asked.
    const since = await lastCall(client);
    await client.work();
    expect((await listCalls(client, since)).length).toBe(0);
    const { cursor, asOf } = await client.inScope((db) =>
      findReading(db, client.scope, client.connectionId, { id: "documents" }),
    );
    expect(asOf).not.toBeNull();
    const request = { connection: client.worldFor(0n).connection, stream: "documents" as const, cursor };
    const since5 = xero.pull.ask(request, request.connection).headers["If-Modified-Since"] ?? "";
    const [row] = (
      await client.inScope((db) =>
        db.execute<{ at: string }>(
          sql`select to_char((max(changed_at) - interval '5 minutes') at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS') as at from package_documents where connection_id = ${client.connectionId}`,
        ),
      )
    ).rows;
    expect(since5).toBe(row?.at);
  });

  it("M46 I9 rows and cursor are kept together, and an older page moves the cursor never back", async () => {
    const client = await scene.client();
    const [id = ""] = await enter(client, { number: "THEIRS-1" });
    const world = client.worldFor(await client.lease());
    const once = (meanwhile: () => Promise<void> = async () => {}) =>
      pullDocuments({
        database: scene.database,
        scope: client.scope,
        connection: world.connection,
        connector: world.connector,
        exchange: async (exchange, ask) => {
          const page = await exchangeRead(world, exchange, ask);
          await meanwhile();
          return page;
        },
      });
    const reading = () => client.inScope((db) => findReading(db, client.scope, client.connectionId, { id: "documents" }));
    let moved: string | null = null;
    const late = await once(async () => {
      await scene.step(600);
      await scene.control.editDocument(client.tenant, id, { status: "VOIDED" });
      expect(await once()).toMatchObject({ read: 1, changed: 1 });
      moved = (await reading()).cursor;
    });
    expect(late.changed).toBe(0);
    expect((await reading()).cursor).toBe(moved);
    expect(await client.inScope((db) => totalNotOurs(db, client.scope))).toMatchObject({ count: 0 });
    expect(await once()).toMatchObject({ read: 1, changed: 0, more: false });
  });
});
