import type { OutgoingDocument, SeenDocument, SeenRecord } from "#lib/common/records.ts";
import type { SettledBy } from "#lib/common/settled.ts";
import { bodyOf, child, flag, get, isObject, type Json, type JsonObject, list, minor, parseJson, text } from "../shared/json.ts";
import type { ConfirmPage, ConfirmRequest, Connection, Exchange, Message, PushedRef, Sighting } from "../types.ts";
import { dateOf, guid, momentOf } from "./json.ts";
import { ACCOUNTING, type Resource, resourceOf, typeOf } from "./push.ts";

/** `IDs=`, `InvoiceNumbers=` and `ContactIDs=` take about forty values. */
const GROUP = 40;
/** And the address some 4,000 characters in all. */
const LONGEST_LIST = 3_000;
const PAGE = 1_000;
/** A server that answers every page alike must not keep us for ever. */
const MOST_PAGES = 200;
/** Xero's clock and ours may differ, and the edge second may be in or out. */
const OVERLAP_MS = 5 * 60_000;

/**
 * Where a reading stands. `window`: pages of what changed since the first was sent, cheap for many. `ask`: every one not seen yet is
 * asked for by id or number, so that a wrong clock never makes a record look absent.
 */
interface Position {
  readonly phase: "window" | "ask";
  readonly page: number;
  /** How many references the request has; another number starts over. */
  readonly count: number;
  /** Which of them are settled (seen, or asked for by name), a bit each in the request's order. */
  readonly done: Uint8Array;
}

function start(request: ConfirmRequest): Position {
  return {
    phase: worthWindow(request) ? "window" : "ask",
    page: 1,
    count: request.refs.length,
    done: new Uint8Array(Math.ceil(request.refs.length / 8)),
  };
}

/** Whether asking one by one would take more calls than reading what changed. */
function worthWindow(request: ConfirmRequest): boolean {
  const known = request.refs.filter((ref) => ref.externalId !== null).length;
  const unknown = request.refs.length - known;
  switch (resourceOf(request.kind).plural) {
    case "Invoices":
      return known > GROUP;
    case "Contacts":
      return known > GROUP || unknown > WHERE_GROUP;
    case "Items":
      return known > 3 || unknown > WHERE_GROUP;
    default:
      return known > 3;
  }
}

/**
 * Whether a window may settle this reference. A document without an id is asked for by number alone, over all time: only so are two
 * under one number both seen.
 */
function windowSettles(resource: Resource, ref: PushedRef): boolean {
  return ref.externalId !== null || resource.plural === "Contacts" || resource.plural === "Items";
}

/** Numbers that one `where` takes. */
const WHERE_GROUP = 10;

function positionOf(request: ConfirmRequest): Position {
  if (request.cursor === null) return start(request);
  let value: Json = null;
  try {
    value = parseJson(request.cursor);
  } catch {
    // A cursor that is none starts over: reading twice does no harm.
  }
  if (!isObject(value) || get(value, "count") !== String(request.refs.length)) return start(request);
  const done = Uint8Array.from(Buffer.from(text(value, "done") ?? "", "base64"));
  const phase = get(value, "phase") === "window" ? "window" : "ask";
  if (done.length !== Math.ceil(request.refs.length / 8)) return start(request);
  return { phase, page: Number(text(value, "page") ?? "1"), count: request.refs.length, done };
}

function cursorOf(position: Position): string {
  const { phase, page, count } = position;
  return JSON.stringify({ phase, page, count, done: Buffer.from(position.done).toString("base64") });
}

const isDone = (position: Position, index: number) => (((position.done[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;

function settle(position: Position, indices: Iterable<number>): Uint8Array {
  const done = Uint8Array.from(position.done);
  for (const index of indices) done[index >> 3] = (done[index >> 3] ?? 0) | (1 << (index & 7));
  return done;
}

/** What one call of the `ask` phase asks for, and how. */
interface Group {
  readonly by: "ids" | "numbers" | "where" | "one";
  readonly indices: readonly number[];
}

/** The next references to ask for by name: those with an id first, since an id is never ambiguous. */
function nextGroup(request: ConfirmRequest, position: Position): Group | null {
  const resource = resourceOf(request.kind);
  const open = request.refs.map((ref, index) => ({ ref, index })).filter(({ index }) => !isDone(position, index));
  const known = open.filter(({ ref }) => ref.externalId !== null);
  const listsIds = resource.plural === "Invoices" || resource.plural === "Contacts";
  const first = known[0];
  if (first) {
    if (!listsIds) return { by: "one", indices: [first.index] };
    return { by: "ids", indices: known.slice(0, GROUP).map(({ index }) => index) };
  }
  // A comma would end a number in the list; such a one is asked for by a filter.
  const listed = resource.plural === "Invoices" ? open.filter(({ ref }) => !ref.reference.includes(",")) : [];
  const from = listed.length > 0 ? listed : open;
  if (from.length === 0) return null;
  const indices: number[] = [];
  let length = 0;
  for (const { ref, index } of from) {
    length += encodeURIComponent(ref.reference).length + (listed.length > 0 ? 3 : 40);
    if (indices.length > 0 && (indices.length >= (listed.length > 0 ? GROUP : WHERE_GROUP) || length > LONGEST_LIST)) break;
    indices.push(index);
  }
  return { by: listed.length > 0 ? "numbers" : "where", indices };
}

const refsAt = (request: ConfirmRequest, indices: readonly number[]) =>
  indices.map((index) => request.refs[index]).filter((ref): ref is PushedRef => ref !== undefined);

/** A string in Xero's filter language. */
export const quoted = (value: string) => `"${value.replace(/\\/g, "\\\\").replace(/"/g, '\\"')}"`;

/** Seconds, no zone letter: the form that Xero's own pages show. */
export function modifiedSince(moment: Date): string {
  return moment.toISOString().slice(0, 19);
}

const READS: Readonly<Record<string, { readonly many: string; readonly one: string }>> = {
  Invoices: { many: "getInvoices", one: "getInvoice" },
  CreditNotes: { many: "getCreditNotes", one: "getCreditNote" },
  Contacts: { many: "getContacts", one: "getContact" },
  Items: { many: "getItems", one: "getItem" },
};

function readMessage(
  resource: Resource,
  query: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Message {
  const operation = READS[resource.plural]?.many ?? "";
  return { operation, method: "GET", path: `${ACCOUNTING}${resource.path}`, query, headers, body: null };
}

/** Items come all at once; the others by page, and only a page has its lines. */
function paging(resource: Resource, page: number): Record<string, string> {
  const unit: Record<string, string> = resource.plural === "Contacts" ? {} : { unitdp: "4" };
  return resource.plural === "Items" ? unit : { page: String(page), pageSize: String(PAGE), ...unit };
}

/**
 * What Xero holds under our references. A record is called absent only after it was asked for by its own id or number.
 *
 * `createdByMyApp` serves the window alone: after a reconnection with another app our own documents would no longer count as ours.
 */
export const confirm: Exchange<ConfirmRequest, ConfirmPage> = {
  ask(request) {
    const resource = resourceOf(request.kind);
    const position = positionOf(request);
    if (position.phase === "window") {
      return readMessage(
        resource,
        {
          ...paging(resource, position.page),
          ...(resource.plural === "Invoices" ? { createdByMyApp: "true" } : {}),
          ...(resource.plural === "Contacts" ? { includeArchived: "true" } : {}),
        },
        { "If-Modified-Since": modifiedSince(new Date(request.since.getTime() - OVERLAP_MS)) },
      );
    }
    const group = nextGroup(request, position);
    if (!group) throw new RangeError("Nothing is left to be confirmed");
    const refs = refsAt(request, group.indices);
    const pages = paging(resource, position.page);
    const archived: Record<string, string> =
      resource.plural === "Invoices" || resource.plural === "Contacts" ? { includeArchived: "true" } : {};
    switch (group.by) {
      case "ids":
        return readMessage(resource, { IDs: refs.map((ref) => ref.externalId ?? "").join(","), ...pages, ...archived });
      case "numbers": {
        // A bill's number is the supplier's and need not be the only one: the contact narrows it down.
        const contacts = request.kind === "bill" ? refs.map((ref) => ref.contactExternalId) : [];
        const contactIds = [...new Set(contacts)].filter((id) => id !== null);
        return readMessage(resource, {
          InvoiceNumbers: refs.map((ref) => ref.reference).join(","),
          ...(contactIds.length > 0 && contacts.every((id) => id !== null) ? { ContactIDs: contactIds.join(",") } : {}),
          ...pages,
          ...archived,
        });
      }
      case "where":
        return readMessage(resource, {
          where: refs.map((ref) => `${resource.key}==${quoted(ref.reference)}`).join(" OR "),
          ...pages,
          ...archived,
        });
      case "one":
        return {
          ...readMessage(resource, resource.plural === "Contacts" ? {} : { unitdp: "4" }),
          operation: READS[resource.plural]?.one ?? "",
          path: `${ACCOUNTING}${resource.path}/${encodeURIComponent(refs[0]?.externalId ?? "")}`,
        };
    }
  },

  read(message, answer, request) {
    const resource = resourceOf(request.kind);
    const position = positionOf(request);
    const body = answer.status === 304 || answer.status === 404 ? null : bodyOf(answer);
    const elements = body ? list(body, resource.plural) : [];
    const matched = match(request, position, resource, elements);
    const sightings = matched.map(({ ref, element }) => sightingOf(ref, element, request, resource));
    const seen = new Set(matched.map(({ index }) => index));

    const pages = body ? pagesLeft(body, elements.length, resource, position.page) : 0;
    if (position.phase === "window") {
      const done = settle(position, seen);
      const after: Position = { ...position, done };
      const open = request.refs.filter((ref, index) => windowSettles(resource, ref) && !isDone(after, index)).length;
      // Once what is left to read is more than what is left to ask for, ask.
      const goOn = open > 0 && pages > 0 && pages <= Math.ceil(open / GROUP);
      const next: Position = goOn ? { ...after, page: position.page + 1 } : { ...after, phase: "ask", page: 1 };
      return { sightings, next: goOn || nextGroup(request, next) ? cursorOf(next) : null };
    }
    const group = nextGroup(request, position);
    if (pages > 0 && message.query.page !== undefined && position.page < MOST_PAGES) {
      return { sightings, next: cursorOf({ ...position, page: position.page + 1 }) };
    }
    const after: Position = { ...position, page: 1, done: settle(position, group?.indices ?? []) };
    return { sightings, next: nextGroup(request, after) ? cursorOf(after) : null };
  },
};

/** Pages still to come; a full page without `pagination` may have a next one. */
function pagesLeft(body: JsonObject, read: number, resource: Resource, page: number): number {
  if (resource.plural === "Items") return 0;
  const count = child(body, "pagination");
  const total = count && text(count, "pageCount");
  if (total !== null && /^\d{1,9}$/.test(total)) return Math.max(0, Number(total) - page);
  return read >= PAGE ? 1 : 0;
}

interface Match {
  readonly index: number;
  readonly ref: PushedRef;
  readonly element: JsonObject;
}

/** Elements that answer a reference not settled yet: by id where we know it, else by our own number, direction and, for purchases, contact. */
function match(request: ConfirmRequest, position: Position, resource: Resource, elements: readonly JsonObject[]): Match[] {
  const byId = new Map<string, number>();
  const byReference = new Map<string, number[]>();
  request.refs.forEach((ref, index) => {
    if (isDone(position, index) || (position.phase === "window" && !windowSettles(resource, ref))) return;
    if (ref.externalId !== null) byId.set(ref.externalId.toLowerCase(), index);
    else byReference.set(ref.reference.trim(), [...(byReference.get(ref.reference.trim()) ?? []), index]);
  });
  const found: Match[] = [];
  for (const element of elements) {
    const id = text(element, resource.id)?.toLowerCase();
    if (id === undefined) continue;
    const known = byId.get(id);
    const indices = known !== undefined ? [known] : (byReference.get(text(element, resource.key)?.trim() ?? "") ?? []);
    for (const index of indices) {
      const ref = request.refs[index];
      if (ref && (known !== undefined || fits(element, ref))) found.push({ index, ref, element });
    }
  }
  return found;
}

function fits(element: JsonObject, ref: PushedRef): boolean {
  const type = typeOf(ref.kind);
  if (type === null) return true;
  if (text(element, "Type")?.toUpperCase() !== type) return false;
  // A sales number is the organisation's own: another contact under it is a finding, not another document.
  if (ref.kind === "sales-invoice" || ref.kind === "sales-credit-note" || ref.contactExternalId === null) return true;
  const contact = child(element, "Contact");
  return (contact && text(contact, "ContactID"))?.toLowerCase() === ref.contactExternalId.toLowerCase();
}

function sightingOf(ref: PushedRef, element: JsonObject, request: ConfirmRequest, resource: Resource): Sighting {
  return {
    recordId: ref.recordId,
    externalId: guid(element, resource.id) ?? "",
    version: momentOf(get(element, "UpdatedDateUTC"))?.toISOString() ?? null,
    seen: seenOf(element, resource, request.connection),
    changedAt: momentOf(get(element, "UpdatedDateUTC")) ?? momentOf(get(element, "UpdatedDateUTCString")),
  };
}

function seenOf(element: JsonObject, resource: Resource, connection: Connection): SeenRecord {
  switch (resource.plural) {
    case "Contacts":
      return {
        family: "contact",
        reference: text(element, "ContactNumber"),
        name: text(element, "Name") ?? "",
        email: text(element, "EmailAddress"),
        taxNumber: text(element, "TaxNumber"),
        status: (text(element, "ContactStatus") ?? "ACTIVE").toUpperCase() === "ACTIVE" ? "active" : "archived",
        mergedInto: guid(element, "MergedToContactID"),
      };
    case "Items":
      return {
        family: "product",
        reference: text(element, "Code") ?? "",
        name: text(element, "Name"),
        ...(text(element, "Description") === null ? {} : { description: text(element, "Description") }),
      };
    default:
      return seenDocument(element, resource, connection);
  }
}

const KIND_OF_TYPE: Readonly<Record<string, OutgoingDocument["kind"]>> = {
  ACCREC: "sales-invoice",
  ACCPAY: "bill",
  ACCRECCREDIT: "sales-credit-note",
  ACCPAYCREDIT: "supplier-credit-note",
};

/** Xero's `Type` of a document in neutral words. */
export function kindOfType(type: string | null): OutgoingDocument["kind"] | "other" {
  return KIND_OF_TYPE[type?.toUpperCase() ?? ""] ?? "other";
}

/** Xero's words for the status of a document. */
export const STATUSES = ["draft", "submitted", "authorised", "paid", "voided", "deleted"] as const;

function statusOf(said: string | null): SeenDocument["status"] {
  const lower = said?.toLowerCase().replace("authorized", "authorised");
  return STATUSES.find((status) => status === lower) ?? "other";
}

/** A document as Xero holds it, read from the raw answer: amounts in minor units, split by account and tax code. */
function seenDocument(element: JsonObject, resource: Resource, connection: Connection): SeenDocument {
  const currency = text(element, "CurrencyCode") ?? connection.baseCurrency;
  const contact = child(element, "Contact");
  const status = statusOf(text(element, "Status"));
  return {
    family: "document",
    kind: kindOfType(text(element, "Type")),
    number: text(element, resource.key),
    contactExternalId: contact && guid(contact, "ContactID"),
    issuedOn: dateOf(element, "Date"),
    dueOn: dateOf(element, "DueDate"),
    currency,
    status,
    ...(status === "other" ? { statusSaid: text(element, "Status") } : {}),
    netMinor: minor(element, "SubTotal", currency) ?? 0n,
    taxMinor: minor(element, "TotalTax", currency) ?? 0n,
    grossMinor: minor(element, "Total", currency) ?? 0n,
    split: splitOf(element, currency),
    settledMinor: settledOf(element, currency),
    settledBy: settledByOf(element, currency),
    ...openOf(element, currency),
    lines: list(element, "LineItems").flatMap((line) => {
      const externalId = guid(line, "LineItemID");
      return externalId === null
        ? []
        : [
            {
              externalId,
              description: text(line, "Description"),
              accountExternalId: guid(line, "AccountID"),
              taxExternalId: text(line, "TaxType"),
              netMinor: minor(line, "LineAmount", currency) ?? 0n,
            },
          ];
    }),
    url: text(element, "Url"),
  };
}

/** What was paid, credited, refunded or allocated of it. A credit note says only what is left of it. */
function settledOf(element: JsonObject, currency: string): bigint {
  const left = minor(element, "RemainingCredit", currency);
  if (left !== null) return (minor(element, "Total", currency) ?? 0n) - left;
  return (minor(element, "AmountPaid", currency) ?? 0n) + (minor(element, "AmountCredited", currency) ?? 0n);
}

/** What is open on a document, and what settled the rest, as far as Xero says. */
function openOf(
  element: JsonObject,
  currency: string,
): Pick<SeenDocument, "dueMinor" | "paidMinor" | "creditedMinor" | "payments"> {
  const due = minor(element, "AmountDue", currency) ?? minor(element, "RemainingCredit", currency);
  const paid = paidOf(element, currency);
  const credited = creditedOf(element, currency);
  const payments = Array.isArray(get(element, "Payments"))
    ? list(element, "Payments").flatMap((one) => {
        const externalId = guid(one, "PaymentID");
        const amountMinor = minor(one, "Amount", currency);
        const gone = text(one, "Status")?.toUpperCase() === "DELETED";
        return externalId === null || amountMinor === null || gone
          ? []
          : [{ externalId, paidOn: dateOf(one, "Date"), amountMinor }];
      })
    : null;
  return {
    ...(due === null ? {} : { dueMinor: due }),
    ...(paid === null ? {} : { paidMinor: paid }),
    ...(credited === null ? {} : { creditedMinor: credited }),
    ...(payments === null ? {} : { payments }),
  };
}

/** What payments paid of an invoice or bill, or refunded of a credit note; null where Xero does not say. */
export function paidOf(element: JsonObject, currency: string): bigint | null {
  const said = minor(element, "AmountPaid", currency);
  if (said !== null || get(element, "RemainingCredit") === undefined || !Array.isArray(get(element, "Payments"))) return said;
  return list(element, "Payments").reduce((sum, one) => sum + (minor(one, "Amount", currency) ?? 0n), 0n);
}

/**
 * What other means than payments settled: of an invoice as Xero says, or what is neither due nor paid; of a credit note its allocations.
 * Null where Xero says nothing that it follows from: then it is not known, and never reckoned from what payments we happen to know.
 */
export function creditedOf(element: JsonObject, currency: string): bigint | null {
  const said = minor(element, "AmountCredited", currency);
  if (said !== null) return said;
  if (Array.isArray(get(element, "Allocations"))) {
    return list(element, "Allocations")
      .filter((one) => !flag(one, "IsDeleted"))
      .reduce((sum, one) => sum + (minor(one, "Amount", currency) ?? 0n), 0n);
  }
  const [total, due, paid] = ["Total", "AmountDue", "AmountPaid"].map((name) => minor(element, name, currency));
  return total == null || due == null || paid == null ? null : total - due - paid;
}

/** Credit notes, overpayments and prepayments that were allocated to an invoice or bill, with what each settles of it. */
function settledByOf(element: JsonObject, currency: string): SettledBy[] {
  const of = (key: string, how: SettledBy["how"], number: string) =>
    list(element, key).flatMap((one): SettledBy[] => {
      const amount = minor(one, "AppliedAmount", currency);
      return amount === null || amount === 0n ? [] : [{ how, reference: text(one, number), amount: amount.toString() }];
    });
  return [
    ...of("CreditNotes", "credit-note", "CreditNoteNumber"),
    ...of("Overpayments", "overpayment", "Reference"),
    ...of("Prepayments", "prepayment", "Reference"),
  ];
}

function splitOf(element: JsonObject, currency: string): SeenDocument["split"] {
  const inclusive = text(element, "LineAmountTypes")?.toLowerCase() === "inclusive";
  const rows = new Map<
    string,
    {
      accountExternalId: string | null;
      accountCode: string | null;
      taxExternalId: string | null;
      netMinor: bigint;
      taxMinor: bigint;
    }
  >();
  for (const line of list(element, "LineItems")) {
    const amount = minor(line, "LineAmount", currency) ?? 0n;
    const tax = minor(line, "TaxAmount", currency) ?? 0n;
    const accountExternalId = guid(line, "AccountID");
    const accountCode = text(line, "AccountCode");
    const taxExternalId = text(line, "TaxType");
    const key = JSON.stringify([accountExternalId ?? accountCode, taxExternalId]);
    const row = rows.get(key);
    const net = inclusive ? amount - tax : amount;
    if (row) {
      row.netMinor += net;
      row.taxMinor += tax;
    } else rows.set(key, { accountExternalId, accountCode, taxExternalId, netMinor: net, taxMinor: tax });
  }
  return [...rows.values()];
}
