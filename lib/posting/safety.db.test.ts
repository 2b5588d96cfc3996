import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { resumeConnection } from "#db/queries/connections/allowances.ts";
import { findWorkConnection } from "#db/queries/connections/sync-work.ts";
import { LeaseLostError } from "#db/queries/postings/outcomes.ts";
import { exchangeRead, PackagePause } from "#lib/calling/call.ts";
import { auditLimits } from "#lib/campaign/audit-limits.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import type { DirectConnector } from "#lib/connectors/types.ts";
import { xero } from "#lib/connectors/xero/index.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import { figuresOf, withFigures } from "#lib/testing/limit-figures.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { resume } from "./resume.ts";
import { retry } from "./retry.ts";
import { sendNextBatch } from "./send.ts";
import { settleUnknown } from "./settle.ts";
import type { PostingWorld } from "./world.ts";

// Rules of the posting protocol that no journey of a record shows by itself. docs/safety-rules.md names them all.

const scene = await makePostingScene("own");
afterAll(() => scene.close());

/** A client whose customer is in the package, with these documents queued. */
async function queued(...numbers: readonly string[]): Promise<SceneClient> {
  const client = await scene.client();
  await client.add(
    ...numbers.map((number) => ({ number, ...(number.startsWith("CN") ? { kind: "sales-credit-note" as const } : {}) })),
  );
  await client.upload("C1");
  await client.work();
  await client.upload(...numbers);
  return client;
}

const there = async (client: SceneClient, number: string) =>
  (await client.ledger()).documents.filter((document) => document.number === number);

/** A worker's world in which each call to the package goes through `send`. */
async function worldWith(
  client: SceneClient,
  over: Partial<PostingWorld>,
  send?: (
    go: () => ReturnType<DirectConnector["send"]>,
    ...sent: Parameters<DirectConnector["send"]>
  ) => ReturnType<DirectConnector["send"]>,
): Promise<PostingWorld> {
  const world = client.worldFor(await client.lease());
  const { connector } = world;
  return {
    ...world,
    ...over,
    connector: send ? { ...connector, send: (...sent) => send(() => connector.send(...sent), ...sent) } : connector,
  };
}

/** Times that a credit note was sent. */
const puts = async (client: SceneClient) =>
  (await scene.control.calls(client.tenant)).filter((call) => call.method === "PUT" && call.path.includes("CreditNotes")).length;

const refusedConnection = { sent: false as const, why: "connect ECONNREFUSED" };

describe("the rules of the protocol", () => {
  it("K03 the outcome is behind the fence: who lost the lease in mid-call writes no outcome, and the read-back settles it", async () => {
    const client = await queued("INV-1");
    const world = await worldWith(client, {}, async (go) => {
      const answer = await go();
      await client.lease();
      return answer;
    });
    await expect(sendNextBatch(world, ["sales-invoice"], { sent: 0 })).rejects.toThrow(LeaseLostError);
    expect((await client.row("INV-1")).state).toBe("sending");
    await scene.step(60);
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await there(client, "INV-1")).toHaveLength(1);
  });

  it("K03 the answer on which a tick rests stays: who lost the lease and hears nothing writes nothing over it", async () => {
    const client = await queued("INV-1");
    const world = await worldWith(client, {}, async (go) => {
      await go();
      await scene.step(60);
      await client.work();
      return { sent: "maybe", why: "timeout", partial: null, bytesOut: 100, bytesIn: 0 };
    });
    await expect(sendNextBatch(world, ["sales-invoice"], { sent: 0 })).rejects.toThrow(LeaseLostError);
    const row = await client.row("INV-1");
    expect(row.state).toBe("confirmed");
    const calls = await client.inScope((db) =>
      db.execute(sql`select c.sends, c.status, c.outcome, c.answer is not null as answered, a.outcome as came_to
        from posting_calls c join posting_attempts a on a.call_id = c.id where a.posting_id = ${row.id}`),
    );
    expect(calls.rows).toEqual([{ sends: 2, status: 200, outcome: "answered", answered: true, came_to: "accepted" }]);
  });

  it("P4 the intent is committed before a byte leaves: another connection sees it while the call is under way", async () => {
    const client = await queued("INV-1");
    const seen: unknown[] = [];
    const world = await worldWith(client, {}, async (go) => {
      const row = await client.row("INV-1");
      const calls = await client.inScope((db) =>
        db.execute(sql`select c.id from posting_calls c join posting_attempts a on a.call_id = c.id
          where a.posting_id = ${row.id} and c.answered_at is null and c.deadline_at > app.now()`),
      );
      seen.push([row.state, calls.rowCount]);
      return go();
    });
    await sendNextBatch(world, ["sales-invoice"], { sent: 0 });
    expect(seen).toEqual([["sending", 1]]);
  });

  it("N3 what is linked is never among what is made: the worker that makes finds nothing to do", async () => {
    const client = await queued("INV-1");
    await client.work();
    await client.amend("INV-1", 5000n);
    await client.upload("INV-1");
    const writes = (await client.writes()).length;
    expect(await sendNextBatch(await worldWith(client, {}), ["sales-invoice"], { sent: 0 })).toBe(false);
    expect((await client.writes()).length).toBe(writes);
    expect((await client.row("INV-1")).state).toBe("queued");
  });

  it("P5 with less than half of the lease left nothing is sent", async () => {
    const client = await queued("INV-1");
    const writes = (await client.writes()).length;
    const world = await worldWith(client, { leaseIsFresh: () => false });
    await expect(sendNextBatch(world, ["sales-invoice"], { sent: 0 })).rejects.toThrow(PackagePause);
    expect((await client.writes()).length).toBe(writes);
    expect(await client.row("INV-1")).toMatchObject({ state: "queued", error_code: "transient.not-sent" });
  });

  it("P5 after its deadline nothing is sent, however long the token took", async () => {
    const client = await queued("INV-1");
    await client.faults({ name: "P20", call: 1, method: "PUT" });
    const world = client.worldFor(await client.lease());
    const slow: PostingWorld = {
      ...world,
      token: async (refused) => {
        if (refused !== undefined) await scene.step(60);
        return world.token(refused);
      },
    };
    await expect(sendNextBatch(slow, ["sales-invoice"], { sent: 0 })).rejects.toThrow(PackagePause);
    expect(await client.row("INV-1")).toMatchObject({ state: "queued", error_code: "transient.not-sent" });
    expect(await there(client, "INV-1")).toEqual([]);
  });

  it("N7 what did not leave waits twice as long with each try, and its generation and key stay", async () => {
    const client = await queued("INV-1");
    const keys = new Set<string | null>();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const world = await worldWith(client, {}, async (_go, _message, context) => {
        keys.add(context.idempotencyKey);
        return refusedConnection;
      });
      await expect(sendNextBatch(world, ["sales-invoice"], { sent: 0 })).rejects.toThrow(PackagePause);
      const [row] = await client.inScope(async (db) =>
        (
          await db.execute<{ wait: number; generation: number }>(
            sql`select round(extract(epoch from retry_at - changed_at))::int as wait, generation from postings where id = ${(await client.row("INV-1")).id}`,
          )
        ).rows.slice(),
      );
      expect(row?.generation).toBe(1);
      waits.push(row?.wait ?? 0);
      await scene.step((row?.wait ?? 0) + 1);
    }
    expect(waits).toEqual([5, 10, 20]);
    expect(keys.size).toBe(1);
    await client.inScope((db) => resumeConnection(db, client.connectionId));
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
  });

  it("N8 three tries in a row that do not get through stop the connection: the fourth is not made, and one click lets it go on", async () => {
    const client = await queued("INV-1");
    let tried = 0;
    const world = await worldWith(client, {}, async () => {
      tried += 1;
      return refusedConnection;
    });
    for (let slice = 0; slice < 6; slice += 1) {
      await workOn(world, 60_000).catch(() => undefined);
      await scene.step(60);
    }
    expect(tried).toBe(3);
    const practice = jobPracticeScope();
    const work = () => scene.database.inScope(practice, (db) => findWorkConnection(db, practice, client.connectionId));
    expect(await work()).toBeNull();
    expect(await client.row("INV-1")).toMatchObject({ state: "queued", panel: "pending" });
    await client.inScope((db) => resume(db, client.scope));
    expect(await work()).not.toBeNull();
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    await expect(client.inScope((db) => resume(db, client.scope))).rejects.toThrow("is not stopped");
  });

  it("N8 an answer between them, and a refusal by rule, are no such tries", async () => {
    const client = await queued("INV-1");
    const answers: ("lost" | "go")[] = ["lost", "lost", "go"];
    let at = 0;
    const world = await worldWith(client, {}, async (go) => {
      const what = answers[at % 3];
      at += 1;
      return what === "go" ? go() : refusedConnection;
    });
    // The waits between two tries of a read are the test's otherwise: a quarter of a minute.
    await scene.control.setClock({ scale: 30 });
    try {
      for (let slice = 0; slice < 8; slice += 1) {
        await workOn(world, 60_000).catch(() => undefined);
        await scene.step(60);
      }
    } finally {
      await scene.control.setClock({ scale: 1 });
    }
    expect((await client.row("INV-1")).state).toBe("confirmed");
  });

  it("M16 two hundred calls of one tenant: at least the gap between any two, and no window above a limit", async () => {
    const client = await scene.client();
    const since = (await client.calls()).at(-1)?.n ?? 0;
    const world = await worldWith(client, { gapMs: 500, patienceMs: 20_000 });
    const ask = () => exchangeRead({ ...world, connector: xero }, xero.check, null);
    await scene.control.setClock({ scale: 60 });
    const lanes = Array.from({ length: 4 }, async () => {
      for (let call = 0; call < 50; call += 1) await ask();
    });
    await Promise.all(lanes).finally(() => scene.control.setClock({ scale: 1 }));
    const calls = await client.calls(since);
    expect(calls).toHaveLength(200);
    const times = calls.map((call) => ({ at: Date.parse(call.at), ended: Date.parse(call.ended ?? "") }));
    const gaps = times.slice(1).map((one, before) => one.at - (times[before]?.ended ?? Number.NaN));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(500);
    const { over, answers429 } = auditLimits(new Map([["tenant", calls]]), figuresOf(xero.limits));
    expect({ over, answers429 }).toEqual({ over: [], answers429: 0 });
  });

  it("M16 the package's own count of the day is obeyed where it is ahead of ours: no call is made that it would refuse", async () => {
    const client = await scene.client();
    const since = (await client.calls()).at(-1)?.n ?? 0;
    await client.settings({ limits: true, dayLimit: since + 30 });
    const world = await worldWith(client, { patienceMs: 10 });
    const ask = () =>
      exchangeRead(
        { ...world, connector: { ...xero, limits: withFigures(xero.limits, { perMinute: 1_000 }) } },
        xero.check,
        null,
      );
    let why: unknown = null;
    for (let call = 0; call < 60 && why === null; call += 1) {
      await ask().catch((error: unknown) => {
        if (!(error instanceof PackagePause)) throw error;
        why = error.why;
      });
    }
    const calls = await client.calls(since);
    expect(why).toBe("day");
    expect(calls.filter((call) => call.status === 429)).toEqual([]);
    expect(calls.length).toBeLessThanOrEqual(30);
  });

  it("P07 half of twenty calls fail: the breaker opens, one call in thirty seconds goes through, and an answer closes it", async () => {
    const client = await scene.client();
    let failing = true;
    let calls = 0;
    const world = await worldWith(client, { patienceMs: 10 }, async (go) => {
      calls += 1;
      if (!failing || calls % 2 === 0) return go();
      return { sent: "maybe", why: "server-error", partial: null, bytesOut: 1, bytesIn: 0 };
    });
    const ask = () => exchangeRead({ ...world, signal: AbortSignal.timeout(60_000) }, world.connector.check, null);
    let opened: unknown = null;
    await scene.control.setClock({ scale: 20 });
    for (let slice = 0; slice < 15 && opened === null; slice += 1) {
      await ask().catch((error: unknown) => {
        if (error instanceof PackagePause) opened = error.why;
      });
    }
    await scene.control.setClock({ scale: 1 });
    expect(opened).toBe("breaker");
    // With the reads of the lists that the scene began with, twenty.
    expect(calls).toBeGreaterThan(15);
    const before = calls;
    await expect(ask()).rejects.toThrow(PackagePause);
    expect(calls).toBe(before);
    // Half open: the one call fails, and the next is half a minute away again.
    calls = 100;
    await scene.step(31);
    await expect(ask()).rejects.toThrow(PackagePause);
    expect(calls).toBe(101);
    failing = false;
    await scene.step(31);
    await ask();
    await ask();
    expect(calls).toBe(103);
  });

  it("P04 a 429 over the whole app pauses every connection of the package", async () => {
    const one = await scene.client();
    const other = await scene.client();
    await one.add({ number: "INV-1" });
    await one.upload();
    await one.faults({ name: "P04", call: 1, method: "PUT" });
    await one.work();
    const calls = (await scene.control.calls(other.tenant)).length;
    await other.add({ number: "INV-2" });
    await other.upload();
    await other.work();
    expect((await scene.control.calls(other.tenant)).length).toBe(calls);
    await scene.step(61);
    for (const client of [one, other]) {
      await client.work();
      await client.work();
    }
    expect((await one.row("INV-1")).state).toBe("confirmed");
    expect((await other.row("INV-2")).state).toBe("confirmed");
  });

  it("N2 a refusal is kept under its key: the retry asks under the next generation, with a key of its own", async () => {
    const client = await queued("INV-1");
    const keys: (string | null)[] = [];
    const record = async () =>
      worldWith(client, {}, async (go, message, context) => {
        if (message.method === "PUT") keys.push(context.idempotencyKey);
        return go();
      });
    await client.settings({ archivedContacts: ["C1"] });
    await sendNextBatch(await record(), ["sales-invoice"], { sent: 0 });
    expect(await client.row("INV-1")).toMatchObject({ state: "rejected", generation: 1 });
    await client.settings({ archivedContacts: [] });
    await scene.control.editContact(client.tenant, "C1", { archived: false });
    const { id } = await client.row("INV-1");
    await client.inScope((db) => retry(db, client.scope, { ids: [id] }));
    await client.take();
    await sendNextBatch(await record(), ["sales-invoice"], { sent: 0 });
    expect(await client.row("INV-1")).toMatchObject({ state: "posted", generation: 2 });
    expect(new Set(keys).size).toBe(2);
  });

  it("N10 what is unclear is not sent again while the package may still be at work on it, however often it is looked up", async () => {
    const client = await queued("INV-1");
    await client.faults({ name: "P05", call: 1, method: "PUT" });
    await client.work();
    const writes = (await client.writes()).length;
    for (const seconds of [15, 60, 120]) {
      await scene.step(seconds);
      await client.work();
      expect(await client.row("INV-1")).toMatchObject({ state: "unknown", generation: 1 });
    }
    expect((await client.writes()).length).toBe(writes);
  });

  it("P14 where numbers may stand twice an absence counts only at the second look", async () => {
    const client = await queued("CN-1");
    await client.faults({ name: "P05", call: 1, method: "PUT" });
    await client.work();
    await scene.step(420);
    await client.work();
    expect(await client.row("CN-1")).toMatchObject({ state: "unknown", generation: 1 });
    await scene.step(620);
    await client.work();
    expect(await client.row("CN-1")).toMatchObject({ state: "confirmed", generation: 2 });
  });

  it("P14 a document of ten thousand or more is not sent again on one absence, unique as its number is", async () => {
    const client = await scene.client();
    const large = [{ quantity: "1", unitPrice: "10000.00", netMinor: 1_000_000n, taxMinor: 200_000n }];
    await client.add({ number: "INV-BIG", lines: large }, { number: "INV-SMALL" });
    await client.upload("C1");
    await client.work();
    await client.upload("INV-BIG", "INV-SMALL");
    await client.faults({ name: "P05", call: 1, method: "PUT" });
    await client.work();
    await scene.step(420);
    await client.work();
    expect(await client.row("INV-SMALL")).toMatchObject({ state: "confirmed", generation: 2 });
    expect(await client.row("INV-BIG")).toMatchObject({ state: "unknown", generation: 1 });
    await scene.step(620);
    await client.work();
    expect(await client.row("INV-BIG")).toMatchObject({ state: "confirmed", generation: 2 });
  });

  it("P10 under another token a call is not sent again: the package may have forgotten its key", async () => {
    const client = await queued("INV-1");
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await sendNextBatch(await worldWith(client, {}), ["sales-invoice"], { sent: 0 });
    expect((await client.row("INV-1")).state).toBe("unknown");
    const writes = (await client.writes()).length;
    await scene.step(15);
    const world = await worldWith(client, {});
    const token = await world.token();
    await settleUnknown({ ...world, token: async () => ({ ...token, version: token.version + 1 }) });
    expect((await client.writes()).length).toBe(writes);
    expect((await client.row("INV-1")).state).toBe("posted");
  });

  it("N11 a refusal after an unclear attempt proves nothing: the earlier one came through late, and is found", async () => {
    const client = await queued("CN-1");
    await client.settings({ creditNoteNumbersUnique: false });
    await client.faults({ name: "P05", call: 1, method: "PUT" });
    await client.work();
    expect((await client.row("CN-1")).state).toBe("unknown");
    await scene.step(420);
    await client.work();
    await scene.step(620);
    // Just before it is sent anew the first one is written after all, and the customer is put away.
    const world = await worldWith(client, {}, async (go, message) => {
      if (message.method === "PUT") {
        await client.call("PUT", "CreditNotes?unitdp=4", JSON.parse(message.body ?? ""));
        await client.settings({ archivedContacts: ["C1"] });
      }
      return go();
    });
    await workOn(world, 20_000).catch((error: unknown) => {
      if (!(error instanceof PackagePause)) throw error;
    });
    await client.work();
    expect((await client.row("CN-1")).state).toBe("confirmed");
    expect(await there(client, "CN-1")).toHaveLength(1);
  });

  it("D07 what we sent and no longer know of, after a restore, is found by our own mark and not refused", async () => {
    const client = await queued("INV-1");
    const contact = (await client.ledger()).contacts[0];
    const [document] = await client.inScope(async (db) =>
      (await db.execute<{ id: string }>(sql`select id from documents where client_id = ${client.clientId}`)).rows.slice(),
    );
    await client.call("PUT", "Invoices", {
      Type: "ACCREC",
      InvoiceNumber: "INV-1",
      Contact: { ContactID: contact?.id },
      Date: "2026-11-02",
      DueDate: "2026-12-02",
      Status: "AUTHORISED",
      Url: client.worldFor(0n).urlOf(document?.id ?? ""),
      LineItems: [{ Description: "Line 1", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
    });
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect(await there(client, "INV-1")).toHaveLength(1);
  });

  it("D07 in a new database instance, what the package takes twice waits until what was sent before can no longer arrive, and is linked when it did", async () => {
    const client = await queued("CN-1");
    await client.settings({ creditNoteNumbersUnique: false });
    await scene.anotherInstance();
    await client.work();
    const waiting = await client.row("CN-1");
    expect(waiting).toMatchObject({ state: "queued", error_code: "transient.after-start" });
    // What was on its way comes to stand there after the first look.
    const contact = (await client.ledger()).contacts[0];
    await client.call("PUT", "CreditNotes", {
      Type: "ACCRECCREDIT",
      CreditNoteNumber: "CN-1",
      Contact: { ContactID: contact?.id },
      Date: "2026-11-02",
      Status: "AUTHORISED",
      LineItems: [{ Description: "Line 1", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2" }],
    });
    const before = await puts(client);
    await scene.step(400);
    await client.work();
    expect((await client.row("CN-1")).state).toBe("confirmed");
    expect(await there(client, "CN-1")).toHaveLength(1);
    expect(await puts(client)).toBe(before);
  });

  it("D07 in a new database instance, what is not there by then is sent, and what has a number of its own goes at once", async () => {
    const client = await queued("CN-1", "INV-1");
    await scene.anotherInstance();
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect((await client.row("CN-1")).state).toBe("queued");
    await scene.step(400);
    await client.work();
    expect(await client.row("CN-1")).toMatchObject({ state: "confirmed", error_code: null });
  });

  it("N41 what is void and was never sent is not made, though it was queued before", async () => {
    const client = await queued("INV-1");
    await client.inScope((db) => db.execute(sql`update documents set status = 'void' where client_id = ${client.clientId}`));
    await client.work();
    expect(await client.row("INV-1")).toMatchObject({ state: "held", error_code: "source.document-void" });
    expect(await there(client, "INV-1")).toEqual([]);
  });
});
