import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bankMovements, listAllocations } from "#db/queries/payments/payments.ts";
import { createTestDatabase, type TestDatabase } from "#lib/testing/database.ts";
import { createAndAllocate } from "./create.ts";
import { ImportWorld } from "./incoming.fixture.ts";
import type { IncomingSelection } from "./selection.ts";
import { previewUndo, undoCreate } from "./undo.ts";

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

const everything: IncomingSelection = { filter: {}, exceptIds: [], count: 0, asOf: "2199-01-01T00:00:00Z" };
const create = (world: ImportWorld, selection: IncomingSelection = everything) =>
  world.database.inScope(world.scope, (db) => createAndAllocate(db, world.scope, selection));
const preview = (world: ImportWorld, selection: IncomingSelection = everything) =>
  world.database.inScope(world.scope, (db) => previewUndo(db, world.scope, selection));
const undo = (world: ImportWorld, selection: IncomingSelection = everything) =>
  world.database.inScope(world.scope, (db) => undoCreate(db, world.scope, selection));

describe("undoing Create & allocate", () => {
  it("D4 says first what it will touch, then takes back payment and allocations here, and the rows wait again", async () => {
    const world = await aWorld();
    const [one, two] = [await world.document("INV-1", 5000n), await world.document("INV-2", 3000n)];
    const credit = await world.document("CN-1", 900n, { kind: "sales-credit-note" });
    world.paid("INV-1", 2000n, { groupExternalId: "b" });
    world.paid("INV-2", 3000n, { groupExternalId: "b" });
    world.paid("CN-1", 400n, { kind: "sales-refund", documentKind: "sales-credit-note" });
    await world.pull();
    await create(world);
    const reach = {
      payments: 2,
      amounts: [{ side: "sales", currency: "GBP", minor: "4600" }],
      documents: 3,
      refused: 0,
      refusals: [],
    };
    expect(await preview(world)).toEqual(reach);
    expect(await world.openMinor(one)).toBe(3000n);

    expect(await undo(world)).toEqual(reach);
    expect([await world.openMinor(one), await world.openMinor(two), await world.openMinor(credit)]).toEqual([5000n, 3000n, 900n]);
    expect(await world.row("b/GBP")).toMatchObject({
      status: "waiting",
      code: null,
      detail: null,
      amount: "5000",
      payment: null,
    });
    const banks = await world.database.inScope(world.scope, (db) =>
      bankMovements(db, world.scope, world.connectionId, { date: "2026-01-01", timeZone: "Europe/London" }),
    );
    expect(banks).toMatchObject([{ createdMinor: 0n, packageMinor: 4600n }]);
    expect(await world.database.inScope(world.scope, (db) => listAllocations(db, world.scope, one))).toMatchObject([
      { amountMinor: 2000n, takenBack: true },
    ]);

    // A second undo finds nothing, a read changes nothing, and they can be created again, once.
    expect(await undo(world)).toMatchObject({ payments: 0, documents: 0 });
    await world.sql("update pull_cursors set cursor = null where connection_id = $1", [world.connectionId]);
    expect(await world.pull()).toMatchObject({ changed: 0 });
    expect(await create(world)).toMatchObject({ created: 2, failed: 0, already: 0 });
    expect(await create(world)).toMatchObject({ created: 0, already: 2 });
    expect(await world.openMinor(one)).toBe(3000n);
  });

  it("D4 leaves what something follows, and says what", async () => {
    const world = await aWorld();
    const amended = await world.document("INV-1", 5000n);
    const plain = await world.document("INV-2", 5000n);
    const voided = await world.document("INV-3", 5000n);
    const paid = [world.paid("INV-1", 2000n), world.paid("INV-2", 1000n), world.paid("INV-3", 100n)];
    await world.pull();
    await create(world);
    await world.sql(
      `insert into document_revisions (client_id, document_id, revision, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, replaced_at)
       select client_id, id, revision, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, app.now() from documents where id = $1`,
      [amended],
    );
    await world.sql("update documents set status = 'void' where id = $1", [voided]);
    const refusals = [
      { sentence: "INV-1 was amended or voided after the payment was allocated to it." },
      { sentence: "INV-3 was amended or voided after the payment was allocated to it." },
    ];
    const looked = await preview(world);
    expect(looked).toMatchObject({ payments: 1, documents: 1, refused: 2 });
    expect(looked.refusals.map(({ sentence }) => ({ sentence })).sort((a, b) => (a.sentence < b.sentence ? -1 : 1))).toEqual(
      refusals,
    );
    expect(await undo(world)).toMatchObject({ payments: 1, refused: 2 });
    expect([await world.openMinor(amended), await world.openMinor(plain)]).toEqual([3000n, 5000n]);
    expect(await world.row(paid[0]?.externalId ?? "")).toMatchObject({ status: "created" });
    expect(await world.row(paid[1]?.externalId ?? "")).toMatchObject({ status: "waiting" });
  });

  it("D4 touches nothing of another client, and of two presses at once one does it", async () => {
    const [mine, theirs] = [await aWorld(), await aWorld()];
    const invoice = await theirs.document("INV-1", 5000n);
    const paid = theirs.paid("INV-1", 5000n);
    await theirs.pull();
    await create(theirs);
    const { id } = await theirs.row(paid.externalId);
    expect(await undo(mine, { ids: [id] })).toMatchObject({ payments: 0 });
    expect(await theirs.openMinor(invoice)).toBe(0n);
    const both = await Promise.all([undo(theirs), undo(theirs)]);
    expect(both.map((one) => one.payments).sort()).toEqual([0, 1]);
    expect(await theirs.openMinor(invoice)).toBe(5000n);
  });
});
