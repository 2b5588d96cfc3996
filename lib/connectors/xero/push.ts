import type { OutgoingRecord, RecordKind } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { bodyOf, child, flag, get, type JsonObject, list, text } from "../shared/json.ts";
import type { Batch, Exchange, Message, PushOutcome, RawAnswer } from "../types.ts";
import { type Complaint, complaintsIn, detailOf, elementNamed, errorOf, faultOf, isUnreadable } from "./errors.ts";
import { guid, momentOf } from "./json.ts";
import { contactName, faultIn, heldNumber, toXero } from "./map.ts";

const GUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** Everything below the API's base. */
export const ACCOUNTING = "/api.xro/2.0";
const ZERO = "00000000-0000-0000-0000-000000000000";

/** How Xero names one family of records. */
export interface Resource {
  readonly path: string;
  readonly plural: string;
  readonly id: string;
  /** Where our own reference stands. */
  readonly key: string;
  readonly create: string;
  /** Null for what cannot be changed by its id. */
  readonly update: string | null;
}

const CONTACTS: Resource = {
  path: "/Contacts",
  plural: "Contacts",
  id: "ContactID",
  key: "ContactNumber",
  create: "createContacts",
  update: "updateContacts",
};
const ITEMS: Resource = {
  path: "/Items",
  plural: "Items",
  id: "ItemID",
  key: "Code",
  create: "createItems",
  update: "updateItems",
};
const INVOICES: Resource = {
  path: "/Invoices",
  plural: "Invoices",
  id: "InvoiceID",
  key: "InvoiceNumber",
  create: "createInvoices",
  update: "updateInvoices",
};
const CREDIT_NOTES: Resource = {
  path: "/CreditNotes",
  plural: "CreditNotes",
  id: "CreditNoteID",
  key: "CreditNoteNumber",
  create: "createCreditNotes",
  update: "updateCreditNotes",
};

const PAYMENTS: Resource = {
  path: "/Payments",
  plural: "Payments",
  id: "PaymentID",
  key: "Reference",
  create: "createPayments",
  update: null,
};
const JOURNALS: Resource = {
  path: "/ManualJournals",
  plural: "ManualJournals",
  id: "ManualJournalID",
  key: "Narration",
  create: "createManualJournals",
  update: null,
};
/** Where a unit price may have four decimals. */
const PRICED: readonly Resource[] = [ITEMS, INVOICES, CREDIT_NOTES];

export function resourceOf(kind: RecordKind): Resource {
  switch (kind) {
    case "customer":
    case "supplier":
      return CONTACTS;
    case "product":
      return ITEMS;
    case "sales-invoice":
    case "bill":
      return INVOICES;
    case "sales-credit-note":
    case "supplier-credit-note":
      return CREDIT_NOTES;
    case "payment":
      return PAYMENTS;
    case "journal":
      return JOURNALS;
    case "allocation":
      throw new RangeError("Xero has no list of allocations: each is listed under its credit note");
    case "helper":
      throw new RangeError("Xero's lines name accounts: nothing is made for them");
  }
}

/** `Type` of a document in Xero's words; null for what is no document. */
export function typeOf(kind: RecordKind): string | null {
  switch (kind) {
    case "sales-invoice":
      return "ACCREC";
    case "bill":
      return "ACCPAY";
    case "sales-credit-note":
      return "ACCRECCREDIT";
    case "supplier-credit-note":
      return "ACCPAYCREDIT";
    default:
      return null;
  }
}

/** Our own reference as the call says it: the number of a document, the code of a product, the contact's number. */
function referenceOf(record: OutgoingRecord): string {
  if ("voided" in record && record.voided) return heldNumber(record);
  switch (record.kind) {
    case "payment":
      return record.packageReference;
    case "journal":
      return record.narration;
    default:
      return "number" in record ? record.number : record.reference;
  }
}

function firstOf(batch: Batch): OutgoingRecord {
  const first = batch.records[0];
  if (!first) throw new RangeError("A batch holds at least one record");
  return first;
}

/**
 * Creates, or changes by id, up to forty records of one family and direction in one call, with `summarizeErrors=false`, so that Xero
 * answers for each of them. What is new goes by `PUT`, since `POST` would edit whatever has its number; `POST` takes only what has an id.
 *
 * A record with a fault of its own is left out of the call and refused in the answer, so that it does not take the others with it.
 */
export const push: Exchange<Batch, ReadonlyMap<string, PushOutcome>> = {
  ask(batch) {
    const first = firstOf(batch);
    const resource = resourceOf(first.kind);
    for (const record of batch.records) {
      if (resourceOf(record.kind) !== resource || typeOf(record.kind) !== typeOf(first.kind)) {
        throw new RangeError(`A batch is of one family and direction, not ${first.kind} and ${record.kind}`);
      }
      if ((record.held === undefined) !== (first.held === undefined))
        throw new RangeError("A batch creates or changes, not both");
      if (record.held !== undefined && !GUID.test(record.held.externalId))
        throw new RangeError("What is changed is named by its id");
    }
    const sent = sentOf(batch);
    const changed = first.held !== undefined;
    if (changed && resource.update === null) throw new RangeError(`${resource.plural} are not changed by id`);
    if (sent.length === 0) throw faultIn(first) ?? new RangeError("A batch holds at least one record");
    return {
      operation: (changed ? resource.update : null) ?? resource.create,
      method: changed ? "POST" : "PUT",
      path: `${ACCOUNTING}${resource.path}`,
      query: { summarizeErrors: "false", ...(PRICED.includes(resource) ? { unitdp: "4" } : {}) },
      headers: {},
      body: JSON.stringify({ [resource.plural]: sent.map(toXero) }),
    };
  },

  read(message, answer, batch) {
    const outcomes = new Map<string, PushOutcome>();
    for (const record of batch.records) {
      const error = faultIn(record);
      if (error) outcomes.set(record.recordId, { status: "refused", error });
    }
    const sent = sentOf(batch);
    const outcomeOf = judge(message, answer, sent);
    for (const record of sent) outcomes.set(record.recordId, outcomeOf(record));
    return outcomes;
  },
};

function sentOf(batch: Batch): OutgoingRecord[] {
  return batch.records.filter((record) => faultIn(record) === null);
}

function judge(message: Message, answer: RawAnswer, sent: readonly OutgoingRecord[]): (record: OutgoingRecord) => PushOutcome {
  const fault = faultOf(answer, message);
  const body = bodyOf(answer);
  switch (fault?.what) {
    case undefined:
      return body ? byElement(body, answer, sent, "plural") : () => ({ status: "unknown", why: "unparsable" });
    case "rate-limited":
      return () => ({ status: "not-sent", error: new SyncError("transient.rate-limited", detailOf(answer)), limit: fault.limit });
    case "token-expired":
    case "connection-lost":
      return () => ({ status: "not-sent", error: fault.error });
    case "unclear":
      return () => ({ status: "unknown", why: fault.why });
    case "refused": {
      if (body && list(body, "Elements").length > 0) return byElement(body, answer, sent, "Elements");
      const culprit = body && isUnreadable(body) ? elementNamed(body) : null;
      const guilty = culprit === null ? undefined : sent[culprit];
      // Xero could not read the request, so none of it was written; it names the one element that it stumbled over.
      return (record) =>
        guilty === undefined || record === guilty
          ? { status: "refused", error: fault.error }
          : { status: "not-sent", error: new SyncError("transient.not-sent", detailOf(answer)) };
    }
  }
}

/** Each record by its own element, found by our own reference: the order of the answer means nothing. */
function byElement(
  body: JsonObject,
  answer: RawAnswer,
  sent: readonly OutgoingRecord[],
  where: "plural" | "Elements",
): (record: OutgoingRecord) => PushOutcome {
  const first = sent[0];
  if (!first) return () => ({ status: "unknown", why: "missing-in-answer" });
  const resource = resourceOf(first.kind);
  const name = where === "plural" ? resource.plural : "Elements";
  if (!Array.isArray(get(body, name))) return () => ({ status: "unknown", why: "unparsable" });
  const elements = new Map<string, JsonObject[]>();
  for (const element of list(body, name)) {
    const key = text(element, resource.key)?.trim();
    if (key === undefined) continue;
    const same = elements.get(key);
    if (same) same.push(element);
    else elements.set(key, [element]);
  }
  const byId = Map.groupBy(list(body, name), (element) => guid(element, resource.id) ?? ZERO);
  const asked = new Map<string, number>();
  for (const record of sent) asked.set(markOf(record), (asked.get(markOf(record)) ?? 0) + 1);

  return (record) => {
    const named = (elements.get(referenceOf(record).trim()) ?? []).filter((element) => fits(element, record));
    const found = record.held ? ofHeld(record.held.externalId, byId, named, resource) : named;
    const [element, ...others] = found;
    // One valid record of a call may have been saved though its id is not in the reply.
    if (!element) return { status: "unknown", why: "missing-in-answer" };
    if (others.length > 0 || (asked.get(markOf(record)) ?? 0) > 1) return { status: "unknown", why: "not-definite" };
    return outcomeOfElement(element, record, resource, answer);
  };
}

/** What was changed by its id answers under it; a refusal may come without, and then under our own reference. */
function ofHeld(
  externalId: string,
  byId: ReadonlyMap<string, readonly JsonObject[]>,
  named: readonly JsonObject[],
  resource: Resource,
): readonly JsonObject[] {
  return byId.get(externalId.toLowerCase()) ?? named.filter((element) => (guid(element, resource.id) ?? ZERO) === ZERO);
}

/** Two bills may have one number when they are of two suppliers. */
function markOf(record: OutgoingRecord): string {
  return `${referenceOf(record).trim()}\n${"contactExternalId" in record ? record.contactExternalId.toLowerCase() : ""}`;
}

function fits(element: JsonObject, record: OutgoingRecord): boolean {
  const type = text(element, "Type");
  if (type !== null && typeOf(record.kind) !== null && type.toUpperCase() !== typeOf(record.kind)) return false;
  if (!("contactExternalId" in record) || ("voided" in record && record.voided)) return true;
  const contact = child(element, "Contact");
  const contactId = contact && text(contact, "ContactID");
  return !contactId || contactId === ZERO || contactId.toLowerCase() === record.contactExternalId.toLowerCase();
}

function outcomeOfElement(element: JsonObject, record: OutgoingRecord, resource: Resource, answer: RawAnswer): PushOutcome {
  const id = guid(element, resource.id);
  const complaints = complaintsIn(element);
  const isError = text(element, "StatusAttributeString")?.toUpperCase() === "ERROR" || flag(element, "HasErrors");
  if (complaints.length > 0 || isError || id === ZERO) {
    return { status: "refused", error: errorOf(complaints, element, { ...detailOf(answer), ...subjectOf(record, complaints) }) };
  }
  if (id === null || (record.held && id !== record.held.externalId.toLowerCase())) {
    return { status: "unknown", why: "not-definite" };
  }
  const version = momentOf(get(element, "UpdatedDateUTC"))?.toISOString();
  const warnings = complaintsIn(element, "Warnings").map((one) => errorOf([one], element, detailOf(answer), "package.warning"));
  if ("name" in record && record.kind !== "product" && contactName(record.name) !== record.name) {
    warnings.push(
      new SyncError("package.warning", { field: "name", value: record.name, said: [`Sent as "${contactName(record.name)}"`] }),
    );
  }
  return { status: "accepted", externalId: id, ...(version === undefined ? {} : { version }), warnings };
}

function subjectOf(record: OutgoingRecord, complaints: readonly Complaint[]) {
  return complaints.some((one) => one.line !== null) ? {} : { subject: referenceOf(record) };
}
