import { describe, expect, it } from "vitest";
import { ACCOUNT, aContact, aLine, anInvoice, aProduct, CONTACT } from "./fixtures.ts";
import { contactName, faultIn, toXero } from "./map.ts";

const fault = (code: string, detail: Record<string, unknown> = {}) =>
  expect.objectContaining({ code, detail: expect.objectContaining(detail) });

describe("a document on its way to Xero", () => {
  it("goes with our number, our page, the contact's id alone and its own amounts and tax codes", () => {
    expect(JSON.stringify(toXero(anInvoice({ lines: [aLine({ productReference: "85123A" })] })))).toBe(
      `{"Type":"ACCREC","InvoiceNumber":"S-1001","Contact":{"ContactID":"${CONTACT}"},"Date":"2026-11-02","CurrencyCode":"GBP","Status":"AUTHORISED",` +
        `"LineAmountTypes":"Exclusive","DueDate":"2026-12-02","Url":"http://localhost:3000/documents/1","LineItems":[{"Description":"Widget","Quantity":2,` +
        `"UnitAmount":10.125,"LineAmount":20.25,"TaxAmount":4.05,"AccountID":"${ACCOUNT}","TaxType":"OUTPUT2","ItemCode":"85123A"}]}`,
    );
  });

  it("lands as a draft where the client wants drafts", () => {
    expect(toXero(anInvoice({ postAs: "draft" }))).toMatchObject({ Status: "DRAFT" });
  });

  it("keeps a credit note's amounts positive and its number its own", () => {
    const note = toXero(anInvoice({ kind: "supplier-credit-note", number: "P-9" }));
    expect(note).toMatchObject({ Type: "ACCPAYCREDIT", CreditNoteNumber: "P-9" });
    expect(note).not.toHaveProperty("Url");
    expect(JSON.stringify(note)).toContain('"LineAmount":20.25');
  });

  it("B01 stops when the lines and the totals differ by a penny", () => {
    expect(faultIn(anInvoice({ grossMinor: 2431n }))).toEqual(fault("source.totals-do-not-add"));
  });

  it("B02 FA10 sends four decimals of a price as they are, and a line with more of them by its net", () => {
    expect(
      JSON.stringify(toXero(anInvoice({ lines: [aLine({ unitPrice: "0.0625", quantity: "8", netMinor: 50n, taxMinor: 10n })] }))),
    ).toContain('"UnitAmount":0.0625');
    const sent = (over: Parameters<typeof aLine>[0]) => JSON.stringify(toXero(anInvoice({ lines: [aLine(over)] })));
    expect(sent({ unitPrice: "10.12501" })).toContain('"Quantity":2,"UnitAmount":10.125,"LineAmount":20.25');
    expect(sent({ quantity: "1.33333333", unitPrice: "15.1875" })).toContain(
      '"Quantity":1,"UnitAmount":20.25,"LineAmount":20.25',
    );
  });

  it("B02 FB5 sends a discounted line with its quantity, its amount and the price that they come to: the three multiply out", () => {
    const of = (over: Parameters<typeof aLine>[0]) =>
      JSON.stringify(
        toXero(
          anInvoice({
            netMinor: over?.netMinor ?? 0n,
            taxMinor: 0n,
            grossMinor: over?.netMinor ?? 0n,
            lines: [aLine({ taxMinor: 0n, ...over })],
          }),
        ),
      );
    expect(of({ quantity: "3", unitPrice: "10.00", netMinor: 2700n })).toContain(
      '"Quantity":3,"UnitAmount":9,"LineAmount":27.00',
    );
    expect(of({ quantity: "3", unitPrice: "10.00", netMinor: 1000n })).toContain(
      '"Quantity":3,"UnitAmount":3.3333,"LineAmount":10.00',
    );
    // No price of four decimals makes it: one of the net.
    expect(of({ quantity: "10000", unitPrice: "1.00", netMinor: 333_333n })).toContain(
      '"Quantity":1,"UnitAmount":3333.33,"LineAmount":3333.33',
    );
  });

  it("B04 takes a negative line and stops at a negative total", () => {
    const negative = aLine({ quantity: "-1", unitPrice: "5", netMinor: -500n, taxMinor: -100n });
    expect(faultIn(anInvoice({ lines: [aLine(), negative] }))).toBeNull();
    expect(faultIn(anInvoice({ lines: [negative] }))).toEqual(fault("source.bad-format", { field: "grossMinor" }));
  });

  it("B05 takes 9,999,999,999.99 and stops at a penny more", () => {
    const of = (netMinor: bigint, unitPrice: string) =>
      anInvoice({ lines: [aLine({ quantity: "1", unitPrice, netMinor, taxMinor: 0n })] });
    expect(faultIn(of(999_999_999_999n, "9999999999.99"))).toBeNull();
    expect(faultIn(of(1_000_000_000_000n, "10000000000.00"))).toEqual(fault("source.bad-format", { field: "lines[0].netMinor" }));
  });

  it("B09 B17 stops at a number or text that is too long or that Xero cannot hold, and cuts nothing off", () => {
    expect(faultIn(anInvoice({ number: "N".repeat(255) }))).toBeNull();
    expect(faultIn(anInvoice({ number: "N".repeat(256) }))).toEqual(fault("source.too-long", { field: "number" }));
    expect(faultIn(anInvoice({ number: `A&<>"'` }))).toBeNull();
    for (const number of ["A\u0000", "A🙂", "é", "A\nB"])
      expect(faultIn(anInvoice({ number }))).toEqual(fault("source.bad-format", { field: "number" }));
    expect(faultIn(anInvoice({ lines: [aLine({ description: "d".repeat(4000) })] }))).toBeNull();
    expect(faultIn(anInvoice({ lines: [aLine(), aLine({ description: "d".repeat(4001) })] }))).toEqual(
      fault("source.too-long", { field: "lines[1].description", subject: "line 2" }),
    );
  });

  it("B13 stops at a date that is none", () => {
    expect(faultIn(anInvoice({ issuedOn: "2026-11-31" }))).toEqual(fault("source.bad-format", { field: "issuedOn" }));
    expect(faultIn(anInvoice({ dueOn: "0001-01-01" }))).toEqual(fault("source.bad-format", { field: "dueOn" }));
  });
});

describe("a contact on its way to Xero", () => {
  it("stands under our own reference", () => {
    expect(toXero(aContact({ email: "a@example.test" }))).toEqual({
      Name: "Bank West",
      ContactNumber: "C-1",
      EmailAddress: "a@example.test",
    });
  });

  it("FB1 takes its VAT number with it, and stops at one that is longer than Xero keeps", () => {
    expect(toXero(aContact({ taxNumber: "GB 123 4567 89" }))).toMatchObject({ TaxNumber: "GB 123 4567 89" });
    expect(toXero(aContact({}))).not.toHaveProperty("TaxNumber");
    expect(faultIn(aContact({ taxNumber: "1".repeat(51) }))).toEqual(fault("source.too-long", { field: "taxNumber" }));
  });

  it("B12 loses surplus blanks, and stops at angle brackets", () => {
    expect(contactName("  Bank \t West ")).toBe("Bank West");
    expect(toXero(aContact({ name: "Bank  West " }))).toMatchObject({ Name: "Bank West" });
    expect(faultIn(aContact({ name: "Bank <West>" }))).toEqual(
      fault("source.bad-format", { field: "name", value: "Bank <West>" }),
    );
  });

  it("stops when its name or reference is too long or missing", () => {
    expect(faultIn(aContact({ name: "n".repeat(256) }))).toEqual(fault("source.too-long", { field: "name" }));
    expect(faultIn(aContact({ reference: "r".repeat(51) }))).toEqual(fault("source.too-long", { field: "reference" }));
    expect(faultIn(aContact({ name: " " }))).toEqual(fault("source.required-field", { field: "name" }));
  });
});

describe("a product on its way to Xero", () => {
  it("is an untracked item under its stock code", () => {
    expect(toXero(aProduct())).toEqual({ Code: "85123A", Name: "White hanging heart", Description: "White hanging heart" });
  });

  it("B34 stops at a code of 31 characters", () => {
    expect(faultIn(aProduct({ reference: "c".repeat(30) }))).toBeNull();
    expect(faultIn(aProduct({ reference: "c".repeat(31) }))).toEqual(fault("source.too-long", { field: "reference" }));
  });
});
