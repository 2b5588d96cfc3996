import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RevisionFacts } from "#db/queries/reissue.ts";
import { planAllocations } from "./allocation-plan.ts";
import { type CorrectionPlan, correctionPlan } from "./correction-plan.ts";

const facts = (over: Partial<RevisionFacts> = {}): RevisionFacts => ({
  contactId: "c-1",
  contactName: "Hartley & Sons",
  currency: "GBP",
  grossMinor: 51_243n,
  taxMinor: 8_541n,
  shares: [
    { nominalCode: "4000", nominalName: "Sales", netMinor: 40_000n, taxMinor: 8_000n },
    { nominalCode: "4010", nominalName: "Carriage", netMinor: 2_702n, taxMinor: 541n },
  ],
  ...over,
});
const open = (dueMinor: bigint) => ({ dueMinor, paidMinor: null, creditedMinor: null, readAt: null, payments: [] });
const plan = (of: Partial<Parameters<typeof correctionPlan>[1]> = {}, kind: "sales-invoice" | "bill" = "sales-invoice") =>
  correctionPlan(
    { kind, number: "INV-1", revision: 2 },
    { sent: facts(), present: facts(), open: open(46_243n), issuedOn: "2026-11-22", ...of },
  );

/** Debits, credits and the control account of each document. */
const sums = ({ documents }: CorrectionPlan) =>
  documents.map(({ lines }) => [
    lines.reduce((sum, line) => sum + line.debitMinor, 0n),
    lines.reduce((sum, line) => sum + line.creditMinor, 0n),
  ]);

describe("the plan of a correction", () => {
  it("N41 FD15 shows the credit note and the reissue as debits and credits that balance", () => {
    const { documents } = plan();
    expect(documents[0]?.lines).toEqual([
      { account: "Debtors control", debitMinor: 0n, creditMinor: 51_243n },
      { account: "4000 Sales", debitMinor: 40_000n, creditMinor: 0n },
      { account: "4010 Carriage", debitMinor: 2_702n, creditMinor: 0n },
      { account: "VAT control", debitMinor: 8_541n, creditMinor: 0n },
    ]);
    expect(documents[1]?.lines[0]).toEqual({ account: "Debtors control", debitMinor: 51_243n, creditMinor: 0n });
    expect(sums(plan())).toEqual([
      [51_243n, 51_243n],
      [51_243n, 51_243n],
    ]);
  });

  it("N41 a bill's credit note debits creditors, and a line below nil stands on the other side", () => {
    const sent = facts({
      grossMinor: 9_000n,
      taxMinor: 1_500n,
      shares: [
        { nominalCode: "5000", nominalName: "Purchases", netMinor: 8_000n, taxMinor: 1_600n },
        { nominalCode: "5009", nominalName: null, netMinor: -500n, taxMinor: -100n },
      ],
    });
    const { documents } = plan({ sent, present: null }, "bill");
    expect(documents[0]?.lines).toEqual([
      { account: "Creditors control", debitMinor: 9_000n, creditMinor: 0n },
      { account: "5000 Purchases", debitMinor: 0n, creditMinor: 8_000n },
      { account: "5009", debitMinor: 500n, creditMinor: 0n },
      { account: "VAT control", debitMinor: 0n, creditMinor: 1_500n },
    ]);
  });

  it("FD15 the credit note goes to what is open, the rest of it to the reissue, and the receipt of £50.00 counts there", () => {
    expect(plan()).toMatchObject({
      allocation: { toCorrectedMinor: 46_243n, toReissueMinor: 5_000n, leftMinor: 0n },
      reissueOpenMinor: 46_243n,
    });
  });

  it("FD15 N41 voided at the source: a credit note alone, and what was paid is left of it", () => {
    expect(plan({ present: null })).toMatchObject({
      reissue: null,
      allocation: { toCorrectedMinor: 46_243n, toReissueMinor: 0n, leftMinor: 5_000n },
    });
    expect(plan({ present: null, open: open(0n) }).allocation).toEqual({
      toCorrectedMinor: 0n,
      toReissueMinor: 0n,
      leftMinor: 51_243n,
    });
  });

  it("FD15 nothing is allocated to a reissue of another customer, or in another currency", () => {
    for (const [over, apart] of [
      [{ contactId: "c-2" }, "contact"],
      [{ currency: "EUR" }, "currency"],
    ] as const)
      expect(plan({ present: facts(over) })).toMatchObject({ apart, allocation: { toReissueMinor: 0n, leftMinor: 5_000n } });
  });

  it("FD15 never more goes anywhere than is open there, nor than is left, and nothing gets lost", () => {
    const amount = fc.bigInt({ min: -1_000n, max: 1_000_000n });
    fc.assert(
      fc.property(amount, amount, fc.option(amount), (creditMinor, correctedMinor, reissueMinor) => {
        const { toCorrectedMinor, toReissueMinor, leftMinor } = planAllocations({ creditMinor, correctedMinor, reissueMinor });
        const above = (minor: bigint) => (minor < 0n ? 0n : minor);
        expect(toCorrectedMinor + toReissueMinor + leftMinor).toBe(above(creditMinor));
        expect(toCorrectedMinor <= above(correctedMinor) && toReissueMinor <= above(reissueMinor ?? 0n)).toBe(true);
        expect([toCorrectedMinor, toReissueMinor, leftMinor].every((minor) => minor >= 0n)).toBe(true);
        // What is left means that there is nothing more to set it against.
        if (leftMinor > 0n)
          expect([toCorrectedMinor, toReissueMinor]).toEqual([above(correctedMinor), above(reissueMinor ?? 0n)]);
      }),
    );
  });
});
