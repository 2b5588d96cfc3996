import { describe, expect, it } from "vitest";
import type { Cause } from "#db/queries/export/causes.ts";
import type { Wire } from "#lib/common/wire.ts";
import type { SyncErrorDetail } from "#lib/errors/sync-error.ts";
import {
  causeHeadline,
  causeLine,
  differenceWords,
  fixerWords,
  fixLink,
  howWords,
  namesOf,
  reasonWords,
  type Wording,
} from "./words.ts";

const wording: Wording = { packageName: "Xero", base: "/clients/ashdown", locale: "en-GB", timeZone: "Europe/London" };
const row = (reference: string, party = "Bank West Café", detail: SyncErrorDetail | null = null) => ({
  id: `id of ${reference} ${party}`,
  recordId: `record of ${reference}`,
  kind: "sales-invoice" as const,
  reference,
  party,
  issuedOn: "2026-11-20",
  detail,
  conflicts: [],
});
const cause = (over: Partial<Wire<Cause>>): Wire<Cause> => ({
  code: "mapping.account-missing",
  value: "4010",
  name: "Training",
  count: 312,
  parties: 17,
  partyNames: [],
  rows: ["INV-58102", "INV-58103", "INV-58104", "INV-58105", "INV-58106"].map((number) => row(number)),
  shared: { value: "4010" },
  sums: [{ side: "sales", currency: "GBP", minor: "4812000" }],
  kind: "sales-invoice",
  held: 312,
  checking: 0,
  maybeSent: 0,
  sampleId: "5d9a1f52-6b1c-4a58-8d5e-0c9f4f1e2a11",
  sampleReference: "INV-58102",
  sampleParty: "Bank West Café",
  sampleKind: "sales-invoice",
  sampleIssuedOn: "2026-11-20",
  sampleDetail: { value: "4010", field: "lines[1].nominalCode", subject: "line 2, not mapped" },
  sampleThere: null,
  linked: 0,
  sentAt: null,
  looksAt: null,
  retryAt: null,
  ...over,
});

describe("Error Feedback in words", () => {
  it("M54 names the nominal code, says what waits and for how much, and links to the editor at that row", () => {
    expect(causeHeadline(cause({}), wording)).toBe(
      "312 sales invoices (INV-58102, INV-58103 and 310 more) wait: sales code 4010 “Training” has no Xero account",
    );
    expect(causeLine(cause({}), wording)).toBe(
      "£48,120.00 for 17 customers and suppliers. Nothing was sent. Mapping 4010 releases all of them, contacts first.",
    );
    expect(fixLink("mapping.account-missing", { value: "4010" }, wording)).toEqual({
      label: "Map 4010",
      href: "/clients/ashdown/mapping?tab=nominal&code=4010",
    });
    expect(fixerWords("mapping.account-missing", wording)).toBe("Bookkeeper, here");
  });

  it("N27 FA7 names the side of a tax code that is mapped by side, and leads to that row", () => {
    const detail = { field: "lines[0].taxCode", value: "T1", side: "purchase" as const, subject: "line 1" };
    const link = { label: "Map T1 for purchases", href: "/clients/ashdown/mapping?tab=tax&code=T1&side=purchase" };
    for (const code of ["mapping.tax-missing", "mapping.tax-wrong-side", "mapping.target-archived"])
      expect(fixLink(code, detail, wording)).toEqual(link);
    expect(reasonWords("mapping.tax-missing", detail, "bill", wording)).toBe("Tax code T1 has no Xero tax rate for purchases");
    expect(reasonWords("mapping.tax-wrong-side", detail, "bill", wording)).toBe(
      "Tax code T1 is mapped to a Xero rate that is not for purchases",
    );
    const { side: _, ...whole } = detail;
    expect(fixLink("mapping.tax-missing", whole, wording)).toEqual({
      label: "Map T1",
      href: "/clients/ashdown/mapping?tab=tax&code=T1",
    });
  });

  it("M54 tells a code that is not mapped from one mapped to a code that the package no longer has", () => {
    const detail = { value: "4010", subject: "line 2, mapped to a code absent in the package" };
    expect(reasonWords("mapping.account-missing", detail, "bill", wording)).toBe(
      "Purchase code 4010 is mapped to a code that is not in Xero",
    );
  });

  it("M33 M50 M51 names what keeps a payment or a stock line from going, and links to where it is put right", () => {
    const bank = { field: "bankNominalCode", value: "1230", subject: "bank nominal 1230, mapped to Sales" };
    const bankTab = { label: "Map a bank account", href: "/clients/ashdown/mapping?tab=bank" };
    expect(reasonWords("mapping.bank-missing", bank, "payment", wording)).toBe("Bank nominal 1230 has no Xero account");
    expect(reasonWords("mapping.bank-wrong-type", bank, "payment", wording)).toBe(
      "Xero takes no payments on the account that bank nominal 1230 is mapped to",
    );
    expect(fixLink("mapping.bank-wrong-type", bank, wording)).toEqual(bankTab);
    expect(fixLink("mapping.target-archived", bank, wording)).toEqual(bankTab);
    const after = { field: "document", value: "INV-1", subject: "It goes after Sales invoice INV-1" };
    expect(reasonWords("source.dependency-missing", after, "payment", wording)).toBe("It goes after Sales invoice INV-1");
    const customer = { field: "contact", value: "C-1", subject: "Account customer Peak Gifts" };
    expect(reasonWords("rule.payments-in-package", customer, "payment", wording)).toBe(
      "Account customer Peak Gifts: payments are made in Xero",
    );
    expect(fixLink("rule.payments-in-package", customer, wording)).toEqual({
      label: "Open Import",
      href: "/clients/ashdown/import",
    });
    expect(reasonWords("rule.stock-nominal-not-used", { value: "1001" }, "sales-invoice", wording)).toBe(
      "Stock or cost-of-sale code 1001 is not posted",
    );
  });

  it("L4 says of an unclear outcome that it is checked and not sent again, and when we look", () => {
    const unclear = cause({
      code: "unknown.timeout-after-send",
      value: "",
      count: 1,
      held: 0,
      checking: 1,
      maybeSent: 1,
      sampleReference: "CN-2198",
      rows: [row("CN-2198")],
      sampleDetail: null,
      sentAt: "2026-11-21T09:38:00.000Z",
      looksAt: "2026-11-21T09:44:00.000Z",
    });
    expect(causeHeadline(unclear, wording)).toBe("CN-2198: checking whether it reached Xero");
    expect(causeLine(unclear, wording)).toBe(
      "The connection was lost after sending at 09:38. It is not sent again; next check at 09:44.",
    );
    expect(fixerWords(unclear.code, wording)).toBe("Nobody");
  });

  it("FB9 names its records: all of up to three, and of more the first two with how many more there are", () => {
    const numbers = (count: number) => ["INV-1", "INV-2", "INV-3", "INV-4", "INV-5"].slice(0, count).map((number) => row(number));
    const named = (count: number) => namesOf({ count, rows: numbers(count) });
    expect([1, 2, 3, 5].map(named)).toEqual(["INV-1", "INV-1 and INV-2", "INV-1, INV-2 and INV-3", "INV-1, INV-2 and 3 more"]);
    // Bills of two suppliers may go by one number.
    expect(namesOf({ count: 2, rows: [row("0001", "Beta Ltd"), row("0001", "Acme Ltd")] })).toBe(
      "0001 of Beta Ltd and 0001 of Acme Ltd",
    );
  });

  it("FB9 names the contacts that are archived, and the documents that were refused for it", () => {
    const archived = cause({
      code: "package.contact-archived",
      value: "",
      name: null,
      count: 2,
      held: 0,
      rows: [row("INV-2", "Peak Gifts"), row("INV-5", "Delta Ltd")],
      parties: 2,
      partyNames: ["Delta Ltd", "Peak Gifts"],
      sampleDetail: { field: "contact", said: ["The contact is archived"] },
      shared: { field: "contact" },
    });
    expect(causeHeadline(archived, wording)).toBe("INV-2 and INV-5 were refused: Delta Ltd and Peak Gifts are archived in Xero");
    expect(causeLine(archived, wording)).toContain("for Delta Ltd and Peak Gifts");
    const one = { ...archived, parties: 1, partyNames: ["Peak Gifts"] };
    expect(causeHeadline(one, wording)).toBe("INV-2 and INV-5 were refused: Peak Gifts is archived in Xero");
    const many = { ...archived, count: 9, parties: 5, partyNames: [] };
    expect(causeHeadline(many, wording)).toBe(
      "9 sales invoices (INV-2, INV-5 and 7 more) were refused: Peak Gifts, Delta Ltd and 3 more are archived in Xero",
    );
  });

  it("FB9 one row's text stands for no other: a question is asked of each, and what differs is left out of the headline", () => {
    const asked = cause({
      code: "source.perhaps-in-package",
      value: "",
      name: null,
      count: 2,
      held: 2,
      rows: [row("INV-1"), row("INV-2")],
      sampleDetail: { field: "number", value: "INV-1", subject: "Somebody else" },
      shared: { field: "number" },
    });
    const words = causeHeadline(asked, wording);
    expect(words).toBe("INV-1 and INV-2 wait: Xero has a document with the same number as each: is it the same?");
    expect(words).not.toContain("Somebody else");
    const locked = {
      code: "package.period-locked",
      value: "",
      name: null,
      count: 2,
      held: 0,
      rows: [row("INV-1"), row("INV-2")],
    };
    const first = { field: "date", value: "2026-07-31", lockDate: "2026-07-31" };
    expect(causeHeadline(cause({ ...locked, sampleDetail: first, shared: { lockDate: "2026-07-31" } }), wording)).toBe(
      "INV-1 and INV-2 were refused: Xero is locked up to 31 Jul 2026",
    );
    expect(causeHeadline(cause({ ...locked, sampleDetail: first, shared: first }), wording)).toContain("dated 31 Jul 2026");
    const unclear = cause({
      code: "unknown.timeout-after-send",
      value: "",
      count: 2,
      checking: 2,
      rows: [row("INV-1", "Delta Ltd", { httpStatus: 503, said: ["Down for maintenance"] }), row("INV-2")],
      sampleDetail: { httpStatus: 503, said: ["Down for maintenance"] },
      shared: {},
    });
    expect(causeLine(unclear, wording)).not.toContain("Down for maintenance");
  });

  it("FB9 sums stand by side and currency, and a code on both sides is no sales code", () => {
    const both = cause({
      count: 2,
      held: 2,
      kind: null,
      rows: [row("INV-1"), row("B-1")],
      sums: [
        { side: "sales", currency: "GBP", minor: "10000" },
        { side: "sales", currency: "EUR", minor: "700" },
        { side: "purchase", currency: "GBP", minor: "4000" },
      ],
    });
    expect(causeLine(both, wording)).toContain("Sales £100.00 · €7.00 · purchases £40.00");
    expect(causeHeadline(both, wording)).toBe("INV-1 and B-1 wait: nominal code 4010 “Training” has no Xero account");
  });

  // A refusal after an unclear answer proves nothing about the first call.
  it("claims no absence for rows that were ever sent without a clear answer", () => {
    expect(causeLine(cause({ code: "package.refused", held: 0, maybeSent: 3, sampleDetail: null }), wording)).not.toContain(
      "Not in Xero",
    );
  });
});

describe("Exported Successfully in words", () => {
  it("M56 says by how much a record differs, and otherwise in what", () => {
    const gross = [{ field: "Gross", ours: "£1,509.98", theirs: "£1,509.97" }];
    expect(differenceWords(gross, "GBP", "en-GB")).toBe("Differs by £0.01");
    expect(differenceWords([{ field: "Due date", ours: "2026-11-21", theirs: "2026-11-22" }], "GBP", "en-GB")).toBe(
      "Differs in due date",
    );
  });

  it("M57 says who marked a row by hand", () => {
    expect(howWords({ exportedHow: "marked", exportedBy: "Demo adviser <adviser@demo.greentick.test>" })).toBe(
      "Marked by Demo adviser",
    );
  });
});
