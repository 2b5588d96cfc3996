import type { OutgoingContact, OutgoingDocument, OutgoingJournal, OutgoingLine, OutgoingPayment } from "#lib/common/records.ts";
import type { Connection, Exchanged, Message, PushOutcome, RawAnswer } from "../types.ts";
import { push } from "./push.ts";

/** Builders for tests: a whole, valid record of which a test names only what it is about. */
export const connection: Connection = {
  id: "5f0c8d1e-0000-4000-8000-000000000001",
  tenantId: "9130347",
  apiUrl: "http://127.0.0.1:1",
  baseCurrency: "GBP",
  options: {},
};

/** A code of one rate, as the list of codes says it. */
const GLOBAL = { model: "global", sales: "4=20", purchase: "5=20" };

export function aLine(over: Partial<OutgoingLine> = {}): OutgoingLine {
  return {
    description: "Repairs",
    quantity: "2",
    unitPrice: "50",
    netMinor: 10_000n,
    taxMinor: 2_000n,
    target: { account: { externalId: "79", code: null }, item: { externalId: "12" } },
    tax: { externalId: "6", rate: "20", attributes: GLOBAL },
    productReference: null,
    ...over,
  };
}

export function aDocument(over: Partial<OutgoingDocument> = {}): OutgoingDocument {
  const lines = over.lines ?? [aLine()];
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const taxMinor = lines.reduce((sum, line) => sum + line.taxMinor, 0n);
  const number = over.number ?? "INV-10023";
  return {
    recordId: `record-${number}`,
    reference: number,
    revision: 1,
    kind: "sales-invoice",
    number,
    contactExternalId: "58",
    issuedOn: "2026-01-31",
    dueOn: "2026-03-02",
    currency: "GBP",
    netMinor,
    taxMinor,
    grossMinor: netMinor + taxMinor,
    postAs: "authorised",
    url: `http://localhost:3000/documents/${number}`,
    lines,
    ...over,
  };
}

export function aContact(over: Partial<OutgoingContact> = {}): OutgoingContact {
  return { recordId: "contact-1", reference: "C-1", revision: 1, kind: "customer", name: "Bank West", email: null, ...over };
}

export function aPayment(over: Partial<OutgoingPayment> = {}): OutgoingPayment {
  return {
    recordId: "payment-1",
    reference: "PAY-1",
    revision: 1,
    kind: "payment",
    direction: "receipt",
    packageReference: "PAY-1 Till 3",
    documentExternalId: "1109",
    partyExternalId: "58",
    accountExternalId: "35",
    paidOn: "2026-02-03",
    currency: "GBP",
    amountMinor: 10_000n,
    ...over,
  };
}

export function aJournal(over: Partial<OutgoingJournal> = {}): OutgoingJournal {
  return {
    recordId: "journal-1",
    reference: "JNL-1",
    revision: 1,
    kind: "journal",
    narration: "JNL-1 Rent for November",
    journalOn: "2026-11-30",
    currency: "GBP",
    url: "http://localhost:3000/journals/journal-1",
    legs: [
      { description: "Rent", accountExternalId: "7", amountMinor: 90_000n },
      { description: "", accountExternalId: "33", amountMinor: -90_000n },
    ],
    ...over,
  };
}

export function answer(status: number, body: unknown, headers: Record<string, string> = {}): RawAnswer {
  return { status, headers, body: typeof body === "string" ? body : JSON.stringify(body) };
}

/** Their usual shape of a refusal. */
export const fault = (code: string, message: string, detail = message, type = "ValidationFault") => ({
  Fault: { Error: [{ Message: message, Detail: detail, code, element: "" }], type },
});

type Records = Parameters<typeof push.next>[0]["records"];

/** What comes after these steps. */
export const nextOf = (records: Records, past: readonly Exchanged[] = []) =>
  push.next({ connection, records }, { connection, key: "k".repeat(32) }, past);

/** The message of the step after these. @throws when it is over */
export function messageOf(records: Records, past: readonly Exchanged[] = []): Message {
  const step = nextOf(records, past);
  if (step.do === "done") throw new Error("It has nothing to say");
  return step.message;
}

/** The body of a message, as the package reads it. */
export const bodyOf = (message: Message) => JSON.parse(message.body ?? "null");

/** How the first write of a record ended, by its answer. */
export function outcomeOf(records: Records, given: RawAnswer): PushOutcome | undefined {
  const step = nextOf(records, [{ message: messageOf(records), answer: given }]);
  return step.do === "done" ? step.answer.get(records[0]?.recordId ?? "") : undefined;
}
