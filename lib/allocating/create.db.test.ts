import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { listIncoming, totalIncoming } from "#db/queries/payments/incoming-grid.ts";
import { bankMovements, contactBalance, listAllocations } from "#db/queries/payments/payments.ts";
import { createTestDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { createAndAllocate } from "./create.ts";
import { ImportWorld } from "./incoming.fixture.ts";
import type { IncomingSelection } from "./selection.ts";

const TODAY = { date: "2026-01-01", timeZone: "Europe/London" };
let test: TestDatabase;
const worlds: ImportWorld[] = [];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(async () => {
  for (const world of worlds) await world.close();
});

async function aWorld(): Promise<ImportWorld> {
  const world = await new ImportWorld(test).create();
  worlds.push(world);
  return world;
}

const create = (world: ImportWorld, selection: IncomingSelection) =>
  world.database.inScope(world.scope, (db) => createAndAllocate(db, world.scope, selection));

const everything = (): IncomingSelection => ({ filter: {}, exceptIds: [], count: 0, asOf: "2199-01-01T00:00:00Z" });

describe("Create & allocate payments", () => {
  it("M59 M60 creates a full payment, allocates it and moves document, contact and bank", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 2430n);
    await world.document("INV-2", 1000n);
    const paid = world.paid("INV-1", 2430n, { reference: "BACS 17" });
    await world.pull();

    const before = await world.database.inScope(world.scope, (db) =>
      listIncoming(db, world.scope, {}, { after: null, limit: 50 }),
    );
    expect(before.rows).toMatchObject([
      {
        company: "Peak Gifts Ltd",
        paidOn: "2026-11-20",
        reference: "BACS 17",
        amountMinor: "2430",
        currency: "GBP",
        side: "sales",
        status: "waiting",
        parts: [{ documentId: invoice, number: "INV-1", amountMinor: "2430" }],
      },
    ]);

    const row = await world.row(paid.externalId);
    const result = await create(world, { ids: [row.id] });
    expect(result).toMatchObject({ created: 1, failed: 0, already: 0, amounts: { "receipt GBP": "2430" } });
    expect(await world.row(paid.externalId)).toMatchObject({
      status: "created",
      code: null,
      detail: "Payment created and allocated",
    });
    expect(await world.openMinor(invoice)).toBe(0n);

    const { balance, bank, allocations } = await world.database.inScope(world.scope, async (db) => ({
      balance: await contactBalance(db, world.scope, world.contactId),
      bank: await bankMovements(db, world.scope, world.connectionId, TODAY),
      allocations: await listAllocations(db, world.scope, invoice),
    }));
    expect(balance).toEqual([{ side: "sales", currency: "GBP", openMinor: 1000n, documents: 1 }]);
    expect(bank).toEqual([
      {
        bankNominalCode: "1200",
        bankAccountName: "Current Account",
        currency: "GBP",
        createdTodayMinor: 2430n,
        createdMinor: 2430n,
        packageMinor: 2430n,
      },
    ]);
    expect(allocations).toMatchObject([{ amountMinor: 2430n, reference: "BACS 17", bankNominalCode: "1200", takenBack: false }]);
    expect(
      await world.sql("select kind, state, total, detail->>'created' as created from runs where id = $1", [result.runId]),
    ).toEqual([{ kind: "allocate", state: "finished", total: 1, created: "1" }]);
  });

  it("M60 takes a part payment and leaves the rest open, and a second part closes it", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 10000n);
    world.paid("INV-1", 2500n);
    await world.pull();
    expect(await create(world, everything())).toMatchObject({ created: 1 });
    expect(await world.openMinor(invoice)).toBe(7500n);

    world.paid("INV-1", 7500n);
    await world.pull();
    expect(await create(world, everything())).toMatchObject({ created: 1 });
    expect(await world.openMinor(invoice)).toBe(0n);
    expect(await world.count("payments")).toBe(2);
  });

  it("M60 makes one payment of one receipt over two invoices, also when its parts arrive on two pages", async () => {
    const world = await aWorld();
    const one = await world.document("INV-1", 5000n);
    const two = await world.document("INV-2", 3000n);
    world.paid("INV-1", 5000n, { groupExternalId: "batch-1" });
    world.paid("INV-2", 2000n, { groupExternalId: "batch-1", contactName: "Hillside Farm Shop" });
    await world.pull({ pageSize: 1 });

    expect(await world.row("batch-1/GBP")).toMatchObject({ status: "waiting", amount: "7000" });
    const page = await world.database.inScope(world.scope, (db) =>
      listIncoming(db, world.scope, { search: "hillside" }, { after: null, limit: 5 }),
    );
    expect(page.rows).toMatchObject([{ company: "Peak Gifts Ltd · Hillside Farm Shop", partCount: 2 }]);

    expect(await create(world, everything())).toMatchObject({ created: 1, failed: 0 });
    expect(await world.sql("select amount_minor from payments where client_id = $1", [world.clientId])).toEqual([
      { amount_minor: "7000" },
    ]);
    expect(await world.count("allocations")).toBe(2);
    expect([await world.openMinor(one), await world.openMinor(two)]).toEqual([0n, 1000n]);
  });

  it("M60 pays bills and refunds credit notes too, each against its own kind", async () => {
    const world = await aWorld();
    const bill = await world.document("P-1", 4000n, { kind: "bill" });
    const credit = await world.document("CN-1", 900n, { kind: "sales-credit-note" });
    world.paid("P-1", 4000n, { kind: "payment-out", documentKind: "bill" });
    world.paid("CN-1", 900n, { kind: "sales-refund", documentKind: "sales-credit-note" });
    await world.pull();
    expect(await create(world, everything())).toMatchObject({ created: 2, failed: 0 });
    expect([await world.openMinor(bill), await world.openMinor(credit)]).toEqual([0n, 0n]);
    const bank = await world.database.inScope(world.scope, (db) => bankMovements(db, world.scope, world.connectionId, TODAY));
    expect(bank).toMatchObject([{ createdMinor: -4900n, packageMinor: -4900n }]);
  });

  it("M46 M60 counts a payment on an invoice that is only in the package as not ours, and imports no sale", async () => {
    const world = await aWorld();
    const mine = await world.document("INV-9", 5000n, { linked: false });
    const paid = world.paid("INV-9", 5000n);
    await world.pull();
    const unknown = { status: "not-ours", code: "rule.payment-not-ours", detail: "Unknown invoice: INV-9 is not one of ours" };
    // The same number is no proof: only the link says that it is the same document.
    expect(await world.row(paid.externalId)).toMatchObject(unknown);
    const { id } = await world.row(paid.externalId);
    expect(await create(world, { ids: [id] })).toMatchObject({ created: 0, failed: 1 });
    expect(await world.row(paid.externalId)).toMatchObject(unknown);
    expect(await world.count("payments")).toBe(0);
    expect(await world.sql("select count(*) as n from documents where client_id = $1", [world.clientId])).toEqual([{ n: "1" }]);
    const totals = await world.database.inScope(world.scope, (db) => totalIncoming(db, world.scope, {}));
    expect(totals.counts).toMatchObject({ "not-ours": 1, "to-do": 0 });

    // Once it has been exported, repeating finds it.
    await world.link("INV-9", mine);
    expect(await create(world, { ids: [id] })).toMatchObject({ created: 1 });
    expect(await world.openMinor(mine)).toBe(0n);
  });

  it("M60 says that a bank account is not mapped, and goes through when repeated after the mapping", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 5000n);
    const paid = world.paid("INV-1", 5000n, { bankAccountExternalId: "bank-2" });
    await world.pull();
    expect(await create(world, everything())).toMatchObject({ created: 0, failed: 1 });
    expect(await world.row(paid.externalId)).toMatchObject({
      status: "failed",
      code: "mapping.bank-missing",
      detail: "The bank account Savings is not mapped to a bank nominal",
    });
    expect(await world.openMinor(invoice)).toBe(5000n);
    await world.mapBank("bank-2", "1210");
    expect(await create(world, everything())).toMatchObject({ created: 1, failed: 0 });
    expect(await world.row(paid.externalId)).toMatchObject({ status: "created", code: null });
  });

  it("M60 refuses to guess between two bank nominals that stand for one bank account", async () => {
    const world = await aWorld();
    await world.mapBank("bank-1", "1201");
    await world.document("INV-1", 5000n);
    const paid = world.paid("INV-1", 5000n);
    await world.pull();
    expect(await create(world, everything())).toMatchObject({ created: 0, failed: 1 });
    expect((await world.row(paid.externalId)).detail).toContain("1200, 1201");
  });

  it("B21 takes no payment above what is open, of a void document or in another currency", async () => {
    const world = await aWorld();
    await world.document("INV-1", 5000n);
    await world.document("INV-2", 5000n, { status: "void" });
    await world.document("INV-3", 5000n, { currency: "EUR" });
    const large = world.paid("INV-1", 5001n);
    const onVoid = world.paid("INV-2", 100n);
    const foreign = world.paid("INV-3", 100n);
    await world.pull();
    expect(await create(world, everything())).toMatchObject({ created: 0, failed: 3 });
    expect(await world.row(large.externalId)).toMatchObject({
      code: "package.payment-too-large",
      detail: "INV-1 has £50.00 open here, so £50.01 is too much",
    });
    expect(await world.row(onVoid.externalId)).toMatchObject({ code: "source.document-void" });
    expect(await world.row(foreign.externalId)).toMatchObject({ code: "package.payment-currency" });
  });

  it("B21 lets the second of two payments on one invoice have only what the first left", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 5000n);
    const first = world.paid("INV-1", 3000n, { paidOn: "2026-11-01" });
    const second = world.paid("INV-1", 2500n, { paidOn: "2026-11-02" });
    const third = world.paid("INV-1", 2000n, { paidOn: "2026-11-03" });
    await world.pull();
    expect(await create(world, everything())).toMatchObject({ created: 2, failed: 1 });
    expect(await world.row(first.externalId)).toMatchObject({ status: "created" });
    expect(await world.row(second.externalId)).toMatchObject({ status: "failed" });
    expect(await world.row(third.externalId)).toMatchObject({ status: "created" });
    expect(await world.openMinor(invoice)).toBe(0n);
  });

  it("M60 creates nothing twice when repeated, and nothing becomes pending for export", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 5000n);
    const paid = world.paid("INV-1", 2000n);
    await world.pull();
    const { id } = await world.row(paid.externalId);
    expect(await create(world, { ids: [id] })).toMatchObject({ created: 1 });
    expect(await create(world, { ids: [id] })).toMatchObject({ runId: null, created: 0, failed: 0, already: 1 });
    // Read again whole, as after a lost cursor.
    await world.sql("update pull_cursors set cursor = null where connection_id = $1", [world.connectionId]);
    expect(await world.pull()).toMatchObject({ read: 1, changed: 0 });
    expect(await create(world, { ids: [id] })).toMatchObject({ created: 0, already: 1 });
    expect(await world.openMinor(invoice)).toBe(3000n);
    expect(await world.count("payments")).toBe(1);
    expect(await world.count("postings")).toBe(0);
    expect(
      await world.sql("select family, external_id from external_refs where client_id = $1 and family = 'payment'", [
        world.clientId,
      ]),
    ).toEqual([{ family: "payment", external_id: paid.externalId }]);
  });

  it("M60 makes one payment of ten clicks at once", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 50000n);
    for (let n = 0; n < 20; n += 1) world.paid("INV-1", 100n);
    await world.pull();
    const results = await Promise.all(Array.from({ length: 10 }, () => create(world, everything())));
    expect(results.map((result) => result.created).sort((a, b) => b - a)).toEqual([20, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(await world.count("payments")).toBe(20);
    expect(await world.openMinor(invoice)).toBe(48000n);
  });

  it("M60 takes thousands at once", async () => {
    const world = await aWorld();
    for (let n = 0; n < 20; n += 1) await world.document(`INV-${n}`, 10_000_000n);
    for (let n = 0; n < 3000; n += 1) world.paid(`INV-${n % 20}`, 100n);
    await world.pull();
    expect(await create(world, everything())).toMatchObject({ created: 3000, failed: 0 });
    expect(await world.count("allocations")).toBe(3000);
  });

  it("takes a filter's rows as of its moment, without its exceptions", async () => {
    const world = await aWorld();
    await world.document("INV-1", 50000n);
    const [one, two] = [world.paid("INV-1", 100n), world.paid("INV-1", 200n)];
    await world.pull();
    const [clock] = await world.sql<{ at: string }>(
      "select to_char(app.now() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') as at",
    );
    const late = world.paid("INV-1", 300n);
    await world.pull();
    const except = await world.row(two.externalId);
    expect(
      await create(world, { filter: { view: "to-do" }, exceptIds: [except.id], count: 1, asOf: clock?.at ?? "" }),
    ).toMatchObject({ created: 1 });
    expect(await world.row(one.externalId)).toMatchObject({ status: "created" });
    expect(await world.row(two.externalId)).toMatchObject({ status: "waiting" });
    expect(await world.row(late.externalId)).toMatchObject({ status: "waiting" });
  });

  it("B25 shows and creates nothing of another client", async () => {
    const [mine, theirs] = [await aWorld(), await aWorld()];
    await theirs.document("INV-1", 5000n);
    const paid = theirs.paid("INV-1", 5000n);
    await theirs.pull();
    const { id } = await theirs.row(paid.externalId);
    expect(await create(mine, { ids: [id] })).toMatchObject({ created: 0, failed: 0, already: 0 });
    expect(await theirs.row(paid.externalId)).toMatchObject({ status: "waiting" });
  });

  it("M60 allocates to the penny what it creates, and no document is ever paid beyond its total, whatever comes in and however often", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.bigInt({ min: 1n, max: 300n }), { minLength: 1, maxLength: 3 }),
        fc.array(
          fc.record({
            document: fc.nat({ max: 3 }),
            amount: fc.bigInt({ min: 1n, max: 200n }),
            batch: fc.option(fc.constantFrom("b1", "b2"), { nil: null }),
            repeat: fc.boolean(),
          }),
          { minLength: 1, maxLength: 8 },
        ),
        async (grosses, payments) => {
          const world = await new ImportWorld(test).create();
          try {
            const ids: string[] = [];
            for (const [n, gross] of grosses.entries()) ids.push(await world.document(`INV-${n}`, gross));
            for (const { document, amount, batch, repeat } of payments) {
              const paid = world.paid(`INV-${document}`, amount, { groupExternalId: batch });
              if (repeat) world.feed.push(paid);
            }
            await world.pull({ pageSize: 3 });
            await create(world, everything());
            await create(world, everything());
            const [sums] = await world.sql<{ paid: string; allocated: string; moved: string; rows: string }>(
              `select (select coalesce(sum(amount_minor), 0) from payments where client_id = $1) as paid,
                 (select coalesce(sum(amount_minor), 0) from allocations where client_id = $1) as allocated,
                 (select sum(paid_minor) from documents where client_id = $1) as moved,
                 (select coalesce(sum(amount_minor), 0) from incoming_payments where client_id = $1 and status = 'created') as rows`,
              [world.clientId],
            );
            expect(sums?.allocated).toBe(sums?.paid);
            expect(sums?.moved).toBe(sums?.paid);
            expect(sums?.rows).toBe(sums?.paid);
            for (const id of ids) expect(await world.openMinor(id)).toBeGreaterThanOrEqual(0n);
          } finally {
            await world.close();
          }
        },
      ),
      { numRuns: 25 },
    );
  });
});
