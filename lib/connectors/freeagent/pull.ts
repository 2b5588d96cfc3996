import { child, type JsonObject, text } from "../shared/json.ts";
import type { Exchange, PackageStream, PulledContact, PulledDocument, PulledPage, PullRequest } from "../types.ts";
import { BILLS, CONTACTS, CREDIT_NOTES, INVOICES, type Resource } from "./address.ts";
import { paymentsById, pullPayments } from "./pulled-payments.ts";
import { dateUnder, hasNext, idUnder, momentUnder, pageOf, reading, rowsIn } from "./read.ts";
import {
  beginAt,
  cursorObject,
  FIRST_SWEEP,
  FROM_THE_START,
  nextSweep,
  type Seek,
  type Sweep,
  seekQuery,
  seenWith,
  storedSeek,
  storedSweep,
} from "./seek.ts";
import { amountsOf, isHidden, kindOf, nameOf, statusOf } from "./seen.ts";

/** Lists that are read one after another under one cursor. */
interface Position extends Sweep {
  /** Which of them is read now. */
  readonly at: number;
  /** By the list's name. */
  readonly seeks: Readonly<Record<string, Seek>>;
}

function pullOf(
  resources: readonly Resource[],
  query: Readonly<Record<string, string>>,
  give: (rows: readonly JsonObject[], resource: Resource, baseCurrency: string) => Partial<PulledPage>,
): Exchange<PullRequest, PulledPage> {
  const positionOf = (cursor: string | null): Position => {
    if (cursor === null) return { ...FIRST_SWEEP, at: 0, seeks: {} };
    const stored = cursorObject(cursor);
    const seeks = child(stored, "seeks");
    return {
      ...storedSweep(stored),
      at: Math.min(Number(text(stored, "at") ?? "0") || 0, resources.length - 1),
      seeks: Object.fromEntries(resources.map(({ many }) => [many, storedSeek(seeks && child(seeks, many))])),
    };
  };
  const here = ({ at, seeks }: Position) => {
    const resource = resources[at];
    if (!resource) throw new RangeError("This is no cursor of FreeAgent's lists");
    return { resource, seek: seeks[resource.many] ?? FROM_THE_START };
  };
  return {
    ask({ cursor }) {
      const { resource, seek } = here(positionOf(cursor));
      return reading(`list${resource.name}s`, resource.path, {
        ...query,
        sort: "updated_at",
        ...seekQuery(seek),
        ...pageOf(seek.page),
      });
    },

    read(_message, answer, { cursor, connection }): PulledPage {
      const position = positionOf(cursor);
      const { resource, seek } = here(position);
      const rows = rowsIn(answer, resource);
      const goesOn = hasNext(answer, seek.page, rows.length);
      const isLast = position.at === resources.length - 1;
      const seen = seenWith(seek.seen, rows);
      const ends = !goesOn && isLast;
      const sweep = ends ? nextSweep(position, answer) : position;
      const read: Seek = goesOn ? { ...seek, page: seek.page + 1, seen } : { ...seek, page: 1, seen };
      const seeks = { ...position.seeks, [resource.many]: read };
      const begun = (): Record<string, Seek> =>
        Object.fromEntries(resources.map(({ many }) => [many, beginAt(seeks[many]?.seen ?? null, sweep.sweeping)]));
      const next: Position = {
        sweeping: sweep.sweeping,
        swept: sweep.swept,
        at: goesOn ? position.at : isLast ? 0 : position.at + 1,
        seeks: ends ? begun() : seeks,
      };
      const page = { payments: [], documents: [], ...give(rows, resource, connection.baseCurrency) };
      return { ...page, cursor: JSON.stringify(next), more: !ends };
    },
  };
}

/** Invoices, bills and credit notes that changed, whoever made them. A negative bill is a supplier's credit note. */
const pullDocuments = pullOf([INVOICES, BILLS, CREDIT_NOTES], { view: "all" }, (rows, resource, baseCurrency) => ({
  documents: rows.flatMap((row) => documentOf(row, resource, baseCurrency)),
}));

/** Contacts that changed, hidden ones too: without them a hidden one would look as if it had been deleted. */
const pullContacts = pullOf([CONTACTS], { view: "all" }, (rows) => ({ contacts: rows.flatMap(contactOf) }));

function documentOf(row: JsonObject, resource: Resource, baseCurrency: string): PulledDocument[] {
  const externalId = idUnder(row, "url");
  if (externalId === null) return [];
  const currency = text(row, "currency") ?? baseCurrency;
  const { gross, due } = amountsOf(row, currency);
  const status = statusOf(row);
  return [
    {
      externalId,
      kind: kindOf(row, resource, currency),
      number: text(row, "reference"),
      company: text(row, "contact_name"),
      contactExternalId: idUnder(row, "contact"),
      issuedOn: dateUnder(row, "dated_on"),
      currency,
      grossMinor: gross,
      dueMinor: due ?? gross,
      status: status === "paid" ? "paid" : status === "draft" ? "draft" : "open",
      statusSaid: status === "other" ? text(row, "status") : null,
      changedAt: momentUnder(row, "updated_at"),
      version: text(row, "updated_at"),
      // FreeAgent says what is due and what was paid, and not by what.
      creditedMinor: null,
      paidMinor: null,
    },
  ];
}

function contactOf(row: JsonObject): PulledContact[] {
  const externalId = idUnder(row, "url");
  if (externalId === null) return [];
  return [
    {
      externalId,
      name: nameOf(row),
      number: null,
      email: text(row, "email"),
      taxNumber: text(row, "sales_tax_registration_number"),
      status: isHidden(row) ? "archived" : "active",
      mergedInto: null,
      changedAt: momentUnder(row, "updated_at"),
    },
  ];
}

const STREAMS: readonly (PackageStream & { readonly exchange: Exchange<PullRequest, PulledPage> })[] = [
  { id: "documents", gives: ["documents", "credit-notes"], every: "night", exchange: pullDocuments },
  { id: "payments", gives: ["payments"], every: "night", exchange: pullPayments },
  { id: "contacts", gives: ["contacts"], every: "need", exchange: pullContacts },
];

export const streams: readonly PackageStream[] = STREAMS.map(({ exchange: _, ...stream }) => stream);

function exchangeOf({ stream, ids }: PullRequest): Exchange<PullRequest, PulledPage> {
  if (stream === "payments" && ids !== undefined) return paymentsById;
  const found = STREAMS.find((one) => one.id === stream);
  if (!found) throw new Error(`FreeAgent has no stream "${stream}"`);
  return found.exchange;
}

/** What changed in FreeAgent since a stream's cursor; or payments by their ids. */
export const pull: Exchange<PullRequest, PulledPage> = {
  ask: (request, connection) => exchangeOf(request).ask(request, connection),
  read: (message, answer, request) => exchangeOf(request).read(message, answer, request),
};
