import type {
  OutgoingContact,
  OutgoingDocument,
  OutgoingJournal,
  OutgoingLine,
  OutgoingPayment,
  OutgoingProduct,
} from "#lib/common/records.ts";
import type { Connection, PushedRef, RawAnswer } from "../types.ts";

/** Builders for tests: a whole, valid record of which a test names only what it is about. */
export const connection: Connection = {
  id: "5f0c8d1e-0000-4000-8000-000000000001",
  tenantId: "5f0c8d1e-0000-4000-8000-0000000000aa",
  apiUrl: "http://127.0.0.1:1",
  baseCurrency: "GBP",
  options: {},
};

export const ZERO = "00000000-0000-0000-0000-000000000000";
export const CONTACT = "9ce62c4d-1f4a-4b52-8d5c-1d9f9a3c0001";
export const ACCOUNT = "9ce62c4d-1f4a-4b52-8d5c-1d9f9a3c0002";

/** A line; its account and its tax may be named by their ids alone. */
export function aLine({
  accountExternalId = ACCOUNT,
  taxExternalId = "OUTPUT2",
  ...over
}: Partial<OutgoingLine> & { accountExternalId?: string; taxExternalId?: string } = {}): OutgoingLine {
  return {
    description: "Widget",
    quantity: "2",
    unitPrice: "10.125",
    netMinor: 2025n,
    taxMinor: 405n,
    target: { account: { externalId: accountExternalId, code: null } },
    tax: { externalId: taxExternalId, rate: "20" },
    productReference: null,
    ...over,
  };
}

export function anInvoice(over: Partial<OutgoingDocument> = {}): OutgoingDocument {
  const lines = over.lines ?? [aLine()];
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const taxMinor = lines.reduce((sum, line) => sum + line.taxMinor, 0n);
  const number = over.number ?? "S-1001";
  return {
    recordId: `record-${number}`,
    reference: number,
    revision: 1,
    kind: "sales-invoice",
    number,
    contactExternalId: CONTACT,
    issuedOn: "2026-11-02",
    dueOn: "2026-12-02",
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
  return { recordId: "contact-1", reference: "C-1", revision: 1, kind: "customer", name: "Bank West", email: null, ...over };
}

export function aProduct(over: Partial<OutgoingProduct> = {}): OutgoingProduct {
  return {
    recordId: "product-1",
    reference: "85123A",
    revision: 1,
    kind: "product",
    name: "White hanging heart",
    description: null,
    ...over,
  };
}

export function aPayment(over: Partial<OutgoingPayment> = {}): OutgoingPayment {
  const reference = over.reference ?? "PAY-1";
  return {
    recordId: `record-${reference}`,
    reference,
    revision: 1,
    kind: "payment",
    direction: "receipt",
    packageReference: `${reference} Till 3`,
    documentExternalId: CONTACT,
    accountExternalId: ACCOUNT,
    paidOn: "2026-11-05",
    currency: "GBP",
    amountMinor: 500n,
    ...over,
  };
}

export function aJournal(over: Partial<OutgoingJournal> = {}): OutgoingJournal {
  const reference = over.reference ?? "JNL-1";
  return {
    recordId: `record-${reference}`,
    reference,
    revision: 1,
    kind: "journal",
    narration: `${reference} Rent for November`,
    journalOn: "2026-11-30",
    currency: "GBP",
    url: `http://localhost:3000/journals/${reference}`,
    legs: [
      { description: "Rent", accountExternalId: ACCOUNT, amountMinor: 90_000n },
      { description: "", accountExternalId: CONTACT, amountMinor: -90_000n },
    ],
    ...over,
  };
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): RawAnswer {
  return { status, headers, body: typeof body === "string" ? body : JSON.stringify(body) };
}

export function aRef(over: Partial<PushedRef> = {}): PushedRef {
  const reference = over.reference ?? "S-1001";
  return {
    recordId: `record-${reference}`,
    kind: "sales-invoice",
    reference,
    externalId: null,
    contactExternalId: CONTACT,
    ...over,
  };
}
