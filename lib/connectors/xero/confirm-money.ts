import type { PaymentKind, SeenJournal, SeenPayment } from "#lib/common/records.ts";
import { bodyOf, get, isObject, type Json, type JsonObject, list, minor, parseJson, text } from "../shared/json.ts";
import type { ConfirmPage, ConfirmRequest, Connection, Exchange, Message, PushedRef, Sighting } from "../types.ts";
import { kindOfType, quoted } from "./confirm.ts";
import { dateOf, guid, momentOf } from "./json.ts";
import { paymentOf } from "./payments.ts";
import { ACCOUNTING } from "./push.ts";

/** Ids that one `where` takes: some sixty characters each, within an address of 4,000. */
const WHERE_GROUP = 20;
/** `IDs=` takes about forty. */
const IDS_GROUP = 40;
const PAGE = "1000";

/**
 * How payments are looked for. `ids`: those that we know, as they stand. The others by what their document lists (`invoices`, `notes`),
 * and what is not found there by our reference over all payments (`references`), where a deleted one stands too: only what neither
 * read shows is absent. Who asks for what stands alone is spared the last, a call for each.
 */
const PHASES = ["ids", "invoices", "notes", "references"] as const;
type Phase = (typeof PHASES)[number];
const MOST_AT_ONCE: Readonly<Record<Phase, number>> = { ids: WHERE_GROUP, invoices: IDS_GROUP, notes: 1, references: 1 };

interface Position {
  readonly phase: Phase;
  /** How many of the phase's references were asked for. */
  readonly at: number;
  /** Places of the references that were seen on their document. */
  readonly found: readonly number[];
}

function positionOf(cursor: string | null): Position {
  let value: Json = null;
  try {
    value = cursor === null ? null : parseJson(cursor);
  } catch {
    // A cursor that is none starts over: reading twice does no harm.
  }
  if (!isObject(value)) return { phase: "ids", at: 0, found: [] };
  const found = get(value, "found");
  return {
    phase: PHASES.find((phase) => phase === get(value, "phase")) ?? "ids",
    at: Number(text(value, "at") ?? "0") || 0,
    found: Array.isArray(found) ? found.map(Number) : [],
  };
}

const isRefund = (ref: PushedRef) =>
  ref.sent?.kind === "payment" && (ref.sent.direction === "sales-refund" || ref.sent.direction === "purchase-refund");
const documentOf = (ref: PushedRef) => (ref.sent?.kind === "payment" ? ref.sent.documentExternalId : null);
const referenceOf = (ref: PushedRef) => (ref.sent?.kind === "payment" ? ref.sent.packageReference : ref.reference);

/** The places of a phase's references in the request. */
function placesOf(request: ConfirmRequest, { phase, found }: Position): number[] {
  return request.refs.flatMap((ref, place) => {
    const known = ref.externalId !== null;
    const document = documentOf(ref) !== null;
    const wanted = {
      ids: known,
      invoices: !known && document && !isRefund(ref),
      notes: !known && document && isRefund(ref),
      references: !known && !found.includes(place) && request.standing !== true,
    };
    return wanted[phase] ? [place] : [];
  });
}

/** The position at which there is something to ask, from this one on; null at the end. */
function settled(request: ConfirmRequest, position: Position): Position | null {
  for (let phase: Phase | undefined = position.phase; phase; phase = PHASES[PHASES.indexOf(phase) + 1]) {
    const here: Position = phase === position.phase ? position : { ...position, phase, at: 0 };
    if (here.at < placesOf(request, here).length) return here;
  }
  return null;
}

function groupOf(request: ConfirmRequest, position: Position): { place: number; ref: PushedRef }[] {
  return placesOf(request, position)
    .slice(position.at, position.at + MOST_AT_ONCE[position.phase])
    .flatMap((place) => {
      const ref = request.refs[place];
      return ref ? [{ place, ref }] : [];
    });
}

const reading = (operation: string, path: string, query: Readonly<Record<string, string>>): Message => ({
  operation,
  method: "GET",
  path: `${ACCOUNTING}${path}`,
  query,
  headers: {},
  body: null,
});

/** What Xero holds of our payments. */
export const confirmPayments: Exchange<ConfirmRequest, ConfirmPage> = {
  ask(request) {
    const position = settled(request, positionOf(request.cursor));
    const group = position ? groupOf(request, position) : [];
    const [first] = group;
    if (!position || !first) throw new RangeError("Nothing is left to be confirmed");
    switch (position.phase) {
      case "ids":
        return reading("getPayments", "/Payments", {
          where: group.map(({ ref }) => `PaymentID==guid(${quoted(ref.externalId ?? "")})`).join(" OR "),
          page: "1",
          pageSize: PAGE,
        });
      case "invoices":
        return reading("getInvoices", "/Invoices", {
          IDs: [...new Set(group.map(({ ref }) => documentOf(ref) ?? ""))].join(","),
          page: "1",
          pageSize: PAGE,
          includeArchived: "true",
        });
      case "notes":
        return reading("getCreditNote", `/CreditNotes/${encodeURIComponent(documentOf(first.ref) ?? "")}`, {});
      case "references":
        return reading("getPayments", "/Payments", {
          where: `Reference==${quoted(referenceOf(first.ref))}`,
          page: "1",
          pageSize: PAGE,
        });
    }
  },

  read(_message, answer, request) {
    const position = settled(request, positionOf(request.cursor));
    if (!position) return { sightings: [], next: null };
    const body = answer.status === 304 || answer.status === 404 ? null : bodyOf(answer);
    const group = groupOf(request, position);
    const seen = body === null ? [] : paymentsIn(body, position.phase, request.connection);
    const sightings: Sighting[] = [];
    const found = [...position.found];
    for (const { place, ref } of group) {
      const mine = seen.filter(({ externalId, payment }) =>
        ref.externalId === null
          ? payment.packageReference?.trim() === referenceOf(ref).trim()
          : externalId === ref.externalId.toLowerCase(),
      );
      for (const { externalId, version, payment } of mine) {
        sightings.push({ recordId: ref.recordId, externalId, version, seen: payment });
      }
      if (mine.length > 0) found.push(place);
    }
    const next = settled(request, { ...position, at: position.at + group.length, found });
    return { sightings, next: next && JSON.stringify(next) };
  },
};

interface Found {
  readonly externalId: string;
  readonly version: string | null;
  readonly payment: SeenPayment;
}

function paymentsIn(body: JsonObject, phase: Phase, connection: Connection): Found[] {
  if (phase === "invoices" || phase === "notes") {
    const [plural, id] = phase === "invoices" ? ["Invoices", "InvoiceID"] : ["CreditNotes", "CreditNoteID"];
    return list(body, plural).flatMap((document) => listedOn(document, guid(document, id), connection));
  }
  return list(body, "Payments").flatMap((element) =>
    paymentOf(element, connection.baseCurrency).map((pulled) => ({
      externalId: pulled.externalId,
      version: momentOf(get(element, "UpdatedDateUTC"))?.toISOString() ?? null,
      payment: {
        family: "payment" as const,
        direction: pulled.kind,
        packageReference: pulled.reference,
        documentExternalId: pulled.documentExternalId,
        accountExternalId: pulled.bankAccountExternalId,
        paidOn: pulled.paidOn,
        currency: pulled.currency,
        amountMinor: pulled.amountMinor,
        status: pulled.status,
      },
    })),
  );
}

const DIRECTIONS: Readonly<Record<string, PaymentKind>> = {
  "sales-invoice": "receipt",
  bill: "payment-out",
  "sales-credit-note": "sales-refund",
  "supplier-credit-note": "purchase-refund",
};

/** The payments that a document lists: all that stand, without the account that they went through. */
function listedOn(document: JsonObject, documentExternalId: string | null, connection: Connection): Found[] {
  const currency = text(document, "CurrencyCode") ?? connection.baseCurrency;
  return list(document, "Payments").flatMap((element) => {
    const externalId = guid(element, "PaymentID");
    const amountMinor = minor(element, "Amount", currency);
    if (externalId === null || amountMinor === null) return [];
    return [
      {
        externalId,
        version: null,
        payment: {
          family: "payment" as const,
          direction: DIRECTIONS[kindOfType(text(document, "Type"))] ?? "other",
          packageReference: text(element, "Reference"),
          documentExternalId,
          accountExternalId: null,
          paidOn: dateOf(element, "Date"),
          currency,
          amountMinor,
          status: "live" as const,
        },
      },
    ];
  });
}

/** What Xero holds of our journals: one by its id, or every one of that narration. */
export const confirmJournals: Exchange<ConfirmRequest, ConfirmPage> = {
  ask(request) {
    const ref = request.refs[placeOf(request)];
    if (!ref) throw new RangeError("Nothing is left to be confirmed");
    if (ref.externalId !== null) {
      return reading("getManualJournal", `/ManualJournals/${encodeURIComponent(ref.externalId)}`, {});
    }
    return reading("getManualJournals", "/ManualJournals", {
      where: `Narration==${quoted(narrationOf(ref))}`,
      page: "1",
      pageSize: PAGE,
    });
  },

  read(_message, answer, request) {
    const place = placeOf(request);
    const ref = request.refs[place];
    if (!ref) return { sightings: [], next: null };
    const body = answer.status === 304 || answer.status === 404 ? null : bodyOf(answer);
    const url = ref.sent?.kind === "journal" ? ref.sent.url : null;
    const sightings = (body ? list(body, "ManualJournals") : []).flatMap((element): Sighting[] => {
      const externalId = guid(element, "ManualJournalID");
      const seen = seenJournal(element, request.connection);
      const mine =
        ref.externalId === null
          ? seen.narration === narrationOf(ref) && (seen.url === null || seen.url === url)
          : externalId === ref.externalId.toLowerCase();
      if (externalId === null || !mine) return [];
      const version = momentOf(get(element, "UpdatedDateUTC"))?.toISOString() ?? null;
      return [{ recordId: ref.recordId, externalId, version, seen }];
    });
    return { sightings, next: place + 1 < request.refs.length ? String(place + 1) : null };
  },
};

const placeOf = (request: ConfirmRequest) => (/^\d{1,6}$/.test(request.cursor ?? "") ? Number(request.cursor) : 0);
const narrationOf = (ref: PushedRef) => (ref.sent?.kind === "journal" ? ref.sent.narration : ref.reference);

const JOURNAL_STATUSES = ["draft", "posted", "voided", "deleted"] as const;

function seenJournal(element: JsonObject, connection: Connection): SeenJournal {
  const said = text(element, "Status")?.toLowerCase();
  return {
    family: "journal",
    narration: text(element, "Narration"),
    journalOn: dateOf(element, "Date"),
    status: JOURNAL_STATUSES.find((status) => status === said) ?? "other",
    url: text(element, "Url"),
    split: list(element, "JournalLines").map((line) => ({
      accountExternalId: guid(line, "AccountID"),
      accountCode: text(line, "AccountCode"),
      amountMinor: minor(line, "LineAmount", connection.baseCurrency) ?? 0n,
    })),
  };
}
