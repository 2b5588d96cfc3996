import { eq } from "drizzle-orm";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Database, openDatabase, type ScopedDb } from "#db/client.ts";
import { connections } from "#db/schema/clients.ts";
import { mappingRows, mappingSets } from "#db/schema/mapping.ts";
import { taxCodes } from "#db/schema/operational.ts";
import { postings } from "#db/schema/postings.ts";
import { runs } from "#db/schema/work.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { checklist, uploadBlockers } from "#lib/connections/checklist.ts";
import type { TaxKind, TaxSide } from "#lib/tax/kinds.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { addBankNominal, listBankAccounts, saveBankAccounts } from "./bank-accounts.ts";
import { addWaitingCustomer, addWaitingDocument, type MappingScene, makeMappingScene } from "./mapping-scene.ts";
import { listNominalCodes } from "./nominal-codes.ts";
import { saveMappings } from "./save.ts";
import { type MappingEdit, saveEdits } from "./save-edits.ts";
import { listTaxRates } from "./tax-rates.ts";

let database: Database;
let scene: MappingScene;
const inScene = <T>(work: (db: ScopedDb) => Promise<T>) => database.inScope(scene.scope, work);
const to = (targetExternalId: string | null, ...codes: string[]) => codes.map((sourceCode) => ({ sourceCode, targetExternalId }));

beforeAll(async () => {
  database = openDatabase((await createTestDatabase()).webUrl);
});
afterAll(() => database.close());
beforeEach(async () => {
  scene = await database.inScope(jobPracticeScope(), (db) => makeMappingScene(db));
});

describe("saving nominal codes", () => {
  it("M14 takes many codes to one account, and the editor shows the three under it", async () => {
    await inScene((db) => saveMappings(db, scene.scope, "nominal", to("a-200", "4000", "4010", "4020")));
    const editor = await inScene((db) => listNominalCodes(db, scene.scope));
    const under = editor?.rows.filter((row) => row.current?.targetId === "a-200");
    expect(under?.map((row) => [row.code, row.current?.targetLabel, row.current?.level])).toEqual([
      ["4000", "200 Sales", "client"],
      ["4010", "200 Sales", "client"],
      ["4020", "200 Sales", "client"],
    ]);
  });

  it("raises the set's and the connection's version, so that a posting keeps the one it was fixed with", async () => {
    const first = await inScene((db) => saveMappings(db, scene.scope, "nominal", to("a-200", "4000")));
    const second = await inScene((db) => saveMappings(db, scene.scope, "nominal", to("a-260", "4000")));
    expect(second.version).toBe(first.version + 1);
    const [set] = await inScene((db) => db.select().from(mappingSets).where(eq(mappingSets.clientId, scene.clientId)));
    expect(set).toMatchObject({ level: "client", version: 2, name: "Ashdown Wholesale" });
  });

  it("M41 refuses an account without a code and says where to give it one, and shows it greyed instead of unmapped", async () => {
    await expect(inScene((db) => saveMappings(db, scene.scope, "nominal", to("a-400", "5000")))).rejects.toThrow(
      "5000: The account has no code in Xero. Give it one in its chart of accounts there, then press Refresh.",
    );
    const editor = await inScene((db) => listNominalCodes(db, scene.scope));
    expect(editor?.targets.find((one) => one.id === "a-400")?.disabled).toBe("no code in Xero");
    expect(editor?.targets.find((one) => one.id === "a-470")?.disabled).toBe("archived in Xero");
    expect(editor?.targets.find((one) => one.id === "a-bank")?.disabled).toBe("bank account");
  });

  it("saves all of them or none", async () => {
    await expect(
      inScene((db) => saveMappings(db, scene.scope, "nominal", [...to("a-200", "4000"), ...to("a-gone", "4010")])),
    ).rejects.toMatchObject({ field: "4010" });
    expect(await inScene((db) => db.select().from(mappingRows))).toEqual([]);
    await expect(inScene((db) => saveMappings(db, scene.scope, "nominal", to("a-200", "4999")))).rejects.toThrow(
      "There is no nominal code 4999.",
    );
  });

  it("takes the client's own row away, and what the practice says applies again", async () => {
    await database.inScope(jobPracticeScope(), async (db) => {
      const [set] = await db
        .insert(mappingSets)
        .values({ level: "practice", purpose: "posting", package: "xero", name: "Practice" })
        .onConflictDoNothing()
        .returning({ id: mappingSets.id });
      if (set)
        await db
          .insert(mappingRows)
          .values({ setId: set.id, kind: "nominal", sourceCode: "4020", targetCode: "260", savedBy: "A test" });
    });
    const levelOf4020 = async () =>
      (await inScene((db) => listNominalCodes(db, scene.scope)))?.rows.find((row) => row.code === "4020")?.current?.level;
    expect(await levelOf4020()).toBe("practice");
    await inScene((db) => saveMappings(db, scene.scope, "nominal", to("a-200", "4020")));
    expect(await levelOf4020()).toBe("client");
    await inScene((db) => saveMappings(db, scene.scope, "nominal", to(null, "4020")));
    expect(await levelOf4020()).toBe("practice");
    await database.inScope(jobPracticeScope(), (db) => db.delete(mappingSets).where(eq(mappingSets.level, "practice")));
  });

  it("N17 refuses a pair of tax rate and account that the package never takes, and saves with a warning when other lines are fine", async () => {
    await inScene((db) =>
      addWaitingDocument(db, scene, [{ nominalCode: "4000", taxCode: "T1", netMinor: 10_000n, taxMinor: 2_000n }]),
    );
    await inScene((db) => saveMappings(db, scene.scope, "nominal", to("a-200", "4000")));
    // For both sides, so that the account alone is against it.
    await inScene((db) => db.update(taxCodes).set({ side: "both" }).where(eq(taxCodes.clientId, scene.clientId)));
    await expect(inScene((db) => saveMappings(db, scene.scope, "tax", to("INPUT2", "T1")))).rejects.toThrow(
      /Xero does not take 20% \(VAT on Expenses\) \(our tax code T1\) on 200 Sales/,
    );
    await inScene((db) =>
      addWaitingDocument(db, scene, [{ nominalCode: "5000", taxCode: "T1", netMinor: 500n }], { kind: "bill" }),
    );
    await inScene((db) => saveMappings(db, scene.scope, "nominal", to("a-310", "5000")));
    const saved = await inScene((db) => saveMappings(db, scene.scope, "tax", to("OUTPUT2", "T1")));
    expect(saved.warnings).toEqual([expect.stringContaining("on 310 Cost of Goods Sold")]);
  });

  it("M20 judges what waits again, so that rows blocked by the code become ready", async () => {
    await inScene((db) => addWaitingDocument(db, scene, [{ nominalCode: "4000", taxCode: "T1", netMinor: 100n, taxMinor: 20n }]));
    await inScene((db) => addWaitingCustomer(db, scene));
    await inScene((db) => saveMappings(db, scene.scope, "tax", to("OUTPUT2", "T1")));
    const verdicts = () =>
      inScene((db) =>
        db
          .select({ precheck: postings.precheck, code: postings.precheckCode })
          .from(postings)
          .where(eq(postings.kind, "sales-invoice")),
      );
    expect(await verdicts()).toEqual([{ precheck: "blocked", code: "mapping.account-missing" }]);
    await inScene((db) => saveMappings(db, scene.scope, "nominal", to("a-200", "4000")));
    expect(await verdicts()).not.toContainEqual(expect.objectContaining({ precheck: "blocked" }));
  });

  it("N27 suggests with a reason and saves nothing unseen", async () => {
    const editor = await inScene((db) => listNominalCodes(db, scene.scope));
    expect(editor?.rows.find((row) => row.code === "4000")?.suggestion).toEqual({ externalId: "a-200", reason: "Same name" });
    expect(await inScene((db) => db.select().from(mappingRows))).toEqual([]);
  });

  it("counts documents and money per code, never adding currencies or sales and purchases", async () => {
    await inScene(async (db) => {
      await addWaitingDocument(db, scene, [
        { nominalCode: "4010", netMinor: 100n },
        { nominalCode: "4010", netMinor: 200n },
        { nominalCode: "4000", netMinor: 50n },
      ]);
      await addWaitingDocument(db, scene, [{ nominalCode: "4010", netMinor: 40n }], { kind: "sales-credit-note" });
      await addWaitingDocument(db, scene, [{ nominalCode: "4010", netMinor: 7n }], { currency: "EUR" });
      await addWaitingDocument(db, scene, [{ nominalCode: "4010", netMinor: 9n }], { kind: "bill" });
    });
    const editor = await inScene((db) => listNominalCodes(db, scene.scope));
    expect(editor?.rows.find((row) => row.code === "4010")).toMatchObject({
      waiting: 4,
      amounts: [
        { side: "purchase", currency: "GBP", minor: 9n },
        { side: "sales", currency: "EUR", minor: 7n },
        { side: "sales", currency: "GBP", minor: 310n },
      ],
    });
  });
});

describe("saving tax rates", () => {
  it("offers archived rates greyed, and refuses them", async () => {
    const editor = await inScene((db) => listTaxRates(db, scene.scope));
    expect(editor?.targets.find((one) => one.id === "OLD")?.disabled).toBe("archived in Xero");
    await expect(inScene((db) => saveMappings(db, scene.scope, "tax", to("OLD", "T1")))).rejects.toMatchObject({ field: "T1" });
  });

  it("suggests the one rate that fits the side it is used on", async () => {
    await inScene((db) =>
      addWaitingDocument(db, scene, [{ nominalCode: "5000", taxCode: "T1", netMinor: 100n }], { kind: "bill" }),
    );
    const editor = await inScene((db) => listTaxRates(db, scene.scope));
    expect(editor?.rows.find((row) => row.code === "T1")?.suggestion).toEqual({
      externalId: "INPUT2",
      reason: "The one rate of 20% for purchases",
    });
  });
});

describe("FA7 the VAT charged decides what a tax code may be mapped to", () => {
  const code = (code: string, name: string, rate: string, over: { kind?: TaxKind; side?: TaxSide } = {}) =>
    inScene((db) => db.insert(taxCodes).values({ clientId: scene.clientId, code, name, rate, ...over }));

  it("N17 refuses a package rate that charges otherwise, with both figures, and takes the reverse charge", async () => {
    await code("DRC20", "Domestic reverse charge 20%", "20", { kind: "domestic-reverse-charge", side: "purchase" });
    await expect(inScene((db) => saveMappings(db, scene.scope, "tax", to("INPUT2", "DRC20")))).rejects.toThrow(
      "DRC20: Ours charges nothing on the bill (domestic reverse charge), theirs charges 20%. Choose another rate, or set the kind on the tax code's page.",
    );
    await inScene((db) => saveMappings(db, scene.scope, "tax", to("DRCHARGE20", "DRC20")));
    await code("P20", "Standard rate 20%, purchases", "20", { kind: "standard" });
    await expect(inScene((db) => saveMappings(db, scene.scope, "tax", to("DRCHARGE20", "P20")))).rejects.toThrow(
      "Ours charges 20% (standard rate), theirs charges nothing on the bill.",
    );
  });

  it("N17 refuses a code of unknown kind at 20% on a rate that charges nothing: its kind is said first", async () => {
    await code("X20", "Construction", "20");
    await expect(inScene((db) => saveMappings(db, scene.scope, "tax", to("DRCHARGE20", "X20")))).rejects.toMatchObject({
      field: "X20",
      code: "tax-charges-otherwise",
    });
  });

  it("FA7 M70 refuses a blocked or partly recoverable code on a rate that reclaims all its VAT, suggests none, and says whose it is", async () => {
    await code("BLK", "Client entertaining 20%", "20", { kind: "blocked" });
    await code("PART", "Cars 20%", "20", { kind: "partly-recoverable" });
    for (const [of, part] of [
      ["BLK", "nothing"],
      ["PART", "a part"],
    ] as const) {
      await expect(inScene((db) => saveMappings(db, scene.scope, "tax", to("INPUT2", of)))).rejects.toThrow(
        `${of}: Of our VAT ${part} is reclaimed; of 20% (VAT on Expenses)’s, Xero reclaims all: box 4 would be wrong. Xero has no rate of 20% that reclaims ${part}. An adviser decides`,
      );
      const row = (await inScene((db) => listTaxRates(db, scene.scope)))?.rows.find((one) => one.code === of);
      expect(row?.suggestion).toBeNull();
    }
    await code("CAR", "Fuel 20%", "20", { kind: "standard", side: "purchase" });
    await inScene((db) => saveMappings(db, scene.scope, "tax", to("INPUT2", "CAR")));
  });

  it("FD3 N27 never suggests across sides and refuses a mapping across them, the side being said, used or named", async () => {
    await code("BUY20", "Standard rate 20%, purchases", "20");
    const suggested = async (of: string) =>
      (await inScene((db) => listTaxRates(db, scene.scope)))?.rows.find((row) => row.code === of)?.suggestion?.externalId ?? null;
    expect(await suggested("BUY20")).toBe("INPUT2");
    // Neither said, used nor named: no suggestion.
    expect(await suggested("T1")).toBeNull();
    await inScene((db) =>
      addWaitingDocument(db, scene, [{ nominalCode: "5000", taxCode: "T1", netMinor: 100n, taxMinor: 20n }], { kind: "bill" }),
    );
    expect(await suggested("T1")).toBe("INPUT2");
    await expect(inScene((db) => saveMappings(db, scene.scope, "tax", to("OUTPUT2", "BUY20")))).rejects.toThrow(
      "BUY20: Ours is for purchases, and Xero has 20% (VAT on Income) for sales only. Choose a rate for its side, or set the side on the tax code's page.",
    );
    await code("OUT", "Standard", "20", { kind: "standard", side: "sales" });
    await expect(inScene((db) => saveMappings(db, scene.scope, "tax", to("INPUT2", "OUT")))).rejects.toMatchObject({
      code: "tax-wrong-side",
    });
  });
});

describe("saving bank accounts", () => {
  it("M41 takes a bank account without a code", async () => {
    await inScene((db) => saveBankAccounts(db, scene.scope, [{ accountExternalId: "a-bank", bankNominal: "1200" }]));
    const editor = await inScene((db) => listBankAccounts(db, scene.scope));
    expect(editor?.rows.find((row) => row.key === "a-bank")).toMatchObject({
      code: null,
      current: { targetId: "1200", targetLabel: "1200 Current account", fault: null },
    });
  });

  it("keeps one nominal to one account, also when it moves", async () => {
    await inScene((db) => saveBankAccounts(db, scene.scope, [{ accountExternalId: "a-bank", bankNominal: "1200" }]));
    await expect(
      inScene((db) => saveBankAccounts(db, scene.scope, [{ accountExternalId: "a-undeposited", bankNominal: "1200" }])),
    ).rejects.toThrow("Bank nominal 1200 is chosen for two accounts");
    await inScene((db) =>
      saveBankAccounts(db, scene.scope, [
        { accountExternalId: "a-bank", bankNominal: "1210" },
        { accountExternalId: "a-undeposited", bankNominal: "1200" },
      ]),
    );
    const rows = await inScene((db) => db.select().from(mappingRows));
    expect(rows.map((row) => [row.sourceCode, row.targetExternalId]).sort()).toEqual([
      ["1200", "a-undeposited"],
      ["1210", "a-bank"],
    ]);
  });

  it("M33 offers bank accounts and clearing accounts that take payments alone, refuses any other, and a nominal that is no bank", async () => {
    const editor = await inScene((db) => listBankAccounts(db, scene.scope));
    const offered = editor?.rows.map((row) => row.key) ?? [];
    expect(offered).toEqual(expect.arrayContaining(["a-bank", "a-undeposited"]));
    expect(offered).not.toContain("a-200");
    await expect(
      inScene((db) => saveBankAccounts(db, scene.scope, [{ accountExternalId: "a-200", bankNominal: "1200" }])),
    ).rejects.toThrow(
      "Xero accepts no payments on this account: it is not a bank account, and payments are not enabled for it. Choose another one.",
    );
    await expect(
      inScene((db) => saveBankAccounts(db, scene.scope, [{ accountExternalId: "a-bank", bankNominal: "4000" }])),
    ).rejects.toThrow("There is no bank nominal 4000.");
  });

  it("adds a bank nominal once", async () => {
    await inScene((db) => addBankNominal(db, scene.scope, { code: " 1220 ", name: "Euro account" }));
    await expect(inScene((db) => addBankNominal(db, scene.scope, { code: "1220", name: "Again" }))).rejects.toThrow(
      "Nominal code 1220 already exists.",
    );
  });
});

describe("FD2 the edits of all tabs of the mapping screen", () => {
  const edit = (kind: MappingEdit["kind"], key: string, to: string | null, was: string | null = null): MappingEdit => ({
    kind,
    key,
    to,
    was,
  });

  it("FD2 are saved by one save, as one version, nominal codes, tax codes and bank accounts together", async () => {
    const answer = await inScene((db) =>
      saveEdits(db, scene.scope, [
        edit("nominal", "4000", "a-200"),
        edit("tax", "T1", "OUTPUT2"),
        edit("bank", "a-bank", "1200"),
      ]),
    );
    expect(answer).toMatchObject({ outcome: "saved", saved: { saved: 3 } });
    const sets = await inScene((db) => db.select().from(mappingSets).where(eq(mappingSets.clientId, scene.clientId)));
    expect(sets.map((set) => set.version)).toEqual([1]);
    const rows = await inScene((db) => db.select().from(mappingRows));
    expect(rows.map((row) => [row.kind, row.sourceCode, row.targetExternalId]).sort()).toEqual([
      ["bank", "1200", "a-bank"],
      ["nominal", "4000", "a-200"],
      ["tax", "T1", "OUTPUT2"],
    ]);
  });

  it("FD2 that come second say what somebody else saved meanwhile and write nothing, until they are saved again over it", async () => {
    await inScene((db) => saveEdits(db, scene.scope, [edit("nominal", "4000", "a-200")]));
    const mine = [edit("nominal", "4000", "a-260"), edit("nominal", "4010", "a-200")];
    const [before] = await inScene((db) => db.select().from(mappingSets).where(eq(mappingSets.clientId, scene.clientId)));
    const answer = await inScene((db) => saveEdits(db, scene.scope, mine));
    expect(answer).toEqual({
      outcome: "changed-meanwhile",
      meanwhile: [
        {
          kind: "nominal",
          key: "4000",
          side: null,
          now: "a-200",
          label: "200 Sales",
          by: scene.scope.actor.label,
          at: expect.any(Date),
        },
      ],
    });
    const [after] = await inScene((db) => db.select().from(mappingSets).where(eq(mappingSets.clientId, scene.clientId)));
    expect(after).toEqual(before);
    expect((await inScene((db) => db.select().from(mappingRows))).map((row) => row.sourceCode)).toEqual(["4000"]);
    const again = mine.map((one) => (one.key === "4000" ? { ...one, was: "a-200" } : one));
    expect(await inScene((db) => saveEdits(db, scene.scope, again))).toMatchObject({ outcome: "saved", saved: { saved: 2 } });
  });

  it("FD2 see a bank account, a tax code and a row that was cleared meanwhile too, and mind nobody who chose the same", async () => {
    await inScene((db) =>
      saveEdits(db, scene.scope, [
        edit("bank", "a-bank", "1210"),
        edit("tax", "T1", "OUTPUT2"),
        edit("nominal", "4000", "a-200"),
      ]),
    );
    const late = await inScene((db) =>
      saveEdits(db, scene.scope, [
        edit("bank", "a-bank", "1200"),
        edit("tax", "T1", null, "NONE"),
        edit("nominal", "4020", "a-200", "a-260"),
        edit("nominal", "4000", "a-200"),
      ]),
    );
    expect(late.outcome === "changed-meanwhile" ? late.meanwhile.map((one) => [one.key, one.now, one.label]) : late).toEqual([
      ["a-bank", "1210", expect.stringContaining("1210")],
      ["T1", "OUTPUT2", "20% (VAT on Income)"],
      ["4020", null, null],
    ]);
  });

  it("FD2 go one after the other when two people save at once: one is saved, the other is told", async () => {
    const both = await Promise.all(
      ["a-200", "a-260"].map((to) => inScene((db) => saveEdits(db, scene.scope, [edit("nominal", "4000", to)]))),
    );
    expect(both.map((one) => one.outcome).sort()).toEqual(["changed-meanwhile", "saved"]);
  });

  it("FD2 are judged together: a pair that both halves make good is not refused half way, and a refusal names tab and code", async () => {
    await inScene((db) =>
      addWaitingDocument(db, scene, [{ nominalCode: "4000", taxCode: "T1", netMinor: 10_000n, taxMinor: 2_000n }]),
    );
    await inScene((db) => db.update(taxCodes).set({ side: "both" }).where(eq(taxCodes.clientId, scene.clientId)));
    await inScene((db) => saveEdits(db, scene.scope, [edit("nominal", "4000", "a-310"), edit("tax", "T1", "INPUT2")]));
    const both = [edit("nominal", "4000", "a-200", "a-310"), edit("tax", "T1", "OUTPUT2", "INPUT2")];
    await expect(inScene((db) => saveEdits(db, scene.scope, both.slice(0, 1)))).rejects.toMatchObject({ field: "nominal/4000" });
    expect(await inScene((db) => saveEdits(db, scene.scope, both))).toMatchObject({ outcome: "saved" });
  });
});

describe("the first-use checklist", () => {
  it("M1 keeps Upload disabled, with reasons, until accounts, tax and bank account are mapped", async () => {
    await inScene((db) => addWaitingDocument(db, scene, [{ nominalCode: "4010", taxCode: "T1", netMinor: 100n }]));
    expect(await inScene((db) => uploadBlockers(db, scene.scope))).toEqual([
      "The nominal code that waiting documents use is not mapped: 4010.",
      "The tax code that waiting documents use is not mapped: T1.",
      "Map a bank account so that payments can be posted.",
    ]);
    await inScene(async (db) => {
      await saveMappings(db, scene.scope, "nominal", to("a-200", "4010"));
      await saveMappings(db, scene.scope, "tax", to("OUTPUT2", "T1"));
      await saveBankAccounts(db, scene.scope, [{ accountExternalId: "a-bank", bankNominal: "1200" }]);
    });
    expect(await inScene((db) => uploadBlockers(db, scene.scope))).toEqual([]);
    expect(await inScene((db) => checklist(db, scene.scope))).toMatchObject({ done: true, firstUse: true });
  });

  it("lets a code that comes up later stop its own documents only", async () => {
    await inScene(async (db) => {
      await db
        .insert(runs)
        .values({ clientId: scene.clientId, connectionId: scene.connectionId, kind: "upload", startedBy: "A test" });
      await addWaitingDocument(db, scene, [{ nominalCode: "4010", netMinor: 100n }]);
    });
    expect(await inScene((db) => uploadBlockers(db, scene.scope))).toEqual([]);
    expect(await inScene((db) => checklist(db, scene.scope))).toMatchObject({ done: false, firstUse: false });
  });

  it("asks for a connection before anything else", async () => {
    await inScene((db) => db.update(connections).set({ state: "disconnected" }));
    expect(await inScene((db) => uploadBlockers(db, scene.scope))).toContain("Connect the accounting package under Setup.");
  });
});
