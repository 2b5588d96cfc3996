import { describe, expect, it } from "vitest";
import type { SeenDocument } from "#lib/common/records.ts";
import {
  aContact,
  aDocument,
  aJournal,
  aLine,
  answer,
  aPayment,
  bodyOf,
  fault,
  messageOf,
  nextOf,
  outcomeOf,
} from "./fixtures.ts";
import { faultIn } from "./map.ts";

const US = { externalId: "TAX", rate: null, attributes: { model: "us" } };

describe("what a record is there", () => {
  it("an invoice names items, and its tax to the penny by rate", () => {
    const lines = [
      aLine({ quantity: "3", unitPrice: "33.335", netMinor: 10_001n, taxMinor: 2_000n }),
      aLine({ quantity: "1", unitPrice: "0.04", netMinor: 4n, taxMinor: 1n }),
    ];
    const message = messageOf([aDocument({ lines })]);
    expect(message).toMatchObject({ method: "POST", path: "/v3/company/9130347/batch" });
    expect(message.query).toEqual({ minorversion: "75", requestid: "k".repeat(32) });
    const [item] = bodyOf(message).BatchItemRequest;
    expect(item).toMatchObject({
      bId: "1",
      operation: "create",
      Invoice: {
        CustomerRef: { value: "58" },
        DocNumber: "INV-10023",
        GlobalTaxCalculation: "TaxExcluded",
        EmailStatus: "NotSet",
        TxnTaxDetail: {
          TotalTax: 20.01,
          TaxLine: [{ Amount: 20.01, TaxLineDetail: { TaxRateRef: { value: "4" }, TaxPercent: 20, NetAmountTaxable: 100.05 } }],
        },
      },
    });
    // Three times 33.335 is half a penny short of the amount, and they refuse that.
    expect(item.Invoice.Line.map((line: { SalesItemLineDetail: object }) => line.SalesItemLineDetail)).toMatchObject([
      { ItemRef: { value: "12" }, Qty: 1, UnitPrice: 100.01, TaxCodeRef: { value: "6" } },
      { Qty: 1, UnitPrice: 0.04 },
    ]);
    expect(message.body).toContain('"Amount":100.01');
  });

  it("a code of two rates has its tax parted over them, to the last penny", () => {
    const tax = { externalId: "9", rate: "14.975", attributes: { model: "global", sales: "1=5,2=9.975" } };
    const [item] = bodyOf(
      messageOf([aDocument({ lines: [aLine({ netMinor: 10_000n, taxMinor: 1_498n, tax })] })]),
    ).BatchItemRequest;
    const parts = item.Invoice.TxnTaxDetail.TaxLine.map((one: { Amount: number }) => one.Amount);
    expect(parts).toEqual([5, 9.98]);
  });

  it("a bill names accounts, and a reverse charge is left to them", () => {
    const tax = { externalId: "7", rate: "0", attributes: { model: "global", purchase: "8=20,9=-20" } };
    const bill = aDocument({ kind: "bill", lines: [aLine({ taxMinor: 0n, tax })] });
    const [{ Bill }] = bodyOf(messageOf([bill])).BatchItemRequest;
    expect(Bill).toMatchObject({
      VendorRef: { value: "58" },
      TxnTaxDetail: { TotalTax: 0 },
      Line: [{ AccountBasedExpenseLineDetail: { AccountRef: { value: "79" }, TaxCodeRef: { value: "7" } } }],
    });
    expect(Bill.TxnTaxDetail).not.toHaveProperty("TaxLine");
  });

  it("in the United States a tax that the source gave is sent, one that it did not is the company's to reckon", () => {
    const given = aDocument({ currency: "USD", lines: [aLine({ tax: US, taxMinor: 825n })] });
    const [{ Invoice }] = bodyOf(messageOf([given])).BatchItemRequest;
    expect(Invoice.TxnTaxDetail).toEqual({ TotalTax: 8.25 });
    expect(Invoice).not.toHaveProperty("GlobalTaxCalculation");
    const none = aDocument({ currency: "USD", taxBy: "package", lines: [aLine({ tax: US, taxMinor: 0n })] });
    const [{ Invoice: reckoned }] = bodyOf(messageOf([none])).BatchItemRequest;
    expect(reckoned).not.toHaveProperty("TxnTaxDetail");
    expect(reckoned.Line[0].SalesItemLineDetail.TaxCodeRef).toEqual({ value: "TAX" });
    expect(faultIn(aDocument({ kind: "bill", lines: [aLine({ tax: US, taxMinor: 825n })] }))?.code).toBe("source.bad-format");
  });

  it("where tax is not set up no line has a code, and tax is refused before it is sent", () => {
    const tax = { externalId: "NotApplicable", rate: "0", attributes: { model: "none" } };
    const [{ Invoice }] = bodyOf(messageOf([aDocument({ lines: [aLine({ tax, taxMinor: 0n })] })])).BatchItemRequest;
    expect(Invoice.GlobalTaxCalculation).toBe("NotApplicable");
    expect(Invoice).not.toHaveProperty("TxnTaxDetail");
    expect(Invoice.Line[0].SalesItemLineDetail).not.toHaveProperty("TaxCodeRef");
    expect(faultIn(aDocument({ lines: [aLine({ tax })] }))?.code).toBe("source.bad-format");
  });

  it("a contact carries our reference in its note when it is made, and a change leaves the note alone", () => {
    const [{ Customer }] = bodyOf(messageOf([aContact({ email: "a@b.example" })])).BatchItemRequest;
    expect(Customer).toEqual({ DisplayName: "Bank West", Notes: "[ref C-1]", PrimaryEmailAddr: { Address: "a@b.example" } });
    const held = { externalId: "58", version: "3", before: null };
    const [{ operation, Customer: changed }] = bodyOf(messageOf([aContact({ held })])).BatchItemRequest;
    expect(operation).toBe("update");
    expect(changed).toEqual({ Id: "58", SyncToken: "3", sparse: true, DisplayName: "Bank West" });
    expect(faultIn(aContact({ name: "A: B" }))?.code).toBe("source.bad-format");
  });

  it("an item made for an account has a name without a colon", () => {
    const helper = {
      kind: "helper",
      helper: "item",
      recordId: "h",
      revision: 1,
      reference: "GT-Sales:Repairs",
      accountExternalId: "79",
    } as const;
    const [{ Item }] = bodyOf(messageOf([helper])).BatchItemRequest;
    expect(Item).toEqual({ Name: "GT-Sales - Repairs", Type: "Service", IncomeAccountRef: { value: "79" } });
  });

  it("a journal has its debits and credits, our mark and its number", () => {
    const [{ JournalEntry }] = bodyOf(messageOf([aJournal()])).BatchItemRequest;
    expect(JournalEntry).toMatchObject({
      DocNumber: "JNL-1",
      PrivateNote: "JNL-1 Rent for November\nhttp://localhost:3000/journals/journal-1",
      Line: [
        { Amount: 900, JournalEntryLineDetail: { PostingType: "Debit", AccountRef: { value: "7" } } },
        { Amount: 900, JournalEntryLineDetail: { PostingType: "Credit", AccountRef: { value: "33" } } },
      ],
    });
  });

  it("a number, a line or a total that they would refuse is never sent", () => {
    expect(faultIn(aDocument({ number: "N".repeat(22) }))?.code).toBe("source.too-long");
    expect(faultIn(aDocument({ taxMinor: 1n }))?.code).toBe("source.totals-do-not-add");
    expect(faultIn(aDocument({ lines: [aLine({ target: { account: { externalId: "79", code: null } } })] }))?.code).toBe(
      "source.dependency-missing",
    );
    expect(faultIn(aPayment({ direction: "sales-refund" }))?.code).toBe("rule.payment-kind");
  });
});

describe("a change of what is held", () => {
  const before = {
    family: "document",
    lines: [
      { externalId: "1", description: "Repairs", accountExternalId: "79", taxExternalId: "6", netMinor: 10_000n },
      { externalId: "2", description: "Parts", accountExternalId: "79", taxExternalId: "6", netMinor: 500n },
    ],
  } as unknown as SeenDocument;

  it("names each line by its id, and what it says of nothing else stays", () => {
    const held = { externalId: "1109", version: "4", before };
    const lines = [aLine({ description: "Parts", quantity: "1", unitPrice: "5", netMinor: 500n, taxMinor: 100n }), aLine()];
    const [{ operation, Invoice }] = bodyOf(messageOf([aDocument({ lines, held })])).BatchItemRequest;
    expect(operation).toBe("update");
    expect(Invoice).toMatchObject({ Id: "1109", SyncToken: "4", sparse: true });
    for (const name of ["PrivateNote", "EmailStatus", "AllowOnlineACHPayment"]) expect(Invoice).not.toHaveProperty(name);
    expect(Invoice.Line.map((line: { Id: string }) => line.Id)).toEqual(["2", "1"]);
  });

  it("voids an invoice, and deletes what has no such state", () => {
    const held = { externalId: "1109", version: "4", before: null };
    const end = (kind: "sales-invoice" | "bill") =>
      bodyOf(messageOf([aDocument({ kind, voided: true, lines: [], held })])).BatchItemRequest[0];
    expect(end("sales-invoice")).toEqual({ bId: "1", operation: "void", Invoice: { Id: "1109", SyncToken: "4" } });
    expect(end("bill")).toEqual({ bId: "1", operation: "delete", Bill: { Id: "1109", SyncToken: "4" } });
  });

  it("without a version reads it first, and one that is stale goes once more after the next read", () => {
    const held = { externalId: "1109", version: null, before: null };
    const record = aDocument({ held });
    const read = nextOf([record]);
    if (read.do === "done") throw new Error("It reads");
    expect(read).toMatchObject({ writes: false, message: { method: "GET" } });
    const there = answer(200, { QueryResponse: { Invoice: [{ Id: "1109", SyncToken: "7" }] } });
    const write = messageOf([record], [{ message: read.message, answer: there }]);
    expect(bodyOf(write).BatchItemRequest[0].Invoice.SyncToken).toBe("7");
    const known = aDocument({ held: { ...held, version: "6" } });
    const stale = answer(200, { BatchItemResponse: [{ bId: "1", ...fault("5010", "Stale Object Error") }] });
    expect(outcomeOf([known], stale)).toMatchObject({ status: "not-sent", error: { code: "transient.not-sent" } });
  });
});

describe("what an answer to a batch says", () => {
  const two = [aDocument({ number: "A" }), aDocument({ number: "B" })];
  const read = (body: unknown, status = 200) => {
    const step = nextOf(two, [{ message: messageOf(two), answer: answer(status, body) }]);
    return step.do === "done" ? step.answer : new Map();
  };

  it("is matched by its number in the batch, whatever the order", () => {
    const outcomes = read({
      BatchItemResponse: [
        { Fault: fault("6140", "Duplicate Document Number Error").Fault, bId: "2" },
        { Invoice: { Id: "1109", SyncToken: "0", DocNumber: "A" }, bId: "1" },
      ],
    });
    expect(outcomes.get("record-A")).toMatchObject({ status: "accepted", externalId: "1109", version: "0", warnings: [] });
    expect(outcomes.get("record-B")).toMatchObject({ status: "refused", error: { code: "source.duplicate-number" } });
  });

  it("leaves open what it does not speak of, and what failed on their side", () => {
    const outcomes = read({ BatchItemResponse: [{ bId: "1", ...fault("10000", "An application error has occurred") }] });
    expect(outcomes.get("record-A")).toMatchObject({ status: "unknown" });
    expect(outcomes.get("record-B")).toEqual({ status: "unknown", why: "missing-in-answer" });
  });

  it("a number that the company gave itself is said", () => {
    const outcomes = read({
      BatchItemResponse: [
        { bId: "1", Invoice: { Id: "1", DocNumber: "1001" } },
        { bId: "2", Invoice: { Id: "2", DocNumber: "B" } },
      ],
    });
    expect(outcomes.get("record-A")).toMatchObject({ warnings: [{ code: "package.warning" }] });
    expect(outcomes.get("record-B")).toMatchObject({ warnings: [] });
  });

  it("an OK that holds a fault is no yes", () => {
    expect(read(fault("6190", "Invalid Company Status")).get("record-A")).toMatchObject({
      status: "refused",
      error: { code: "package.subscription-lapsed" },
    });
  });
});

describe("a payment", () => {
  const payment = aPayment();
  const made = { message: messageOf([payment]), answer: answer(200, { Payment: { Id: "77", SyncToken: "0", Line: [] } }) };
  const line = { Amount: 100.0, LinkedTxn: [{ TxnId: "1109", TxnType: "Invoice" }] };

  it("goes alone, to its customer, its bank account and its invoice", () => {
    expect(made.message).toMatchObject({ path: "/v3/company/9130347/payment", query: { requestid: "k".repeat(32) } });
    expect(bodyOf(made.message)).toMatchObject({
      CustomerRef: { value: "58" },
      DepositToAccountRef: { value: "35" },
      TotalAmt: 100,
      PaymentRefNum: "PAY-1",
      PrivateNote: "PAY-1 Till 3",
      Line: [{ Amount: 100, LinkedTxn: [{ TxnId: "1109", TxnType: "Invoice" }] }],
    });
    const out = messageOf([aPayment({ direction: "payment-out" })]);
    expect(out.path).toBe("/v3/company/9130347/billpayment");
    expect(bodyOf(out)).toMatchObject({
      VendorRef: { value: "58" },
      PayType: "Check",
      Line: [{ LinkedTxn: [{ TxnType: "Bill" }] }],
    });
  });

  it("is done when the answer has its link", () => {
    const linked = answer(200, { Payment: { Id: "77", SyncToken: "0", Line: [line] } });
    expect(outcomeOf([payment], linked)).toMatchObject({ status: "accepted", externalId: "77" });
  });

  it("whose link was dropped with a yes is linked by its id and never made again; dropped once more, it is refused and says so", () => {
    const read = nextOf([payment], [made]);
    if (read.do === "done") throw new Error("It goes on");
    expect(read).toMatchObject({
      writes: false,
      held: { externalId: "77" },
      message: { path: "/v3/company/9130347/payment/77" },
    });
    const there = { message: read.message, answer: answer(200, { Payment: { Id: "77", SyncToken: "3" } }) };
    const step = nextOf([payment], [made, there]);
    if (step.do === "done") throw new Error("It goes on");
    expect(step).toMatchObject({ writes: true, held: { externalId: "77", version: "0" } });
    expect(bodyOf(step.message)).toMatchObject({ Id: "77", SyncToken: "3", sparse: true, Line: [{ Amount: 100 }] });
    const seen = { family: "payment", documentExternalId: "1109", amountMinor: 10_000n };
    expect(step.proof?.(seen as never)).toBe(true);
    expect(step.proof?.({ ...seen, amountMinor: 4_000n } as never)).toBe(false);
    expect(step.proof?.({ ...seen, documentExternalId: null } as never)).toBe(false);
    const ended = (given: ReturnType<typeof answer>) => {
      const last = nextOf([payment], [made, there, { message: step.message, answer: given }]);
      if (last.do !== "done") throw new Error("It ends");
      return last.answer.get(payment.recordId);
    };
    const linked = (Line: unknown[]) => ended(answer(200, { Payment: { Id: "77", SyncToken: "4", Line } }));
    expect(linked([])).toMatchObject({ status: "refused", error: { code: "package.document-state" } });
    expect(linked([line])).toMatchObject({ status: "accepted", externalId: "77", version: "4" });
    expect(ended(answer(400, fault("5010", "Stale Object Error")))).toMatchObject({ status: "not-sent" });
    expect(ended(answer(400, fault("610", "Object Not Found")))).toMatchObject({ error: { code: "package.document-state" } });
  });
});

describe("one record of a batch that was not worked on", () => {
  it.each([
    ["3001", "message=ThrottleExceeded; errorCode=003001; statusCode=429", "transient.rate-limited"],
    ["3200", "message=AuthenticationFailed; errorCode=003200; statusCode=401", "connection.token-expired"],
  ])("%s goes again by itself, and is nobody's to mend", (code, message, says) => {
    const said = answer(200, { BatchItemResponse: [{ ...fault(code, message), bId: "1" }] });
    expect(outcomeOf([aDocument()], said)).toMatchObject({ status: "not-sent", error: { code: says } });
  });
});
