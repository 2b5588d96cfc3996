import { describe, expect, it } from "vitest";
import type { OutgoingDocument, OutgoingRecord, SeenDocument } from "#lib/common/records.ts";
import type { Batch, RawAnswer } from "../types.ts";
import { ACCOUNT, aContact, aLine, anInvoice, answer, aProduct, CONTACT, connection, ZERO } from "./fixtures.ts";
import { push } from "./push.ts";

const batchOf = (...records: OutgoingRecord[]): Batch => ({ connection, records });
function pushed(batch: Batch, raw: RawAnswer) {
  return push.read(push.ask(batch, connection), raw, batch);
}
const saved = (number: string, over: Record<string, unknown> = {}) => ({
  InvoiceID: `id-${number}`,
  InvoiceNumber: number,
  Type: "ACCREC",
  Contact: { ContactID: CONTACT },
  StatusAttributeString: "OK",
  UpdatedDateUTC: "/Date(1795341600000+0000)/",
  ...over,
});
const refused = (code: string, detail: Record<string, unknown> = {}) => ({
  status: "refused",
  error: expect.objectContaining({ code, detail: expect.objectContaining(detail) }),
});
const [one, two, three] = [anInvoice({ number: "S-1" }), anInvoice({ number: "S-2" }), anInvoice({ number: "S-3" })];
const three_ = batchOf(one, two, three);

describe("a batch pushed to Xero", () => {
  it("is one PUT for each family and direction, answered element by element", () => {
    expect(push.ask(three_, connection)).toMatchObject({
      operation: "createInvoices",
      method: "PUT",
      path: "/api.xro/2.0/Invoices",
      query: { summarizeErrors: "false", unitdp: "4" },
    });
    expect(push.ask(batchOf(aContact()), connection)).toMatchObject({
      path: "/api.xro/2.0/Contacts",
      query: { summarizeErrors: "false" },
    });
    expect(push.ask(batchOf(aProduct()), connection)).toMatchObject({ path: "/api.xro/2.0/Items" });
    expect(push.ask(batchOf(anInvoice({ kind: "sales-credit-note" })), connection)).toMatchObject({
      path: "/api.xro/2.0/CreditNotes",
    });
    expect(() => push.ask(batchOf(one, anInvoice({ kind: "bill" })), connection)).toThrow(RangeError);
  });

  describe("N41 of what Xero holds already", () => {
    const ids = ["9ce62c4d-1f4a-4b52-8d5c-1d9f9a3c00a1", "9ce62c4d-1f4a-4b52-8d5c-1d9f9a3c00a2"];
    const before = (number: string, over: Partial<SeenDocument> = {}): SeenDocument => ({
      family: "document",
      kind: "sales-invoice",
      number,
      contactExternalId: CONTACT,
      issuedOn: "2026-11-02",
      dueOn: "2026-12-02",
      currency: "GBP",
      status: "authorised",
      netMinor: 2025n,
      taxMinor: 405n,
      grossMinor: 2430n,
      split: [],
      url: null,
      ...over,
    });
    const held = (at: number, seen: SeenDocument) => ({ externalId: ids[at] ?? "", version: null, before: seen });
    const line = (externalId: string, description: string) => ({
      externalId,
      description,
      accountExternalId: ACCOUNT,
      taxExternalId: "OUTPUT2",
      netMinor: 2025n,
    });
    const changed = (at: number, seen: Partial<SeenDocument> = {}, over: Partial<OutgoingDocument> = {}) => {
      const number = `S-${at + 1}`;
      return anInvoice({ number, held: held(at, before(number, seen)), ...over });
    };
    const bodyOf = (record: OutgoingDocument) => {
      const body: { Invoices: Record<string, unknown>[] } = JSON.parse(push.ask(batchOf(record), connection).body ?? "");
      return body.Invoices[0] ?? {};
    };

    it("is one POST that names each by its id, its status and lines as they are there", () => {
      expect(push.ask(batchOf(changed(0), changed(1)), connection)).toMatchObject({
        operation: "updateInvoices",
        method: "POST",
        path: "/api.xro/2.0/Invoices",
        query: { summarizeErrors: "false", unitdp: "4" },
      });
      const lines = [aLine({ description: "Two" }), aLine({ description: "New" }), aLine({ description: "One" }), aLine()];
      const there = [line("l1", "One"), line("l2", "Two"), line("l3", "Gone")];
      const wire = bodyOf(changed(0, { status: "submitted", lines: there }, { lines }));
      expect(wire).toMatchObject({ InvoiceID: ids[0], InvoiceNumber: "S-1", Status: "SUBMITTED" });
      expect(wire.LineItems).toMatchObject([{ LineItemID: "l2" }, { LineItemID: "l3" }, { LineItemID: "l1" }, {}]);
      expect((wire.LineItems as Record<string, unknown>[])[3]).not.toHaveProperty("LineItemID");
    });

    it("never goes without an id, nor in one call with what is new", () => {
      expect(() => push.ask(batchOf(changed(0), anInvoice({ number: "S-9" })), connection)).toThrow(RangeError);
      const nameless = anInvoice({ held: { externalId: "", version: null, before: null } });
      expect(() => push.ask(batchOf(nameless), connection)).toThrow(RangeError);
    });

    it("is voided by its status alone, a draft deleted, under the number that stands there", () => {
      expect(bodyOf(changed(0, { number: "S-OLD" }, { voided: true }))).toEqual({
        InvoiceID: ids[0],
        InvoiceNumber: "S-OLD",
        Status: "VOIDED",
      });
      expect(bodyOf(changed(0, { status: "draft" }, { voided: true }))).toMatchObject({ Status: "DELETED" });
      expect(bodyOf(changed(0, { status: "draft" }, { voided: true }))).not.toHaveProperty("LineItems");
    });

    it("answers under its id, whatever number the answer has, and refusals without an id under ours", () => {
      const batch = batchOf(changed(0), changed(1));
      const swapped = [saved("S-2", { InvoiceID: ids[0] }), saved("S-1", { InvoiceID: ids[1]?.toUpperCase() })];
      const outcomes = pushed(batch, answer(200, { Invoices: swapped }));
      expect(outcomes.get("record-S-1")).toMatchObject({ status: "accepted", externalId: ids[0] });
      expect(outcomes.get("record-S-2")).toMatchObject({ status: "accepted", externalId: ids[1] });
      const said = { ValidationErrors: [{ Message: "Invoice not of valid status for modification" }] };
      const mixed = [saved("S-1", { InvoiceID: ZERO, ...said }), saved("S-2", { InvoiceID: ids[1] })];
      const some = pushed(batch, answer(200, { Invoices: mixed }));
      expect(some.get("record-S-1")).toEqual(refused("package.document-state"));
      expect(some.get("record-S-2")).toMatchObject({ status: "accepted" });
    });

    it("is not taken for done when the answer speaks of another record under its number", () => {
      const outcomes = pushed(batchOf(changed(0)), answer(200, { Invoices: [saved("S-1", { InvoiceID: ids[1] })] }));
      expect(outcomes.get("record-S-1")).toEqual({ status: "unknown", why: "missing-in-answer" });
    });
  });

  it("says the same bytes for the same batch, so that a replay is a replay", () => {
    expect(push.ask(three_, connection)).toEqual(push.ask(three_, connection));
  });

  it("P13 matches by our own number, whatever the order of the answer", () => {
    const outcomes = pushed(three_, answer(200, { Invoices: [saved("S-3"), saved("S-1"), saved("S-2")] }));
    expect([...outcomes.entries()].map(([id, outcome]) => [id, outcome.status === "accepted" && outcome.externalId])).toEqual([
      ["record-S-1", "id-S-1"],
      ["record-S-2", "id-S-2"],
      ["record-S-3", "id-S-3"],
    ]);
    expect(outcomes.get("record-S-1")).toMatchObject({ version: "2026-11-22T10:00:00.000Z", warnings: [] });
  });

  // Xero writes one id in capitals here and in small letters there; as two ids it would be two records.
  it("takes an id for the same however it is written", () => {
    const outcomes = pushed(batchOf(one), answer(200, { Invoices: [saved("S-1", { InvoiceID: CONTACT.toUpperCase() })] }));
    expect(outcomes.get("record-S-1")).toMatchObject({ status: "accepted", externalId: CONTACT });
  });

  it("P12 calls a record unknown that the answer does not speak of", () => {
    const outcomes = pushed(three_, answer(200, { Invoices: [saved("S-3"), saved("S-1")] }));
    expect(outcomes.get("record-S-2")).toEqual({ status: "unknown", why: "missing-in-answer" });
    expect(outcomes.get("record-S-1")).toMatchObject({ status: "accepted" });
  });

  it("P11 refuses some and accepts the others of one call", () => {
    const outcomes = pushed(
      three_,
      answer(200, {
        Invoices: [
          saved("S-1"),
          saved("S-2", {
            InvoiceID: ZERO,
            StatusAttributeString: "ERROR",
            ValidationErrors: [
              { Message: "The document date cannot be before the period lock date, currently set at 30-Nov-2018" },
            ],
          }),
          saved("S-3", {
            StatusAttributeString: "WARNING",
            Warnings: [{ Message: "Account code '476' has been removed as it does not match a recognised account." }],
          }),
        ],
      }),
    );
    expect(outcomes.get("record-S-1")).toMatchObject({ status: "accepted" });
    expect(outcomes.get("record-S-2")).toEqual(refused("package.period-locked", { lockDate: "2018-11-30", field: "issuedOn" }));
    expect(outcomes.get("record-S-3")).toMatchObject({ status: "accepted", warnings: [{ code: "mapping.target-archived" }] });
  });

  it("names the line and the nominal that an error on a line speaks of", () => {
    const batch = batchOf(anInvoice({ number: "S-1", lines: [aLine(), aLine()] }));
    const element = (errors: unknown, line: unknown) =>
      answer(200, {
        Invoices: [
          saved("S-1", {
            InvoiceID: ZERO,
            StatusAttributeString: "ERROR",
            ValidationErrors: errors,
            LineItems: [{ AccountID: ACCOUNT, AccountCode: "200" }, line],
          }),
        ],
      });
    const bad = { AccountCode: "610", TaxType: "OUTPUT2" };
    expect(
      pushed(
        batch,
        element([], { ...bad, ValidationErrors: [{ Description: "Account code '610' is not a valid code for this document." }] }),
      ).get("record-S-1"),
    ).toEqual(
      refused("mapping.account-wrong-type", {
        field: "lines[1].accountCode",
        value: "610",
        subject: "line 2",
        said: ["Account code '610' is not a valid code for this document."],
      }),
    );
    expect(
      pushed(batch, element([{ Message: "The TaxType code 'OUTPUT2' cannot be used with account code '610'." }], bad)).get(
        "record-S-1",
      ),
    ).toEqual(refused("mapping.tax-not-allowed-on-account", { field: "lines[1].taxCode", value: "OUTPUT2", subject: "line 2" }));
    expect(
      pushed(
        batch,
        element(
          [
            {
              Message:
                "Account code '610' has been archived, or has been deleted. Each line item must reference a valid account.",
            },
          ],
          bad,
        ),
      ).get("record-S-1"),
    ).toEqual(refused("mapping.target-archived", { field: "lines[1].accountCode", value: "610" }));
  });

  it("finds errors that hang on the contact inside the document", () => {
    const contact = {
      ContactID: CONTACT,
      ValidationErrors: [
        {
          Message:
            "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes",
        },
      ],
    };
    const outcomes = pushed(batchOf(one), answer(200, { Invoices: [saved("S-1", { InvoiceID: ZERO, Contact: contact })] }));
    expect(outcomes.get("record-S-1")).toEqual(refused("package.contact-archived"));
  });

  it("keeps the words of a refusal that it does not know", () => {
    const outcomes = pushed(
      batchOf(one),
      answer(200, {
        Invoices: [
          saved("S-1", {
            InvoiceID: ZERO,
            StatusAttributeString: "ERROR",
            ValidationErrors: [{ Message: "Le compte est fermé" }],
          }),
        ],
      }),
    );
    expect(outcomes.get("record-S-1")).toEqual(refused("package.refused", { said: ["Le compte est fermé"] }));
  });

  it("leaves a record out that Xero would refuse for certain, so that it takes no other with it", () => {
    const batch = batchOf(one, anInvoice({ number: "S-é" }));
    expect(push.ask(batch, connection).body).not.toContain("S-é");
    const outcomes = pushed(batch, answer(200, { Invoices: [saved("S-1")] }));
    expect(outcomes.get("record-S-1")).toMatchObject({ status: "accepted" });
    expect(outcomes.get("record-S-é")).toEqual(refused("source.bad-format", { field: "number" }));
  });

  it("tells two bills of one number apart by their suppliers, and calls them unknown where it cannot", () => {
    const other = "9ce62c4d-1f4a-4b52-8d5c-1d9f9a3c0009";
    const bills = batchOf(
      anInvoice({ kind: "bill", number: "7", recordId: "a" }),
      anInvoice({ kind: "bill", number: "7", recordId: "b", contactExternalId: other }),
    );
    const bill = (id: string, contact: string) => ({
      InvoiceID: id,
      InvoiceNumber: "7",
      Type: "ACCPAY",
      Contact: { ContactID: contact },
    });
    const told = pushed(bills, answer(200, { Invoices: [bill("x", other), bill("y", CONTACT)] }));
    expect(told.get("a")).toMatchObject({ externalId: "y" });
    expect(told.get("b")).toMatchObject({ externalId: "x" });
    const same = batchOf(
      anInvoice({ kind: "bill", number: "7", recordId: "a" }),
      anInvoice({ kind: "bill", number: "7", recordId: "b" }),
    );
    for (const outcome of pushed(same, answer(200, { Invoices: [bill("x", CONTACT), bill("y", CONTACT)] })).values()) {
      expect(outcome).toEqual({ status: "unknown", why: "not-definite" });
    }
  });
});

describe("an answer to a whole batch", () => {
  const all = (raw: RawAnswer) =>
    [...new Set([...pushed(three_, raw).values()].map((outcome) => JSON.stringify(outcome)))].map((text) => JSON.parse(text));

  it("400 with elements refuses those and calls the others unknown: valid ones may have been saved", () => {
    const outcomes = pushed(
      three_,
      answer(400, {
        ErrorNumber: 10,
        Type: "ValidationException",
        Message: "A validation exception occurred",
        Elements: [saved("S-2", { InvoiceID: ZERO, ValidationErrors: [{ Message: "Invoice # must be unique." }] })],
      }),
    );
    expect(outcomes.get("record-S-2")).toEqual(refused("source.duplicate-number", { field: "number", httpStatus: 400 }));
    expect(outcomes.get("record-S-1")).toEqual({ status: "unknown", why: "missing-in-answer" });
  });

  it("400 that Xero could not read refuses the record it names, and the others were certainly not written", () => {
    const message = "Error converting value \"x\" to type 'decimal'. Path 'Invoices[1].LineItems[0].UnitAmount'.";
    const outcomes = pushed(three_, answer(400, { ErrorNumber: 14, Type: "PostDataInvalidException", Message: message }));
    expect(outcomes.get("record-S-2")).toEqual(refused("package.refused", { said: [message] }));
    expect(outcomes.get("record-S-1")).toMatchObject({ status: "not-sent", error: { code: "transient.not-sent" } });
  });

  it("400 with a reason for all refuses all", () => {
    expect(
      all(answer(400, { Type: "ValidationException", Message: "You have reached the limit of invoices you can approve" })),
    ).toMatchObject([{ status: "refused", error: { code: "package.subscription-lapsed" } }]);
  });

  it("P08 a key that was used with another request is a fault of ours", () => {
    expect(all(answer(400, { Message: "Idempotency key 'K' is used with a different request" }))).toMatchObject([
      { status: "refused", error: { code: "internal.unexpected" } },
    ]);
  });

  it("P05 P06 P07 5xx, 408 and 409 say nothing", () => {
    for (const status of [500, 502, 503, 504])
      expect(all(answer(status, "The Xero API is temporarily unavailable"))).toEqual([
        { status: "unknown", why: "server-error" },
      ]);
    for (const status of [408, 409, 412, 204, 302])
      expect(all(answer(status, ""))).toEqual([{ status: "unknown", why: "not-definite" }]);
  });

  it("N13 a page that is no JSON says nothing, with a 200 as with a 400 or 404", () => {
    expect(all(answer(200, "<html>Sign in</html>"))).toEqual([{ status: "unknown", why: "unparsable" }]);
    expect(all(answer(200, '{"Invoices":[{"Inv'))).toEqual([{ status: "unknown", why: "unparsable" }]);
    expect(all(answer(200, { Status: "OK" }))).toEqual([{ status: "unknown", why: "unparsable" }]);
    expect(all(answer(400, "Bad Request"))).toEqual([{ status: "unknown", why: "not-definite" }]);
    expect(all(answer(404, "<html>The resource you're looking for cannot be found</html>"))).toEqual([
      { status: "unknown", why: "not-definite" },
    ]);
  });

  it("401, 403 and 429 wrote nothing", () => {
    expect(
      all(answer(401, { Title: "Unauthorized", Detail: "TokenExpired: token expired at 01/12/2026 14:34:47" })),
    ).toMatchObject([{ status: "not-sent" }]);
    expect(all(answer(403, { title: "Forbidden", detail: "AuthenticationUnsuccessful" }))).toMatchObject([
      { status: "not-sent" },
    ]);
    expect(all(answer(429, "", { "x-rate-limit-problem": "Day" }))).toMatchObject([
      { status: "not-sent", limit: "day", error: { code: "transient.rate-limited" } },
    ]);
  });
});
