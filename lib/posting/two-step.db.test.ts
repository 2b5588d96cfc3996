import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { findDueAttachment } from "#db/queries/postings/attachments.ts";
import { addAttachment } from "#lib/operational/attachments.ts";
import { enterPayments } from "#lib/operational/payments.ts";
import { hold, setExcluded } from "#lib/pending/withheld.ts";
import { setOptions } from "#lib/setup/settings.ts";
import { Killed } from "#lib/testing/killed-turn.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { rowsOf } from "#lib/testing/scene-records.ts";
import { type TwoStepClient, withTwoSteps } from "#lib/testing/two-step-scene.ts";
import { sendOursAgain } from "./decide-drift.ts";
import { markExported, withdraw } from "./mark.ts";
import { retry } from "./retry.ts";
import { stopRun } from "./stop-run.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const OPTIONS = z.object({ sales: z.string() });

const aClient = async () => withTwoSteps(scene, await scene.client());

/** One document of that number in the package, marked as sent; exported and ticked here. */
async function expectDone(client: TwoStepClient, number: string): Promise<void> {
  expect(client.books.under(number)).toMatchObject([{ status: "authorised" }]);
  expect(await client.step(number)).toMatchObject({ state: "confirmed", continued: false });
  expect(await client.broken()).toEqual([]);
}

/** What must hold at every moment: a draft that we left there never counts as exported. */
async function expectHonest(client: TwoStepClient, number: string): Promise<void> {
  const there = client.books.under(number);
  expect(there.length).toBeLessThanOrEqual(1);
  const { panel } = await client.step(number);
  if (there[0]?.status !== "authorised") expect(panel).not.toBe("exported");
}

const made = (client: TwoStepClient, operation: string) => client.books.calls.filter((one) => one === operation).length;

/** A client whose one invoice is made there, and whose second step the package refused. */
async function refusedAtSecond(number = "INV-1") {
  const client = await aClient();
  await client.add({ number });
  const { runId } = await client.upload();
  client.books.arrange("mark", "refused");
  await client.turn();
  const row = await client.step(number);
  expect(row).toMatchObject({ state: "rejected", panel: "errors", continued: true });
  return { client, runId, chosen: { ids: [row.id] } };
}

/** A client whose one invoice is made there; the line was down at its second step. */
async function stoppedBetween(number = "INV-1") {
  const client = await aClient();
  await client.add({ number });
  const { runId } = await client.upload();
  client.books.arrange("mark", "no-line");
  await client.turn();
  const row = await client.step(number);
  expect(row).toMatchObject({ state: "queued", panel: "pending", continued: true });
  return { client, runId, chosen: { ids: [row.id] } };
}

describe("BB1 a document that takes two calls", () => {
  it("is made and marked as sent, and counts as exported after the second call alone", async () => {
    const client = await aClient();
    await client.add(
      { number: "INV-1" },
      { number: "CN-1", kind: "sales-credit-note" },
      { number: "P-1", kind: "bill", contact: "S1" },
    );
    await client.upload();
    const between: unknown[] = [];
    client.books.onCall = async (operation, when) => {
      if (operation === "mark" && when === "before") between.push(await client.step("INV-1"));
    };
    await client.turn();
    await expectDone(client, "INV-1");
    await expectDone(client, "CN-1");
    await expectDone(client, "P-1");
    expect(made(client, "create")).toBe(2);
    expect(between[0]).toMatchObject({ state: "sending", continued: true, panel: "pending" });
  });

  it("has one committed intent and one key for each writing step, and a row for packages in steps alone", async () => {
    const client = await aClient();
    await client.add({ number: "INV-1" }, { number: "P-1", kind: "bill", contact: "S1" });
    await client.upload();
    await client.turn();
    const calls = await client.inScope((db) =>
      rowsOf<{ operation: string; key: string; conversation_id: string | null; step: number }>(
        db,
        sql`
          select operation, idempotency_key as key, conversation_id, step from posting_calls
          where connection_id = ${client.connectionId} and writes order by created_at, step`,
      ),
    );
    const steps = calls.filter((one) => one.conversation_id !== null);
    expect(steps.map((one) => [one.operation, one.step])).toEqual([
      ["create", 0],
      ["mark", 1],
    ]);
    expect(new Set(steps.map((one) => one.conversation_id)).size).toBe(1);
    expect(new Set(calls.map((one) => one.key)).size).toBe(calls.length);
    const begun = await client.inScope((db) =>
      rowsOf<{ reference: string }>(
        db,
        sql`
          select p.reference from conversations c join postings p on p.id = c.posting_id
          where c.connection_id = ${client.connectionId}`,
      ),
    );
    expect(begun).toEqual([{ reference: "INV-1" }]);
  });

  it("held as a draft by choice ends with the first call", async () => {
    const client = await aClient();
    client.postAs("draft");
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.turn();
    expect(await client.step("INV-1")).toMatchObject({ state: "posted", continued: false });
    expect(made(client, "mark")).toBe(0);
  });
});

describe("BB1 what is read before the first step", () => {
  it("may refuse it: it is held with the cause, nothing is written, and it goes once the cause is gone", async () => {
    const client = await aClient();
    client.books.terms = "none";
    await client.add({ number: "CN-1", kind: "sales-credit-note" });
    await client.upload();
    await client.turn();
    expect(await client.row("CN-1")).toMatchObject({
      state: "held",
      error_code: "package.refused",
      error_detail: { said: ["No credit notes for this customer"] },
    });
    expect(made(client, "create")).toBe(0);
    client.books.terms = "30 days";
    const { id } = await client.step("CN-1");
    await client.inScope((db) => retry(db, client.scope, { ids: [id] }));
    await client.turn();
    await expectDone(client, "CN-1");
  });
});

describe("BB1 K01 a worker that is killed", () => {
  it("between any two transactions, P3 to P8 of either step: one document, marked as sent", async () => {
    const client = await aClient();
    await client.add({ number: "INV-0" });
    await client.upload();
    // The customer is there; what follows is about documents alone.
    await client.turn();
    for (let killAt = 1, killed = true; killed; killAt += 1) {
      const number = `INV-${killAt}`;
      await client.add({ number });
      await client.click();
      ({ killed } = await client.turn({ killAt }));
      await expectHonest(client, number);
      await client.settle(number);
      await expectDone(client, number);
      if (!killed) expect(killAt).toBeGreaterThan(12);
    }
  }, 240_000);

  it.each(["create", "mark"] as const)("while %s is under way, before it arrives and after", async (operation) => {
    const client = await aClient();
    for (const when of ["before", "after"] as const) {
      const number = `INV-${when}`;
      await client.add({ number });
      await client.click();
      let isKilled = false;
      client.books.onCall = async (of, at) => {
        if (isKilled || of !== operation || at !== when) return;
        isKilled = true;
        throw new Killed();
      };
      expect(await client.turn()).toMatchObject({ killed: true });
      await expectHonest(client, number);
      await client.settle(number);
      await expectDone(client, number);
    }
  });
});

describe("BB1 a step without a clear answer", () => {
  it.each([
    ["create", "answer-lost"],
    ["create", "request-lost"],
    ["mark", "answer-lost"],
    ["mark", "request-lost"],
  ] as const)("%s, %s: one document, and marked as sent", async (operation, trouble) => {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    await client.upload();
    client.books.arrange(operation, trouble);
    await client.turn();
    expect(await client.step("INV-1")).toMatchObject({ state: "unknown" });
    await expectHonest(client, "INV-1");
    await client.settle("INV-1");
    await expectDone(client, "INV-1");
    expect(made(client, "create")).toBe(1);
  });

  it("is held against what proves it: that the draft is there does not settle the second", async () => {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    await client.upload();
    client.books.arrange("mark", "request-lost");
    await client.turn();
    // The package may still be at work on it.
    await scene.step(15);
    await client.turn();
    expect(await client.step("INV-1")).toMatchObject({ state: "unknown", continued: true });
    expect(client.books.under("INV-1")).toMatchObject([{ status: "draft" }]);
    await client.settle("INV-1");
    await expectDone(client, "INV-1");
  });

  it("of the second step is never replayed where only the number is kept unique: that guards the first alone", async () => {
    const client = await aClient();
    const keys = { windowMs: 240_000, boundToToken: false, trusted: false };
    const code = { memo: "", version: 1, can: { keys, uniqueNumbers: ["sales-invoice"] as const } };
    await client.add({ number: "INV-1" });
    await client.upload();
    client.books.arrange("mark", "answer-lost");
    await client.turn({ code });
    await scene.step(60);
    await client.turn({ code });
    await expectDone(client, "INV-1");
    expect(made(client, "mark")).toBe(1);
  });

  it("after which it is gone there, is for a person, and is never made again", async () => {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    await client.upload();
    client.books.arrange("mark", "request-lost");
    await client.turn();
    client.books.byHand("INV-1", "deleted");
    await client.settle("INV-1");
    expect(await client.step("INV-1")).toMatchObject({
      state: "rejected",
      continued: true,
      error_code: "package.document-state",
    });
    expect(made(client, "create")).toBe(1);
  });
});

describe("BB1 a second step that is refused", () => {
  it("stands in Error Feedback with its cause, and Retry goes on with the second", async () => {
    const { client, chosen } = await refusedAtSecond();
    expect(await client.row("INV-1")).toMatchObject({
      error_code: "package.refused",
      error_detail: { said: ["The package says no"] },
    });
    await client.inScope((db) => retry(db, client.scope, chosen));
    await client.turn();
    await expectDone(client, "INV-1");
    expect(made(client, "create")).toBe(1);
    expect(made(client, "mark")).toBe(2);
  });

  it("and made there by hand since, is found done: nothing is sent", async () => {
    const { client, chosen } = await refusedAtSecond();
    client.books.byHand("INV-1", "authorised");
    await client.inScope((db) => retry(db, client.scope, chosen));
    await client.turn();
    await expectDone(client, "INV-1");
    expect(made(client, "mark")).toBe(1);
  });

  it("and deleted there since, is for a person: nothing is made a second time", async () => {
    const { client, chosen } = await refusedAtSecond();
    client.books.byHand("INV-1", "deleted");
    await client.inScope((db) => retry(db, client.scope, chosen));
    await client.turn();
    expect(await client.step("INV-1")).toMatchObject({
      state: "held",
      continued: true,
      error_code: "package.document-state",
    });
    expect(made(client, "create")).toBe(1);
  });

  it("P01 asked to slow down, waits and goes on with the second", async () => {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    await client.upload();
    client.books.arrange("mark", "slow-down");
    await client.turn();
    expect(await client.step("INV-1")).toMatchObject({ state: "queued", continued: true });
    await client.settle("INV-1");
    await expectDone(client, "INV-1");
    expect(made(client, "create")).toBe(1);
  });
});

describe("BB1 between its steps", () => {
  it.each([
    ["refused", refusedAtSecond],
    ["waiting", stoppedBetween],
  ] as const)("%s, it is neither withdrawn, marked nor put on hold, and who asks is told", async (_name, half) => {
    const { client, chosen } = await half();
    const before = await client.step("INV-1");
    const words = /^INV-1 is already in the package and not finished there/;
    const asks = [
      () => client.inScope((db) => withdraw(db, client.scope, chosen)),
      () => client.inScope((db) => markExported(db, client.scope, chosen, "By hand")),
      () => client.inScope((db) => hold(db, client.scope, chosen, "Not now")),
    ];
    for (const ask of asks) await expect(ask()).rejects.toThrow(words);
    expect(await client.step("INV-1")).toEqual(before);
  });

  it("the options that its steps follow from stay as they are, and can be saved once it is finished", async () => {
    const { client } = await stoppedBetween();
    const save = () => client.inScope((db) => setOptions(db, client.scope, { sales: "71" }, () => OPTIONS));
    await expect(save()).rejects.toThrow("A record is half sent with the present options");
    await client.settle("INV-1");
    await expectDone(client, "INV-1");
    await save();
  });

  it("a run that is stopped leaves it to be finished", async () => {
    const { client, runId } = await stoppedBetween();
    await client.inScope((db) => stopRun(db, client.scope, runId));
    expect(await client.step("INV-1")).toMatchObject({ state: "queued", continued: true });
    await client.settle("INV-1");
    await expectDone(client, "INV-1");
    expect(made(client, "create")).toBe(1);
  });

  it("its customer excluded, it is still finished", async () => {
    const { client } = await stoppedBetween();
    const [party] = await client.inScope((db) =>
      rowsOf<{ id: string }>(db, sql`select id from contacts where client_id = ${client.clientId}`),
    );
    await client.inScope((db) => setExcluded(db, client.scope, "contact", [party?.id ?? ""], true));
    expect(await client.step("INV-1")).toMatchObject({ state: "queued", continued: true });
    await client.settle("INV-1");
    await expectDone(client, "INV-1");
  });

  it.each([
    ["waiting", stoppedBetween],
    ["refused", refusedAtSecond],
  ] as const)("amended while %s, it is finished as it was begun, and changed after that", async (name, half) => {
    const { client, chosen } = await half();
    await client.amend("INV-1", 5000n);
    expect(await client.step("INV-1")).toMatchObject({ revision: 1, continued: true });
    if (name === "refused") await client.inScope((db) => retry(db, client.scope, chosen));
    await client.settle("INV-1");
    await client.upload();
    await client.settle("INV-1");
    expect(await client.step("INV-1")).toMatchObject({ revision: 2 });
    await expectDone(client, "INV-1");
    expect(client.books.under("INV-1")).toMatchObject([{ body: { lines: [{ net: "5000" }] } }]);
    expect(made(client, "create")).toBe(1);
    expect(client.books.calls.filter((one) => /^(un)?mark$|^change$/.test(one))).toEqual(
      name === "refused" ? ["mark", "mark", "unmark", "change", "mark"] : ["mark", "unmark", "change", "mark"],
    );
  });

  it("the database itself lets nobody take it back, renew it or put it aside", async () => {
    const { client } = await stoppedBetween();
    const moves = [
      sql`state = 'pending'`,
      sql`state = 'skipped'`,
      sql`revision = 2`,
      sql`current = false`,
      sql`aside = 'on-hold'`,
      sql`continued = false`,
    ];
    for (const move of moves) {
      const moved = client.inScope((db) =>
        db.execute(sql`update postings set ${move} where client_id = ${client.clientId} and continued`),
      );
      await expect(moved).rejects.toThrow();
    }
  });
});

describe("BB1 a change that takes three calls", () => {
  it.each([
    ["unmark", "answer-lost"],
    ["unmark", "request-lost"],
    ["change", "answer-lost"],
    ["change", "request-lost"],
    ["mark", "answer-lost"],
    ["mark", "request-lost"],
  ] as const)("%s, %s: it ends changed and marked as sent", async (operation, trouble) => {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.turn();
    await client.amend("INV-1", 5000n);
    await client.upload();
    client.books.arrange(operation, trouble);
    await client.turn();
    await client.settle("INV-1");
    await expectDone(client, "INV-1");
    expect(client.books.under("INV-1")).toMatchObject([{ body: { lines: [{ net: "5000" }] } }]);
    expect(made(client, "create")).toBe(1);
  });
});

describe("BB1 what was exported and is sent again", () => {
  /** Staff find that the package holds something else, and send ours again. */
  async function again(client: TwoStepClient, field: string, theirs: string) {
    const { id } = await client.step("INV-1");
    const differences = JSON.stringify([{ field, ours: "ours", theirs }]);
    await client.inScope(async (db) => {
      await db.execute(sql`update postings set state = 'drifted', differences = ${differences}::jsonb where id = ${id}`);
      await sendOursAgain(db, client.scope, [id]);
    });
    client.books.calls.length = 0;
    await client.turn();
    await client.settle("INV-1");
  }

  async function exported() {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.turn();
    await expectDone(client, "INV-1");
    return client;
  }

  const writes = ({ books }: TwoStepClient) => books.calls.filter((one) => /^(create|(un)?mark|change)$/.test(one));

  it.each(["made", "changed"] as const)("after it was %s, it takes all steps of the change anew", async (how) => {
    const client = await exported();
    if (how === "changed") {
      await client.amend("INV-1", 5000n);
      await client.upload();
      await client.turn();
      await expectDone(client, "INV-1");
    }
    await again(client, "Gross", "theirs");
    expect(writes(client)).toEqual(["unmark", "change", "mark"]);
    await expectDone(client, "INV-1");
  });

  it("deleted there, it is made anew under an id of its own", async () => {
    const client = await exported();
    const [gone] = client.books.records.splice(client.books.records.findIndex((one) => one.own === "INV-1"));
    await again(client, "Status", "deleted");
    expect(writes(client)).toEqual(["create", "mark"]);
    await expectDone(client, "INV-1");
    expect(client.books.under("INV-1")[0]?.id).not.toBe(gone?.id);
  });
});

describe("BB1 what a later step meets", () => {
  async function exported() {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    await client.upload();
    await client.turn();
    return client;
  }

  it("a step that is found done is stored with the read that shaped it", async () => {
    const client = await exported();
    const code = { memo: "", version: 1, checks: true };
    await client.amend("INV-1", 5000n);
    await client.upload();
    client.books.arrange("check", "slow-down");
    await client.turn({ code });
    expect(await client.step("INV-1")).toMatchObject({ state: "queued", continued: true });
    for (const { body } of client.books.under("INV-1")) {
      const [line] = body.lines as Record<string, unknown>[];
      body.lines = [{ ...line, tax: "ZERORATEDOUTPUT", net: "5000", vat: "0" }];
    }
    await scene.step(60);
    await client.turn({ code });
    expect(made(client, "change")).toBe(0);
    await expectDone(client, "INV-1");
  });

  it("voided there by hand before it was voided by us, it is found done", async () => {
    const client = await exported();
    await client.voidDocument("INV-1");
    await client.upload();
    client.books.arrange("void", "no-line");
    await client.turn();
    expect(await client.step("INV-1")).toMatchObject({ state: "queued", continued: true });
    client.books.byHand("INV-1", "voided");
    await client.settle("INV-1");
    expect(await client.step("INV-1")).toMatchObject({ state: "confirmed", continued: false });
    expect(made(client, "void")).toBe(0);
  });

  it("unclear, and asked otherwise by newer code, it is for a person once nothing is under way", async () => {
    const client = await aClient();
    const code = { memo: "By newer code", version: 2 };
    await client.add({ number: "INV-1" });
    await client.upload();
    client.books.arrange("mark", "request-lost");
    await client.turn();
    await scene.step(15);
    await client.turn({ code });
    expect(await client.step("INV-1")).toMatchObject({ state: "unknown", continued: true });
    await scene.step(700);
    await client.turn({ code });
    const row = await client.step("INV-1");
    expect(row).toMatchObject({ state: "rejected", continued: true, error_code: "internal.steps-changed" });
    client.books.byHand("INV-1", "authorised");
    await client.inScope((db) => retry(db, client.scope, { ids: [row.id] }));
    await client.turn({ code });
    await expectDone(client, "INV-1");
  });

  it.each([
    ["no-line", "held"],
    ["answer-lost", "rejected"],
  ] as const)("its code breaks on it (%s): it alone stops, for a person", async (trouble, state) => {
    const client = await aClient();
    const code = { memo: "", version: 1, breaksOn: "INV-1" };
    await client.add({ number: "INV-1" });
    await client.upload();
    client.books.arrange("mark", trouble);
    await client.turn();
    if (trouble === "answer-lost") client.books.byHand("INV-1", "draft");
    await client.add({ number: "INV-2" });
    await client.click();
    await scene.step(700);
    await client.turn({ code });
    expect(await client.step("INV-1")).toMatchObject({ state, continued: true, error_code: "internal.steps-changed" });
    await expectDone(client, "INV-2");
  });

  it("the look at it refused, it alone stops, in the package's words", async () => {
    const { client } = await stoppedBetween();
    await client.add({ number: "INV-2" });
    await client.click();
    client.books.arrange("find", "refused");
    await scene.step(60);
    await client.turn();
    expect(await client.step("INV-1")).toMatchObject({ state: "held", continued: true, error_code: "package.refused" });
    await expectDone(client, "INV-2");
  });

  it.each(["no-line", "answer-lost"] as const)("%s, its id read in another case is the same record", async (trouble) => {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    await client.upload();
    client.books.arrange("mark", trouble);
    await client.turn();
    client.books.byHand("INV-1", "authorised");
    client.books.shouts = true;
    await client.settle("INV-1");
    await expectDone(client, "INV-1");
  });

  it.each([
    ["draft", "rejected"],
    ["authorised", "held"],
  ] as const)("%s, and linked to another record meanwhile, it is for a person", async (there, state) => {
    const { client } = await stoppedBetween();
    await client.add({ number: "INV-2" });
    client.books.byHand("INV-1", there);
    await client.inScope((db) =>
      db.execute(sql`
        update external_refs set record_id = (select id from documents where client_id = ${client.clientId} and number = 'INV-2')
        where connection_id = ${client.connectionId} and family = 'document'`),
    );
    await client.settle("INV-1");
    expect(await client.step("INV-1")).toMatchObject({ state, continued: true, error_code: "unknown.ambiguous-match" });
  });

  it("its payment and its files wait until it is finished", async () => {
    const client = await aClient();
    const push = ["customer", "sales-invoice", "payment"] as const;
    const code = { memo: "", version: 1, can: { push: [...push] } };
    await client.add({ number: "INV-1" });
    await client.inScope((db) => db.execute(sql`update contacts set terms = 'cash' where client_id = ${client.clientId}`));
    await client.upload();
    const file = { fileName: "note.pdf", content: Buffer.from("%PDF-1.4\n%%EOF\n") };
    await client.inScope(async (db) => {
      const [invoice] = await rowsOf<{ id: string }>(db, sql`select id from documents where client_id = ${client.clientId}`);
      await addAttachment(db, client.scope, invoice?.id ?? "", file);
    });
    client.books.arrange("mark", "refused");
    await client.turn({ code });
    const row = await client.step("INV-1");
    expect(row).toMatchObject({ state: "rejected", continued: true });
    const paid = {
      recordReference: null,
      document: { number: "INV-1" },
      bankNominalCode: "1200",
      paidOn: "2026-11-05",
      currency: null,
      amountMinor: 1200n,
      reference: null,
    };
    await client.inScope((db) => enterPayments(db, client.scope, [paid]));
    await client.click();
    const dueFile = () => client.inScope((db) => findDueAttachment(db, client.scope, client.connectionId));
    const payments = () => client.books.records.filter((one) => one.kind === "payment").length;
    await client.turn({ code });
    expect([payments(), await dueFile()]).toEqual([0, null]);
    await client.inScope((db) => retry(db, client.scope, { ids: [row.id] }));
    await client.turn({ code });
    await expectDone(client, "INV-1");
    expect([payments(), await dueFile()]).toMatchObject([1, { number: "INV-1" }]);
  });
});

describe("BB1a what a conversation follows from", () => {
  it("is stored before what it shapes is sent: a read too", async () => {
    const client = await aClient();
    await client.add({ number: "CN-1", kind: "sales-credit-note" });
    await client.upload();
    const stored: unknown[] = [];
    client.books.onCall = async (operation, when) => {
      if (operation !== "create" || when !== "before") return;
      stored.push(
        ...(await client.inScope((db) =>
          rowsOf(
            db,
            sql`
              select operation, step, writes, convert_from(answer, 'UTF8') as answer from posting_calls
              where connection_id = ${client.connectionId} and conversation_id is not null order by step`,
          ),
        )),
      );
    };
    await client.turn();
    expect(stored).toEqual([
      { operation: "terms", step: 0, writes: false, answer: '{"terms":"30 days"}' },
      { operation: "create", step: 1, writes: true, answer: null },
    ]);
    await expectDone(client, "CN-1");
  });

  it("stays as it was when the package's lists change between its steps", async () => {
    const client = await aClient();
    await client.add({ number: "CN-1", kind: "sales-credit-note" });
    await client.upload();
    client.books.arrange("mark", "no-line");
    await client.turn();
    // Two lanes may both have read it, before one of them had the row; after its first write nobody does.
    const read = made(client, "terms");
    client.books.terms = "60 days";
    await client.inScope((db) =>
      db.execute(sql`update package_tax_rates set rate = '17.5' where connection_id = ${client.connectionId}`),
    );
    await client.map("nominal", "4000", "260");
    await scene.step(60);
    await client.turn();
    expect(client.books.under("CN-1")).toMatchObject([
      { status: "authorised", body: { terms: "30 days", lines: [{ rate: "20" }] } },
    ]);
    expect(await client.step("CN-1")).toMatchObject({ state: "confirmed", continued: false });
    expect(made(client, "terms")).toBe(read);
  });

  it("stops for a person when this code would have asked otherwise, and counts once it is complete there", async () => {
    const { client, chosen } = await stoppedBetween();
    const code = { memo: "By newer code", version: 2 };
    await scene.step(60);
    await client.turn({ code });
    expect(await client.step("INV-1")).toMatchObject({
      state: "held",
      panel: "errors",
      continued: true,
      error_code: "internal.steps-changed",
    });
    await client.inScope((db) => retry(db, client.scope, chosen));
    await client.turn({ code });
    expect(await client.step("INV-1")).toMatchObject({ state: "held", error_code: "internal.steps-changed" });
    expect(made(client, "mark")).toBe(0);
    client.books.byHand("INV-1", "authorised");
    await client.inScope((db) => retry(db, client.scope, chosen));
    await client.turn({ code });
    await expectDone(client, "INV-1");
    expect(made(client, "create")).toBe(1);
    expect(made(client, "mark")).toBe(0);
  });

  it("goes on under newer code that asks the same", async () => {
    const { client } = await stoppedBetween();
    await scene.step(60);
    await client.turn({ code: { memo: "", version: 2 } });
    await expectDone(client, "INV-1");
  });

  it("K08 is left to newer code where newer code began it, clear or not", async () => {
    for (const trouble of ["no-line", "answer-lost"] as const) {
      const client = await aClient();
      const code = { memo: "By newer code", version: 2 };
      await client.add({ number: "INV-1" });
      await client.upload();
      client.books.arrange("mark", trouble);
      await client.turn({ code });
      const before = await client.step("INV-1");
      await client.settle("INV-1");
      expect(await client.step("INV-1")).toEqual(before);
      await scene.step(700);
      await client.turn({ code });
      await expectDone(client, "INV-1");
      expect(made(client, "create")).toBe(1);
    }
  });
});
