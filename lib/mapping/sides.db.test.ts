import { and, eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Database, openDatabase, type ScopedDb } from "#db/client.ts";
import { listCodeHistory } from "#db/queries/mapping/codes.ts";
import { codesInUse } from "#db/queries/mapping/mapping.ts";
import { packageTaxRates } from "#db/schema/catalogue.ts";
import { mappingRows, mappingSets } from "#db/schema/mapping.ts";
import { taxCodes } from "#db/schema/operational.ts";
import { auditEvents } from "#db/schema/work.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { checklist } from "#lib/connections/checklist.ts";
import type { DocumentSide, TaxSide } from "#lib/tax/kinds.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { addWaitingDocument, type MappingScene, makeMappingScene } from "./mapping-scene.ts";
import { saveMappings } from "./save.ts";
import { type MappingEdit, saveEdits } from "./save-edits.ts";
import { rowKey } from "./sides.ts";
import { listTaxRates } from "./tax-rates.ts";

let database: Database;
let scene: MappingScene;
const inScene = <T>(work: (db: ScopedDb) => Promise<T>) => database.inScope(scene.scope, work);

beforeAll(async () => {
  database = openDatabase((await createTestDatabase()).webUrl);
});
afterAll(() => database.close());
beforeEach(async () => {
  scene = await database.inScope(jobPracticeScope(), (db) => makeMappingScene(db));
});

const saySide = (side: TaxSide | null) =>
  inScene((db) =>
    db
      .update(taxCodes)
      .set({ side })
      .where(and(eq(taxCodes.clientId, scene.clientId), eq(taxCodes.code, "T1"))),
  );
const line = (nominalCode: string, netMinor: bigint) => ({ nominalCode, netMinor, taxMinor: netMinor / 5n });
const addInvoice = (netMinor = 10_000n) => inScene((db) => addWaitingDocument(db, scene, [line("4000", netMinor)]));
const addBill = (netMinor = 5_000n) => inScene((db) => addWaitingDocument(db, scene, [line("5000", netMinor)], { kind: "bill" }));
const change = (side: DocumentSide | null, targetExternalId: string | null) => ({ sourceCode: "T1", side, targetExternalId });
const save = (...changes: ReturnType<typeof change>[]) => inScene((db) => saveMappings(db, scene.scope, "tax", changes));
const rows = async () => (await inScene((db) => listTaxRates(db, scene.scope)))?.rows.filter((row) => row.source === "T1") ?? [];
/** The rows of T1 in short: what it is called, where it goes, what is suggested, how many documents wait. */
const shown = async () =>
  (await rows()).map((row) => [
    row.code,
    row.current?.targetId ?? null,
    row.otherSide,
    row.suggestion?.externalId ?? null,
    row.waiting,
  ]);
const saved = async () =>
  (await inScene((db) => db.select().from(mappingRows).where(eq(mappingRows.clientId, scene.clientId))))
    .map((row) => [row.side, row.targetExternalId])
    .sort();
const edit = (side: DocumentSide | null, to: string | null, was: string | null): MappingEdit => ({
  kind: "tax",
  key: "T1",
  side,
  to,
  was,
});
const saveEdit = (...edits: MappingEdit[]) => inScene((db) => saveEdits(db, scene.scope, edits));

describe("N27 FA7 FD3 the rows of a tax code on the Mapping screen", () => {
  it("N27 FD3 are two for a code of both sides, each with its own suggestion, waiting documents and amount", async () => {
    await addInvoice();
    expect(await shown()).toEqual([["T1", null, null, "OUTPUT2", 1]]);
    await addBill();
    await addBill();
    expect(await shown()).toEqual([
      ["T1 · Sales", null, null, "OUTPUT2", 1],
      ["T1 · Purchases", null, null, "INPUT2", 2],
    ]);
    expect((await rows()).map((row) => [row.key, row.tax?.side, row.note, row.amounts])).toEqual([
      [rowKey("T1", "sales"), "sales", "20%", [{ side: "sales", currency: "GBP", minor: 12_000n }]],
      [rowKey("T1", "purchase"), "purchase", "20%", [{ side: "purchase", currency: "GBP", minor: 12_000n }]],
    ]);
  });

  it("N27 are one for a code of one side, said or used, and for every code where the package has no rate of one side alone", async () => {
    await saySide("purchase");
    await addInvoice();
    await addBill();
    expect((await shown()).map(([code]) => code)).toEqual(["T1"]);
    await saySide("both");
    expect(await shown()).toHaveLength(2);
    await inScene((db) =>
      db
        .update(packageTaxRates)
        .set({ appliesTo: ["revenue", "expense"] })
        .where(eq(packageTaxRates.connectionId, scene.connectionId)),
    );
    expect((await shown()).map(([code]) => code)).toEqual(["T1"]);
  });

  it("N27 FA7 keep what both sides had in force where it fits, and say on the other side that it is not mapped, and why", async () => {
    await addInvoice();
    await save(change(null, "OUTPUT2"));
    expect(await shown()).toEqual([["T1", "OUTPUT2", null, null, 1]]);
    await addBill();
    const apart = [
      ["T1 · Sales", "OUTPUT2", null, null, 1],
      ["T1 · Purchases", null, "OUTPUT2 20% (VAT on Income)", "INPUT2", 1],
    ];
    expect(await shown()).toEqual(apart);
    await save(change("purchase", "INPUT2"));
    expect(await shown()).toEqual([
      ["T1 · Sales", "OUTPUT2", null, null, 1],
      ["T1 · Purchases", "INPUT2", null, null, 1],
    ]);
    expect(await saved()).toEqual([
      ["", "OUTPUT2"],
      ["purchase", "INPUT2"],
    ]);
  });

  it("N27 are two as well when only bills are left to wait and the code goes to a sales rate: the sales keep it", async () => {
    await save(change(null, "OUTPUT2"));
    await addBill();
    expect(await shown()).toEqual([
      ["T1 · Sales", "OUTPUT2", null, null, 0],
      ["T1 · Purchases", null, "OUTPUT2 20% (VAT on Income)", "INPUT2", 1],
    ]);
  });
});

describe("N27 FA7 saving a tax code's mapping by side", () => {
  it("FD3 refuses a rate of the other side on each, naming the row", async () => {
    await saySide("both");
    await expect(save(change("purchase", "OUTPUT2"))).rejects.toMatchObject({
      message:
        "T1 · Purchases: Ours is for purchases, and Xero has 20% (VAT on Income) for sales only. Choose a rate for purchases.",
      field: rowKey("T1", "purchase"),
      code: "tax-wrong-side",
    });
    await expect(saveEdit(edit("sales", "INPUT2", null))).rejects.toMatchObject({ field: `tax/${rowKey("T1", "sales")}` });
    expect(await saved()).toEqual([]);
  });

  it("FA7 takes a rate for the side that does not wait, and refuses one where the code was said to be for the other side", async () => {
    await addInvoice();
    await save(change("purchase", "INPUT2"));
    expect(await saved()).toEqual([["purchase", "INPUT2"]]);
    await saySide("sales");
    await expect(save(change("purchase", "INPUT2"))).rejects.toMatchObject({ code: "tax-wrong-side" });
  });

  it("N17 judges a pair of rate and account by the documents of its side", async () => {
    await addInvoice();
    await addBill();
    await inScene((db) =>
      saveMappings(db, scene.scope, "nominal", [
        { sourceCode: "4000", targetExternalId: "a-200" },
        { sourceCode: "5000", targetExternalId: "a-260" },
      ]),
    );
    // The purchases are wrong with a revenue account; the sales beside them are fine.
    expect(await save(change("sales", "OUTPUT2"))).toMatchObject({ warnings: [] });
    await expect(save(change("purchase", "INPUT2"))).rejects.toMatchObject({
      code: "tax-not-allowed-on-account",
      field: rowKey("T1", "purchase"),
    });
  });

  it("N27 clears one side and leaves the other as it was, be it mapped by a row of both", async () => {
    await saySide("both");
    await save(change(null, "OUTPUT2"), change("purchase", "INPUT2"));
    expect(await save(change("purchase", null))).toMatchObject({ cleared: 1 });
    expect(await saved()).toEqual([["sales", "OUTPUT2"]]);
    await save(change(null, "OUTPUT2"));
    expect(await saved()).toEqual([["", "OUTPUT2"]]);
    expect(await save(change("sales", null))).toMatchObject({ cleared: 1 });
    expect(await saved()).toEqual([["purchase", "OUTPUT2"]]);
    expect(await save(change(null, null))).toMatchObject({ cleared: 1 });
    expect(await saved()).toEqual([]);
  });

  it("N27 B08 a side that the client does not map is the practice's", async () => {
    await saySide("both");
    await database.inScope(jobPracticeScope(), async (db) => {
      const [set] = await db
        .insert(mappingSets)
        .values({ level: "practice", purpose: "posting", package: "xero", name: "Practice" })
        .returning({ id: mappingSets.id });
      if (set)
        await db.insert(mappingRows).values(
          (["sales", "purchase"] as const).map((side) => ({
            setId: set.id,
            kind: "tax" as const,
            sourceCode: "T1",
            side,
            targetCode: side === "sales" ? "OUTPUT2" : "INPUT2",
            savedBy: "A test",
          })),
        );
    });
    await save(change("sales", "OUTPUT2"));
    expect((await rows()).map((row) => [row.side, row.current?.targetId, row.current?.level])).toEqual([
      ["sales", "OUTPUT2", "client"],
      ["purchase", "INPUT2", "practice"],
    ]);
    await database.inScope(jobPracticeScope(), (db) => db.delete(mappingSets).where(eq(mappingSets.level, "practice")));
  });

  it("FD2 a side that somebody else saved meanwhile is told, and the other side minds nothing", async () => {
    await saySide("both");
    await saveEdit(edit("purchase", "INPUT2", null));
    const late = await saveEdit(edit("sales", "OUTPUT2", null), edit("purchase", null, "NONE"));
    expect(late).toMatchObject({
      outcome: "changed-meanwhile",
      meanwhile: [{ key: "T1", side: "purchase", now: "INPUT2", label: "20% (VAT on Expenses)", by: scene.scope.actor.label }],
    });
    expect(await saved()).toEqual([["purchase", "INPUT2"]]);
    expect(await saveEdit(edit("sales", "OUTPUT2", null))).toMatchObject({ outcome: "saved" });
  });

  it("FD2 a row of both sides that is for the other side alone is as good as none, and saving beside it is not late", async () => {
    await saySide("both");
    await save(change(null, "OUTPUT2"));
    expect(await saveEdit(edit("purchase", "INPUT2", null))).toMatchObject({ outcome: "saved" });
  });

  it("FD2 whoever saves the one row of a code that is mapped by side by now is told of both sides, and puts theirs in place of both", async () => {
    await save(change("purchase", "INPUT2"));
    const mine = edit(null, "OUTPUT2", null);
    const late = await saveEdit(mine);
    expect(late).toMatchObject({
      outcome: "changed-meanwhile",
      meanwhile: [{ side: null, label: "not mapped for sales, 20% (VAT on Expenses) for purchases" }],
    });
    const now = late.outcome === "changed-meanwhile" ? (late.meanwhile[0]?.now ?? null) : null;
    expect(await saveEdit({ ...mine, was: now })).toMatchObject({ outcome: "saved" });
    expect(await saved()).toEqual([["", "OUTPUT2"]]);
  });
});

describe("N27 what is counted and kept of a mapping by side", () => {
  it("FD5 a code that is mapped for one of its sides is said to be open on the other", async () => {
    await addInvoice();
    await addBill();
    await save(change("sales", "OUTPUT2"));
    const open = await inScene((db) => codesInUse(db, scene.scope, scene.connectionId, "unmapped"));
    expect(open.filter((one) => one.kind === "tax")).toEqual([
      { kind: "tax", code: "T1", mapped: true, refused: false, missing: true, missingOn: "purchase" },
    ]);
    const why = "The tax code that waiting documents use is not mapped: T1 for purchases.";
    // One side is enough to begin: the step is done, and the other side is its problem.
    expect((await inScene((db) => checklist(db, scene.scope))).items.find((item) => item.key === "tax-rates")).toMatchObject({
      done: true,
      blocks: false,
      problem: why,
      why,
      path: expect.stringContaining("show=unmapped"),
    });
  });

  it("the code's own timeline shows what was saved of it, and no save that came too late", async () => {
    const event = (detail: Record<string, unknown>) => ({
      clientId: scene.clientId,
      actor: "A test",
      action: "mapping.save",
      subject: "nominal, tax",
      detail,
    });
    await inScene((db) =>
      db
        .insert(auditEvents)
        .values([
          event({ version: 2, changes: [{ kind: "tax", key: "T1", side: "purchase", to: "INPUT2", was: null }] }),
          event({ version: 3, changes: [{ kind: "nominal", key: "T1", side: null, to: "a-200", was: null }] }),
          event({ saved: 0, changedMeanwhile: 1, changes: [{ kind: "tax", key: "T1", side: null, to: "NONE", was: null }] }),
        ]),
    );
    const history = await inScene((db) =>
      listCodeHistory(db, scene.scope, { id: scene.clientId, mapped: { kind: "tax", code: "T1" } }),
    );
    expect(history.map((one) => one.detail.version)).toEqual([2]);
  });
});
