import { describe, expect, it } from "vitest";
import type { OutgoingDocument, OutgoingRecord, SeenDocument } from "#lib/common/records.ts";
import type { Connection, Exchanged, PushOutcome, Step } from "../types.ts";
import {
  API,
  aContact,
  aJournal,
  aLine,
  anAllocation,
  anInvoice,
  answer,
  aPayment,
  bodyOf,
  connection,
  invoiceThere,
} from "./fixtures.ts";
import { freeagent } from "./index.ts";

const next = (record: OutgoingRecord, past: readonly Exchanged[] = [], over: Partial<Connection> = {}) =>
  freeagent.push.next({ connection: { ...connection, ...over }, records: [record] }, { connection, key: "k" }, past);

function sends(step: Step<ReadonlyMap<string, PushOutcome>>) {
  if (step.do !== "send") throw new Error(`it is done: ${JSON.stringify([...step.answer])}`);
  return step;
}
function outcome(step: Step<ReadonlyMap<string, PushOutcome>>): PushOutcome | undefined {
  if (step.do !== "done") throw new Error(`it sends ${step.message.operation}`);
  return [...step.answer.values()][0];
}
/** The next step after these answers, in order. */
function answered(record: OutgoingRecord, answers: readonly ReturnType<typeof answer>[], over: Partial<Connection> = {}) {
  const past: Exchanged[] = [];
  for (const one of answers) past.push({ message: sends(next(record, past, over)).message, answer: one });
  return next(record, past, over);
}
const seen = (over: Partial<SeenDocument> = {}): SeenDocument => ({
  family: "document",
  kind: "sales-invoice",
  number: "OP-10045",
  contactExternalId: "/v2/contacts/70",
  issuedOn: "2026-03-02",
  dueOn: "2026-04-01",
  currency: "GBP",
  status: "authorised",
  netMinor: 2025n,
  taxMinor: 405n,
  grossMinor: 2430n,
  split: [],
  url: null,
  lines: [
    {
      externalId: "/v2/invoice_items/11",
      description: "Monthly service",
      accountExternalId: null,
      taxExternalId: null,
      netMinor: 2025n,
    },
    { externalId: "/v2/invoice_items/12", description: "Gone", accountExternalId: null, taxExternalId: null, netMinor: 1n },
  ],
  ...over,
});
const held = (before: SeenDocument | null = seen()) => ({ externalId: "/v2/invoices/1", version: null, before });

describe("an invoice on its way to FreeAgent", () => {
  it("is created as the documentation shows, with our own number and every rate said", () => {
    const { message, writes } = sends(next(anInvoice()));
    expect(writes).toBe(true);
    expect(message).toMatchObject({ operation: "createInvoice", method: "POST", path: "/v2/invoices" });
    expect(bodyOf(message)).toEqual({
      invoice: {
        contact: `${API}/v2/contacts/70`,
        reference: "OP-10045",
        dated_on: "2026-03-02",
        due_on: "2026-04-01",
        payment_terms_in_days: 30,
        currency: "GBP",
        invoice_items: [
          {
            position: 1,
            description: "Monthly service",
            quantity: "2",
            price: "10.125",
            sales_tax_rate: "20.0",
            sales_tax_status: "TAXABLE",
            category: `${API}/v2/categories/001`,
          },
        ],
      },
    });
  });

  it("is marked as sent by a second call, and done after that alone", () => {
    const created = answer(201, { invoice: invoiceThere({ status: "Draft" }) });
    const step = sends(answered(anInvoice(), [created]));
    expect(step.message).toMatchObject({ method: "PUT", path: "/v2/invoices/1/transitions/mark_as_sent", body: null });
    expect(step.held).toEqual({ externalId: "/v2/invoices/1", version: "2026-03-02T10:00:00Z" });
    expect([step.proof?.(seen()), step.proof?.(seen({ status: "draft" }))]).toEqual([true, false]);
    for (const body of ["", { invoice: invoiceThere() }])
      expect(outcome(answered(anInvoice(), [created, answer(200, body)]))).toMatchObject({
        status: "accepted",
        externalId: "/v2/invoices/1",
        warnings: [],
      });
  });

  it("found as a draft after an answer was lost, goes on with the second call and is never made twice", () => {
    const create = sends(next(anInvoice())).message;
    const sighting = { recordId: "r", externalId: "/v2/invoices/9", version: null, seen: seen({ status: "draft" }) };
    expect(sends(next(anInvoice(), [{ message: create, found: sighting }])).message.path).toBe(
      "/v2/invoices/9/transitions/mark_as_sent",
    );
  });

  it("N43 lists the pennies by which FreeAgent's VAT differs from ours", () => {
    const created = answer(201, { invoice: invoiceThere({ status: "Draft", sales_tax_value: "4.06", total_value: "24.31" }) });
    const done = outcome(answered(anInvoice(), [created, answer(200, "")]));
    expect(done).toMatchObject({ status: "accepted" });
    expect(done?.status === "accepted" && done.warnings[0]?.detail.said?.[0]).toMatch(/£4\.06.*£4\.05/);
  });

  it("refused when it is marked as sent, is refused with its cause", () => {
    const created = answer(201, { invoice: invoiceThere({ status: "Draft" }) });
    const refused = answer(422, { errors: [{ message: "Reference has already been taken" }] });
    expect(outcome(answered(anInvoice(), [created, refused]))).toMatchObject({
      status: "refused",
      error: { code: "source.duplicate-number" },
    });
  });

  it.each([
    [answer(201, "<html>Sign in</html>"), { status: "unknown" }],
    [answer(201, { invoice: {} }), { status: "unknown", why: "not-definite" }],
    [answer(500, ""), { status: "unknown", why: "server-error" }],
    [answer(429, "You must not exceed 120 requests per 60 seconds", { "retry-after": "20" }), { status: "not-sent" }],
    [answer(401, ""), { status: "not-sent" }],
  ])("takes %o for what it says", (raw, expected) => {
    expect(outcome(answered(anInvoice(), [raw]))).toMatchObject(expected);
  });

  it("takes the id from the header where the body has none", () => {
    const raw = answer(201, { bank_transaction_explanation: {} }, { location: "/v2/bank_transaction_explanations/12" });
    expect(outcome(answered(aPayment(), [raw]))).toMatchObject({ externalId: "/v2/bank_transaction_explanations/12" });
  });
});

describe("N41 what FreeAgent holds already", () => {
  it("goes back to a draft, is changed by its lines' ids, and is marked as sent again", () => {
    const record = anInvoice({ held: held(), lines: [aLine({ quantity: "4", netMinor: 4050n, taxMinor: 810n })] });
    const ok = answer(200, "");
    const steps = [
      answered(record, []),
      answered(record, [ok]),
      answered(record, [ok, answer(200, { invoice: invoiceThere() })]),
    ].map(sends);
    expect(steps.map(({ message }) => `${message.method} ${message.path}`)).toEqual([
      "PUT /v2/invoices/1/transitions/mark_as_draft",
      "PUT /v2/invoices/1",
      "PUT /v2/invoices/1/transitions/mark_as_sent",
    ]);
    expect(steps.every(({ proof }) => proof !== undefined)).toBe(true);
    expect(steps[1]?.proof?.(seen({ status: "draft", netMinor: 4050n }))).toBe(true);
    expect(steps[1]?.proof?.(seen({ status: "draft" }))).toBe(false);
    const body = bodyOf(steps[1]?.message ?? sends(next(record)).message);
    expect(body.invoice?.invoice_items).toMatchObject([
      { id: 11, quantity: "4" },
      { id: 12, _destroy: 1 },
    ]);
    expect(outcome(answered(record, [ok, ok, ok]))).toMatchObject({ status: "accepted", externalId: "/v2/invoices/1" });
  });

  it("that is a draft there stays one", () => {
    const record = anInvoice({ postAs: "draft", held: held(seen({ status: "draft" })) });
    expect(sends(next(record)).message).toMatchObject({ method: "PUT", path: "/v2/invoices/1" });
    expect(outcome(answered(record, [answer(200, "{}")]))).toMatchObject({ status: "accepted" });
  });

  it("is taken away where it is void here: a bill at once, what was sent as a draft first", () => {
    const gone = anInvoice({ voided: true, lines: [], held: held() });
    expect(answered(gone, [answer(200, "")])).toMatchObject({
      message: { method: "DELETE", path: "/v2/invoices/1", body: null },
    });
    const bill = anInvoice({ kind: "bill", voided: true, lines: [], held: { ...held(null), externalId: "/v2/bills/3" } });
    expect(sends(next(bill)).message).toMatchObject({ method: "DELETE", path: "/v2/bills/3" });
    expect(outcome(answered(bill, [answer(200, "")]))).toMatchObject({ status: "accepted", externalId: "/v2/bills/3" });
  });

  it("and is gone there, is refused as what cannot be changed", () => {
    const missing = answer(404, { errors: { error: { message: "Resource not found" } } });
    expect(outcome(answered(anInvoice({ held: held() }), [missing]))).toMatchObject({
      error: { code: "package.document-state" },
    });
  });

  it("a contact is changed by its id", () => {
    const record = aContact({ held: { externalId: "/v2/contacts/70", version: null, before: null } });
    expect(sends(next(record)).message).toMatchObject({ method: "PUT", path: "/v2/contacts/70" });
  });
});

describe("what is sent of other documents", () => {
  const sent = (record: OutgoingDocument) => {
    const { message } = sends(next(record));
    const [body = {}] = Object.values(bodyOf(message));
    return { message, body };
  };

  it("a credit note has negative prices", () => {
    const { message, body } = sent(anInvoice({ kind: "sales-credit-note" }));
    expect(message.path).toBe("/v2/credit_notes");
    expect(body.credit_note_items).toMatchObject([{ quantity: "2", price: "-10.125" }]);
  });

  it("a bill says each line's gross, and a supplier's credit note is a bill with a negative one", () => {
    const bill = sent(anInvoice({ kind: "bill" }));
    expect(bill.message.path).toBe("/v2/bills");
    expect(bill.body).not.toHaveProperty("payment_terms_in_days");
    expect(bill.body.bill_items).toEqual([
      {
        description: "Monthly service",
        total_value: "24.3",
        sales_tax_rate: "20.0",
        sales_tax_status: "TAXABLE",
        category: `${API}/v2/categories/001`,
      },
    ]);
    const note = sent(anInvoice({ kind: "supplier-credit-note" }));
    expect(note.body.bill_items).toMatchObject([{ total_value: "-24.3" }]);
  });

  it("a bill's VAT is set where FreeAgent would reckon another, in the company's own currency", () => {
    const odd = { kind: "bill", lines: [aLine({ taxMinor: 406n })] } as const;
    expect(sent(anInvoice(odd)).body.bill_items).toMatchObject([{ total_value: "24.31", manual_sales_tax_amount: "4.06" }]);
    const foreign = sent(anInvoice({ ...odd, currency: "EUR" })).body.bill_items;
    expect(foreign?.[0]).not.toHaveProperty("manual_sales_tax_amount");
  });

  it("the reverse charge stands on the document, with its lines at nil", () => {
    const tax = { externalId: "reverse-charge-sales", rate: "0" };
    const reversed = anInvoice({ lines: [aLine({ tax, taxMinor: 0n })] });
    expect(sent(reversed).body).toMatchObject({
      ec_status: "Reverse Charge",
      invoice_items: [{ sales_tax_rate: "0.0", sales_tax_status: "TAXABLE" }],
    });
    const mixed = anInvoice({ lines: [aLine(), aLine({ tax, taxMinor: 0n })] });
    expect(freeagent.faultIn(mixed)).toMatchObject({ code: "mapping.tax-not-allowed-on-account" });
    expect(freeagent.faultIn(mixed)?.detail.subject).toBe("line 2");
  });

  it("what was stored of a rate, its status and place, goes as it was", () => {
    const attributes = {
      sales_tax_rate: "19.0",
      sales_tax_status: "TAXABLE",
      ec_status: "EC VAT MOSS",
      place_of_supply: "Germany",
    };
    const tax = { externalId: "moss-de", rate: "19", attributes };
    expect(sent(anInvoice({ lines: [aLine({ tax })] })).body).toMatchObject({
      ec_status: "EC VAT MOSS",
      place_of_supply: "Germany",
      invoice_items: [{ sales_tax_rate: "19.0" }],
    });
  });
});

describe("payments", () => {
  const sent = (record: OutgoingRecord) => Object.values(bodyOf(sends(next(record)).message))[0];

  it.each([
    ["receipt", "/v2/invoices/1", { gross_value: "120.00", paid_invoice: `${API}/v2/invoices/1` }],
    ["payment-out", "/v2/bills/4", { gross_value: "-120.00", paid_bill: `${API}/v2/bills/4` }],
    ["sales-refund", "/v2/credit_notes/5", { gross_value: "-120.00", paid_invoice: `${API}/v2/credit_notes/5` }],
    ["purchase-refund", "/v2/bills/6", { gross_value: "120.00", paid_bill: `${API}/v2/bills/6` }],
  ] as const)("%s is an explanation with the sign of the bank account", (direction, documentExternalId, expected) => {
    expect(sent(aPayment({ direction, documentExternalId }))).toEqual({
      bank_account: `${API}/v2/bank_accounts/1`,
      dated_on: "2026-03-05",
      description: "PAY-1 Till 3",
      ...expected,
    });
  });

  describe("where bank lines are looked for", () => {
    const lines = (...on: readonly [id: number, date: string, amount: string][]) =>
      answer(200, {
        bank_transactions: on.map(([id, dated_on, unexplained_amount]) => ({
          url: `${API}/v2/bank_transactions/${id}`,
          dated_on,
          unexplained_amount,
        })),
      });
    const look = (rows: ReturnType<typeof answer>, bankLines = "match") =>
      answered(aPayment(), [rows], { options: { bankLines } });

    it("reads what nothing explains three days about the date", () => {
      const { message, writes } = sends(next(aPayment(), [], { options: { bankLines: "match" } }));
      expect(writes).toBe(false);
      expect(message.query).toMatchObject({
        bank_account: `${API}/v2/bank_accounts/1`,
        view: "unexplained",
        from_date: "2026-03-02",
        to_date: "2026-03-08",
      });
    });

    it("explains the one of its amount, that of its own day first, and adds one where there is none", () => {
      const line = (step: ReturnType<typeof next>) => Object.values(bodyOf(sends(step).message))[0];
      expect(line(look(lines([7, "2026-03-06", "120.0"], [8, "2026-03-05", "-120.0"])))).toMatchObject({
        bank_transaction: `${API}/v2/bank_transactions/7`,
      });
      expect(line(look(lines([7, "2026-03-06", "120.0"], [8, "2026-03-05", "120.0"])))).toMatchObject({
        bank_transaction: `${API}/v2/bank_transactions/8`,
      });
      expect(line(look(lines()))).toMatchObject({ bank_account: `${API}/v2/bank_accounts/1` });
    });

    it("guesses between none, and waits for the bank's line where it is told to", () => {
      const several = outcome(look(lines([7, "2026-03-05", "120.0"], [8, "2026-03-05", "120.0"])));
      expect(several?.status === "refused" && several.error.detail.said?.[0]).toContain("2 bank lines");
      expect(outcome(look(lines(), "wait"))).toMatchObject({ status: "refused" });
    });
  });

  it("in another currency than the company's are refused before anything is sent", () => {
    expect(outcome(next(aPayment({ currency: "EUR" })))).toMatchObject({ error: { code: "package.payment-currency" } });
  });
});

describe("journals and allocations", () => {
  it("a journal carries our tag, and balances", () => {
    const { message } = sends(next(aJournal()));
    expect(message.path).toBe("/v2/journal_sets");
    expect(bodyOf(message)).toEqual({
      journal_set: {
        dated_on: "2026-03-31",
        description: "JNL-1 Rent for March",
        tag: "greentick-journal-1",
        journal_entries: [
          { category: `${API}/v2/categories/285`, debit_value: "900.00", description: "Rent" },
          { category: `${API}/v2/categories/359`, debit_value: "-900.00" },
        ],
      },
    });
    const bank = { description: "", accountExternalId: "/v2/bank_accounts/1", amountMinor: 1n };
    const legs = [bank, { ...bank, accountExternalId: "/v2/categories/285", amountMinor: -1n }];
    expect(freeagent.faultIn(aJournal({ legs }))).toMatchObject({ code: "mapping.account-wrong-type" });
  });

  it("a credit note is set against an invoice, and a supplier's against none", () => {
    expect(bodyOf(sends(next(anAllocation())).message)).toEqual({
      credit_note_reconciliation: {
        gross_value: "100.00",
        dated_on: "2026-03-02",
        invoice: `${API}/v2/invoices/1`,
        credit_note: `${API}/v2/credit_notes/5`,
      },
    });
    expect(freeagent.faultIn(anAllocation({ creditNoteKind: "supplier-credit-note" }))).toMatchObject({
      code: "package.refused",
    });
  });
});

describe("what FreeAgent would refuse", () => {
  const lines = (count: number) => Array.from({ length: count }, () => aLine());
  it.each([
    ["a bill of more than 40 lines", anInvoice({ kind: "bill", lines: lines(41) }), "source.bad-format"],
    ["a draft of a bill", anInvoice({ kind: "bill", postAs: "draft" }), "source.bad-format"],
    ["a due date before its own", anInvoice({ dueOn: "2026-03-01" }), "source.bad-format"],
    ["a document without a number", anInvoice({ number: "" }), "source.required-field"],
    ["totals that do not add up", anInvoice({ grossMinor: 1n }), "source.totals-do-not-add"],
    ["a contact without a name", aContact({ name: "  " }), "source.required-field"],
    [
      "an invoice's line outside the scope of VAT",
      anInvoice({ lines: [aLine({ tax: { externalId: "out-of-scope", rate: "0" }, taxMinor: 0n })] }),
      "mapping.tax-not-allowed-on-account",
    ],
    ["a rate that is none", anInvoice({ lines: [aLine({ tax: { externalId: "?", rate: null } })] }), "mapping.tax-missing"],
  ] as const)("%s", (_what, record, code) => {
    expect(freeagent.faultIn(record)?.code).toBe(code);
    expect(outcome(next(record))).toMatchObject({ status: "refused", error: { code } });
  });

  it("a line whose amount no price makes goes as one of its net", () => {
    const line = aLine({ quantity: "3", unitPrice: "9.99999", netMinor: 2999n, taxMinor: 600n });
    const body = bodyOf(sends(next(anInvoice({ lines: [line] }))).message);
    expect(body.invoice?.invoice_items).toMatchObject([{ quantity: "3", price: "9.9967" }]);
  });
});
