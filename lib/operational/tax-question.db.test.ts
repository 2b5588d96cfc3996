import { describe, expect, it } from "vitest";
import type { ClientScope } from "#db/client.ts";
import { importScene } from "#lib/testing/import-scene.ts";
import { saveRecord } from "./edit-records.ts";
import { answerQuestions, type Preview } from "./file-import.ts";
import type { Answers } from "./questions.ts";
import { taxLines } from "./report.ts";

const scene = importScene("tax");
const { commit, query } = scene;

async function aClient(): Promise<ClientScope> {
  const scope = await scene.aClient();
  await commit(
    scope,
    await read(scope, "Code,Name,Rate\nT7,Building work 20%,20\nSTD20,Standard rate 20%,20\nT8,Other,0\n", "tax-codes"),
  );
  return scope;
}
const read = (scope: ClientScope, content: string, profile = "standard", answers?: Answers) =>
  scene.read(scope, content, { profile, answers });

const HEAD = "Type,Number,Date,Customer/Supplier reference,Name,Net,Tax,Nominal code,Tax code";
const bills = (...lines: string[]) => `${[HEAD, ...lines].join("\n")}\n`;
const BLANK = bills("Bill,R-1,2026-11-10,S-1,Mason and Daughter,500.00,,5000,T7");
const questions = ({ summary }: Preview) => (summary.questions ?? []).map((one) => one.id);

describe("FA7 M70 what kind of tax code it is, where the file cannot tell", () => {
  it("c10: is asked once for a code that leaves the tax blank, with what each kind comes to; nothing is taken before", async () => {
    const scope = await aClient();
    const preview = await read(scope, BLANK);
    expect(preview.state).toBe("asks");
    expect(questions(preview)).toEqual(["tax-kind:T7"]);
    const [question] = preview.summary.questions ?? [];
    const told = Object.fromEntries((question?.options ?? []).map((one) => [one.value, one.comesTo]));
    expect(told.standard).toBe("net £500.00, VAT charged £100.00, payable £600.00");
    expect(told["domestic-reverse-charge"]).toBe(
      "net £500.00, VAT charged £0.00, payable £500.00, self-accounted £100.00 (boxes 1 and 4)",
    );
    await expect(commit(scope, preview)).rejects.toThrow("before you commit this file: tax-kind:T7");

    const answered = await scene.database.inScope(scope, (db) =>
      answerQuestions(db, scope, preview.importId, { "tax-kind:T7": "domestic-reverse-charge" }),
    );
    expect(answered.state).toBe("previewed");
    expect(answered.summary.documents).toMatchObject([{ kind: "bill", netMinor: "50000", taxMinor: "0", grossMinor: "50000" }]);
    await commit(scope, answered);
    expect(await query(scope, "select kind, said_by from tax_codes where code = 'T7'")).toEqual([
      { kind: "domestic-reverse-charge", said_by: "Bookkeeper" },
    ]);
    expect(await query(scope, "select gross_minor::int as gross, tax_minor::int as tax from documents")).toEqual([
      { gross: 50_000, tax: 0 },
    ]);
    // The next file asks nothing, whatever the reading.
    const next = await read(scope, bills("Bill,R-2,2026-11-11,S-1,Mason and Daughter,80.00,,5000,T7"));
    expect(next.state).toBe("previewed");
    expect(next.summary.documents).toMatchObject([{ taxMinor: "0", grossMinor: "8000" }]);
  });

  it("FA7 is asked anew once somebody has cleared the code's kind: no older answer holds again in silence", async () => {
    const scope = await aClient();
    await commit(scope, await read(scope, BLANK, "standard", { "tax-kind:T7": "domestic-reverse-charge" }));
    const [code] = await query<{ id: string }>(scope, "select id from tax_codes where code = 'T7'");
    await scene.database.inScope(scope, (db) =>
      saveRecord(db, scope, {
        what: "tax-code",
        id: code?.id ?? null,
        code: "T7",
        name: "Building work 20%",
        rate: "20",
        kind: null,
        side: null,
        followedBy: null,
        followedFrom: null,
      }),
    );
    const next = await read(scope, bills("Bill,R-2,2026-11-11,S-1,Mason and Daughter,80.00,,5000,T7"));
    expect(next.state).toBe("asks");
    expect(questions(next)).toEqual(["tax-kind:T7"]);
    expect(await query(scope, "select question_id from import_answers")).toEqual([]);
  });

  it("may be answered with the file, and an answer is kept with the commit alone", async () => {
    const scope = await aClient();
    const preview = await read(scope, BLANK, "standard", { "tax-kind:T7": "standard" });
    expect(preview.summary.documents).toMatchObject([{ taxMinor: "10000", grossMinor: "60000" }]);
    expect(await query(scope, "select kind from tax_codes where code = 'T7'")).toEqual([{ kind: null }]);
    await expect(read(scope, BLANK, "standard", { "tax-kind:T7": "zero" })).rejects.toThrow("does not answer the question");
  });

  it("is asked where every line carries nothing at 20%, and not where lines carry the tax of the rate", async () => {
    const scope = await aClient();
    expect(questions(await read(scope, bills("Bill,N-1,2026-11-10,S-1,Mason,500.00,0.00,5000,T7")))).toEqual(["tax-kind:T7"]);
    const charged = bills(
      "Bill,N-2,2026-11-10,S-1,Mason,500.00,100.00,5000,T7",
      "Bill,N-3,2026-11-10,S-1,Mason,0.02,0.00,5000,T7",
    );
    expect((await read(scope, charged)).state).toBe("previewed");
    // One carries none: no kind of code, it is held when it is judged.
    const mixed = bills("Bill,N-4,2026-11-10,S-1,Mason,500.00,100.00,5000,T7", "Bill,N-5,2026-11-10,S-1,Mason,9.00,0.00,5000,T7");
    expect((await read(scope, mixed)).state).toBe("previewed");
  });

  it("is never asked of a code whose name and figures say nothing but its rate, nor of one at nil", async () => {
    const scope = await aClient();
    const plain = bills(
      "Bill,P-1,2026-11-10,S-1,Mason,500.00,,5000,STD20",
      "Bill,P-2,2026-11-10,S-1,Mason,500.00,0.00,5000,STD20",
      "Bill,P-3,2026-11-10,S-1,Mason,500.00,,5000,T8",
    );
    const preview = await read(scope, plain);
    expect(preview.state).toBe("previewed");
    expect(preview.summary.documents).toMatchObject([{ netMinor: "150000", taxMinor: "10000" }]);
  });
});

describe("FA7 N15 what the preview says of a file's tax", () => {
  const taxOf = (preview: Preview) => taxLines(preview.summary, "en-GB");

  it("c09: names each document whose tax and code disagree, with code, rate and both amounts, and takes it in to be held", async () => {
    const scope = await aClient();
    const preview = await read(
      scope,
      bills(
        "Sales invoice,A-1,2026-11-10,K-1,Larch,100.00,0.00,4000,STD20",
        "Sales invoice,A-2,2026-11-10,K-2,Rowan,100.00,20.00,4000,T8",
      ),
    );
    expect(preview.state).toBe("previewed");
    expect(taxOf(preview)).toEqual([
      "will be held: line 2, sales invoice A-1, tax code STD20 (20%): £0.00 on the document, £20.00 charged on £100.00",
      "will be held: line 3, sales invoice A-2, tax code T8 (0%): £20.00 on the document, £0.00 charged on £100.00",
    ]);
    await commit(scope, preview);
    expect(await query(scope, "select count(*)::int as n from documents")).toEqual([{ n: 2 }]);
  });

  it("c10: a reverse charge shows what is self-accounted and in which boxes; a credit note takes it back", async () => {
    const scope = await aClient();
    const file = `${BLANK}Supplier credit note,R-9,2026-11-12,S-1,Mason,-100.00,,5000,T7\n`;
    const preview = await read(scope, file, "standard", { "tax-kind:T7": "domestic-reverse-charge" });
    expect(taxOf(preview)).toEqual([
      "self-accounted: tax code T7 (domestic reverse charge): £80.00 in boxes 1 and 4, net £400.00 in box 7; not charged",
    ]);
  });

  it("lists each penny within rounding, and nothing where lines are rounded one by one", async () => {
    const scope = await aClient();
    const line = (number: string, net: string, tax: string) => `Bill,${number},2026-11-10,S-1,Mason,${net},${tax},5000,STD20`;
    const rounded = bills(line("E-1", "0.03", "0.01"), line("E-1", "0.03", "0.01"), line("E-1", "0.03", "0.01"));
    expect(taxOf(await read(scope, rounded))).toEqual([]);
    expect(taxOf(await read(scope, bills(line("E-2", "100.00", "20.01"), line("E-3", "100.00", "19.98"))))).toEqual([
      "will be held: line 3, bill E-3, tax code STD20 (20%): £19.98 on the document, £20.00 charged on £100.00",
      "within rounding, sent unchanged: line 2, bill E-2, tax code STD20 (20%): £20.01 on the document, £20.00 charged on £100.00",
    ]);
  });
});
