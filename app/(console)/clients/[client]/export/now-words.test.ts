import { describe, expect, it } from "vitest";
import type { ThereNow } from "#db/queries/links/there.ts";
import { POSTING_STATES } from "#lib/model/states.ts";
import { nowOfCause, nowWords } from "./now-words.ts";
import { answeredWords, causeLine, unknownCode, type Wording } from "./words.ts";

const wording: Wording = { packageName: "Xero", base: "/clients/ashdown", locale: "en-GB", timeZone: "Europe/London" };
const there = (over: Partial<ThereNow> = {}): ThereNow => ({
  externalId: "x",
  status: "open",
  said: null,
  grossMinor: "12000",
  dueMinor: "9600",
  paidMinor: "2400",
  currency: "GBP",
  lastPaidOn: "2026-11-21",
  readAt: "2026-11-24T09:30:00.000Z",
  ...over,
});
const now = (state: (typeof POSTING_STATES)[number], of: ThereNow | null, maybeSent = false) =>
  nowWords({ state, maybeSent, there: of }, wording);

describe("FB10 a card says what the package holds now", () => {
  it("FB10 of what is linked there, in every state, and never that it is not there", () => {
    const part = "in Xero, part paid £24.00 of £120.00 on 21 Nov 2026";
    for (const state of POSTING_STATES) {
      for (const maybeSent of [false, true]) {
        const words = now(state, there(), maybeSent);
        expect(words).not.toContain("not in Xero");
        if (state === "sending") expect(words).toBe("being sent to Xero");
        else if (state === "unknown") expect(words).toBe(`${part}; whether the change arrived is being looked up`);
        else expect(words).toBe(part);
      }
    }
  });

  it("FB10 of what is linked to nothing, in every state, and never more than is known", () => {
    const expected: Record<(typeof POSTING_STATES)[number], readonly [string, string]> = {
      pending: ["not in Xero", "unknown"],
      held: ["not in Xero", "unknown"],
      queued: ["not in Xero", "unknown"],
      waiting: ["not in Xero", "unknown"],
      sending: ["being sent to Xero", "being sent to Xero"],
      unknown: ["unknown", "unknown"],
      posted: ["in Xero", "in Xero"],
      confirmed: ["in Xero", "in Xero"],
      drifted: ["in Xero", "in Xero"],
      rejected: ["not in Xero", "unknown"],
      conflict: ["Xero has a different record", "Xero has a different record"],
      dead: ["not in Xero", "unknown"],
      skipped: ["marked as exported; Xero was not asked", "marked as exported; Xero was not asked"],
    };
    for (const state of POSTING_STATES) expect([now(state, null), now(state, null, true)]).toEqual(expected[state]);
  });

  it.each([
    ["paid", { dueMinor: "0", paidMinor: "12000", status: "paid" }, "in Xero, paid on 21 Nov 2026"],
    [
      "credited",
      { dueMinor: "0", paidMinor: "0", status: "paid", lastPaidOn: null },
      "in Xero, credited, as read on 24 Nov 2026",
    ],
    ["paid and credited", { dueMinor: "0", paidMinor: "2400", status: "paid" }, "in Xero, paid and credited on 21 Nov 2026"],
    ["part credited", { paidMinor: "0" }, "in Xero, part credited £24.00 of £120.00, as read on 24 Nov 2026"],
    ["open", { dueMinor: "12000", paidMinor: "0" }, "in Xero, £120.00 open"],
    ["void", { status: "void", dueMinor: "0" }, "voided or deleted in Xero, as read on 24 Nov 2026"],
    ["a draft", { status: "draft", dueMinor: "12000" }, "in Xero as a draft, as read on 24 Nov 2026"],
    ["a status of its own", { said: "ONHOLD" }, "in Xero with the status “ONHOLD”, £96.00 open, as read on 24 Nov 2026"],
    ["not read since", { status: null, dueMinor: null, grossMinor: null, currency: null }, "in Xero as it was last exported"],
  ] as const)("FB10 FB8 %s", (_, over, words) => {
    expect(now("held", there(over))).toBe(words);
  });

  it("FB10 what is no longer there is said so", () => {
    const differences = [{ field: "Record", ours: "INV-1", theirs: "not there" }];
    expect(nowWords({ state: "drifted", maybeSent: false, there: there(), differences }, wording)).toBe("no longer in Xero");
  });

  it("FB10 a cause of several rows says how many of them are there", () => {
    const cause = {
      count: 3,
      linked: 2,
      maybeSent: 0,
      checking: 0,
      held: 3,
      code: "package.document-state",
      sampleThere: there(),
    };
    expect(nowOfCause(cause, wording)).toBe(
      "2 of 3 in Xero as they were, 1 not; the first: in Xero, part paid £24.00 of £120.00 on 21 Nov 2026",
    );
    expect(nowOfCause({ ...cause, count: 1, linked: 1, held: 1 }, wording)).toBe(
      "in Xero, part paid £24.00 of £120.00 on 21 Nov 2026",
    );
    expect(nowOfCause({ ...cause, linked: 0, sampleThere: null }, wording)).toBe("not in Xero");
  });
});

describe("FB7 an answer is no dropped line", () => {
  const said = { httpStatus: 503, said: ["The Xero API is temporarily unavailable"] };
  const checking = {
    code: "unknown.timeout-after-send",
    value: "",
    name: null,
    count: 1,
    parties: 1,
    partyNames: ["Delta Ltd"],
    rows: [],
    shared: {},
    sums: [],
    kind: "sales-invoice",
    held: 0,
    checking: 1,
    maybeSent: 1,
    linked: 0,
    sampleId: "5d9a1f52-6b1c-4a58-8d5e-0c9f4f1e2a11",
    sampleReference: "INV-1",
    sampleParty: "Delta Ltd",
    sampleKind: "sales-invoice",
    sampleIssuedOn: "2026-11-20",
    sampleDetail: null,
    sampleThere: null,
    sentAt: "2026-11-20T09:38:00.000Z",
    looksAt: "2026-11-20T09:44:00.000Z",
    retryAt: null,
  } as const;

  it("FB7 says what it answered, with its status, and that it is not sent again", () => {
    expect(causeLine({ ...checking, sampleDetail: said }, wording)).toBe(
      "Xero answered with status 503: “The Xero API is temporarily unavailable”. It is not sent again; next check at 09:44.",
    );
    expect(unknownCode(said)).toBe("unknown.error-answer");
    expect(causeLine(checking, wording)).toContain("The connection was lost after sending at 09:38.");
    expect(unknownCode(null)).toBe("unknown.timeout-after-send");
  });

  it("FB7 an answer without words has its status, and a long one is cut", () => {
    expect(answeredWords({ httpStatus: 500 }, wording)).toBe("Xero answered with status 500.");
    expect(answeredWords({ httpStatus: 500, said: ["x".repeat(400)] }, wording)?.length).toBeLessThan(220);
    expect(answeredWords(null, wording)).toBeNull();
  });
});
