import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { schema } from "#db/client.ts";
import { findCorrection, listOpenCorrections } from "#db/queries/export/open-corrections.ts";
import { readMorning } from "#db/queries/practice/morning.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import type { DirectConnector } from "#lib/connectors/types.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import { freshenFigures } from "#lib/night/figures.ts";
import { overview } from "#lib/setup/overview.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { readSettled } from "./allocate.ts";
import { openDay, planCorrection } from "./correction-plan.ts";
import { diagnose } from "./diagnose.ts";
import { withdraw } from "./mark.ts";
import { creditAndReissue, dismissWork } from "./reissue.ts";
import { retry } from "./retry.ts";
import { readTimeline } from "./timeline.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

/** INV-1 of £12.00 in the package, ticked. */
async function exported(): Promise<SceneClient> {
  const client = await scene.client();
  await client.add({ number: "INV-1" });
  await client.upload();
  await client.work();
  return client;
}

const yes = async (client: SceneClient) => {
  const { id } = await client.row("INV-1");
  return client.inScope((db) => creditAndReissue(db, client.scope, id, "Europe/London"));
};
const there = async (client: SceneClient) =>
  Object.fromEntries((await client.ledger()).documents.map((one) => [one.number, `${one.type} ${one.gross}`]));

/** What is open on each document there, and the allocations that stand: `note > document amount`. */
async function balances(client: SceneClient) {
  const { documents, allocations, payments } = await client.ledger();
  const number = new Map(documents.map((one) => [one.id, one.number]));
  return {
    open: Object.fromEntries(documents.map((one) => [one.number, one.due])),
    allocated: allocations.map((one) => `${number.get(one.fromId)} > ${number.get(one.documentId)} ${one.amount}`).sort(),
    paid: payments.map((one) => `${number.get(one.documentId)} ${one.amount}`),
  };
}

/** INV-1 of £12.00 in the package, so much of it paid there, amended here to that net and refused. */
async function paidAndAmended(paid: string, netMinor: bigint): Promise<SceneClient> {
  const client = await exported();
  await scene.control.pay(client.tenant, { number: "INV-1", amount: paid });
  await client.amend("INV-1", netMinor);
  await client.upload("INV-1");
  await client.work();
  return client;
}

const allocationWrites = async (client: SceneClient) =>
  (await client.writes()).filter((call) => call.path.includes("/Allocations"));

/** A worker's time slice in which each allocation goes through `send`. */
async function workWith(
  client: SceneClient,
  send: (go: () => ReturnType<DirectConnector["send"]>) => ReturnType<DirectConnector["send"]>,
): Promise<void> {
  const world = client.worldFor(await client.lease());
  const { connector } = world;
  await workOn(
    {
      ...world,
      connector: {
        ...connector,
        send: (message, context) => {
          const go = () => connector.send(message, context);
          return message.operation === "createCreditNoteAllocation" ? send(go) : go();
        },
      },
    },
    30_000,
  );
}

const SETTLED = {
  open: { "INV-1": "0.00", "INV-1-CN2": "0.00", "INV-1-R2": "48.00" },
  allocated: ["INV-1-CN2 > INV-1 10.00", "INV-1-CN2 > INV-1-R2 2.00"],
  paid: ["INV-1 2.00"],
};

describe("the money of a correction", () => {
  it("FD15 N41 the credit note goes to what is open on the document, the rest of it to the reissue, and the receipt stays", async () => {
    const client = await paidAndAmended("2.00", 5000n);
    await yes(client);
    await client.work();
    expect(await balances(client)).toEqual(SETTLED);
    for (const to of ["INV-1", "INV-1-R2"])
      expect(await client.row(`INV-1-CN2 to ${to}`)).toMatchObject({ kind: "allocation", state: "confirmed", panel: "exported" });
    expect(await client.broken()).toEqual([]);
  });

  it("FD15 paid in full: all of the credit note goes to the reissue, as far as that is open", async () => {
    const client = await paidAndAmended("12.00", 500n);
    await yes(client);
    await client.work();
    expect(await balances(client)).toEqual({
      open: { "INV-1": "0.00", "INV-1-CN2": "7.00", "INV-1-R2": "0.00" },
      allocated: ["INV-1-CN2 > INV-1-R2 5.00"],
      paid: ["INV-1 12.00"],
    });
  });

  it("FD15 a bill is settled alike", async () => {
    const client = await scene.client();
    await client.add({ number: "B-1", kind: "bill" });
    await client.upload();
    await client.work();
    await scene.control.pay(client.tenant, { number: "B-1", amount: "2.00" });
    await client.voidDocument("B-1");
    await client.upload("B-1");
    await client.work();
    const { id } = await client.row("B-1");
    await client.inScope((db) => creditAndReissue(db, client.scope, id, "Europe/London"));
    await client.work();
    expect(await balances(client)).toMatchObject({ open: { "B-1": "0.00" }, allocated: ["B-1-CN2 > B-1 10.00"] });
  });

  it("FD15 the balance is what the package says when it goes, and never more than is open is allocated", async () => {
    const client = await paidAndAmended("2.00", 5000n);
    await yes(client);
    // Between the yes and the sending the customer pays what was open.
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "10.00" });
    await client.work();
    expect(await balances(client)).toMatchObject({
      open: { "INV-1": "0.00", "INV-1-CN2": "0.00", "INV-1-R2": "38.00" },
      allocated: ["INV-1-CN2 > INV-1-R2 12.00"],
    });
    expect(await client.row("INV-1-CN2 to INV-1")).toMatchObject({ state: "skipped", error_code: null });
    expect(await allocationWrites(client)).toHaveLength(1);
  });

  it("FD15 an answer that is lost is read back: the allocation stands, and none is made twice", async () => {
    const client = await paidAndAmended("2.00", 5000n);
    await yes(client);
    await client.faults({ name: "N05", call: 1, method: "PUT", path: "/Allocations" });
    await client.work();
    expect(await client.row("INV-1-CN2 to INV-1")).toMatchObject({ state: "unknown" });
    // While nobody knows what is left of the credit note, nothing more of it goes.
    expect(await client.row("INV-1-CN2 to INV-1-R2")).toMatchObject({ state: "queued" });
    expect(await allocationWrites(client)).toHaveLength(1);
    await scene.step(15);
    await client.work();
    expect(await balances(client)).toEqual(SETTLED);
    expect(await allocationWrites(client)).toHaveLength(2);
    expect(await client.row("INV-1-CN2 to INV-1")).toMatchObject({ state: "confirmed", generation: 1 });
  });

  it("FD15 a worker that is killed between sending and answer leaves no second allocation", async () => {
    const client = await paidAndAmended("2.00", 5000n);
    await yes(client);
    await expect(
      workWith(client, async (go) => {
        await go();
        throw new Error("killed");
      }),
    ).rejects.toThrow("killed");
    expect(await client.row("INV-1-CN2 to INV-1")).toMatchObject({ state: "sending" });
    await scene.step(45);
    await client.work();
    await scene.step(15);
    await client.work();
    expect(await balances(client)).toEqual(SETTLED);
    expect(await allocationWrites(client)).toHaveLength(2);
    expect(await client.broken()).toEqual([]);
  });

  it("FD15 what never arrived goes again only once it was looked for twice, by what is open then", async () => {
    const client = await paidAndAmended("2.00", 5000n);
    await yes(client);
    await client.faults({ name: "P05", call: 1, method: "PUT", path: "/Allocations" });
    await client.work();
    expect(await client.row("INV-1-CN2 to INV-1")).toMatchObject({ state: "unknown" });
    await scene.step(420);
    await client.work();
    expect(await allocationWrites(client)).toHaveLength(1);
    await scene.step(620);
    await client.work();
    expect(await balances(client)).toEqual(SETTLED);
    expect(await client.row("INV-1-CN2 to INV-1")).toMatchObject({ state: "confirmed", generation: 2 });
  });

  it("FD15 a refusal stands in Error Feedback with its cause, and goes once that is gone", async () => {
    const client = await paidAndAmended("2.00", 5000n);
    await yes(client);
    let locked = false;
    await workWith(client, async (go) => {
      if (!locked) await client.settings({ periodLock: "2026-12-31" });
      locked = true;
      return go();
    });
    expect(await client.row("INV-1-CN2 to INV-1")).toMatchObject({
      panel: "errors",
      error_code: "package.period-locked",
      error_detail: { field: "date", lockDate: "2026-12-31" },
    });
    // What the document needs of the credit note is left to it.
    expect((await balances(client)).open).toMatchObject({ "INV-1": "10.00" });
    await client.settings({ periodLock: null });
    const { id } = await client.row("INV-1-CN2 to INV-1");
    await client.inScope((db) => retry(db, client.scope, { ids: [id] }));
    await client.work();
    expect(await balances(client)).toEqual(SETTLED);
  });

  it("FD15 while the documents are drafts there, it is held with the reason, and goes by itself once they are approved", async () => {
    const client = await paidAndAmended("2.00", 5000n);
    client.postAs("draft");
    await yes(client);
    await client.work();
    const held = await client.row("INV-1-CN2 to INV-1");
    expect(held).toMatchObject({ panel: "errors", error_code: "rule.payment-on-draft", error_detail: { value: "INV-1-CN2" } });
    expect(await allocationWrites(client)).toEqual([]);
    const { documents } = await client.ledger();
    const idOf = (number: string) => documents.find((one) => one.number === number)?.id;
    await client.call("POST", "CreditNotes", { CreditNotes: [{ CreditNoteID: idOf("INV-1-CN2"), Status: "AUTHORISED" }] });
    await client.call("POST", "Invoices", { Invoices: [{ InvoiceID: idOf("INV-1-R2"), Status: "AUTHORISED" }] });
    await scene.step(3_700);
    await client.work();
    expect(await balances(client)).toEqual(SETTLED);
  });

  it("FD15 its row says why it stands where it does, and keeps its history like any record's", async () => {
    const client = await paidAndAmended("2.00", 5000n);
    await yes(client);
    await client.work();
    const { id } = await client.row("INV-1-CN2 to INV-1");
    const record = await client.inScope(async (db) => {
      const found = await db.execute<{ record_id: string }>(sql`select record_id from postings where id = ${id}`);
      const recordId = found.rows[0]?.record_id ?? "";
      return {
        diagnosis: await diagnose(db, client.scope, recordId),
        entries: await readTimeline(db, client.scope, recordId, "en-GB"),
      };
    });
    expect(record.diagnosis).toMatchObject({ kind: "allocation" });
    expect(JSON.stringify(record.entries)).toContain("INV-1-CN2");
    expect(record.entries.map((entry) => entry.what)).toEqual(["seen", "link", "attempt"]);
  });

  it("FD15 stopped with its run, it waits in Pending Export and goes when it is uploaded", async () => {
    const client = await paidAndAmended("2.00", 5000n);
    await yes(client);
    await client.take();
    const { id } = await client.row("INV-1-CN2 to INV-1");
    expect((await client.inScope((db) => withdraw(db, client.scope, { ids: [id] }))).withdrawn).toBe(1);
    await client.work();
    expect(await client.row("INV-1-CN2 to INV-1")).toMatchObject({ panel: "pending", state: "pending" });
    await client.upload("INV-1-CN2 to INV-1");
    await client.work();
    expect(await balances(client)).toEqual(SETTLED);
  });
});

const leftToDo = async (client: SceneClient) =>
  (await client.inScope((db) => listOpenCorrections(db, client.scope, 10))).map(
    (one) => `${one.number}: ${one.creditLeftMinor} of ${one.creditNote}, ${one.stillOpenMinor} open`,
  );

/** The corrections to finish that somebody who sees this client finds among their problems. */
async function inTheMorning(client: SceneClient) {
  const practice = jobPracticeScope();
  const person = randomUUID();
  await scene.database.inScope(practice, async (db) => {
    await db.insert(schema.users).values({ id: person, email: `${person}@example.test`, name: "Sam", role: "staff" });
    await db.insert(schema.userClients).values({ userId: person, clientId: client.clientId });
  });
  await freshenFigures(scene.database, person);
  const { problems } = await scene.database.inScope(practice, (db) => readMorning(db, practice, person, null, 10));
  return problems.flatMap(({ what, count, amountMinor, currency }) =>
    what === "corrections" ? [{ count, amountMinor, currency }] : [],
  );
}

describe("what a correction leaves", () => {
  it("FD15 N41 the plan says it before, the list after, and a read that shows nothing left takes it off", async () => {
    const client = await paidAndAmended("12.00", 500n);
    const { id } = await client.row("INV-1");
    const before = await client.inScope((db) => planCorrection(db, client.scope, id, "Europe/London"));
    expect(before?.plan).toMatchObject({
      open: { dueMinor: 0n },
      allocation: { toCorrectedMinor: 0n, toReissueMinor: 500n, leftMinor: 700n },
    });
    await yes(client);
    expect(await leftToDo(client)).toEqual([]);
    await client.work();
    expect(await leftToDo(client)).toEqual(["INV-1: 700 of INV-1-CN2, 0 open"]);
    expect((await client.inScope((db) => overview(db, client.scope))).toFinish).toBe(1);
    expect(await inTheMorning(client)).toEqual([{ count: 1, amountMinor: 700n, currency: "GBP" }]);

    // A bookkeeper refunds it there, and whatever reads the credit note next sees it.
    const note = (await client.ledger()).documents.find((one) => one.number === "INV-1-CN2");
    await client.call("PUT", "Payments", {
      Payments: [
        { CreditNote: { CreditNoteID: note?.id }, Account: { Code: "090" }, Date: "2026-11-25", Amount: 7, Reference: "Refund" },
      ],
    });
    const posting = await client.row("INV-1-CN2 to INV-1-R2");
    const allocation = await client.inScope((db) =>
      db.execute<{ record_id: string }>(sql`select record_id from postings where id = ${posting.id}`),
    );
    await readSettled(client.worldFor(await client.lease()), [allocation.rows[0]?.record_id ?? ""]);
    expect(await leftToDo(client)).toEqual([]);
    expect(await inTheMorning(client)).toEqual([]);
  });

  it("FD15 voided at the source and paid there: the credit stays on account, and is work", async () => {
    const client = await exported();
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00" });
    await client.voidDocument("INV-1");
    await client.upload("INV-1");
    await client.work();
    await yes(client);
    await client.work();
    expect((await balances(client)).allocated).toEqual([]);
    expect(await leftToDo(client)).toEqual(["INV-1: 1200 of INV-1-CN2, 0 open"]);
  });

  it("FD15 a refused allocation is counted in Error Feedback, and not as work a second time", async () => {
    const client = await paidAndAmended("2.00", 5000n);
    await yes(client);
    await workWith(client, async (go) => {
      await client.settings({ periodLock: "2026-12-31" });
      return go();
    });
    expect((await client.rows()).filter((row) => row.panel === "errors").map((row) => row.kind)).toEqual([
      "allocation",
      "allocation",
    ]);
    expect(await leftToDo(client)).toEqual([]);
  });

  it("FD15 a reissue for another customer: nothing is allocated to it, and the receipt that would have to move is work", async () => {
    const client = await exported();
    await client.add({ number: "INV-9", contact: "C2" });
    await client.upload();
    await client.work();
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "2.00" });
    await client.amend("INV-1", 5000n);
    await client.inScope((db) =>
      db.execute(sql`
        update documents set contact_id = (select id from contacts where client_id = ${client.clientId} and reference = 'C2')
        where client_id = ${client.clientId} and number = 'INV-1'`),
    );
    await client.upload("INV-1");
    await client.work();
    await yes(client);
    await client.work();
    expect(await balances(client)).toMatchObject({
      open: { "INV-1": "0.00", "INV-1-CN2": "2.00", "INV-1-R2": "50.00" },
      allocated: ["INV-1-CN2 > INV-1 10.00"],
    });
    expect(await leftToDo(client)).toEqual(["INV-1: 200 of INV-1-CN2, 0 open"]);
    const [one] = await client.inScope((db) => listOpenCorrections(db, client.scope, 1));
    expect(one?.apart).toBe("contact");
  });

  it("FD15 where allocations are switched off, nothing is allocated and all of the credit note is work", async () => {
    const client = await paidAndAmended("12.00", 500n);
    await client.inScope((db) =>
      db.execute(
        sql`update connections set entities_on = array_remove(entities_on, 'allocation') where id = ${client.connectionId}`,
      ),
    );
    await yes(client);
    await client.work();
    expect((await balances(client)).allocated).toEqual([]);
    expect(await leftToDo(client)).toEqual(["INV-1: 1200 of INV-1-CN2, 0 open"]);
  });

  it("FD15 a person dismisses it with a reason, and it stays dismissed", async () => {
    const client = await paidAndAmended("12.00", 500n);
    await yes(client);
    await client.work();
    const [one] = await client.inScope((db) => listOpenCorrections(db, client.scope, 10));
    const dismiss = (reason: string) => client.inScope((db) => dismissWork(db, client.scope, one?.id ?? "", reason));
    await expect(dismiss(" ")).rejects.toThrow("Say why");
    expect(await dismiss("Refunded by cheque")).toBe("INV-1");
    expect(await leftToDo(client)).toEqual([]);
    await expect(dismiss("Again")).rejects.toThrow("Nothing is left to do");
    const found = await client.inScope((db) => findCorrection(db, client.scope, one?.id ?? ""));
    expect(found?.correction.dismissed).toMatchObject({ by: "Staff", why: "Refunded by cheque" });
  });
});

describe("correcting what was sent", () => {
  it("N41 paid: refused, and on a person's yes credited and reissued, the original as it was", async () => {
    const client = await exported();
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00" });
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ panel: "errors", error_code: "package.document-state" });
    expect(await there(client)).toEqual({ "INV-1": "sales-invoice 12.00" });
    expect(await yes(client)).toMatchObject({ creditNote: "INV-1-CN2", reissue: "INV-1-R2" });
    await client.work();
    expect(await there(client)).toEqual({
      "INV-1": "sales-invoice 12.00",
      "INV-1-CN2": "sales-credit-note 12.00",
      "INV-1-R2": "sales-invoice 50.00",
    });
    for (const number of ["INV-1-CN2", "INV-1-R2"]) expect(await client.row(number)).toMatchObject({ state: "confirmed" });
    expect(await client.row("INV-1")).toMatchObject({ panel: "exported", state: "skipped" });
    await expect(yes(client)).rejects.toThrow(/Look at it again/);
    expect(await client.broken()).toEqual([]);
  });

  it("N41 locked: nothing is changed there, and both are dated the first open day", async () => {
    const client = await exported();
    await client.amend("INV-1", 5000n);
    await client.settings({ periodLock: "2026-11-30" });
    await client.upload("INV-1");
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ error_code: "package.period-locked" });
    expect(await yes(client)).toMatchObject({ issuedOn: "2026-12-01" });
    await client.work();
    const dates = (await client.ledger()).documents.map((one) => `${one.number} ${one.date}`).sort();
    expect(dates).toEqual(["INV-1 2026-11-02", "INV-1-CN2 2026-12-01", "INV-1-R2 2026-12-01"]);
  });

  it("N41 in a filed tax period: refused before anything is sent, with the way out", async () => {
    const client = await exported();
    await client.inScope((db) =>
      db.execute(
        sql`update connections set settings = settings || '{"taxFiledTo": "2026-11-15"}' where id = ${client.connectionId}`,
      ),
    );
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    const writes = (await client.writes()).length;
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ error_code: "package.document-state" });
    expect(JSON.stringify((await client.row("INV-1")).error_detail)).toContain("tax return up to 15 Nov 2026 is filed");
    expect((await client.writes()).length).toBe(writes);
    expect((await yes(client)).reissue).toBe("INV-1-R2");
  });

  it("N41 voided at the source and paid there: only credited", async () => {
    const client = await exported();
    await scene.control.pay(client.tenant, { number: "INV-1", amount: "12.00" });
    await client.voidDocument("INV-1");
    await client.upload("INV-1");
    await client.work();
    expect(await yes(client)).toMatchObject({ creditNote: "INV-1-CN2", reissue: null });
    await client.work();
    expect(await there(client)).toEqual({ "INV-1": "sales-invoice 12.00", "INV-1-CN2": "sales-credit-note 12.00" });
    expect((await balances(client)).allocated).toEqual([]);
  });

  it("N41 open and unpaid is edited instead, and cannot be reissued", async () => {
    const client = await exported();
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    await client.work();
    expect(await there(client)).toEqual({ "INV-1": "sales-invoice 50.00" });
    await expect(yes(client)).rejects.toThrow(/Look at it again/);
  });

  it("N41 the day of both is neither locked nor filed, and never before today", () => {
    const day = (lockedTo: string | null, filedTo: string | null) => {
      const locks = lockedTo === null ? [] : [{ label: "Period", from: null, to: lockedTo }];
      return openDay("2026-11-22", locks, ["sales-invoice", "sales-credit-note"], filedTo);
    };
    expect(day(null, null)).toBe("2026-11-22");
    expect(day("2026-11-30", "2026-09-30")).toBe("2026-12-01");
    expect(day("2026-10-31", "2026-12-31")).toBe("2027-01-01");
    expect(day("2026-11-22", null)).toBe("2026-11-23");
  });
});
