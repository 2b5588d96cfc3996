import { describe, expect, it } from "vitest";
import type { Cause } from "#db/queries/posting-grid.ts";
import type { Wire } from "#lib/common/wire.ts";
import { causeHeadline, causeLine, differenceWords, fixerWords, fixLink, howWords, reasonWords, type Wording } from "./words.ts";

const wording: Wording = { packageName: "Xero", base: "/clients/ashdown", locale: "en-GB", timeZone: "Europe/London" };
const cause = (over: Partial<Wire<Cause>>): Wire<Cause> => ({
  code: "mapping.account-missing",
  value: "4010",
  name: "Training",
  count: 312,
  parties: 17,
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
    expect(causeHeadline(cause({}), wording)).toBe("312 sales invoices wait: sales code 4010 “Training” has no Xero account");
    expect(causeLine(cause({}), wording)).toBe(
      "£48,120.00 for 17 customers and suppliers. Nothing was sent. Mapping 4010 releases all of them, contacts first.",
    );
    expect(fixLink("mapping.account-missing", { value: "4010" }, wording)).toEqual({
      label: "Map 4010",
      href: "/clients/ashdown/mapping?tab=nominal&code=4010",
    });
    expect(fixerWords("mapping.account-missing", wording)).toBe("Bookkeeper, here");
  });

  it("M54 tells a code that is not mapped from one mapped to a code that the package no longer has", () => {
    const detail = { value: "4010", subject: "line 2, mapped to a code absent in the package" };
    expect(reasonWords("mapping.account-missing", detail, "bill", wording)).toBe(
      "Purchase code 4010 is mapped to a code absent in Xero",
    );
  });

  it("M33 M50 M51 names what keeps a payment or a stock line from going, and links to where it is put right", () => {
    const bank = { field: "bankNominalCode", value: "1230", subject: "bank nominal 1230, mapped to Sales" };
    const bankTab = { label: "Map a bank account", href: "/clients/ashdown/mapping?tab=bank" };
    expect(reasonWords("mapping.bank-missing", bank, "payment", wording)).toBe("Bank nominal 1230 has no Xero account");
    expect(reasonWords("mapping.bank-wrong-type", bank, "payment", wording)).toBe(
      "Xero takes no payments on what bank nominal 1230 is mapped to",
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
      sampleDetail: null,
      sentAt: "2026-11-21T09:38:00.000Z",
      looksAt: "2026-11-21T09:44:00.000Z",
    });
    expect(causeHeadline(unclear, wording)).toBe("CN-2198: checking whether it reached Xero");
    expect(causeLine(unclear, wording)).toBe("The line dropped after sending at 09:38. It is not sent again; we look at 09:44.");
    expect(fixerWords(unclear.code, wording)).toBe("Nobody");
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
