import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { countWaiting, listIncoming } from "#db/queries/payments/incoming-grid.ts";
import { findLatestRead } from "#db/queries/payments/payment-reads.ts";
import { listAllocations } from "#db/queries/payments/payments.ts";
import { createAndAllocate } from "#lib/allocating/create.ts";
import { ImportWorld } from "#lib/allocating/incoming.fixture.ts";
import { createTestDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { requestPull, stopPull } from "./request.ts";

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
      await world.sql(
        "select cursor as c, as_of is not null as read from pull_cursors where connection_id = $1 and stream = 'payments'",
        [world.connectionId],
      ),
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
    await world.sql("update pull_cursors set cursor = null where connection_id = $1", [world.connectionId]);
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

  it("M60 N21 takes back a payment that is deleted in the package after it was created; one deleted before never was ours", async () => {
    const world = await aWorld();
    const invoice = await world.document("INV-1", 5000n);
    const [early, late] = [world.paid("INV-1", 1000n), world.paid("INV-1", 2000n)];
    const never = world.paid("INV-1", 1n, { status: "deleted" });
    await world.pull();
    const { id } = await world.row(late.externalId);
    await inScope(world, (db) => createAndAllocate(db, world.scope, { ids: [id] }));
    expect(await world.openMinor(invoice)).toBe(3000n);
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
      detail: "Deleted in the package after it was created here: our payment was reversed",
    });
    await expect(world.row(never.externalId)).rejects.toThrow();
    // Balances follow, and the trail says what it was.
    expect(await world.openMinor(invoice)).toBe(5000n);
    expect(await world.sql("select status, amount_minor from payments where client_id = $1", [world.clientId])).toEqual([
      { status: "deleted", amount_minor: "2000" },
    ]);
    expect(await inScope(world, (db) => listAllocations(db, world.scope, invoice))).toMatchObject([
      { amountMinor: 2000n, takenBack: true },
    ]);
    expect(
      await world.sql(
        "select actor, detail->'payments'->0->'documents' as d from audit_events where client_id = $1 and action = $2",
        [world.clientId, "import.taken-back"],
      ),
    ).toMatchObject([{ d: ["INV-1"] }]);
    // Nothing is created of it again, and nothing is taken back twice.
    expect(await inScope(world, (db) => createAndAllocate(db, world.scope, { ids: [id] }))).toMatchObject({
      created: 0,
      already: 0,
    });
    await world.sql("update pull_cursors set cursor = null where connection_id = $1", [world.connectionId]);
    await world.pull();
    expect(await world.openMinor(invoice)).toBe(5000n);
    expect(await world.row(late.externalId)).toMatchObject({ detail: expect.stringContaining("was reversed") });
  });

  it("N21 takes back a receipt of which one part was deleted, and creates what is left of it when asked", async () => {
    const world = await aWorld();
    const [one, two] = [await world.document("INV-1", 5000n), await world.document("INV-2", 5000n)];
    const gone = world.paid("INV-1", 1000n, { groupExternalId: "b" });
    world.paid("INV-2", 700n, { groupExternalId: "b" });
    await world.pull();
    const { id } = await world.row("b/GBP");
    await inScope(world, (db) => createAndAllocate(db, world.scope, { ids: [id] }));
    world.feed.push({ ...gone, status: "deleted" });
    await world.pull();
    expect(await world.row("b/GBP")).toMatchObject({ status: "failed", code: "package.payment-changed", amount: "700" });
    expect([await world.openMinor(one), await world.openMinor(two)]).toEqual([5000n, 5000n]);
    expect(await inScope(world, (db) => createAndAllocate(db, world.scope, { ids: [id] }))).toMatchObject({ created: 1 });
    expect([await world.openMinor(one), await world.openMinor(two)]).toEqual([5000n, 4300n]);
    expect(await world.row("b/GBP")).toMatchObject({ status: "created", code: null });
  });

  it("M60 allocates a payment on an invoice from before the start date to ours of that number, and says why where we have none", async () => {
    const world = await aWorld();
    await world.sql("update connections set start_on = '2026-11-15' where id = $1", [world.connectionId]);
    const invoice = await world.document("OLD-1", 5000n, { linked: false });
    const listed = (number: string, gross: bigint) =>
      world.sql(
        `insert into package_documents (client_id, connection_id, external_id, kind, number, company, issued_on, currency, gross_minor, due_minor, status)
         values ($1, $2, $3, 'sales-invoice', $4, 'Peak Gifts Ltd', '2026-10-03', 'GBP', $5, $5, 'open')`,
        [world.clientId, world.connectionId, `remote-${number}`, number, gross.toString()],
      );
    await listed("OLD-1", 5000n);
    await listed("OLD-2", 900n);
    await listed("OLD-3", 800n);
    // The same number for another amount is another document.
    await world.document("OLD-3", 700n, { linked: false });
    const [ours, none, other] = [world.paid("OLD-1", 2000n), world.paid("OLD-2", 900n), world.paid("OLD-3", 100n)];
    await world.pull();
    expect(await world.row(ours.externalId)).toMatchObject({ status: "waiting" });
    const why = (number: string) => ({
      status: "not-ours",
      code: "rule.payment-before-start",
      detail: `${number} of 3 Oct 2026 is from before the start date 15 Nov 2026, and is not in our records with that number, company and amount`,
    });
    expect(await world.row(none.externalId)).toMatchObject(why("OLD-2"));
    expect(await world.row(other.externalId)).toMatchObject(why("OLD-3"));
    const ids = [ours, none, other].map(async ({ externalId }) => (await world.row(externalId)).id);
    const created = await inScope(world, async (db) => createAndAllocate(db, world.scope, { ids: await Promise.all(ids) }));
    expect(created).toMatchObject({ created: 1, failed: 2 });
    expect(await world.openMinor(invoice)).toBe(3000n);
    expect(await world.row(none.externalId)).toMatchObject(why("OLD-2"));
    // Read again whole, it stays the same document, and nothing is done twice.
    await world.sql("update pull_cursors set cursor = null where connection_id = $1", [world.connectionId]);
    expect(await world.pull()).toMatchObject({ changed: 0 });
    expect(await world.openMinor(invoice)).toBe(3000n);
    // From the start date on the number alone is no proof.
    await world.sql("update connections set start_on = '2026-11-01' where id = $1", [world.connectionId]);
    await world.document("NEW-1", 5000n, { linked: false });
    const later = world.paid("NEW-1", 5000n);
    await world.pull();
    expect(await world.row(later.externalId)).toMatchObject({ status: "not-ours", code: "rule.payment-not-ours" });
  });

  it("ends a read that staff stopped, after the page that was under way, with its counts; what it read stays", async () => {
    const world = await aWorld();
    await world.document("INV-1", 100000n);
    for (let n = 0; n < 6; n += 1) world.paid("INV-1", 100n);
    await inScope(world, (db) => requestPull(db, world.scope));
    let pages = 0;
    await world.pull({
      pageSize: 2,
      onPage: async () => {
        pages += 1;
        if (pages === 2) expect(await inScope(world, (db) => stopPull(db, world.scope))).toEqual({ stopped: 1 });
      },
    });
    expect(await inScope(world, (db) => findLatestRead(db, world.scope))).toMatchObject({
      state: "stopped",
      detail: { pages: 2, read: 4 },
    });
    expect(await world.count("incoming_payments")).toBe(4);
    await expect(inScope(world, (db) => stopPull(db, world.scope))).rejects.toThrow("No read");
    // The next one goes on from there.
    expect(await world.pull()).toMatchObject({ read: 2, whole: true });
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
    await world.sql("update pull_cursors set cursor = null where connection_id = $1", [world.connectionId]);
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
