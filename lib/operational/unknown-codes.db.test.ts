import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { importScene } from "#lib/testing/import-scene.ts";
import { addCodes, type NewCode } from "./add-codes.ts";
import { answerQuestions, leaveOut, type Preview } from "./file-import.ts";
import { unknownCodeLines } from "./unknown-codes.ts";

const scene = importScene("lacks");
const { commit, query, write } = scene;

async function aClient(): Promise<ClientScope> {
  const scope = await scene.aClient();
  await commit(scope, await read(scope, "Code,Name,Type\n4000,Sales,Sales\n5000,Materials,Purchases\n", "nominal-codes"));
  await commit(scope, await read(scope, "Code,Name,Rate\nSTD20,Standard rate 20%,20\n", "tax-codes"));
  return scope;
}
const read = (scope: ClientScope, content: string, profile = "standard") => scene.read(scope, content, { profile });
const add = (scope: ClientScope, { importId }: Preview, codes: readonly NewCode[]) =>
  scene.database.inScope(scope, (db) => addCodes(db, scope, importId, codes));

const nominal = (code: string, over: Partial<Extract<NewCode, { what: "nominal-code" }>> = {}): NewCode => ({
  what: "nominal-code",
  id: null,
  code,
  name: `Nominal ${code}`,
  kind: "sales",
  ...over,
});
const tax = (code: string, rate: string, over: Partial<Extract<NewCode, { what: "tax-code" }>> = {}): NewCode => ({
  what: "tax-code",
  id: null,
  code,
  name: `Tax ${code}`,
  rate,
  kind: null,
  side: null,
  followedBy: null,
  followedFrom: null,
  ...over,
});

const HEAD = "Type,Number,Date,Customer/Supplier reference,Name,Net,Tax,Nominal code,Tax code";
const FILE = `${HEAD}
Sales invoice,U-1,2026-11-14,C-1,Brook Ltd,100.00,20.00,4010,STD20
Sales invoice,U-1,2026-11-14,C-1,Brook Ltd,50.00,10.00,4010,LOCAL20
Sales invoice,U-2,2026-11-15,C-2,Dale Ltd,30.00,6.00,4010,LOCAL20
Sales invoice,U-3,2026-11-16,C-2,Dale Ltd,10.00,2.00,4000,STD20
`;

describe("FD18 an unknown code is made from the fault in the preview", () => {
  it("FD18 each unknown code is listed once, with the lines and documents that wait for it", async () => {
    const scope = await aClient();
    const preview = await read(scope, FILE);
    expect(preview.state).toBe("refused");
    expect(preview.summary.unknownCodes).toEqual([
      { what: "nominal-code", code: "4010", lines: 3, documents: 2, first: 2 },
      { what: "tax-code", code: "LOCAL20", lines: 2, documents: 2, first: 3 },
    ]);
  });

  it("FD18 several are made at once, the file goes on under the same id without being chosen again, and the audit has each", async () => {
    const scope = await aClient();
    const preview = await read(scope, FILE);
    const next = await add(scope, preview, [nominal("4010"), tax("LOCAL20", "20", { kind: "standard", side: "sales" })]);
    expect(next).toMatchObject({ importId: preview.importId, state: "previewed" });
    expect(next.summary.unknownCodes).toEqual([]);
    expect(next.summary.documents).toMatchObject([{ count: 3, netMinor: "19000", taxMinor: "3800" }]);
    await commit(scope, next);
    expect(await query(scope, "select number, gross_minor::text as gross from documents order by 1")).toEqual([
      { number: "U-1", gross: "18000" },
      { number: "U-2", gross: "3600" },
      { number: "U-3", gross: "1200" },
    ]);
    expect(await query(scope, "select code, name, rate, kind, side from tax_codes where code = 'LOCAL20'")).toEqual([
      { code: "LOCAL20", name: "Tax LOCAL20", rate: "20", kind: "standard", side: "sales" },
    ]);
    const told = await query(
      scope,
      "select subject, detail ->> 'what' as what from audit_events where action = 'record.save' order by seq",
    );
    expect(told).toEqual([
      { subject: "4010", what: "nominal-code" },
      { subject: "LOCAL20", what: "tax-code" },
    ]);
  });

  it("FD18 what is made of only some of them goes on as far as it can; the rest is listed still", async () => {
    const scope = await aClient();
    const preview = await read(scope, FILE);
    const next = await add(scope, preview, [nominal("4010")]);
    expect(next.state).toBe("refused");
    expect(next.summary.unknownCodes).toEqual([{ what: "tax-code", code: "LOCAL20", lines: 2, documents: 2, first: 3 }]);
    await scene.database.inScope(scope, (db) =>
      db.execute("insert into tax_codes (client_id, code, name, rate) select id, 'LOCAL20', 'Elsewhere', '20' from clients"),
    );
    expect((await add(scope, preview, [])).state).toBe("previewed");
  });

  it("FD18 a tax code of unsaid kind raises its question, and answers already given stay", async () => {
    const scope = await aClient();
    const file = `${HEAD}
Bill,R-1,03/04/2026,S-1,Mason Ltd,500.00,,5000,BUILD
Bill,R-2,04/05/2026,S-1,Mason Ltd,80.00,16.00,5010,STD20
`;
    const asks = await read(scope, file);
    expect((asks.summary.questions ?? []).map((one) => one.id)).toEqual(["date-order"]);
    const dated = await scene.database.inScope(scope, (db) => answerQuestions(db, scope, asks.importId, { "date-order": "dmy" }));
    expect(dated.state).toBe("refused");
    const next = await add(scope, dated, [nominal("5010", { kind: "purchase" }), tax("BUILD", "20")]);
    expect(next.state).toBe("asks");
    expect((next.summary.questions ?? []).map((one) => one.id)).toEqual(["tax-kind:BUILD"]);
    expect((next.summary.settled ?? []).map(({ id, value }) => `${id}=${value}`)).toEqual(["date-order=dmy"]);
    const done = await scene.database.inScope(scope, (db) =>
      answerQuestions(db, scope, asks.importId, { "tax-kind:BUILD": "domestic-reverse-charge" }),
    );
    expect(done.state).toBe("previewed");
    await commit(scope, done);
    expect(
      await query(scope, "select number, issued_on::text as d, gross_minor::text as gross from documents order by 1"),
    ).toEqual([
      { number: "R-1", d: "2026-04-03", gross: "50000" },
      { number: "R-2", d: "2026-05-04", gross: "9600" },
    ]);
  });

  it("FD18 nothing is made where one of them cannot be, or where no line waits for it; the refusal names its field", async () => {
    const scope = await aClient();
    const preview = await read(scope, FILE);
    const faulty = tax("LOCAL20", "0", { kind: "standard" });
    await expect(add(scope, preview, [nominal("4010"), faulty])).rejects.toMatchObject({ field: "codes.1.kind" });
    await expect(add(scope, preview, [nominal("4010"), nominal("9999")])).rejects.toThrow(
      "No line of file.csv needs nominal code 9999.",
    );
    expect(await query(scope, "select code from nominal_codes where code in ('4010', '9999')")).toEqual([]);
    expect((await add(scope, preview, [])).summary.unknownCodes).toEqual(preview.summary.unknownCodes);
  });

  it("FD18 what was left out for want of a code comes in once the code is made", async () => {
    const scope = await aClient();
    const preview = await read(scope, FILE);
    const left = await scene.database.inScope(scope, (db) => leaveOut(db, scope, preview.importId));
    expect(left.state).toBe("previewed");
    expect(left.summary.documents).toMatchObject([{ count: 1 }]);
    const half = await add(scope, left, [nominal("4010")]);
    expect(half).toMatchObject({ state: "previewed", summary: { leftOut: { by: "Bookkeeper", lines: 3 } } });
    const whole = await add(scope, half, [tax("LOCAL20", "20")]);
    expect(whole).toMatchObject({ state: "previewed", summary: { leftOut: null, documents: [{ count: 3 }] } });
  });

  it("FD18 journals and products name their unknown codes too, product groups among them", async () => {
    const scope = await aClient();
    const journal = await read(
      scope,
      "Number,Date,Narration,Nominal code,Debit,Credit\nJ1,2026-11-30,Accrual,6100,10.00,\nJ1,2026-11-30,Accrual,2100,,10.00\n",
      "journals",
    );
    expect(journal.summary.unknownCodes).toEqual([
      { what: "nominal-code", code: "2100", lines: 1, documents: 1, first: 3 },
      { what: "nominal-code", code: "6100", lines: 1, documents: 1, first: 2 },
    ]);
    const next = await add(scope, journal, [nominal("6100", { kind: "purchase" }), nominal("2100", { kind: "other" })]);
    expect(next).toMatchObject({ state: "previewed", summary: { records: { new: 1 } } });

    const products = await read(
      scope,
      "Product,Name,Group,Sales nominal code\nLAMP,Lamp,LIGHT,4000\nBULB,Bulb,LIGHT,4000\n",
      "products",
    );
    expect(products.summary.unknownCodes).toEqual([{ what: "product-group", code: "LIGHT", lines: 2, documents: 2, first: 2 }]);
    const grouped = await add(scope, products, [
      {
        what: "product-group",
        id: null,
        code: "LIGHT",
        name: "Lighting",
        salesNominalCode: null,
        purchaseNominalCode: null,
        taxCode: null,
      },
    ]);
    expect(grouped).toMatchObject({ state: "previewed", summary: { records: { new: 2 } } });
  });

  it("FD18 npm run import names each unknown code once, and the ways to make it", async () => {
    const scope = await aClient();
    const preview = await read(scope, FILE);
    const [{ slug } = { slug: "" }] = await query<{ slug: string }>(scope, "select slug from clients");
    const said = [
      "Unknown nominal code 4010: 3 lines of 2 documents wait for it (first in line 2).",
      "Unknown tax code LOCAL20: 2 lines of 2 documents wait for it (first in line 3).",
      `  npm run import -- --client ${slug} --profile nominal-codes FILE`,
      `  npm run import -- --client ${slug} --profile tax-codes FILE`,
    ];
    expect(unknownCodeLines(preview.summary, slug)).toEqual(expect.arrayContaining(said));
    const run = promisify(execFile)(
      process.execPath,
      ["lib/operational/main.ts", "--client", slug, "--profile", "standard", write(FILE)],
      { env: { ...process.env, DATABASE_URL: scene.webUrl } },
    );
    const failed: { code: number; stderr: string } = await run.then(
      () => ({ code: 0, stderr: "" }),
      (error: { code: number; stderr: string }) => error,
    );
    expect(failed.code).toBe(1);
    for (const line of said) expect(failed.stderr).toContain(line);
  });
});
