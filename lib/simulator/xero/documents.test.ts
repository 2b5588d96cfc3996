import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Answered,
  anInvoice,
  type Reply,
  type TestOrganisation,
  type TestSimulator,
  testSimulator,
} from "#lib/simulator/xero/test-organisation.ts";

let simulator: TestSimulator;
let organisation: TestOrganisation;
beforeAll(async () => {
  simulator = await testSimulator();
  await simulator.control.setClock({ now: "2026-11-21T09:00:00Z" });
});
afterAll(() => simulator.close());
beforeEach(async () => {
  organisation = await simulator.organisation();
});

const messages = (reply: Reply): string[] =>
  [...(reply.json.Elements ?? [])].flatMap((element) =>
    [...(element.ValidationErrors ?? [])].map((error) => String(error.Message)),
  );
const put = (changes: Record<string, unknown>, number = "S-1") =>
  organisation.call("PUT", "/Invoices?unitdp=4", anInvoice(organisation, number, changes));
const line = (changes: Record<string, unknown>) => ({
  LineItems: [{ Description: "x", Quantity: 1, UnitAmount: 10, AccountCode: "200", TaxType: "OUTPUT2", ...changes }],
});
const made = async (changes: Record<string, unknown> = {}, number = "S-1"): Promise<Answered> => {
  const reply = await put(changes, number);
  expect(messages(reply)).toEqual([]);
  const [one] = [...(reply.json.Invoices ?? [])];
  if (one === undefined) throw new Error(reply.text);
  return one;
};
const post = (body: Record<string, unknown>) => organisation.call("POST", "/Invoices", body);
const pay = (body: Record<string, unknown>) =>
  organisation.call("PUT", "/Payments", { Account: { Code: "090" }, Date: "2026-11-20", ...body });

describe("what Xero adds up", () => {
  it("rounds each line, then its tax, then adds", async () => {
    const prices = ["25.06", "25.61", "25.63"].map((price) => ({
      Description: "x",
      UnitAmount: price,
      AccountCode: "200",
      TaxType: "TAX003",
    }));
    expect(await made({ LineItems: prices })).toMatchObject({ SubTotal: 76.3, TotalTax: 11.44, Total: 87.74 });
  });

  it("takes tax out of inclusive prices, charges none on NoTax, and keeps a tax amount that is sent", async () => {
    expect(await made({ LineAmountTypes: "Inclusive" }, "I-1")).toMatchObject({ SubTotal: 83.33, TotalTax: 16.67, Total: 100 });
    expect(await made({ LineAmountTypes: "NoTax" }, "I-2")).toMatchObject({ SubTotal: 100, TotalTax: 0, Total: 100 });
    expect(await made(line({ TaxAmount: 2.01 }), "I-3")).toMatchObject({ TotalTax: 2.01, Total: 12.01 });
  });

  it("keeps four decimals of a unit price with unitdp=4, two without", async () => {
    const body = (number: string) => anInvoice(organisation, number, line({ Quantity: 3, UnitAmount: 10.1255 }));
    const four = await organisation.call("PUT", "/Invoices?unitdp=4", body("U-4"));
    expect(four.text).toContain('"UnitAmount":10.1255');
    expect(four.json.Invoices?.[0]?.SubTotal).toBe(30.38);
    const two = await organisation.call("PUT", "/Invoices", body("U-2"));
    expect(two.text).toContain('"UnitAmount":10.13');
    expect(two.json.Invoices?.[0]?.SubTotal).toBe(30.39);
  });

  it("calls an approved invoice that comes to nothing PAID", async () => {
    expect(await made(line({ UnitAmount: 0 }))).toMatchObject({ Total: 0, Status: "PAID" });
  });

  it("takes an account by id, one without code too, and an item's defaults", async () => {
    const [sales] = [
      ...((await organisation.call("GET", `/Accounts?where=${encodeURIComponent('Code=="200"')}`)).json.Accounts ?? []),
    ];
    await simulator.control.patchSettings(organisation.id, { accountsWithoutCode: ["200"] });
    const [account] = [...((await organisation.call("GET", `/Accounts/${sales?.AccountID}`)).json.Accounts ?? [])];
    expect(account).not.toHaveProperty("Code");
    const [saved] = [...((await made(line({ AccountCode: undefined, AccountID: sales?.AccountID }))).LineItems ?? [])];
    expect(saved?.AccountID).toBe(sales?.AccountID);
    expect(saved).not.toHaveProperty("AccountCode");
    await simulator.control.patchSettings(organisation.id, { accountsWithoutCode: [] });
    await organisation.call("PUT", "/Items", {
      Code: "W1",
      Description: "Widget",
      SalesDetails: { UnitPrice: 4.5, AccountCode: "260", TaxType: "ZERORATEDOUTPUT" },
    });
    const [byItem] = [...((await made({ LineItems: [{ ItemCode: "w1", Quantity: 2 }] }, "S-2")).LineItems ?? [])];
    expect(byItem).toMatchObject({
      ItemCode: "W1",
      Description: "Widget",
      LineAmount: 9,
      AccountCode: "260",
      TaxType: "ZERORATEDOUTPUT",
    });
  });
});

describe("what Xero refuses, in its words", () => {
  const cases: [string, Record<string, unknown>, string][] = [
    ["no account", line({ AccountCode: undefined }), "Account code or ID must be specified"],
    ["an unknown account", line({ AccountCode: "999" }), "Account code '999' is not a valid code for this document."],
    ["a system account", line({ AccountCode: "610" }), "Account code '610' is not a valid code for this document."],
    ["a bank account", line({ AccountCode: "090" }), "Account code '090' is not a valid code for this document."],
    [
      "a tax rate of the other side",
      line({ TaxType: "INPUT2" }),
      "The TaxType code 'INPUT2' cannot be used with account code '200'.",
    ],
    [
      "an unknown tax rate",
      line({ TaxType: "OUTPUT9" }),
      "The TaxType code OUTPUT9 does not exist or cannot be used for this type of transaction.",
    ],
    ["an unknown item", line({ ItemCode: "NOPE" }), "Item code 'NOPE' is not valid"],
    [
      "a line that does not multiply",
      line({ Quantity: 3, LineAmount: 31 }),
      "The line total 31.00 does not match the expected line total 30.00",
    ],
    ["more than four decimals", line({ UnitAmount: 1.23456 }), "Account must be valid."],
    ["no due date", { DueDate: null }, "Due date cannot be empty."],
    ["no lines", { LineItems: [] }, "One or more line items must be specified"],
    ["no contact", { Contact: undefined }, "A Contact must be specified for this type of transaction"],
    ["a total below zero", line({ UnitAmount: -1 }), "The Total for this document must be greater than or equal to zero."],
    ["a currency it has not", { CurrencyCode: "NZD" }, "Users Organisation is not subscribed to currency NZD"],
    ["a status of its own", { Status: "PAID" }, "Invoice not of valid status for creation"],
  ];
  it.each(cases)("%s", async (_name, changes, message) => {
    expect(messages(await put(changes))).toContain(message);
    expect((await simulator.control.ledger(organisation.id)).documents).toEqual([]);
  });

  it("an archived account, an archived contact, an item that was removed", async () => {
    await simulator.control.putAccount(organisation.id, { code: "260", status: "ARCHIVED" });
    expect(messages(await put(line({ AccountCode: "260" })))).toEqual([
      "Account code '260' has been archived, or has been deleted. Each line item must reference a valid account.",
    ]);
    await organisation.call("PUT", "/Items", { Code: "GONE" });
    await simulator.control.removeItem(organisation.id, "GONE");
    expect(messages(await put(line({ ItemCode: "GONE" })))).toEqual(["Item code 'GONE' is not valid"]);
    await simulator.control.patchSettings(organisation.id, { archivedContacts: ["CUST"] });
    expect(messages(await put({}))).toEqual([
      "The contact with the specified contact details has been archived. The contact must be un-archived before creating new invoices or credit notes",
    ]);
    expect(messages(await organisation.call("POST", "/Contacts", { ContactNumber: "CUST", Name: "Other" }))).toEqual([
      "The specified contact details matched an archived contact. Archived contacts cannot currently be edited via the API.",
    ]);
  });

  it("a sales number twice, but not a bill's, nor one of a voided invoice", async () => {
    const first = await made();
    expect(messages(await put({}))).toEqual(["Invoice # must be unique."]);
    const bill = { Type: "ACCPAY", ...line({ AccountCode: "400", TaxType: "INPUT2" }) };
    await made(bill, "B-1");
    await made(bill, "B-1");
    await post({ InvoiceID: first.InvoiceID, Status: "VOIDED" });
    await made();
  });

  it("says a line's fault on the line too, or there alone when so set", async () => {
    const bad = { LineItems: [...line({}).LineItems, ...line({ AccountCode: "999" }).LineItems] };
    const said = "Account code '999' is not a valid code for this document.";
    const [both] = [...((await put(bad)).json.Elements ?? [])];
    expect(both?.ValidationErrors).toEqual([{ Message: said }]);
    expect([...(both?.LineItems ?? [])].map((one) => one.ValidationErrors)).toEqual([[], [{ Message: said }]]);
    await simulator.control.patchSettings(organisation.id, { lineErrorsOnly: true });
    const [alone] = [...((await put(bad)).json.Elements ?? [])];
    expect(alone?.ValidationErrors).toEqual([]);
    expect(alone?.LineItems?.[1]?.ValidationErrors).toEqual([{ Message: said }]);
  });

  it("locked periods: by the connecting user's role, drafts left alone, both sentences together", async () => {
    await simulator.control.patchSettings(organisation.id, { periodLock: "2026-11-02" });
    const period = "The document date cannot be before the period lock date, currently set at 02-Nov-2026";
    expect(messages(await put({}))).toEqual([period]);
    await made({ Status: "DRAFT" }, "D-1");
    await made({ Date: "2026-11-03" }, "S-3");
    const adviser = await simulator.organisation({ role: "adviser" });
    await simulator.control.patchSettings(adviser.id, { periodLock: "2026-11-02" });
    expect((await adviser.call("PUT", "/Invoices", anInvoice(adviser, "S-1"))).status).toBe(200);
    await simulator.control.patchSettings(organisation.id, { yearLock: "2026-11-05" });
    expect(messages(await put({}))).toEqual([
      period,
      "The document date cannot be before the end of year lock date, currently set at 05-Nov-2026",
    ]);
    const [shown] = [...((await organisation.call("GET", "/Organisation")).json.Organisations ?? [])];
    expect(shown?.EndOfYearLockDate).toBe(`/Date(${Date.UTC(2026, 10, 5)}+0000)/`);
  });
});

describe("changing a document", () => {
  it("PUT only creates; POST finds an invoice by its number and edits it", async () => {
    const first = await made();
    const edited = await post({ Type: "ACCREC", InvoiceNumber: "S-1", Reference: "changed" });
    expect(edited.json.Invoices?.[0]).toMatchObject({ InvoiceID: first.InvoiceID, Reference: "changed", Total: 120 });
  });

  it("follows the status machine", async () => {
    const draft = await made({ Status: "DRAFT" });
    const set = (Status: string) => post({ InvoiceID: draft.InvoiceID, Status });
    expect((await set("SUBMITTED")).status).toBe(200);
    expect((await set("DRAFT")).status).toBe(200);
    expect(messages(await set("VOIDED"))).toContain("Invoice not of valid status for modification");
    expect((await set("AUTHORISED")).status).toBe(200);
    expect(messages(await set("DRAFT"))).toContain("Invoice not of valid status for modification");
    expect((await set("VOIDED")).json.Invoices?.[0]).toMatchObject({ Status: "VOIDED", AmountDue: 0 });
    expect(messages(await set("AUTHORISED"))).toContain("Invoice not of valid status for modification");
  });

  it("replaces the lines that are sent and keeps the ids of those that name theirs", async () => {
    const draft = await made({ Status: "DRAFT", LineItems: [...line({}).LineItems, ...line({ UnitAmount: 5 }).LineItems] });
    const keep = draft.LineItems?.[0]?.LineItemID;
    const edited = await post({
      InvoiceID: draft.InvoiceID,
      LineItems: [{ LineItemID: keep, ...line({ UnitAmount: 20 }).LineItems[0] }],
    });
    expect(edited.json.Invoices?.[0]).toMatchObject({ Total: 24, LineItems: [{ LineItemID: keep }] });
  });

  it("keeps a part-paid invoice's amounts and date as they are, and lets reference and due date change", async () => {
    const invoice = await made();
    await pay({ Invoice: { InvoiceID: invoice.InvoiceID }, Amount: 20 });
    const change = (body: Record<string, unknown>) => post({ InvoiceID: invoice.InvoiceID, ...body });
    expect(messages(await change({ Status: "VOIDED" }))).toEqual([
      "Invoice not of valid status for modification",
      "This document cannot be edited as it has a payment or credit note allocated to it.",
    ]);
    expect(messages(await change({ Date: "2026-11-01" }))).toContain(
      "Date cannot be changed on an invoice that has payment or credit notes allocated to it.",
    );
    expect(messages(await change(line({ UnitAmount: 1 })))).toContain(
      "This document cannot be edited as it has a payment or credit note allocated to it.",
    );
    expect((await change({ Reference: "new", DueDate: "2027-01-01" })).status).toBe(200);
  });
});

describe("payments", () => {
  it("M60 pay in part, then in full; the invoice says so and lists them", async () => {
    const invoice = await made();
    const part = await pay({ Invoice: { InvoiceID: invoice.InvoiceID }, Amount: 24.3, Reference: "DD 1" });
    expect(part.json.Payments?.[0]).toMatchObject({
      PaymentType: "ACCRECPAYMENT",
      Amount: 24.3,
      Status: "AUTHORISED",
      Invoice: { InvoiceNumber: "S-1" },
    });
    await pay({ Invoice: { InvoiceNumber: "S-1" }, Amount: 95.7 });
    const [paid] = [...((await organisation.call("GET", "/Invoices/S-1")).json.Invoices ?? [])];
    expect(paid).toMatchObject({ Status: "PAID", AmountDue: 0, AmountPaid: 120 });
    expect(paid?.Payments).toHaveLength(2);
    expect(messages(await pay({ Invoice: { InvoiceNumber: "S-1" }, Amount: 1 }))).toEqual([
      "Payments can only be made against Authorised documents",
    ]);
  });

  it("are refused beyond the amount due, without or with a wrong account, or for what is not there", async () => {
    const invoice = await made();
    const Invoice = { InvoiceID: invoice.InvoiceID };
    expect(messages(await pay({ Invoice, Amount: 120.01 }))).toEqual([
      "Payment amount exceeds the amount outstanding on this document",
    ]);
    expect(messages(await pay({ Invoice, Amount: 1, Account: undefined }))).toEqual([
      "You must specify an Account code or Account ID for the payment",
    ]);
    expect((await pay({ Invoice, Amount: 1, Account: { Code: "200" } })).status).toBe(400);
    expect((await pay({ Invoice, Amount: 1, Account: { Code: "650" } })).status).toBe(200);
    expect(messages(await pay({ Invoice: { InvoiceNumber: "none" }, Amount: 1 }))).toEqual(["Document could not be found"]);
  });

  it("are never edited, only deleted, and then come back in the next read as DELETED", async () => {
    await made();
    const [payment] = [...((await pay({ Invoice: { InvoiceNumber: "S-1" }, Amount: 120 })).json.Payments ?? [])];
    const gone = await organisation.call("POST", `/Payments/${payment?.PaymentID}`, { Status: "DELETED" });
    expect(gone.json.Payments?.[0]).toMatchObject({ Status: "DELETED" });
    expect((await organisation.call("GET", "/Invoices/S-1")).json.Invoices?.[0]).toMatchObject({
      Status: "AUTHORISED",
      AmountDue: 120,
      Payments: [],
    });
    expect((await organisation.call("GET", "/Payments?page=1")).json.Payments).toMatchObject([{ Status: "DELETED" }]);
  });

  it("come in one batch over several invoices, which is deleted whole", async () => {
    const invoices = [await made({}, "S-1"), await made({}, "S-2")];
    const batch = await organisation.call("PUT", "/BatchPayments", {
      BatchPayments: [
        {
          Account: { Code: "090" },
          Date: "2026-11-20",
          Reference: "BACS",
          Payments: invoices.map((one) => ({ Invoice: { InvoiceID: one.InvoiceID }, Amount: 120 })),
        },
      ],
    });
    const [made1] = [...(batch.json.BatchPayments ?? [])];
    expect(made1).toMatchObject({ Type: "RECBATCH", TotalAmount: 240, Status: "AUTHORISED" });
    const payments = [...((await organisation.call("GET", "/Payments?page=1")).json.Payments ?? [])];
    expect(payments.map((one) => one.BatchPaymentID)).toEqual([made1?.BatchPaymentID, made1?.BatchPaymentID]);
    expect(messages(await organisation.call("POST", `/Payments/${payments[0]?.PaymentID}`, { Status: "DELETED" }))).toEqual([
      "Payments within a batch cannot be deleted.",
    ]);
    await organisation.call("POST", "/BatchPayments", { BatchPaymentID: made1?.BatchPaymentID, Status: "DELETED" });
    expect((await simulator.control.ledger(organisation.id)).payments).toEqual([]);
  });

  it("need the currency's own rules: a batch is in the base currency only", async () => {
    await made({ CurrencyCode: "EUR", CurrencyRate: 1.2 });
    await expect(simulator.control.pay(organisation.id, { numbers: [{ number: "S-1", amount: "1.00" }] })).rejects.toThrow(
      "base currency",
    );
    await simulator.control.pay(organisation.id, { number: "S-1", amount: "120.00" });
    const [payment] = [...((await organisation.call("GET", "/Payments?page=1")).json.Payments ?? [])];
    expect(payment).toMatchObject({ Amount: 120, BankAmount: 100 });
  });
});

describe("credit", () => {
  it("is created first, allocated then, and taken back", async () => {
    await made();
    const invoiceId = (await organisation.call("GET", "/Invoices/S-1")).json.Invoices?.[0]?.InvoiceID;
    const note = await organisation.call("PUT", "/CreditNotes", {
      ...anInvoice(organisation, "", line({ UnitAmount: 50 })),
      Type: "ACCRECCREDIT",
      InvoiceNumber: undefined,
      CreditNoteNumber: "C-1",
    });
    expect(note.json.CreditNotes?.[0]).toMatchObject({
      CreditNoteNumber: "C-1",
      Total: 60,
      RemainingCredit: 60,
      Status: "AUTHORISED",
    });
    const allocations = `/CreditNotes/${note.json.CreditNotes?.[0]?.CreditNoteID}/Allocations`;
    const allocate = (Amount: number) =>
      organisation.call("PUT", allocations, { Allocations: [{ Invoice: { InvoiceID: invoiceId }, Amount, Date: "2026-11-02" }] });
    expect((await allocate(61)).status).toBe(400);
    const done = await allocate(60);
    expect(done.json.Allocations?.[0]).toMatchObject({ Amount: 60, IsDeleted: false });
    expect((await organisation.call("GET", "/Invoices/S-1")).json.Invoices?.[0]).toMatchObject({
      AmountDue: 60,
      AmountCredited: 60,
      CreditNotes: [{ AppliedAmount: 60 }],
    });
    expect((await organisation.call("GET", "/CreditNotes/C-1")).json.CreditNotes?.[0]).toMatchObject({
      Status: "PAID",
      RemainingCredit: 0,
    });
    const undone = await organisation.call("DELETE", `${allocations}/${done.json.Allocations?.[0]?.AllocationID}`);
    expect(undone.json).toMatchObject({ IsDeleted: true });
    expect((await organisation.call("GET", "/CreditNotes/C-1")).json.CreditNotes?.[0]).toMatchObject({
      Status: "AUTHORISED",
      RemainingCredit: 60,
    });
  });

  it("may come as an overpayment by a bank transaction", async () => {
    await made();
    const received = await organisation.call("PUT", "/BankTransactions", {
      Type: "RECEIVE-OVERPAYMENT",
      Contact: { ContactID: organisation.contactId },
      BankAccount: { Code: "090" },
      Date: "2026-11-20",
      LineItems: [{ Description: "on account", Quantity: 1, UnitAmount: 150 }],
    });
    const id = received.json.BankTransactions?.[0]?.OverpaymentID;
    expect((await organisation.call("GET", `/Overpayments/${id}`)).json.Overpayments?.[0]).toMatchObject({
      RemainingCredit: 150,
      Status: "AUTHORISED",
    });
    const allocated = await organisation.call("PUT", `/Overpayments/${id}/Allocations`, {
      Allocations: [{ Invoice: { InvoiceNumber: "S-1" }, Amount: 120 }],
    });
    expect(allocated.status).toBe(200);
    expect((await organisation.call("GET", "/Invoices/S-1")).json.Invoices?.[0]).toMatchObject({ Status: "PAID" });
    const spend = { Type: "RECEIVE", Contact: { ContactID: organisation.contactId }, BankAccount: { Code: "090" } };
    expect(messages(await organisation.call("PUT", "/BankTransactions", { ...spend, ...line({ UnitAmount: 0 }) }))[0]).toContain(
      'The UnitAmount value "0.0000" is invalid',
    );
  });
});

describe("contacts and items", () => {
  it("PUT refuses a known name, POST updates and keeps what is left out", async () => {
    await organisation.call("POST", "/Contacts", { Name: "Second", ContactNumber: "C2", EmailAddress: "a@b.test" });
    expect(messages(await organisation.call("PUT", "/Contacts", { Name: "second" }))).toEqual([
      "The contact name second is already assigned to another contact. The contact name must be unique across all active contacts.",
    ]);
    const renamed = await organisation.call("POST", "/Contacts", { ContactNumber: "C2", Name: "Second Renamed" });
    expect(renamed.json.Contacts?.[0]).toMatchObject({ Name: "Second Renamed", EmailAddress: "a@b.test" });
    expect(messages(await organisation.call("PUT", "/Contacts", { Name: "Third", EmailAddress: "nonsense" }))).toEqual([
      "Email address must be valid.",
    ]);
    expect(messages(await organisation.call("PUT", "/Contacts", { EmailAddress: "a@b.test" }))[0]).toContain(
      "must contain at least 1 of the following elements",
    );
  });

  it("a merged contact is archived, names the survivor, and its documents have moved there", async () => {
    const invoice = await made();
    await organisation.call("PUT", "/Contacts", { Name: "Survivor", ContactNumber: "C9" });
    await simulator.control.editContact(organisation.id, "CUST", { mergedInto: "C9" });
    const [merged] = [...((await organisation.call("GET", `/Contacts/${organisation.contactId}`)).json.Contacts ?? [])];
    const [survivor] = [...((await organisation.call("GET", "/Contacts/C9")).json.Contacts ?? [])];
    expect(merged).toMatchObject({ ContactStatus: "ARCHIVED", MergedToContactID: String(survivor?.ContactID) });
    const [moved] = [...((await organisation.call("GET", `/Invoices/${invoice.InvoiceID}`)).json.Invoices ?? [])];
    expect(moved?.Contact?.ContactID).toBe(survivor?.ContactID);
  });

  it("a bare name on an invoice makes a contact, who is then a customer", async () => {
    await made({ Contact: { Name: "Walk-in" } });
    const answer = await organisation.call("GET", `/Contacts?page=1&where=${encodeURIComponent('Name=="Walk-in"')}`);
    expect(answer.json.Contacts?.[0]).toMatchObject({ IsCustomer: true, IsSupplier: false });
  });

  it("PUT refuses a known item code, POST updates by it", async () => {
    await organisation.call("PUT", "/Items", { Code: "W1", Name: "Widget" });
    expect(messages(await organisation.call("PUT", "/Items", { Code: "W1" }))).toEqual([
      "Price List Item with Code 'W1' already exists",
    ]);
    expect(
      (await organisation.call("POST", "/Items", { Items: [{ Code: "W1", Name: "Gadget" }] })).json.Items?.[0],
    ).toMatchObject({ Name: "Gadget" });
  });
});

describe("lists of the organisation", () => {
  it("M14 offer a UK chart with system accounts, a bank account without code and one that takes payments", async () => {
    const accounts = [...((await organisation.call("GET", "/Accounts")).json.Accounts ?? [])];
    expect(accounts.find((one) => String(one.Code) === "200")).toMatchObject({
      Type: "REVENUE",
      Class: "REVENUE",
      TaxType: "OUTPUT2",
    });
    expect(accounts.find((one) => String(one.SystemAccount) === "DEBTORS")).toMatchObject({ Code: "610" });
    expect(accounts.filter((one) => String(one.Type) === "BANK").map((one) => one.Code)).toEqual(["090", "091", undefined]);
    expect(accounts.filter((one) => String(one.EnablePaymentsToAccount) === "true")).toHaveLength(1);
    const rates = [...((await organisation.call("GET", "/TaxRates")).json.TaxRates ?? [])];
    expect(rates.find((one) => String(one.TaxType) === "TAX001")).toMatchObject({
      EffectiveRate: 17.5,
      CanApplyToRevenue: true,
      CanApplyToExpenses: false,
    });
    const actions = [...((await organisation.call("GET", "/Organisation/Actions")).json.Actions ?? [])];
    expect(actions).toContainEqual({ Name: "UseMulticurrency", Status: "ALLOWED" });
    expect((await organisation.call("GET", "/Currencies")).json.Currencies).toHaveLength(3);
  });

  it("balance in the trial balance", async () => {
    await made();
    await made({ CurrencyCode: "EUR", CurrencyRate: 1.17 }, "S-2");
    await simulator.control.pay(organisation.id, { number: "S-1", amount: "50.00", date: "2026-11-20" });
    const [report] = [...((await organisation.call("GET", "/Reports/TrialBalance?date=2026-11-30")).json.Reports ?? [])];
    const cells = [...([...(report?.Rows ?? [])].at(-1)?.Rows?.[0]?.Cells ?? [])].map((cell) => cell.Value);
    expect(cells[3]).toBe(cells[4]);
    expect(cells[3]).not.toBe("0.00");
  });

  it("take a balanced journal and refuse another", async () => {
    const journal = (second: number) => ({
      Narration: "Accrual",
      Date: "2026-11-20",
      Status: "POSTED",
      JournalLines: [
        { LineAmount: 100, AccountCode: "429" },
        { LineAmount: second, AccountCode: "620" },
      ],
    });
    expect((await organisation.call("PUT", "/ManualJournals", journal(-100))).status).toBe(200);
    expect(messages(await organisation.call("PUT", "/ManualJournals", journal(-10)))).toEqual([
      "The total debits (100.00) must equal total credits (-10.00)",
    ]);
  });
});
