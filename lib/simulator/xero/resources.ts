import { randomUUID } from "node:crypto";
import { fold } from "#lib/simulator/core/ids.ts";
import { attachmentsOf, wireAttachment, writeAttachment } from "#lib/simulator/xero/attachments.ts";
import {
  bankTransactionListing,
  journalListing,
  wireBankTransaction,
  wireJournal,
  writeBankTransaction,
  writeJournal,
} from "#lib/simulator/xero/bank.ts";
import { contactListing, findContact, wireContact, writeContact } from "#lib/simulator/xero/contacts.ts";
import {
  deleteAllocation,
  documentListing,
  findByNumber,
  wireDocument,
  writeAllocation,
  writeDocument,
} from "#lib/simulator/xero/documents.ts";
import { textOf, type WriteContext, type Written } from "#lib/simulator/xero/element.ts";
import { itemListing, wireItem, writeItem } from "#lib/simulator/xero/items.ts";
import { list } from "#lib/simulator/xero/listing.ts";
import {
  batchListing,
  changeBatch,
  changePayment,
  paymentListing,
  wireBatch,
  wirePayment,
  writeBatch,
  writePayment,
} from "#lib/simulator/xero/payments.ts";
import type { Document, DocumentKind } from "#lib/simulator/xero/records.ts";
import { trialBalance } from "#lib/simulator/xero/reports.ts";
import {
  accountListing,
  taxRateListing,
  wireAccount,
  wireActions,
  wireCurrencies,
  wireOrganisation,
  wireTracking,
  writeAccount,
  writeTracking,
  writeTrackingOption,
} from "#lib/simulator/xero/settings.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { moment, type WireObject } from "#lib/simulator/xero/wire.ts";

/** What a resource does with one read or one element. `null` means that there is no such thing: 404. */
type Call =
  | { kind: "read"; read: () => WireObject | null }
  | { kind: "write"; plural: string; idName: string; most?: number; write: (element: WireObject) => Written }
  /** The body is a file, as it is. */
  | { kind: "file"; plural: string; write: (bytes: Buffer, mimeType: string) => Written }
  | { kind: "delete"; remove: () => WireObject | null }
  | { kind: "missing" }
  | { kind: "unsupported" };

export type CallContext = WriteContext & { query: URLSearchParams; since: number | null };

type Resource = {
  scopes: readonly string[];
  call(method: string, path: readonly string[], context: CallContext): Call;
};

const UNSUPPORTED: Call = { kind: "unsupported" };
const MISSING: Call = { kind: "missing" };

/** Notes on a record: `/{Endpoint}/{id}/History`. */
function history(context: CallContext, method: string, parent: string): Call {
  const { tenant, now } = context;
  const wire = (note: { details: string; updatedAt: number }): WireObject => ({
    Changes: "Note",
    DateUTC: moment(note.updatedAt),
    DateUTCString: new Date(note.updatedAt).toISOString().slice(0, 19),
    User: "System Generated",
    Details: note.details,
  });
  if (method === "GET") return { kind: "read", read: () => ({ HistoryRecords: tenant.notes.find("parent", parent).map(wire) }) };
  if (method !== "PUT") return UNSUPPORTED;
  return {
    kind: "write",
    plural: "HistoryRecords",
    idName: "HistoryRecordID",
    write: (element) => {
      const note = tenant.notes.put({ id: randomUUID(), updatedAt: now, parent, details: textOf(element, "Details") ?? "" });
      return { wire: wire(note), warnings: [], ids: [note.id] };
    },
  };
}

/** Files on a document: listed, and put by name. */
function files(context: CallContext, method: string, document: Document, plural: string, name: string | undefined): Call {
  const { tenant, query } = context;
  if (method === "GET") {
    if (name !== undefined) return UNSUPPORTED;
    const read = () => ({ Attachments: attachmentsOf(tenant, document.id).map((one) => wireAttachment(one, plural)) });
    return { kind: "read", read };
  }
  if ((method !== "PUT" && method !== "POST") || name === undefined) return UNSUPPORTED;
  const includeOnline = query.get("IncludeOnline")?.toLowerCase() === "true";
  return {
    kind: "file",
    plural: "Attachments",
    write: (bytes, mimeType) => writeAttachment(context, document.id, plural, { name, mimeType, bytes, includeOnline }),
  };
}

function documents(kind: DocumentKind, plural: string, idName: string, scopes: readonly string[]): Resource {
  return {
    scopes,
    call(method, [key, sub, subId], context) {
      const { tenant } = context;
      const find = (): Document | undefined =>
        key === undefined ? undefined : (tenant.documents(kind).get(key.toLowerCase()) ?? findByNumber(tenant, kind, key));
      if (sub !== undefined) {
        const document = find();
        if (document === undefined) return MISSING;
        if (sub === "History") return history(context, method, document.id);
        if (sub === "Attachments") return files(context, method, document, plural, subId);
        if (sub !== "Allocations" || kind === "invoice") return MISSING;
        if (method === "PUT" && subId === undefined) {
          return {
            kind: "write",
            plural: "Allocations",
            idName: "AllocationID",
            write: (element) => writeAllocation(context, tenant.documents(kind).get(document.id) ?? document, element),
          };
        }
        if (method === "DELETE" && subId !== undefined) {
          return { kind: "delete", remove: () => deleteAllocation(context, document, subId) ?? null };
        }
        return UNSUPPORTED;
      }
      if (method === "GET") {
        if (key === undefined)
          return { kind: "read", read: () => list(tenant, documentListing(kind, context), context.query, context.since) };
        return {
          kind: "read",
          read: () => {
            const document = find();
            const hidden = document !== undefined && (tenant.hiddenUntil.get(document.id) ?? 0) > context.now;
            return document === undefined || hidden ? null : { [plural]: [wireDocument(context, document, true)] };
          },
        };
      }
      if (kind !== "invoice" && kind !== "credit-note") return UNSUPPORTED;
      if (method !== "POST" && (method !== "PUT" || key !== undefined)) return UNSUPPORTED;
      return { kind: "write", plural, idName, write: (element) => writeDocument(kind, context, element, key) };
    },
  };
}

/** A resource whose records are read by id and written one by one. */
function plain(
  plural: string,
  idName: string,
  scopes: readonly string[],
  parts: {
    listing: (context: CallContext) => WireObject;
    one: (context: CallContext, key: string) => WireObject | undefined;
    write: (context: CallContext, element: WireObject, key: string | undefined) => Written;
    most?: number;
    withHistory?: boolean;
  },
): Resource {
  return {
    scopes,
    call(method, [key, sub], context) {
      if (sub === "History" && key !== undefined && parts.withHistory === true)
        return history(context, method, key.toLowerCase());
      if (sub !== undefined) return MISSING;
      if (method === "GET") {
        if (key === undefined) return { kind: "read", read: () => parts.listing(context) };
        return {
          kind: "read",
          read: () => {
            const one = parts.one(context, key);
            return one === undefined ? null : { [plural]: [one] };
          },
        };
      }
      if (method !== "POST" && (method !== "PUT" || key !== undefined)) return UNSUPPORTED;
      return { kind: "write", plural, idName, most: parts.most, write: (element) => parts.write(context, element, key) };
    },
  };
}

const INVOICES = ["accounting.invoices"];
const PAYMENTS = ["accounting.payments"];
const SETTINGS = ["accounting.settings"];

export const RESOURCES: Readonly<Record<string, Resource>> = {
  Invoices: documents("invoice", "Invoices", "InvoiceID", INVOICES),
  CreditNotes: documents("credit-note", "CreditNotes", "CreditNoteID", INVOICES),
  Overpayments: documents("overpayment", "Overpayments", "OverpaymentID", PAYMENTS),
  Prepayments: documents("prepayment", "Prepayments", "PrepaymentID", PAYMENTS),
  Contacts: plain("Contacts", "ContactID", ["accounting.contacts"], {
    listing: (context) => list(context.tenant, contactListing(context.tenant), context.query, context.since),
    one: ({ tenant }, key) => {
      const contact = findContact(tenant, key);
      return contact === undefined ? undefined : wireContact(tenant, contact, true, true);
    },
    write: (context, element, key) => writeContact(context, key === undefined ? element : { ...element, ContactID: key }),
    withHistory: true,
  }),
  Items: plain("Items", "ItemID", ["accounting.settings", "accounting.invoices"], {
    listing: (context) => list(context.tenant, itemListing(context.tenant, context.unitDigits), context.query, context.since),
    one: ({ tenant, unitDigits }, key) => {
      const item = tenant.items.get(key.toLowerCase()) ?? tenant.items.find("code", fold(key))[0];
      return item === undefined ? undefined : wireItem(item, unitDigits);
    },
    write: (context, element, key) => writeItem(context, key === undefined ? element : { ...element, ItemID: key }),
    most: 500,
    withHistory: true,
  }),
  Payments: plain("Payments", "PaymentID", PAYMENTS, {
    listing: (context) => list(context.tenant, paymentListing(context.tenant), context.query, context.since),
    one: ({ tenant }, key) => {
      const payment = tenant.payments.get(key.toLowerCase());
      return payment === undefined ? undefined : wirePayment(tenant, payment, true);
    },
    write: (context, element, key) => {
      const id = key ?? (context.createOnly ? null : textOf(element, "PaymentID"));
      const payment = id ? context.tenant.payments.get(id.toLowerCase()) : undefined;
      return payment === undefined ? writePayment(context, element) : changePayment(context, payment, element);
    },
    withHistory: true,
  }),
  BatchPayments: plain("BatchPayments", "BatchPaymentID", PAYMENTS, {
    listing: (context) => list(context.tenant, batchListing(context.tenant), context.query, context.since),
    one: ({ tenant }, key) => {
      const batch = tenant.batches.get(key.toLowerCase());
      return batch === undefined ? undefined : wireBatch(tenant, batch);
    },
    write: (context, element, key) => {
      const id = key ?? (context.createOnly ? null : textOf(element, "BatchPaymentID"));
      const batch = id ? context.tenant.batches.get(id.toLowerCase()) : undefined;
      return batch === undefined ? writeBatch(context, element) : changeBatch(context, batch, element);
    },
    withHistory: true,
  }),
  BankTransactions: plain("BankTransactions", "BankTransactionID", ["accounting.banktransactions"], {
    listing: (context) => list(context.tenant, bankTransactionListing(context), context.query, context.since),
    one: (context, key) => {
      const one = context.tenant.bankTransactions.get(key.toLowerCase());
      return one === undefined ? undefined : wireBankTransaction(context, one, true);
    },
    write: writeBankTransaction,
    withHistory: true,
  }),
  ManualJournals: plain("ManualJournals", "ManualJournalID", ["accounting.manualjournals"], {
    listing: (context) => list(context.tenant, journalListing(context.tenant), context.query, context.since),
    one: ({ tenant }, key) => {
      const journal = tenant.journals.get(key.toLowerCase());
      return journal === undefined ? undefined : wireJournal(tenant, journal, true);
    },
    write: writeJournal,
    withHistory: true,
  }),
  Accounts: plain("Accounts", "AccountID", SETTINGS, {
    listing: (context) =>
      inChartOrder(
        context.tenant,
        list(context.tenant, accountListing(context.tenant), context.query, context.since),
        context.query,
      ),
    one: ({ tenant }, key) => {
      const account = tenant.accounts.get(key.toLowerCase());
      return account === undefined ? undefined : wireAccount(account);
    },
    write: writeAccount,
    most: 1,
  }),
  TaxRates: readOnly(({ tenant, query }) => list(tenant, taxRateListing(tenant), query, null)),
  Currencies: readOnly(({ tenant }) => ({ Currencies: wireCurrencies(tenant) })),
  Organisation: {
    scopes: SETTINGS,
    call(method, [sub], { tenant }) {
      if (method !== "GET") return UNSUPPORTED;
      if (sub === "Actions") return { kind: "read", read: () => ({ Actions: wireActions(tenant) }) };
      return sub === undefined ? { kind: "read", read: () => ({ Organisations: [wireOrganisation(tenant)] }) } : MISSING;
    },
  },
  TrackingCategories: {
    scopes: SETTINGS,
    call(method, [key, sub], context) {
      const { tenant } = context;
      const category = key === undefined ? undefined : tenant.tracking.get(key.toLowerCase());
      if (key !== undefined && category === undefined) return MISSING;
      if (method === "GET" && sub === undefined) {
        const chosen = category === undefined ? tenant.tracking.all() : [category];
        return { kind: "read", read: () => ({ TrackingCategories: chosen.map(wireTracking) }) };
      }
      if (method !== "PUT") return UNSUPPORTED;
      if (category !== undefined && sub === "Options") {
        return {
          kind: "write",
          plural: "Options",
          idName: "TrackingOptionID",
          write: (element) => writeTrackingOption(context, category, element),
        };
      }
      return category === undefined
        ? {
            kind: "write",
            plural: "TrackingCategories",
            idName: "TrackingCategoryID",
            most: 1,
            write: (element) => writeTracking(context, element),
          }
        : UNSUPPORTED;
    },
  },
  Reports: {
    scopes: ["accounting.reports.trialbalance"],
    call(method, [name], context) {
      if (name !== "TrialBalance") return MISSING;
      return method === "GET"
        ? { kind: "read", read: () => trialBalance(context.tenant, context.query.get("date"), context.now) }
        : UNSUPPORTED;
    },
  },
};

function readOnly(read: (context: CallContext) => WireObject): Resource {
  return {
    scopes: SETTINGS,
    call: (method, [key], context) =>
      key !== undefined ? MISSING : method === "GET" ? { kind: "read", read: () => read(context) } : UNSUPPORTED,
  };
}

/** Accounts come in the order of the chart. */
function inChartOrder(tenant: Tenant, answer: WireObject, query: URLSearchParams): WireObject {
  if (query.has("order") || !Array.isArray(answer.Accounts)) return answer;
  const position = (wire: unknown) => {
    const id = typeof wire === "object" && wire !== null && "AccountID" in wire ? wire.AccountID : null;
    return typeof id === "string" ? (tenant.accounts.get(id)?.position ?? 0) : 0;
  };
  return { ...answer, Accounts: [...answer.Accounts].sort((a, b) => position(a) - position(b)) };
}
