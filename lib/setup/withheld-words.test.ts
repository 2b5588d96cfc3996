import { describe, expect, it } from "vitest";
import type { WithheldGroup } from "#db/queries/export/withheld.ts";
import { meanwhileOf, olderWords, unpaidWords, withheldParts } from "./withheld-words.ts";

const group = (over: Partial<WithheldGroup>): WithheldGroup => ({
  reason: "excluded",
  kind: "sales-invoice",
  side: "sales",
  currency: "GBP",
  count: 1,
  grossMinor: "1000",
  ...over,
});

describe("M66 N11 M63 D4 what is withheld, in words", () => {
  it("tells each reason with count and amounts, and adds nothing over currencies or sides", () => {
    const parts = withheldParts(
      [
        group({ count: 10, grossMinor: "100000" }),
        group({ kind: "sales-credit-note", count: 1, grossMinor: "-5000" }),
        group({ kind: "customer", side: null, currency: null, grossMinor: null }),
        group({ currency: "EUR", grossMinor: "700" }),
        group({ kind: "bill", side: "purchase", grossMinor: "2500" }),
        group({ reason: "before-start", count: 3, grossMinor: "300" }),
        group({ reason: "entity-off", kind: "supplier", side: null, currency: null, grossMinor: null, count: 2 }),
        group({ reason: "on-hold" }),
      ],
      "en-GB",
    );
    expect(parts.map((part) => part.words)).toEqual([
      "14 excluded (sales £950.00 · €7.00 · purchases £25.00)",
      "3 before the start date (£3.00)",
      "2 of types that are off",
      "1 on hold (£10.00)",
    ]);
    expect(withheldParts([], "en-GB")).toEqual([]);
  });

  it("says what was made meanwhile by kind, what is older, and what of it is unpaid", () => {
    const off = { reason: "entity-off" } as const;
    expect(meanwhileOf([group({ ...off, count: 4 }), group({ ...off, currency: "EUR", count: 1 }), group({})], "en-GB")).toEqual({
      "sales-invoice": { count: 5, amount: "€10.00 · £10.00" },
    });
    expect(olderWords([group({ reason: "before-start" })], "en-GB")).toBe("1 older record is not sent: £10.00.");
    expect(olderWords([], "en-GB")).toBe("");
    expect(unpaidWords([{ kind: "bill", currency: "GBP", count: 2, openMinor: 1234n }], "en-GB")).toBe(
      "2 of them are unpaid (£12.34 open)",
    );
  });
});
