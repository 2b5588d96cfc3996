import type {
  OutgoingAllocation,
  OutgoingContact,
  OutgoingDocument,
  OutgoingJournal,
  OutgoingLine,
  OutgoingPayment,
} from "#lib/common/records.ts";
import type { Connection, Message, PushedRef, RawAnswer } from "../types.ts";

/** Builders for tests: a whole, valid record of which a test names only what it is about. */
export const API = "https://api.freeagent.com";

export const connection: Connection = {
  id: "5f0c8d1e-0000-4000-8000-000000000001",
  tenantId: "orchard",
  apiUrl: API,
  baseCurrency: "GBP",
  options: { bankLines: "add" },
};

export function aLine(over: Partial<OutgoingLine> = {}): OutgoingLine {
  return {
    description: "Monthly service",
    quantity: "2",
    unitPrice: "10.125",
    netMinor: 2025n,
    taxMinor: 405n,
    target: { account: { externalId: "/v2/categories/001", code: "001" } },
    tax: { externalId: "taxable-20", rate: "20" },
    productReference: null,
    ...over,
  };
}

export function anInvoice(over: Partial<OutgoingDocument> = {}): OutgoingDocument {
  const lines = over.lines ?? [aLine()];
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const taxMinor = lines.reduce((sum, line) => sum + line.taxMinor, 0n);
  const number = over.number ?? "OP-10045";
  return {
    recordId: `record-${number}`,
    reference: number,
    revision: 1,
    kind: "sales-invoice",
    number,
    contactExternalId: "/v2/contacts/70",
    issuedOn: "2026-03-02",
    dueOn: "2026-04-01",
    currency: "GBP",
    netMinor,
    taxMinor,
    grossMinor: netMinor + taxMinor,
    postAs: "authorised",
    url: "http://localhost:3000/documents/1",
    lines,
    ...over,
  };
}

export function aContact(over: Partial<OutgoingContact> = {}): OutgoingContact {
  return { recordId: "contact-1", reference: "C-1", revision: 1, kind: "customer", name: "Orchard Ltd", email: null, ...over };
}

export function aPayment(over: Partial<OutgoingPayment> = {}): OutgoingPayment {
  return {
    recordId: "payment-1",
    reference: "PAY-1",
    revision: 1,
    kind: "payment",
    direction: "receipt",
    packageReference: "PAY-1 Till 3",
    documentExternalId: "/v2/invoices/1",
    accountExternalId: "/v2/bank_accounts/1",
    paidOn: "2026-03-05",
    currency: "GBP",
    amountMinor: 12_000n,
    ...over,
  };
}

export function aJournal(over: Partial<OutgoingJournal> = {}): OutgoingJournal {
  return {
    recordId: "journal-1",
    reference: "JNL-1",
    revision: 1,
    kind: "journal",
    narration: "JNL-1 Rent for March",
    journalOn: "2026-03-31",
    currency: "GBP",
    url: "http://localhost:3000/journals/1",
    legs: [
      { description: "Rent", accountExternalId: "/v2/categories/285", amountMinor: 90_000n },
      { description: "", accountExternalId: "/v2/categories/359", amountMinor: -90_000n },
    ],
    ...over,
  };
}

export function anAllocation(over: Partial<OutgoingAllocation> = {}): OutgoingAllocation {
  return {
    recordId: "allocation-1",
    reference: "CN-1",
    revision: 1,
    kind: "allocation",
    creditNoteKind: "sales-credit-note",
    creditNoteNumber: "CN-1",
    creditNoteExternalId: "/v2/credit_notes/5",
    documentNumber: "OP-10045",
    documentExternalId: "/v2/invoices/1",
    allocatedOn: "2026-03-02",
    currency: "GBP",
    amountMinor: 10_000n,
    ...over,
  };
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): RawAnswer {
  return { status, headers, body: typeof body === "string" ? body : JSON.stringify(body) };
}

export function aRef(over: Partial<PushedRef> = {}): PushedRef {
  const reference = over.reference ?? "OP-10045";
  return {
    recordId: `record-${reference}`,
    kind: "sales-invoice",
    reference,
    externalId: null,
    contactExternalId: "/v2/contacts/70",
    ...over,
  };
}

interface Body {
  readonly [key: string]: unknown;
  readonly invoice_items?: readonly object[];
  readonly credit_note_items?: readonly object[];
  readonly bill_items?: readonly object[];
}

/** A message's body as it would be read there: by its root. */
export const bodyOf = (message: Message): Readonly<Record<string, Body>> => JSON.parse(message.body ?? "{}");

/** An invoice as FreeAgent answers it. */
export function invoiceThere(over: Record<string, unknown> = {}) {
  return {
    url: `${API}/v2/invoices/1`,
    contact: `${API}/v2/contacts/70`,
    dated_on: "2026-03-02",
    due_on: "2026-04-01",
    reference: "OP-10045",
    currency: "GBP",
    exchange_rate: "1.0",
    net_value: "20.25",
    sales_tax_value: "4.05",
    total_value: "24.3",
    paid_value: "0.0",
    due_value: "24.3",
    status: "Open",
    ec_status: "UK/Non-EC",
    payment_terms_in_days: 30,
    created_at: "2026-03-02T10:00:00Z",
    updated_at: "2026-03-02T10:00:00Z",
    invoice_items: [
      {
        url: `${API}/v2/invoice_items/11`,
        position: "1",
        description: "Monthly service",
        quantity: "2.0",
        price: "10.125",
        sales_tax_rate: "20.0",
        sales_tax_status: "TAXABLE",
        category: `${API}/v2/categories/001`,
      },
    ],
    ...over,
  };
}
