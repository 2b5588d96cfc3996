import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { layDown, withdrawMessage } from "#db/queries/mailbox/messages.ts";
import { collect, deliver, leave } from "#lib/calling/transports/collector.ts";
import { now } from "#lib/clock.ts";
import { withMailbox } from "#lib/testing/mailbox-scene.ts";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { rowsOf } from "#lib/testing/scene-records.ts";
import { withdraw } from "./mark.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const aClient = async () => withMailbox(scene, await scene.client());
type Client = Awaited<ReturnType<typeof aClient>>;

/** A visit, and the worker that it wakes, each to its end. */
async function visited(client: Client, collector = client.collector(), killAt?: number) {
  const begun = await collector.begin();
  if (typeof begun === "string") throw new Error(begun);
  let isOver = false;
  const turn = client.turn(killAt).finally(() => {
    isOver = true;
  });
  const ended = await collector.work(begun.visitId, () => isOver);
  return { ended, ...(await turn) };
}

/** Visits until nothing is left to wait for. */
async function settle(client: Client) {
  for (let visit = 0; visit < 2; visit += 1) {
    await scene.step(700);
    await visited(client);
  }
}

/** Once in the books, exported and ticked here; no record was added twice. */
async function expectDone(client: Client, ...numbers: string[]) {
  for (const number of numbers) {
    expect(client.books.countOf(number)).toBe(1);
    expect(await client.state(number)).toMatchObject({ state: "confirmed", panel: "exported" });
  }
  expect(new Set(client.books.added()).size).toBe(client.books.added().length);
  expect(await client.broken()).toEqual([]);
}

/** A client with one credit note, whose number its package keeps unique by no rule, on its way. */
async function onItsWay(number = "CN-1") {
  const client = await aClient();
  await client.add({ number, kind: "sales-credit-note" });
  await client.upload();
  return client;
}

describe("BB3 a package that collects its work", () => {
  it("rows wait without a lease while nobody comes, for weeks, and nothing is prepared", async () => {
    const client = await aClient();
    await client.add({ number: "INV-1" });
    await client.click();
    await client.turn();
    await scene.step(21 * 86_400);
    await client.turn();
    expect(await client.state("INV-1")).toMatchObject({ state: "queued", panel: "pending" });
    expect(await client.messages()).toEqual([]);
    const intents = await client.inScope((db) =>
      rowsOf(db, sql`select 1 from posting_calls where connection_id = ${client.connectionId}`),
    );
    expect(intents).toEqual([]);
    const [row] = (await client.rows()).filter((one) => one.reference === "INV-1");
    await client.inScope((db) => withdraw(db, client.scope, { ids: [row?.id ?? ""] }));
    expect(await client.state("INV-1")).toMatchObject({ state: "pending" });
  });

  it("they go with the next visit, and are ticked by a read of their own", async () => {
    const client = await aClient();
    await client.add({ number: "INV-1" }, { number: "P-1", kind: "bill", contact: "S1" });
    await client.upload();
    expect(await visited(client)).toMatchObject({ ended: "home" });
    await expectDone(client, "INV-1", "P-1");
    expect(new Set((await client.messages()).map(({ state }) => state))).toEqual(new Set(["answered"]));
  });

  it("an answer that went down with the machine is looked up before anything else goes", async () => {
    const client = await onItsWay();
    const collector = client.collector();
    collector.blow = { number: "CN-1", how: "done-and-gone" };
    expect(await visited(client, collector)).toMatchObject({ ended: "off" });
    expect(await client.state("CN-1")).toMatchObject({ state: "unknown" });
    await client.add({ number: "INV-2" });
    await client.upload();
    await scene.step(700);
    const next = client.collector();
    await visited(client, next);
    // Looked up and ticked, or looked up alone, before the new invoice is added.
    expect(next.taken.indexOf("query")).toBeLessThan(next.taken.indexOf("add"));
    await settle(client);
    await expectDone(client, "CN-1", "INV-2");
  });

  it("what the machine took and never gave to the package goes again, once", async () => {
    const client = await onItsWay();
    const collector = client.collector();
    collector.blow = { number: "CN-1", how: "gone" };
    await visited(client, collector);
    await settle(client);
    await expectDone(client, "CN-1");
  });

  it("an answer that comes after its worker stopped waiting is stored without the lease, and counts", async () => {
    const client = await onItsWay();
    const collector = client.collector();
    collector.blow = { number: "CN-1", how: "late" };
    await visited(client, collector);
    expect(await client.state("CN-1")).toMatchObject({ state: "unknown" });
    expect(await collector.bring()).toBe(true);
    await scene.step(20);
    const next = client.collector();
    await visited(client, next);
    expect(await client.state("CN-1")).toMatchObject({ panel: "exported" });
    const [call] = await client.inScope((db) =>
      rowsOf<{ status: number | null; sends: number }>(
        db,
        sql`
          select c.status, c.sends from posting_calls c
          join posting_attempts a on a.call_id = c.id join postings p on p.id = a.posting_id
          where p.client_id = ${client.clientId} and p.reference = 'CN-1'`,
      ),
    );
    expect(call).toEqual({ status: 200, sends: 1 });
    await settle(client);
    await expectDone(client, "CN-1");
    // What the program brings twice is nobody's answer the second time.
    expect(await collector.bring()).toBe(false);
  });

  it("one machine at a time: another is told to come back, and nothing is handed out twice", async () => {
    const client = await onItsWay();
    const first = client.collector("OFFICE-PC");
    const second = client.collector("LAPTOP");
    first.onMessage = async () => expect(await second.begin()).toBe("busy");
    await visited(client, first);
    expect(first.taken.length).toBeGreaterThan(2);
    await settle(client);
    await expectDone(client, "CN-1");
  });

  it("a visit takes over from a machine that fell silent, and the one before takes nothing more", async () => {
    const client = await onItsWay();
    const first = client.collector("OFFICE-PC");
    const begun = await first.begin();
    if (typeof begun === "string") throw new Error(begun);
    await scene.step(180);
    expect(await visited(client, client.collector("LAPTOP"))).toMatchObject({ ended: "home" });
    expect(await collect(scene.database, client.scope, begun.visitId)).toEqual({ what: "over" });
    const nothing = { status: 200, headers: {}, body: "" };
    expect(await deliver(scene.database, client.scope, begun.visitId, nothing)).toBe(false);
    await expectDone(client, "CN-1");
  });

  it("a message that nobody took in time is taken back, and never handed out afterwards", async () => {
    const client = await onItsWay();
    const collector = client.collector();
    const begun = await collector.begin();
    if (typeof begun === "string") throw new Error(begun);
    // The program is there and takes nothing: a window of QuickBooks waits for somebody to press OK.
    await client.turn();
    expect(await client.messages()).toEqual([]);
    const [row] = (await client.rows()).filter((one) => one.reference === "C1" || one.reference === "CN-1");
    expect(row?.error_code).not.toBe("transient.rate-limited");
    expect((await collect(scene.database, client.scope, begun.visitId)).what).not.toBe("message");
    await leave(scene.database, client.scope, begun.visitId);
    await settle(client);
    await expectDone(client, "CN-1");
  });

  it("a message that is taken between a worker's look and its taking back stays with who took it", async () => {
    const client = await onItsWay();
    const collector = client.collector();
    const begun = await collector.begin();
    if (typeof begun === "string") throw new Error(begun);
    const message = { operation: "add", method: "POST", path: "", query: {}, headers: {}, body: "<Add/>" } as const;
    const until = new Date(now().getTime() + 86_400_000);
    const laid = { message, idempotencyKey: null, takeUntil: until, answerUntil: until };
    const id = await client.inScope((db) => layDown(db, client.scope, client.connectionId, laid));
    expect(await collect(scene.database, client.scope, begun.visitId)).toMatchObject({ what: "message", id });
    expect(await client.inScope((db) => withdrawMessage(db, id))).toBe(false);
    expect(await client.messages()).toEqual([{ state: "taken" }]);
  });

  it("a worker that is killed while the program has its message loses and doubles nothing, wherever it is", async () => {
    const whole = await onItsWay("CN-0");
    const { begun } = await visited(whole);
    for (let killAt = 2; killAt <= begun; killAt += 11) {
      const client = await onItsWay(`CN-${killAt}`);
      await visited(client, client.collector(), killAt);
      await settle(client);
      await expectDone(client, `CN-${killAt}`);
    }
  }, 120_000);
});
