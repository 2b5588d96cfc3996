import { describe, expect, it } from "vitest";
import type { Message } from "../types.ts";
import { errorOf, faultOf, limitOf } from "./errors.ts";
import { answer } from "./fixtures.ts";

const read: Message = {
  operation: "getInvoices",
  method: "GET",
  path: "/api.xro/2.0/Invoices",
  query: {},
  headers: {},
  body: null,
};
const codeOf = (said: string) => errorOf([{ said, line: null }], null).code;

describe("Xero's words", () => {
  // Sentences as Xero has been seen to write them.
  it.each([
    ["Account code or ID must be specified", "mapping.account-missing"],
    ["A validation exception occurred Account code or ID must be specified", "mapping.account-missing"],
    ["Account code must be specified", "mapping.account-missing"],
    ["Account code '120' is not a valid code for this document.", "mapping.account-wrong-type"],
    [
      "Account code '200' has been archived, or has been deleted. Each line item must reference a valid account.",
      "mapping.target-archived",
    ],
    ["Account must be valid.", "mapping.target-archived"],
    ["Tax rate must be valid.", "mapping.target-archived"],
    ["The TaxType code 'OUTPUT2' cannot be used with account code '610'.", "mapping.tax-not-allowed-on-account"],
    ["The TaxType code NONE does not exist or cannot be used for this type of transaction.", "mapping.tax-missing"],
    ["The document date cannot be before the period lock date, currently set at 30-Nov-2018", "package.period-locked"],
    ["The document date cannot be before the end of year lock date, currently set at 31-Jul-2013", "package.period-locked"],
    ["Invoice # must be unique.", "source.duplicate-number"],
    ["Invoice not of valid status for modification", "package.document-state"],
    ["This document cannot be edited as it has a payment or credit note allocated to it.", "package.document-state"],
    [
      "The status AUTHORISED cannot be applied to the invoice because it has payments or credit notes allocated to it.",
      "package.document-state",
    ],
    ["Date cannot be changed on an invoice that has payment or credit notes allocated to it.", "package.document-state"],
    ["One or more line items must be specified", "source.required-field"],
    ["A Contact must be specified for this type of transaction", "source.required-field"],
    [
      "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes",
      "package.contact-archived",
    ],
    [
      "The specified contact details matched an archived contact. Archived contacts cannot currently be edited via the API.",
      "package.contact-archived",
    ],
    [
      "The contact name X is already assigned to another contact. The contact name must be unique across all active contacts.",
      "mapping.entity-unlinked",
    ],
    ["Price List Item with Code 'abc' already exists", "mapping.entity-unlinked"],
    ["Email address must be valid.", "source.bad-format"],
    ["Due date cannot be empty.", "source.required-field"],
    ["The Total for this document must be greater than or equal to zero.", "source.bad-format"],
    ["Users Organisation is not subscribed to currency NZD", "package.currency-or-feature-off"],
    ["Organisation is not subscribed to currency EUR", "package.currency-or-feature-off"],
    ["Payment amount exceeds the amount outstanding on this document", "package.payment-too-large"],
    ["Payments can only be made against Authorised documents", "package.document-state"],
    ["Payments can only be made against Authorized documents", "package.document-state"],
    ["You must specify an Account code or Account ID for the payment", "mapping.account-missing"],
    ["You have reached the limit of invoices you can approve", "package.subscription-lapsed"],
    ["Something that nobody has seen before", "package.refused"],
  ])("%s is %s", (said, code) => {
    expect(codeOf(said)).toBe(code);
  });

  it("puts first what must be put right first, and keeps every sentence", () => {
    const error = errorOf(
      [
        { said: "The document date cannot be before the period lock date, currently set at 30-Nov-2018", line: null },
        { said: "Account code '120' is not a valid code for this document.", line: 0 },
      ],
      null,
    );
    expect(error.code).toBe("mapping.account-wrong-type");
    expect(error.detail).toMatchObject({ value: "120", field: "lines[0].accountCode" });
    expect(error.detail.said).toHaveLength(2);
  });
});

describe("a failed call", () => {
  it("P01 P02 P03 P04 says which limit, and for how long", () => {
    expect(limitOf(answer(429, "", { "x-rate-limit-problem": "minute", "retry-after": "37" }))).toEqual({
      limit: "minute",
      retryAfterMs: 37_000,
    });
    expect(limitOf(answer(429, "", { "x-rate-limit-problem": "day", "retry-after": "81000" }))).toEqual({
      limit: "day",
      retryAfterMs: 81_000_000,
    });
    expect(limitOf(answer(429, "", { "x-rate-limit-problem": "AppMinute" }))).toEqual({ limit: "app", retryAfterMs: 60_000 });
    expect(limitOf(answer(429, "", { "x-rate-limit-problem": "Concurrent" }))).toEqual({
      limit: "concurrent",
      retryAfterMs: 60_000,
    });
    expect(limitOf(answer(429, "", { "x-daylimit-remaining": "0", "x-minlimit-remaining": "60" }))).toEqual({
      limit: "day",
      retryAfterMs: 60_000,
    });
    expect(limitOf(answer(429, ""))).toEqual({ limit: "minute", retryAfterMs: 60_000 });
    expect(
      limitOf(answer(429, "", { "retry-after": "Sat, 21 Nov 2026 10:00:30 GMT", date: "Sat, 21 Nov 2026 10:00:00 GMT" })),
    ).toMatchObject({ retryAfterMs: 30_000 });
  });

  it("P20 P23 tells an expired token from a lost consent and a missing permission", () => {
    expect(faultOf(answer(401, { Detail: "TokenExpired: token expired at 01/12/2026 14:34:47" }), read)).toMatchObject({
      what: "token-expired",
    });
    expect(faultOf(answer(401, { Detail: "AuthenticationUnsuccessful" }), read)).toMatchObject({ what: "token-expired" });
    expect(
      faultOf(answer(401, { Detail: "AuthorizationUnsuccessful" }, { "www-authenticate": "insufficient_scope" }), read),
    ).toMatchObject({
      what: "connection-lost",
      error: { code: "connection.scope-missing" },
    });
    expect(faultOf(answer(403, { title: "Forbidden", status: 403, detail: "AuthenticationUnsuccessful" }), read)).toMatchObject({
      what: "connection-lost",
      error: { code: "connection.token-expired" },
    });
  });

  it("is no fault when one record asked for by its id is not there", () => {
    expect(faultOf(answer(404, ""), { ...read, operation: "getCreditNote" })).toBeNull();
    expect(faultOf(answer(404, ""), read)).toEqual({ what: "unclear", why: "not-definite" });
    expect(faultOf(answer(304, ""), read)).toBeNull();
  });
});
