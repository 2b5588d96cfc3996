import { describe, expect, it } from "vitest";
import { NAMED_FOR_TESTS } from "#lib/connectors/contract/pure.ts";
import { makeRecord } from "#lib/connectors/contract/records.ts";
import { TwoStepBooks, twoStep } from "#lib/connectors/testing/two-step.ts";
import type { Exchanged, RawAnswer } from "#lib/connectors/types.ts";
import { draw, firstMessage, isAsStored, type KeyOf, type Reads, refusedBefore } from "./conversation.ts";
import { requestSha } from "./idempotency-key.ts";

const connection = { id: "c1", tenantId: "t1", apiUrl: "", baseCurrency: "GBP", options: {} };
const books = new TwoStepBooks({ accounts: [], taxRates: [] });
const connector = twoStep(books);
const invoice = makeRecord("sales-invoice", 1, NAMED_FOR_TESTS);
const creditNote = makeRecord("sales-credit-note", 2, NAMED_FOR_TESTS);
const batch = { connection, records: [invoice] };
const ok = (body: object): RawAnswer => ({ status: 200, headers: {}, body: JSON.stringify(body) });
const keyOf: KeyOf = {
  connectionId: connection.id,
  carried: [{ ...invoice, generation: 1 }],
  byBytes: false,
};

const messageOf = (...asked: Parameters<typeof firstMessage>) => {
  const begins = firstMessage(...asked);
  if (!("message" in begins)) throw new Error("it sends nothing");
  return begins.message;
};

describe("BB1 the bytes of a record", () => {
  const world = { connector, connection };

  it("can be asked for without sending them, as often as one likes", () => {
    const once = messageOf(world, [{ record: invoice, generation: 1 }]);
    expect(once).toMatchObject({ operation: "create", method: "POST" });
    expect(messageOf(world, [{ record: structuredClone(invoice), generation: 1 }])).toEqual(once);
    expect(books.calls).toEqual([]);
  });

  it("are those of the read that they follow from, until its answer is known", () => {
    const carried = [{ record: creditNote, generation: 1 }];
    const read = messageOf(world, carried);
    expect(read).toMatchObject({ operation: "terms", method: "GET" });
    const reads: Reads = new Map([[requestSha(read), ok({ terms: "14 days" })]]);
    const write = messageOf(world, carried, reads);
    expect(write).toMatchObject({ operation: "create" });
    expect(write.body).toContain("14 days");
  });

  it("are none where what was read forbids it: the cause is told, and anything but a refusal is a fault of ours", () => {
    const carried = [{ record: creditNote, generation: 1 }];
    const reads: Reads = new Map([[requestSha(messageOf(world, carried)), ok({ terms: "none" })]]);
    const begins = firstMessage(world, carried, reads);
    if (!("ended" in begins)) throw new Error("it sends");
    expect(refusedBefore(begins.ended, carried)).toMatchObject([{ error: { code: "package.refused" } }]);
    expect(() => refusedBefore(new Map(), carried)).toThrow("nothing to send");
  });
});

describe("BB1 the steps of a conversation", () => {
  const first = draw(connector, batch, [], new Map(), keyOf);
  if (first.do !== "write") throw new Error("It begins with a write");
  const made: Exchanged = { message: first.step.message, answer: ok({ id: "d1" }) };
  const second = draw(connector, batch, [made], new Map(), { ...keyOf, byBytes: true });
  if (second.do !== "write") throw new Error("It goes on with a write");

  it("have a key each, and the same one whenever they are drawn", () => {
    expect(second.key).not.toBe(first.key);
    expect(draw(connector, batch, [], new Map(), keyOf)).toMatchObject({ key: first.key });
    expect(draw(connector, batch, [made], new Map(), { ...keyOf, byBytes: true })).toMatchObject({
      key: second.key,
      at: 1,
      step: { held: { externalId: "d1" } },
    });
  });

  it("say what proves them, after the first", () => {
    expect(second.step.proof).toBeDefined();
    const silent = {
      ...connector,
      push: {
        ...connector.push,
        next: (...asked: Parameters<typeof connector.push.next>) => {
          const step = connector.push.next(...asked);
          return step.do === "send" ? { ...step, proof: undefined } : step;
        },
      },
    };
    const drawn = () => draw(silent, batch, [made], new Map(), { ...keyOf, byBytes: true });
    expect(drawn).toThrow("does not say what proves that it is done");
  });

  it("BB1a are as they were stored under the code that began them, and otherwise under other code", () => {
    const behind = [{ key: first.key, exchanged: made }];
    expect(isAsStored(connector, batch, behind)).toBe(true);
    expect(isAsStored(twoStep(books, { memo: "other", version: 2 }), batch, behind)).toBe(false);
  });
});
