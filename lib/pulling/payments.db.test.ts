import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countWaiting, findLatestRead, listIncoming } from "#db/queries/incoming-payments.ts";
import { createAndAllocate } from "#lib/allocating/create.ts";
import { ImportWorld } from "#lib/allocating/incoming.fixture.ts";
import { createTestDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { requestPull } from "./request.ts";

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

const inScope = <T>(world: ImportWorld, work: Parameters<typeof world.database.inScope<T>>[1]) =>
  world.database.inScope(world.scope, work);

describe("payments read from the package", () => {
  it("M59 keeps page and cursor together, reads on from there, and takes the overlap once", async () => {
    const world = await aWorld();
    await world.document("INV-1", 100000n);
    for (let n = 0; n < 7; n += 1) world.paid("INV-1", 100n);
    expect(await world.pull({ pageSize: 3 })).toEqual({ pages: 3, read: 7, changed: 7, whole: true });
    world.paid("INV-1", 100n);
    expect(await world.pull({ pageSize: 3, overlap: 2 })).toEqual({ pages: 1, read: 3, changed: 1, whole: true });
    expect(await world.count("incoming_payments")).toBe(8);
    expect(
      await world.sql("select payments_cursor as c, payments_as_of is not null as read from connections where id = $1", [
        world.connectionId,
      ]),
    ).toEqual([{ c: "8", read: true }]);
  });

  it("M59 writes nothing for rows that are as they were", async () => {
    const world = await aWorld();
    await world.document("INV-1", 100000n);
    for (let n = 0; n < 5; n += 1) world.paid("INV-1", 100n);
    await world.pull();
    const versions =
      "select xmin::text as x from incoming_payments where client_id = $1 union all select xmin::text from incoming_payment_lines where client_id = $1";
    const before = await world.sql(versions, [world.clientId]);
    await world.sql("update connections set payments_cursor = null where id = $1", [world.connectionId]);
    expect(await world.pull()).toMatchObject({ read: 5, changed: 0 });
    expect(await world.sql(versions, [world.clientId])).toEqual(before);
  });

  it("M59 stores a page once when two readers hold it", async () => {
    const world = await aWorld();
    await world.document("INV-1", 100000n);
    for (let n = 0; n < 4; n += 1) world.paid("INV-1", 100n);
    const results = await Promise.all([world.pull({ pageSize: 2 }), world.pull({ pageSize: 2 })]);
    expect(results.some((result) => result.whole)).toBe(true);
    expect(await world.count("incoming_payments")).toBe(4);
  });

  it("M74 shows a payment on account as kept in the package, which no one can create and which is no error", async () => {
    const world = await aWorld();
    const paid = world.paid("", 5000n, {
      documentExternalId: null,
      documentNumber: null,
      documentKind: "on-account",
      bankAccountExternalId: null,
    });
    await world.pull();
    const row = await world.row(paid.externalId);
    expect(row).toMatchObject({
      status: "kept-in-package",
      code: "rule.payment-on-account",
      detail: "Payment on account: kept in the package",
    });
    const result = await inScope(world, (db) => createAndAllocate(db, world.scope, { ids: [row.id] }));
    expect(result).toMatchObject({ created: 0, failed: 0 });
    expect(await world.row(paid.externalId)).toEqual(row);
    expect(await inScope(world, (db) => countWaiting(db, world.scope))).toBe(0);
  });

  it("M74 offers it once it has been allocated in the package", async () => {
    const world = await aWorld();
    await world.document("INV-1", 5000n);
    const paid = world.paid("", 5000n, { documentExternalId: null, documentNumber: null, documentKind: "on-account" });
    await world.pull();
    world.feed.push({ ...paid, documentExternalId: "remote-INV-1", documentNumber: "INV-1", documentKind: "sales-invoice" });
    await world.pull();
    expect(await world.row(paid.externalId)).toMatchObject({ status: "waiting", code: null, detail: null });
  });

  it("M61 has no row for credit notes that were allocated, only for money that moved", async () => {
    const world = await aWorld();
    await world.document("INV-1", 12000n);
    await world.document("CN-1", 2000n, { kind: "sales-credit-note" });
    // The package allocates CN-1 to INV-1: that is no payment, so the feed stays as it was.
    await world.pull();
    world.paid("INV-1", 10000n);
    await world.pull();
    expect(await world.count("incoming_payments")).toBe(1);
  });

  it("M59 never shows a payment that we sent ourselves", async () => {
    const world = await aWorld();
    await world.document("INV-1", 5000n);
    const paid = world.paid("INV-1", 5000n);
    const [sent] = await world.sql<{ id: string }>(
      `insert into payments (client_id, kind, origin, bank_nominal_code, paid_on, currency, amount_minor, created_by)
       values ($1, 'receipt', 'operational', '1200', '2026-11-20', 'GBP', 5000, 'File') returning id`,
      [world.clientId],
    );
    await world.sql(
      "insert into external_refs (client_id, connection_id, family, external_id, record_id, linked_by) values ($1, $2, 'payment', $3, $4, 'Upload')",
      [world.clientId, world.connectionId, paid.externalId, sent?.id],
    );
    await world.pull();
    expect(await world.count("incoming_payments")).toBe(0);
  });

  it("M60 flags a payment that is deleted in the package, before it was created and after", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 5000n);
    const [early, late] = [world.paid("INV-1", 1000n), world.paid("INV-1", 2000n)];
    const never = world.paid("INV-1", 1n, { status: "deleted" });
    await world.pull();
    const { id } = await world.row(late.externalId);
    await inScope(world, (db) => createAndAllocate(db, world.scope, { ids: [id] }));
    world.feed.push(
      { ...early, status: "deleted" },
      { ...late, status: "deleted", bankAccountExternalId: null, amountMinor: 0n },
    );
    await world.pull();
    expect(await world.row(early.externalId)).toMatchObject({
      status: "deleted-in-package",
      detail: "Deleted in the package before it was created here",
    });
    expect(await world.row(late.externalId)).toMatchObject({
      status: "deleted-in-package",
      amount: "2000",
      detail: "Deleted in the package after it was created here: our payment still stands",
    });
    await expect(world.row(never.externalId)).rejects.toThrow();
    // Nothing is undone unseen.
    expect(await world.openMinor(invoice)).toBe(3000n);
    const again = await inScope(world, (db) => createAndAllocate(db, world.scope, { ids: [id] }));
    expect(again).toMatchObject({ created: 0, already: 1 });
  });

  it("M60 offers a payment whose document was sent after it had been read", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 5000n, { linked: false });
    const paid = world.paid("INV-1", 5000n);
    await world.pull();
    expect(await world.row(paid.externalId)).toMatchObject({ status: "not-ours" });
    await world.link("INV-1", invoice);
    await world.pull();
    expect(await world.row(paid.externalId)).toMatchObject({ status: "waiting", code: null });
  });

  it("does not offer again what was created before a reconnection", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 5000n);
    const paid = world.paid("INV-1", 2000n);
    await world.pull();
    await inScope(world, async (db) => createAndAllocate(db, world.scope, { ids: [(await world.row(paid.externalId)).id] }));
    await world.sql("delete from incoming_payments where client_id = $1", [world.clientId]);
    await world.sql("update connections set payments_cursor = null where id = $1", [world.connectionId]);
    await world.pull();
    const row = await world.row(paid.externalId);
    expect(row).toMatchObject({ status: "created" });
    expect(await inScope(world, (db) => createAndAllocate(db, world.scope, { ids: [row.id] }))).toMatchObject({
      created: 0,
      already: 1,
    });
    expect(await world.openMinor(invoice)).toBe(3000n);
  });

  it("ends the read that staff asked for, with its figures; asking twice is one read", async () => {
    const world = await aWorld();
    await world.document("INV-1", 5000n);
    world.paid("INV-1", 2000n);
    const [first, second] = await Promise.all([1, 2].map(() => inScope(world, (db) => requestPull(db, world.scope))));
    expect(second).toEqual(first);
    await world.pull();
    expect(await inScope(world, (db) => findLatestRead(db, world.scope))).toMatchObject({
      id: first?.runId,
      state: "finished",
      detail: { pages: 1, read: 1, changed: 1 },
    });
    expect(await inScope(world, (db) => requestPull(db, world.scope))).not.toEqual(first);
  });

  it("asks for a connection before it reads", async () => {
    const world = await aWorld();
    await world.sql("update connections set state = 'disconnected' where id = $1", [world.connectionId]);
    await expect(inScope(world, (db) => requestPull(db, world.scope))).rejects.toThrow("under Setup");
  });

  it("pages the grid by key, without gap or repeat", async () => {
    const world = await aWorld();
    await world.document("INV-1", 100000n);
    for (let n = 0; n < 25; n += 1) world.paid("INV-1", 100n, { paidOn: `2026-11-${String((n % 5) + 1).padStart(2, "0")}` });
    await world.pull();
    const seen: string[] = [];
    let after: Awaited<ReturnType<typeof listIncoming>>["next"] = null;
    do {
      const page: Awaited<ReturnType<typeof listIncoming>> = await inScope(world, (db) =>
        listIncoming(db, world.scope, {}, { after, limit: 10 }),
      );
      seen.push(...page.rows.map((row) => row.id));
      after = page.next;
    } while (after !== null);
    expect(new Set(seen).size).toBe(25);
    expect(seen).toHaveLength(25);
  });
});
