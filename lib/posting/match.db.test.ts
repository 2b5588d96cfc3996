import { afterAll, describe, expect, it } from "vitest";
import { listOffers } from "#db/queries/links/link-offers.ts";
import { listQuestions } from "#db/queries/links/matching.ts";
import { claimQueued } from "#db/queries/postings/outgoing.ts";
import { releaseMended } from "#lib/pending/release.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { leaveMatch, linkMatch } from "./answer-match.ts";
import { linkAllOffers, offersHash } from "./answer-offers.ts";
import { seeLinked } from "./link-offers.ts";
import { matchBeforeSending } from "./match.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const INVOICE = {
  Type: "ACCREC",
  Contact: { Name: "Company C1" },
  Date: "2026-11-02",
  DueDate: "2026-12-02",
  Status: "AUTHORISED",
  LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
};

/** Invoices of £10.00 and £2.00 tax that stand in the package already. */
const typedIn = (client: SceneClient, ...invoices: Record<string, unknown>[]) =>
  client.call("PUT", "Invoices", { Invoices: invoices.map((one) => ({ ...INVOICE, ...one })) });

const numbers = (count: number) => Array.from({ length: count }, (_, at) => `INV-${String(at + 1).padStart(3, "0")}`);
const documentWrites = async (client: SceneClient) => (await client.writes()).filter((call) => call.path.includes("Invoices"));
const questions = (client: SceneClient) => client.inScope((db) => listQuestions(db, client.scope, 50));

describe("a ledger that holds our documents already", () => {
  it("N10 fifty of our invoices there: fifty links and not one post, though all were uploaded at once", async () => {
    const client = await scene.client();
    await typedIn(client, ...numbers(50).map((InvoiceNumber) => ({ InvoiceNumber })));
    const before = (await documentWrites(client)).length;
    await client.add(...numbers(51).map((number) => ({ number })));
    await client.upload();
    await client.work();
    const rows = (await client.rows()).filter((row) => row.kind === "sales-invoice");
    expect(rows.filter((row) => row.state === "confirmed")).toHaveLength(51);
    // The one that was not there is the only one that went.
    expect((await documentWrites(client)).slice(before).map((call) => call.records)).toEqual([1]);
    expect((await client.ledger()).documents).toHaveLength(51);
    expect((await client.ledger()).contacts.filter((one) => one.name === "Company C1")).toHaveLength(1);
    expect(await client.broken()).toEqual([]);
  });

  it("N10 where it is not sure it asks, and nothing of that is sent before the answer", async () => {
    const client = await scene.client();
    await typedIn(
      client,
      { InvoiceNumber: "INV-1", LineItems: [{ ...INVOICE.LineItems[0], UnitAmount: 11 }] },
      { InvoiceNumber: "INV-2", Contact: { Name: "Somebody else" } },
      { InvoiceNumber: "INV-3" },
    );
    await client.add(...["INV-1", "INV-2", "INV-3"].map((number) => ({ number })));
    await client.upload();
    const before = (await documentWrites(client)).length;
    await client.work();
    await client.work();
    expect(await documentWrites(client)).toHaveLength(before);
    expect(await client.row("INV-3")).toMatchObject({ state: "confirmed" });
    for (const number of ["INV-1", "INV-2"]) {
      expect(await client.row(number)).toMatchObject({
        state: "held",
        error_code: "source.perhaps-in-package",
        precheck_code: "source.perhaps-in-package",
      });
    }
    const [first, second] = (await questions(client)).questions;
    expect(first?.candidates[0]).toMatchObject({ number: "INV-1", gross: "1320" });

    await linkMatch(
      scene.database,
      client.scope,
      { questionId: first?.id ?? "", externalId: first?.candidates[0]?.externalId ?? "" },
      client.app,
    );
    expect(await client.row("INV-1")).toMatchObject({ state: "drifted" });
    await leaveMatch(scene.database, client.scope, { questionId: second?.id ?? "", as: "skipped" });
    await client.work();
    expect(await client.row("INV-2")).toMatchObject({ state: "held" });
    expect((await questions(client)).questions.map((one) => one.state)).toEqual(["skipped"]);
    await leaveMatch(scene.database, client.scope, { questionId: second?.id ?? "", as: "not-same" });
    expect((await questions(client)).count).toBe(0);
    // Ours goes; that the number is taken there is the package's own word.
    await client.work();
    expect((await documentWrites(client)).length).toBeGreaterThan(before);
    await expect(leaveMatch(scene.database, client.scope, { questionId: second?.id ?? "", as: "skipped" })).rejects.toThrow(
      /already answered/,
    );
  });

  it("N10 FB1 a bill that is there twice under its number is asked about, though one of the two agrees in everything", async () => {
    const client = await scene.client();
    const bill = (UnitAmount: number) => ({
      Type: "ACCPAY",
      InvoiceNumber: "P-1",
      Contact: { Name: "Company S1" },
      LineItems: [{ ...INVOICE.LineItems[0], UnitAmount, AccountCode: "310", TaxType: "INPUT2" }],
    });
    await typedIn(client, bill(10));
    await typedIn(client, bill(9.5));
    await client.add({ number: "P-1", kind: "bill", contact: "S1" });
    await client.upload();
    const before = (await documentWrites(client)).length;
    await client.work();
    // Nothing of it is bound by one of the two: its supplier is offered, and it waits.
    expect(await client.row("P-1")).toMatchObject({ state: "held" });
    const offers = await client.inScope((db) => listOffers(db, client.scope, "sure", 10));
    expect(offers.map((one) => one.name)).toEqual(["Company S1"]);
    // Answered while a time slice is under way, which has held documents against each other already: it sends none of what is free now.
    const world = client.worldFor(await client.lease());
    await matchBeforeSending(world, () => true);
    await linkAllOffers(scene.database, client.scope, { group: "sure", hash: offersHash(offers) });
    await seeLinked(world, () => true);
    expect(await client.row("P-1")).toMatchObject({ state: "queued" });
    const claim = () => world.inScope((db) => claimQueued(db, client.scope, client.connectionId, ["bill"], 10, "new", "look"));
    expect(await claim()).toEqual([]);
    await matchBeforeSending(world, () => true);
    expect(await claim()).toEqual([]);
    expect(await client.row("P-1")).toMatchObject({ state: "held", error_code: "source.perhaps-in-package" });
    expect((await questions(client)).questions[0]?.candidates.map((one) => one.gross).sort()).toEqual(["1140", "1200"]);
    expect(await documentWrites(client)).toHaveLength(before);
  });

  it("FB6 one that was typed in by hand since the last reading, and is refused as a duplicate: equal, it is linked and ticked; else it is a question", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    const before = (await documentWrites(client)).length;
    const line = { ...INVOICE.LineItems[0], UnitAmount: 11 };
    await typedIn(
      client,
      { InvoiceNumber: "INV-2", DueDate: "2026-11-02" },
      { InvoiceNumber: "INV-3", DueDate: "2026-11-02", LineItems: [line] },
    );
    const dated = { issuedOn: "2026-11-02" };
    await client.add({ number: "INV-2", ...dated }, { number: "INV-3", ...dated });
    await client.upload();
    await client.work();
    expect(await client.row("INV-2")).toMatchObject({ state: "confirmed", differences: null });
    expect(await client.row("INV-3")).toMatchObject({ state: "rejected", error_code: "source.duplicate-number" });
    const asked = await questions(client);
    expect(asked.questions).toMatchObject([
      { reference: "INV-3", candidates: [{ number: "INV-3", company: "Company C1", gross: "1320" }] },
    ]);
    expect((await client.ledger()).documents.filter((one) => one.number === "INV-2")).toHaveLength(1);
    const question = asked.questions[0];
    await linkMatch(
      scene.database,
      client.scope,
      { questionId: question?.id ?? "", externalId: question?.candidates[0]?.externalId ?? "" },
      client.app,
    );
    expect((await client.row("INV-3")).state).toBe("drifted");
    expect((await documentWrites(client)).length).toBeGreaterThan(before);
    expect(await client.broken()).toEqual([]);
  });

  it("N9 a bill that somebody typed in meanwhile is found before ours goes, since the package takes a bill's number twice", async () => {
    const client = await scene.client();
    await client.add({ number: "B-1", kind: "bill", contact: "S1" });
    await client.upload();
    await client.work();
    const supplier = (await client.ledger()).contacts.find((one) => one.key === "S1");
    await scene.step(2);
    await typedIn(client, {
      Type: "ACCPAY",
      InvoiceNumber: "B-2",
      Contact: { ContactID: supplier?.id },
      LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount: 10, AccountCode: "310", TaxType: "INPUT2" }],
    });
    await client.add({ number: "B-2", kind: "bill", contact: "S1" });
    await scene.step(16 * 60);
    await client.upload();
    await client.work();
    expect(await client.row("B-2")).toMatchObject({ state: "confirmed" });
    expect((await client.ledger()).documents.filter((one) => one.number === "B-2")).toHaveLength(1);
  });

  it("N9 a bill of another supplier under the same number is none of ours: nobody is asked, and ours goes", async () => {
    const client = await scene.client();
    await client.add({ number: "B-1", kind: "bill", contact: "S1" });
    await client.upload();
    await client.work();
    const bill = (InvoiceNumber: string, Name: string, UnitAmount: number) => ({
      Type: "ACCPAY",
      InvoiceNumber,
      Contact: { Name },
      LineItems: [{ Description: "By hand", Quantity: 1, UnitAmount, AccountCode: "310", TaxType: "INPUT2" }],
    });
    await scene.step(2);
    // Another than ours, whom the package knows; another of another amount; the same amount and day under another name; ours.
    await typedIn(client, bill("B-2", "Somebody else", 10), bill("B-3", "Somebody else", 99));
    await typedIn(client, bill("B-4", "Company S-Three", 10), bill("B-5", "Company S1", 99));
    await client.add({ number: "B-2", kind: "bill", contact: "S1" }, { number: "B-3", kind: "bill", contact: "S2" });
    await client.add({ number: "B-4", kind: "bill", contact: "S3" }, { number: "B-5", kind: "bill", contact: "S1" });
    await scene.step(16 * 60);
    await client.upload();
    await client.work();
    for (const number of ["B-2", "B-3"]) {
      expect(await client.row(number)).toMatchObject({ state: "confirmed" });
      expect((await client.ledger()).documents.filter((one) => one.number === number)).toHaveLength(2);
    }
    expect((await questions(client)).questions.map((one) => one.reference)).toEqual(["B-4", "B-5"]);
  });

  it("N9 N10 credit notes: what is there is linked or asked about, and a client without one spends no call on theirs", async () => {
    const client = await scene.client();
    let contact = "";
    const credit = (CreditNoteNumber: string, UnitAmount: number) => ({
      ...INVOICE,
      Type: "ACCRECCREDIT",
      Contact: { ContactID: contact },
      CreditNoteNumber,
      LineItems: [{ ...INVOICE.LineItems[0], UnitAmount }],
    });
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.work();
    contact = (await client.ledger()).contacts.find((one) => one.key === "C1")?.id ?? "";
    await client.call("PUT", "CreditNotes", { CreditNotes: [credit("CN-1", 10), credit("CN-2", 11)] });
    const reads = async () =>
      (await client.calls()).filter((call) => call.method === "GET" && call.path.includes("/CreditNotes")).length;
    expect(await reads()).toBe(0);
    await client.add(
      ...["CN-1", "CN-2", "CN-3"].map((number) => ({ number, kind: "sales-credit-note" as const, contact: "C1" })),
    );
    const before = (await client.writes()).length;
    await client.upload();
    await client.work();
    expect(await client.row("CN-1")).toMatchObject({ state: "confirmed" });
    expect(await client.row("CN-2")).toMatchObject({ state: "held", error_code: "source.perhaps-in-package" });
    expect(await client.row("CN-3")).toMatchObject({ state: "confirmed" });
    const written = (await client.writes()).slice(before).filter((call) => call.path.includes("CreditNotes"));
    expect(written.map((call) => call.records)).toEqual([1]);
    expect((await client.ledger()).documents.filter((one) => one.number?.startsWith("CN"))).toHaveLength(3);
    expect(await client.broken()).toEqual([]);
  });

  it("N9 the same document by two routes: one goes, the other is blocked as already in the package", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-9" });
    await client.add({ number: "INV-9", reference: "WEB-77" });
    await client.upload();
    await client.work();
    const rows = (await client.rows()).filter((row) => row.kind === "sales-invoice");
    expect(rows.map((row) => row.state).sort()).toEqual(["confirmed", "held"]);
    expect(rows.find((row) => row.state === "held")).toMatchObject({ error_code: "source.already-in-package" });
    await client.work();
    expect((await client.ledger()).documents.filter((one) => one.number === "INV-9")).toHaveLength(1);
  });

  it("N10 what cannot be compared before its codes are mapped is linked once they are, and never sent", async () => {
    const client = await scene.client();
    await typedIn(client, { InvoiceNumber: "INV-1" });
    await client.add({ number: "INV-1", lines: [{ nominalCode: "4010" }] });
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ precheck_code: "mapping.account-missing" });
    await client.map("nominal", "4010", "200");
    await client.inScope((db) => releaseMended(db, client.scope));
    await client.upload();
    const before = (await documentWrites(client)).length;
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "confirmed" });
    expect(await documentWrites(client)).toHaveLength(before);
    expect((await questions(client)).count).toBe(0);
  });
});
