import { bodyOf, child, get, isObject, type JsonObject, list, minor, parseJson, text } from "../shared/json.ts";
import type { Exchange, Message, PulledDocument, PulledPage, PullRequest } from "../types.ts";
import { creditedOf, kindOfType, paidOf, STATUSES } from "./confirm.ts";
import { dateOf, guid, hasNextPage, momentOf } from "./json.ts";
import { ACCOUNTING } from "./push.ts";
import {
  beginAt,
  type Edge,
  edgeOf,
  FIRST_SWEEP,
  goOn,
  isEdge,
  lastChange,
  later,
  nextSweep,
  type Seek,
  type Sweep,
  seekMessage,
  storedEdge,
  storedMoment,
  storedPage,
  storedSweep,
} from "./seek.ts";

interface Position extends Seek, Sweep {
  /** The latest change seen, which never goes back. */
  readonly seen: string | null;
  readonly edge: Edge;
}

function positionOf(cursor: string | null): Position {
  if (cursor === null) return { since: null, page: 1, seen: null, edge: null, ...FIRST_SWEEP };
  const value = parseJson(cursor);
  if (!isObject(value)) throw new RangeError("This is no cursor of Xero's documents");
  return {
    since: storedMoment(text(value, "since")),
    page: storedPage(text(value, "page")),
    seen: storedMoment(text(value, "seen")),
    edge: storedEdge(value),
    ...storedSweep(value),
  };
}

/** A list of Xero's: its resource and the names of its elements' fields. */
interface Listed {
  readonly operation: string;
  readonly plural: string;
  readonly idKey: string;
  readonly numberKey: string;
  readonly dueKey: string;
  readonly query: Readonly<Record<string, string>>;
}

/** Sales invoices and bills that changed since the cursor, whoever made them: one list call a page, without lines and payments. */
export const pullDocuments = pullOf({
  operation: "getInvoices",
  plural: "Invoices",
  idKey: "InvoiceID",
  numberKey: "InvoiceNumber",
  dueKey: "AmountDue",
  query: { summaryOnly: "true" },
});

/** Credit notes of both sides that changed since the cursor, whoever made them. Xero has no list of them without lines. */
export const pullCreditNotes = pullOf({
  operation: "getCreditNotes",
  plural: "CreditNotes",
  idKey: "CreditNoteID",
  numberKey: "CreditNoteNumber",
  dueKey: "RemainingCredit",
  query: {},
});

function pullOf(listed: Listed): Exchange<PullRequest, PulledPage> {
  const { idKey } = listed;
  return {
    ask(request): Message {
      const { query, headers } = seekMessage(positionOf(request.cursor));
      return {
        operation: listed.operation,
        method: "GET",
        path: `${ACCOUNTING}/${listed.plural}`,
        query: { ...query, ...listed.query },
        headers,
        body: null,
      };
    },

    read(_message, answer, request): PulledPage {
      const position = positionOf(request.cursor);
      const body = answer.status === 304 ? null : bodyOf(answer);
      const elements = body ? list(body, listed.plural) : [];
      const documents = elements.flatMap((element) => documentOf(element, request.connection.baseCurrency, listed));
      const pageEnd = lastChange(elements);
      const seen = later(position.seen, pageEnd);
      const more = body !== null && hasNextPage(body, elements.length, position.page);
      const sweep: Sweep = more ? position : nextSweep(position, body);
      const { since, page } = more ? goOn(position, pageEnd) : beginAt(seen, sweep.sweeping);
      const same = !more && !position.sweeping && isEdge(position.edge, body && elements, idKey);
      const edge = more ? null : same ? position.edge : edgeOf(position, since, elements, idKey);
      const next: Position = { since, page, seen, edge, sweeping: sweep.sweeping, swept: sweep.swept };
      return { payments: [], documents, cursor: JSON.stringify(next), more, same };
    },
  };
}

function documentOf(element: JsonObject, baseCurrency: string, { idKey, numberKey, dueKey }: Listed): PulledDocument[] {
  const externalId = guid(element, idKey);
  if (externalId === null) return [];
  const currency = text(element, "CurrencyCode") ?? baseCurrency;
  const contact = child(element, "Contact");
  const grossMinor = minor(element, "Total", currency) ?? 0n;
  const status = text(element, "Status") ?? "";
  const known = STATUSES.some((one) => one === status.toLowerCase().replace("authorized", "authorised"));
  return [
    {
      externalId,
      kind: kindOfType(text(element, "Type")),
      number: text(element, numberKey),
      company: contact && text(contact, "Name"),
      contactExternalId: contact && guid(contact, "ContactID"),
      issuedOn: dateOf(element, "Date"),
      currency,
      grossMinor,
      dueMinor: minor(element, dueKey, currency) ?? grossMinor,
      status: statusOf(status.toUpperCase()),
      statusSaid: known || status === "" ? null : status,
      changedAt: momentOf(get(element, "UpdatedDateUTC")) ?? momentOf(get(element, "UpdatedDateUTCString")),
      version: momentOf(get(element, "UpdatedDateUTC"))?.toISOString() ?? null,
      creditedMinor: creditedOf(element, currency),
      paidMinor: paidOf(element, currency),
    },
  ];
}

/** A status that Xero adds one day counts as open: it is looked at rather than overlooked. */
function statusOf(said: string): PulledDocument["status"] {
  switch (said) {
    case "VOIDED":
    case "DELETED":
      return "void";
    case "DRAFT":
    case "SUBMITTED":
      return "draft";
    case "PAID":
      return "paid";
    default:
      return "open";
  }
}
