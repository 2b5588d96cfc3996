import { describe, expect, it } from "vitest";
import { workOf } from "./work-words.ts";

const left = {
  kind: "sales-invoice",
  number: "INV-1",
  creditNote: "INV-1-CN2",
  reissue: "INV-1-R2",
  apart: null,
  currency: "GBP",
  creditLeftMinor: "5000",
  stillOpenMinor: "0",
} as const;
const wording = { packageName: "Xero", locale: "en-GB" };

describe("what a correction leaves to do", () => {
  it("FD15 names the amount, and leaves the payment where it is unless it is unreconciled and an adviser agrees", () => {
    const [work, ...others] = workOf(left, true, wording);
    expect(others).toEqual([]);
    expect(work?.what).toBe("£50.00 of credit note INV-1-CN2 is not allocated. INV-1 was paid, so the customer is in credit.");
    expect(work?.steps.at(-1)).toBe(
      "Leave the payment on INV-1. Only if it is not reconciled with the bank, and an adviser agrees: remove it in Xero and enter it on INV-1-R2.",
    );
  });

  it("FD15 says why nothing could be allocated to the reissue, and what is still open", () => {
    const words = (over: object) => workOf({ ...left, ...over }, false, wording).map(({ what }) => what);
    expect(words({ apart: "contact" })[0]).toContain("INV-1-R2 is for another customer");
    expect(words({ kind: "bill", apart: "contact" })[0]).toContain("for another supplier");
    expect(words({ creditLeftMinor: "0", stillOpenMinor: "1000" })).toEqual([
      "£10.00 is still open on INV-1, which was credited.",
    ]);
    expect(words({ creditLeftMinor: "0" })).toEqual([]);
    expect(words({ creditLeftMinor: null, stillOpenMinor: null })).toEqual([]);
  });
});
