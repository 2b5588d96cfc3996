import { afterAll, describe, expect, it } from "vitest";
import { listPayments, PAYMENT_KEYS } from "#db/queries/payments/payment-pages.ts";
import { sharedTestDatabase } from "#lib/testing/database.ts";
import { ImportWorld } from "./incoming.fixture.ts";
import { undoCreate } from "./undo.ts";

const test = await sharedTestDatabase();
const worlds: ImportWorld[] = [];
afterAll(async () => {
  for (const world of worlds) await world.close();
});

/** @param on whether the connection says that exact payments are created by themselves */
async function aWorld(on = true): Promise<ImportWorld> {
  const world = await new ImportWorld(test).create();
  worlds.push(world);
  await world.sql(
    "update connections set settings = settings || jsonb_build_object('exactPayments', $2::boolean) where id = $1",
    [world.connectionId, on],
  );
  return world;
}

const runs = (world: ImportWorld) =>
  world.sql<{ id: string; total: number; detail: Record<string, unknown> }>(
    "select id, total, detail from runs where client_id = $1 and kind = 'allocate' order by number",
    [world.clientId],
  );

describe("payments that match exactly", () => {
  it("FD17 a payment that settles its document to the penny is created and allocated after the read, and stands under its run", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 2430n);
    const [one, two] = [await world.document("INV-2", 1000n), await world.document("INV-3", 500n)];
    const paid = world.paid("INV-1", 2430n, { reference: "BACS 17" });
    world.paid("INV-2", 1000n, { groupExternalId: "b" });
    world.paid("INV-3", 500n, { groupExternalId: "b" });
    await world.pull();
    expect(await world.row(paid.externalId)).toMatchObject({ status: "created", detail: "Payment created and allocated" });
    expect(await world.row("b/GBP")).toMatchObject({ status: "created" });
    expect([await world.openMinor(invoice), await world.openMinor(one), await world.openMinor(two)]).toEqual([0n, 0n, 0n]);
    const [run, ...others] = await runs(world);
    expect(others).toEqual([]);
    expect(run).toMatchObject({ total: 2, detail: { created: 2, failed: 0, exact: true } });
    const listed = await world.database.inScope(world.scope, (db) =>
      listPayments(db, world.scope, { run: run?.id }, PAYMENT_KEYS.date, { direction: "asc", after: null, limit: 10 }),
    );
    expect(listed.rows.map((row) => row.documents).sort()).toEqual(["INV-1", "INV-2, INV-3"]);
    const [event] = await world.sql<{ detail: object }>(
      "select detail from audit_events where client_id = $1 and action = 'import.create-exact'",
      [world.clientId],
    );
    expect(event?.detail).toMatchObject({ created: 2, amounts: { "receipt GBP": "3930" } });
    // Read once more: nothing is created twice.
    await world.sql("update pull_cursors set cursor = null where connection_id = $1", [world.connectionId]);
    await world.pull();
    expect(await world.count("payments")).toBe(2);
  });

  it("FD17 nothing is created by itself unless the connection says so", async () => {
    const world = await aWorld(false);
    await world.document("INV-1", 2430n);
    const paid = world.paid("INV-1", 2430n);
    await world.pull();
    expect(await world.row(paid.externalId)).toMatchObject({ status: "waiting" });
    expect(await world.count("payments")).toBe(0);
  });

  it.each<[string, (world: ImportWorld) => Promise<unknown>]>([
    ["a part of what is open", async (world) => world.paid("INV-1", 2000n)],
    ["a penny too much", async (world) => world.paid("INV-1", 2431n)],
    ["another number there", async (world) => world.paid("INV-1", 2430n, { documentNumber: "INV-10" })],
    ["another customer there", async (world) => world.paid("INV-1", 2430n, { contactName: "Peak Gifts (Leeds) Ltd" })],
    ["another currency", async (world) => world.paid("INV-1", 2430n, { currency: "EUR" })],
    ["a document that is not ours", async (world) => world.paid("INV-9", 2430n)],
    [
      "money on account beside it",
      async (world) => {
        world.paid("INV-1", 2430n, { groupExternalId: "b" });
        world.paid("INV-1", 100n, {
          groupExternalId: "b",
          documentKind: "on-account",
          documentExternalId: null,
          documentNumber: null,
        });
      },
    ],
    ["a refund on an invoice", async (world) => world.paid("INV-1", 2430n, { kind: "sales-refund" })],
    [
      "a document that is void here",
      async (world) => {
        await world.sql("update documents set status = 'void' where client_id = $1", [world.clientId]);
        world.paid("INV-1", 2430n);
      },
    ],
    ["a bank account without a mapping", async (world) => world.paid("INV-1", 2430n, { bankAccountExternalId: "bank-2" })],
  ])("FD17 %s is left to staff, its row as it was", async (_what, pay) => {
    const world = await aWorld();
    await world.document("INV-1", 2430n);
    await pay(world);
    await world.pull();
    expect(await world.count("payments")).toBe(0);
    expect(await runs(world)).toEqual([]);
    const states = await world.sql("select distinct status from incoming_payments where client_id = $1", [world.clientId]);
    expect(states.map((row) => row.status)).not.toContain("failed");
  });

  it("FD17 of two payments that each settle the same invoice the first is taken, and the second waits", async () => {
    const world = await aWorld();
    await world.document("INV-1", 2430n);
    const first = world.paid("INV-1", 2430n, { paidOn: "2026-11-18" });
    const second = world.paid("INV-1", 2430n, { paidOn: "2026-11-19" });
    await world.pull();
    expect(await world.row(first.externalId)).toMatchObject({ status: "created" });
    expect(await world.row(second.externalId)).toMatchObject({ status: "waiting", payment: null });
  });

  it("FD17 a run is undone in one, and what a person took back is not created again by itself", async () => {
    const world = await aWorld();
    const documents = [await world.document("INV-1", 2430n), await world.document("INV-2", 1000n)];
    world.paid("INV-1", 2430n);
    world.paid("INV-2", 1000n);
    await world.pull();
    const [run] = await runs(world);
    const reach = await world.database.inScope(world.scope, (db) => undoCreate(db, world.scope, { run: run?.id ?? "" }));
    expect(reach).toMatchObject({ payments: 2, documents: 2, refused: 0 });
    await world.sql("update pull_cursors set cursor = null where connection_id = $1", [world.connectionId]);
    await world.document("INV-3", 300n);
    const later = world.paid("INV-3", 300n);
    await world.pull();
    expect(await Promise.all(documents.map((id) => world.openMinor(id)))).toEqual([2430n, 1000n]);
    expect(await world.row(later.externalId)).toMatchObject({ status: "created" });
    expect(await runs(world)).toHaveLength(2);
    // Another client's run of that id touches nothing.
    const other = await aWorld();
    expect(await other.database.inScope(other.scope, (db) => undoCreate(db, other.scope, { run: run?.id ?? "" }))).toMatchObject({
      payments: 0,
    });
  });
});
