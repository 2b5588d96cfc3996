import { expect, it } from "vitest";
import { openThere } from "./fields.ts";

const apart = {
  documentId: "d",
  externalId: "x",
  kind: "sales-invoice",
  number: "INV-1",
  company: "Peak Gifts",
  issuedOn: "2026-11-20",
  currency: "GBP",
  oursMinor: "0",
  theirsMinor: "1320",
  contentMinor: "0",
  toGoMinor: "0",
  waitingMinor: "0",
  unexplainedMinor: "600",
  sinceMinor: "0",
  readAt: "2026-11-21T08:00:00.000Z",
} as const;
const row = { kind: "sales-invoice", currency: "GBP" } as const;

it("FB4 what is open there stands beside what is open here, with what nothing explains; nothing where the two agree", () => {
  expect(openThere({ ...row, apart })).toBe("13.20; 6.00 not explained");
  expect(openThere({ ...row, apart: { ...apart, unexplainedMinor: "0" } })).toBe("13.20");
  expect(openThere({ ...row, kind: "sales-credit-note", apart: { ...apart, unexplainedMinor: "0" } })).toMatch(
    /^[-\u2212]13\.20$/,
  );
  expect(openThere({ ...row, apart: null })).toBe("");
});
