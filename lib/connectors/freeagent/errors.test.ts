import { describe, expect, it } from "vitest";
import type { Message } from "../types.ts";
import { answer } from "./fixtures.ts";
import { freeagent } from "./index.ts";

const message = (over: Partial<Message> = {}): Message => ({
  operation: "createInvoice",
  method: "POST",
  path: "/v2/invoices",
  query: {},
  headers: {},
  body: "{}",
  ...over,
});
const said = (...words: string[]) => ({ errors: words.map((one) => ({ message: one })) });
const { faultOf, saidIn } = freeagent;

describe("what FreeAgent refuses", () => {
  it("is read from a list of reasons and from one object", () => {
    const list = answer(422, said("invoice_items.description is locked and cannot be changed", "invoice_items contain errors"));
    expect(faultOf(list, message({ method: "PUT" }))).toMatchObject({
      what: "refused",
      error: { code: "package.document-state", detail: { said: expect.arrayContaining(["invoice_items contain errors"]) } },
    });
    const object = answer(422, { errors: { error: { message: "`depreciation_schedule` is deprecated" } } });
    expect(faultOf(object, message())).toMatchObject({ what: "refused", error: { code: "package.refused" } });
  });

  it.each([
    ["Reference has already been taken", "source.duplicate-number"],
    ["Reference can't be blank", "source.required-field"],
    ["Dated on falls in a locked period", "package.period-locked"],
    ["Ec status Reverse Charge requires a sales tax rate of 0", "mapping.tax-not-allowed-on-account"],
    ["Sales tax rate is not one of the rates of this company", "mapping.tax-missing"],
    ["Category is not an income category", "mapping.account-wrong-type"],
    ["Contact can't be blank", "source.dependency-missing"],
    ["Gross value is more than the due value", "package.payment-too-large"],
    ["Something that nobody foresaw", "package.refused"],
  ])("%s", (words, code) => {
    expect(faultOf(answer(422, said(words)), message())).toMatchObject({ error: { code } });
  });

  it("names the level that is missing, and loses the connection only with the company itself", () => {
    const level = (path: string) => faultOf(answer(403, ""), message({ path, method: "GET" }));
    expect(level("/v2/bank_transaction_explanations")).toMatchObject({
      what: "refused",
      error: { code: "connection.scope-missing", detail: { value: "Banking (6)" } },
    });
    expect(level("/v2/journal_sets")).toMatchObject({ error: { detail: { value: "Tax, Accounting & Users (7)" } } });
    expect(level("/v2/bills")).toMatchObject({ error: { detail: { value: "Bills (5)" } } });
    expect(level("/v2/company")).toMatchObject({ what: "connection-lost" });
  });

  it("tells a lock from a missing level: of a new record the date, of one that is there the record", () => {
    const locked = answer(403, said("Invoice is locked."));
    expect(faultOf(locked, message())).toMatchObject({ error: { code: "package.period-locked" } });
    expect(faultOf(locked, message({ method: "PUT", path: "/v2/invoices/1" }))).toMatchObject({
      error: { code: "package.document-state" },
    });
  });

  it("P01 waits as long as it is told to, and a minute where it is not", () => {
    const slow = "You must not exceed 15 requests per 60 seconds";
    expect(faultOf(answer(429, slow, { "retry-after": "37" }), message())).toMatchObject({ retryAfterMs: 37_000 });
    expect(faultOf(answer(429, slow), message())).toMatchObject({ what: "rate-limited", limit: "minute", retryAfterMs: 60_000 });
  });

  it.each([
    [answer(500, ""), "server-error"],
    [answer(422, "<html>"), "not-definite"],
    [answer(400, ""), "not-definite"],
    [answer(409, said("x")), "not-definite"],
    [answer(200, "<html>Sign in</html>"), "unparsable"],
    [answer(204, ""), "not-definite"],
  ])("takes %o for no answer", (raw, why) => {
    expect(faultOf(raw, message())).toEqual({ what: "unclear", why });
  });

  it("a 404 to a question for one record says that it is not there", () => {
    expect(faultOf(answer(404, ""), message({ method: "GET", operation: "getOneInvoice" }))).toBeNull();
    expect(faultOf(answer(404, said("Resource not found")), message())).toMatchObject({ what: "refused" });
  });

  it("keeps FreeAgent's words with the call's id", () => {
    expect(saidIn(answer(422, said("No", "No"), { "x-request-id": "abc" }))).toEqual({
      httpStatus: 422,
      requestId: "abc",
      said: ["No"],
    });
    expect(saidIn(answer(502, "<h1>Bad gateway</h1>"))).toMatchObject({ said: ["Bad gateway"] });
  });
});
