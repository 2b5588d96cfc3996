import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { DOCUMENT_KEYS, listDocuments } from "#db/queries/operational/documents.ts";
import { countOpenDifferences, findOpenApart, listOpenDifferences } from "#db/queries/payments/open-apart.ts";
import { createAndAllocate } from "#lib/allocating/create.ts";
import { undoCreate } from "#lib/allocating/undo.ts";
import { decimalToMinor, minorToDecimal } from "#lib/common/money.ts";
import { enterPayments } from "#lib/operational/payments.ts";
import { lookAtRow } from "#lib/posting/look-now.ts";
import { overview } from "#lib/setup/overview.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { requestPull } from "./request.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const ALL = { filter: {}, exceptIds: [], count: 0, asOf: "2199-01-01T00:00:00Z" };
/** A modified date that no list read of ours ever shows. */
const LONG_AGO = "2020-01-01T00:00:00Z";

const ALL_ROWS = { direction: "desc", after: null, limit: 10 } as const;
const contactId = async (client: SceneClient): Promise<string> => {
  const { rows } = await client.inScope((db) =>
    db.execute<{ id: string }>(sql`select id from contacts where client_id = ${client.clientId} limit 1`),
  );
  return rows[0]?.id ?? "";
};

async function read(client: SceneClient): Promise<void> {
  await client.inScope((db) => requestPull(db, client.scope));
  await client.work();
}

const createAll = (client: SceneClient) => client.inScope((db) => createAndAllocate(db, client.scope, ALL));

/** Calls the package past the product, as a person there does. */
async function inXero(client: SceneClient, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const tokens = await scene.control.tokens([client.tenant]);
  const answer = await fetch(`${scene.simulator.url}/api.xro/2.0/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${tokens.access_token}`,
      "xero-tenant-id": client.tenant,
      "content-type": "application/json",
      accept: "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  expect(answer.status, text).toBe(200);
  return JSON.parse(text);
}

const least = (one: bigint, other: bigint) => [one, other].toSorted((a, b) => Number(a - b))[0] ?? 0n;
const pence = (text: string) => decimalToMinor(text, "GBP") ?? 0n;

interface Both {
  readonly id: string;
  readonly number: string;
  readonly ours: bigint;
  readonly theirs: bigint;
}

/** What is open on each document here and there. */
async function both(client: SceneClient): Promise<Both[]> {
  const { rows } = await client.inScope((db) =>
    db.execute<{ id: string; number: string; ours: string }>(sql`
      select id, number, gross_minor - paid_minor - settled_minor as ours from documents where client_id = ${client.clientId} order by number`),
  );
  const { documents } = await client.ledger();
  return rows.map(({ id, number, ours }) => ({
    id,
    number,
    ours: BigInt(ours),
    theirs: pence(documents.find((one) => one.number === number)?.due ?? "0"),
  }));
}

/** Every document is open here as it is there, or is listed with a difference that is theirs less ours, to the penny. Answers those listed. */
async function expectTold(client: SceneClient) {
  const documents = await both(client);
  const listed = await client.inScope((db) =>
    findOpenApart(
      db,
      client.scope,
      documents.map((one) => one.id),
    ),
  );
  for (const { id, number, ours, theirs } of documents) {
    const told = listed.find((one) => one.documentId === id);
    if (ours === theirs) expect(told, number).toBeUndefined();
    else {
      expect(told, `${number}: ${ours} here, ${theirs} there, and nothing says so`).toMatchObject({
        oursMinor: ours.toString(),
        theirsMinor: theirs.toString(),
      });
      const { contentMinor = "0", toGoMinor = "0", waitingMinor = "0", unexplainedMinor = "0" } = told ?? {};
      expect(BigInt(contentMinor) + BigInt(toGoMinor) - BigInt(waitingMinor) + BigInt(unexplainedMinor)).toBe(theirs - ours);
    }
  }
  expect(await client.broken()).toEqual([]);
  return listed;
}

/** Small and repeatable (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("FB4 open here = open there", () => {
  it("FB4 N43 a payment whose date no list read shows, one of an unknown kind and one that went there unseen are read by the document itself", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" }, { number: "INV-3" });
    await client.upload();
    await client.work();
    // Once a payment was read, the list is asked for what changed since, and shows the old one never.
    await scene.control.pay(client.tenant, { number: "INV-3", amount: "2.00", date: "2026-11-20" });
    await read(client);
    await createAll(client);
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "6.00", date: "2026-11-20", changedAt: LONG_AGO });
    await scene.control.pay(client.tenant, { number: "INV-2", amount: "6.00", date: "2026-11-20", type: "ARDIRECTDEBIT" });
    await read(client);
    // Both were read, each by its id: one waits in Import, the other stays there under its own word.
    expect(await expectTold(client)).toMatchObject([{ number: "INV-1", waitingMinor: "600", unexplainedMinor: "0" }]);
    const { rows } = await client.inScope((db) =>
      db.execute<{ status: string; words: string | null }>(
        sql`select status, status_detail as words from incoming_payments where client_id = ${client.clientId} order by status`,
      ),
    );
    expect(rows).toEqual([
      { status: "created", words: "Payment created and allocated" },
      { status: "kept-in-package", words: "ARDIRECTDEBIT: a kind of payment that stays in the package" },
      { status: "waiting", words: null },
    ]);
    await createAll(client);
    expect(await both(client)).toMatchObject([
      { ours: 600n, theirs: 600n },
      { ours: 600n, theirs: 600n },
      { ours: 1000n, theirs: 1000n },
    ]);
    expect(await expectTold(client)).toEqual([]);
  });

  it("FB4 what nothing explains is said in pounds, counted as work, asked about once, and gone once it is explained", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    await read(client);
    // Deleted there while no read was told of it; and then the document itself says another amount.
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00", date: "2026-11-20" });
    await read(client);
    await createAll(client);
    const none = { count: 0, amounts: [], explained: 0 };
    expect(await client.inScope((db) => countOpenDifferences(db, client.scope))).toEqual(none);
    await client.inScope((db) =>
      db.execute(sql`update package_documents set due_minor = 720 where client_id = ${client.clientId}`),
    );
    await client.inScope((db) => db.execute(sql`update documents set there_minor = 720 where client_id = ${client.clientId}`));
    expect(await client.inScope((db) => countOpenDifferences(db, client.scope))).toEqual({
      count: 1,
      amounts: [{ side: "sales", currency: "GBP", minor: "720" }],
      explained: 0,
    });
    expect(await client.inScope((db) => listOpenDifferences(db, client.scope, 5))).toMatchObject([
      { number: "INV-1", oursMinor: "0", theirsMinor: "720", unexplainedMinor: "720" },
    ]);
    // The Overview's figure, the Documents list and its filter, and the customer's own page say the same.
    const shown = await client.inScope(async (db) => ({
      overview: (await overview(db, client.scope)).openApart,
      list: (await listDocuments(db, client.scope, { state: "apart" }, DOCUMENT_KEYS.date, ALL_ROWS)).rows,
      contact: (await listDocuments(db, client.scope, { contactId: await contactId(client) }, DOCUMENT_KEYS.date, ALL_ROWS)).rows,
    }));
    expect(shown.overview).toBe(1);
    const differs = [{ number: "INV-1", apart: { theirsMinor: "720", unexplainedMinor: "720" } }];
    expect(shown.list).toMatchObject(differs);
    expect(shown.contact).toMatchObject(differs);
    await client.inScope((db) =>
      db.execute(sql`update package_documents set open_due = true where client_id = ${client.clientId}`),
    );
    const calls = async () => (await client.calls()).length;
    const before = await calls();
    await client.work();
    // The document was read whole and is paid there: there was nothing to explain.
    expect((await calls()) - before).toBe(1);
    expect(await client.inScope((db) => countOpenDifferences(db, client.scope))).toEqual(none);
    await client.work();
    expect((await calls()) - before).toBe(1);
  });

  it("FB4 Look now reads the document's payments at once", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    await read(client);
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "5.00", date: "2026-11-20", changedAt: LONG_AGO });
    const row = await client.row("INV-1");
    const answer = await lookAtRow(scene.database, client.scope, row.id, client.app);
    expect(answer).toMatchObject({ outcome: "equal" });
    expect(await expectTold(client)).toMatchObject([{ number: "INV-1", theirsMinor: "700", waitingMinor: "500" }]);
    // It keeps its tick, which is for what the document says; what is open stands beside it.
    expect((await client.row("INV-1")).state).toBe("confirmed");
  });

  it.each([1, 2, 3])(
    "FB4 N21 whatever is paid, allocated, deleted and refunded on either side: no document is open by another amount in silence (%i)",
    async (seed) => {
      const client = await scene.client();
      const random = randomOf(seed);
      const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
      const invoices = ["INV-1", "INV-2", "INV-3", "INV-4"];
      const notes = ["CN-1", "CN-2"];
      await client.add(
        ...invoices.map((number) => ({ number, lines: [{ unitPrice: "100.00", netMinor: 10_000n, taxMinor: 2_000n }] })),
        ...notes.map((number) => ({
          number,
          kind: "sales-credit-note" as const,
          lines: [{ unitPrice: "50.00", netMinor: 5_000n, taxMinor: 1_000n }],
        })),
      );
      await client.inScope((db) => db.execute(sql`update contacts set terms = 'cash' where client_id = ${client.clientId}`));
      await client.upload();
      await client.work();
      const ledger = await client.ledger();
      const idOf = (number: string) => ledger.documents.find((one) => one.number === number)?.id ?? "";
      const contactId = ledger.documents[0]?.contactId ?? "";
      const dueOf = async (number: string) =>
        pence((await client.ledger()).documents.find((one) => one.number === number)?.due ?? "0");
      const part = (of: bigint) => (random() < 0.3 ? of : (of * BigInt(1 + Math.floor(random() * 98))) / 100n);
      const done: string[] = [];
      const steps: Record<string, () => Promise<void>> = {
        pay: () => pay({}),
        "pay unseen": () => pay({ changedAt: LONG_AGO }),
        "pay in a kind of its own": () => pay({ type: "ARDIRECTDEBIT" }),
        "delete a payment": async () => {
          const one = pick((await client.ledger()).payments);
          if (one) await inXero(client, "POST", `Payments/${one.id}`, { Status: "DELETED" });
        },
        "allocate a credit note": () => allocate("CreditNotes", pick(notes) ?? ""),
        "refund a credit note": () => pay({}, notes),
        "allocate a prepayment": async () => {
          const made = await inXero(client, "PUT", "BankTransactions", {
            BankTransactions: [
              {
                Type: "RECEIVE-PREPAYMENT",
                Contact: { ContactID: contactId },
                BankAccount: { Code: "090" },
                Date: "2026-11-21",
                LineItems: [{ Description: "In advance", Quantity: 1, UnitAmount: 20, AccountCode: "200", TaxType: "NONE" }],
              },
            ],
          });
          const id = (made.BankTransactions as { PrepaymentID: string }[])[0]?.PrepaymentID ?? "";
          await allocate("Prepayments", id, 2_000n);
        },
        "create & allocate": async () => void (await createAll(client)),
        undo: async () => void (await client.inScope((db) => undoCreate(db, client.scope, ALL))),
        "enter one of ours": async () => {
          const number = pick(invoices) ?? "";
          const ours = (await both(client)).find((one) => one.number === number)?.ours ?? 0n;
          const amountMinor = part(least(ours, await dueOf(number)));
          if (amountMinor <= 0n) return;
          await client.inScope((db) =>
            enterPayments(db, client.scope, [
              {
                recordReference: null,
                document: { number },
                bankNominalCode: "1200",
                paidOn: "2026-11-05",
                currency: null,
                amountMinor,
                reference: null,
              },
            ]),
          );
          if (random() < 0.6) await client.upload();
        },
        read: () => read(client),
      };
      async function pay(over: { changedAt?: string; type?: string }, among = invoices) {
        const number = pick(among) ?? "";
        const amount = part(await dueOf(number));
        if (amount <= 0n) return;
        await scene.control.pay(client.tenant, { number, amount: minorToDecimal(amount, "GBP"), date: "2026-11-20", ...over });
      }
      async function allocate(from: string, source: string, most?: bigint) {
        const number = pick(invoices) ?? "";
        const left = most ?? (await dueOf(source));
        const due = await dueOf(number);
        const amount = part(least(left, due));
        if (amount <= 0n) return;
        await inXero(client, "PUT", `${from}/${most === undefined ? idOf(source) : source}/Allocations`, {
          Allocations: [
            { Amount: Number(minorToDecimal(amount, "GBP")), Date: "2026-11-20", Invoice: { InvoiceID: idOf(number) } },
          ],
        });
      }
      for (let slice = 0; slice < 4; slice += 1) {
        for (let step = 0; step < 6; step += 1) {
          const name = pick(Object.keys(steps)) ?? "read";
          done.push(name);
          await steps[name]?.();
        }
        await read(client);
        const listed = await expectTold(client);
        // All of it was entered in ways that are read: nothing is left unexplained.
        expect(
          listed.filter((one) => one.unexplainedMinor !== "0"),
          done.join(", "),
        ).toEqual([]);
      }
      await createAll(client);
      await client.upload().catch(() => {});
      await client.work();
      await read(client);
      expect(
        (await expectTold(client)).filter((one) => one.unexplainedMinor !== "0"),
        done.join(", "),
      ).toEqual([]);
    },
    60_000,
  );
});
