import type { Exchange, Message, PulledPage, PulledPayment, PullRequest } from "../types.ts";
import { kindOfType, modifiedSince } from "./confirm.ts";
import {
  bodyOf,
  child,
  dateOf,
  get,
  guid,
  hasNextPage,
  isObject,
  type Json,
  type JsonObject,
  list,
  minor,
  momentOf,
  parseJson,
  text,
} from "./json.ts";
import { ACCOUNTING } from "./push.ts";

const PAGE = 1_000;
/** Xero's clock, the edge second and changes under way: read the last five minutes again, and store by id. */
const OVERLAP_MS = 5 * 60_000;

/** Money arrives as payments, and as over- and prepayments that are not allocated yet. */
const PHASES = ["payments", "overpayments", "prepayments"] as const;
type Phase = (typeof PHASES)[number];

const READS: Readonly<Record<Phase, { readonly operation: string; readonly plural: string; readonly id: string }>> = {
  payments: { operation: "getPayments", plural: "Payments", id: "PaymentID" },
  overpayments: { operation: "getOverpayments", plural: "Overpayments", id: "OverpaymentID" },
  prepayments: { operation: "getPrepayments", plural: "Prepayments", id: "PrepaymentID" },
};

/**
 * Where the reading stands: the phase, the moment and page asked for next in it, and the latest change seen of each phase, which
 * never goes back.
 */
interface Position {
  readonly phase: Phase;
  /** ISO; null reads everything. */
  readonly since: string | null;
  readonly page: number;
  readonly seen: Readonly<Record<Phase, string | null>>;
}

const NOTHING: Position["seen"] = { payments: null, overpayments: null, prepayments: null };

function overlapped(seen: string | null): string | null {
  return seen === null ? null : new Date(Date.parse(seen) - OVERLAP_MS).toISOString();
}

function positionOf(cursor: string | null): Position {
  if (cursor === null) return { phase: "payments", since: null, page: 1, seen: NOTHING };
  const value: Json = parseJson(cursor);
  if (!isObject(value)) throw new RangeError("This is no cursor of Xero's payments");
  const seen = child(value, "seen") ?? {};
  const moment = (text_: string | null) => (text_ !== null && !Number.isNaN(Date.parse(text_)) ? text_ : null);
  return {
    phase: PHASES.find((phase) => phase === get(value, "phase")) ?? "payments",
    since: moment(text(value, "since")),
    page: Math.max(1, Number(text(value, "page") ?? "1") || 1),
    seen: {
      payments: moment(text(seen, "payments")),
      overpayments: moment(text(seen, "overpayments")),
      prepayments: moment(text(seen, "prepayments")),
    },
  };
}

/**
 * Payments, overpayments and prepayments that changed since the cursor, deleted ones among them.
 *
 * Within one reading it seeks: after a full page it asks anew for what changed since that page's last row, so that a row which
 * changes meanwhile moves to the end and pushes no other past us. Only where a full page lies within a second does it turn the page.
 */
export const pull: Exchange<PullRequest, PulledPage> = {
  ask(request): Message {
    const { phase, since, page } = positionOf(request.cursor);
    const { operation, plural } = READS[phase];
    return {
      operation,
      method: "GET",
      path: `${ACCOUNTING}/${plural}`,
      query: { page: String(page), pageSize: String(PAGE), ...(phase === "payments" ? {} : { unitdp: "4" }) },
      headers: since === null ? {} : { "If-Modified-Since": modifiedSince(new Date(since)) },
      body: null,
    };
  },

  read(_message, answer, request): PulledPage {
    const position = positionOf(request.cursor);
    const { phase } = position;
    const body = answer.status === 304 ? null : bodyOf(answer);
    const elements = body ? list(body, READS[phase].plural) : [];
    const base = request.connection.baseCurrency;
    const payments = elements.flatMap((element) =>
      phase === "payments" ? paymentOf(element, base) : onAccountOf(element, READS[phase].id, base),
    );

    let last = position.seen[phase];
    let pageEnd: string | null = null;
    for (const element of elements) {
      const at =
        (momentOf(get(element, "UpdatedDateUTC")) ?? momentOf(get(element, "UpdatedDateUTCString")))?.toISOString() ?? null;
      if (at !== null && (pageEnd === null || at > pageEnd)) pageEnd = at;
    }
    if (pageEnd !== null && (last === null || pageEnd > last)) last = pageEnd;
    const seen = { ...position.seen, [phase]: last };

    if (body && hasNextPage(body, elements.length, position.page)) {
      // A second back: whether the edge second itself is in the next answer is not documented.
      const seek = pageEnd === null ? null : new Date(Math.floor(Date.parse(pageEnd) / 1000) * 1000 - 1000).toISOString();
      const moves =
        seek !== null && (position.since === null || modifiedSince(new Date(seek)) > modifiedSince(new Date(position.since)));
      const next: Position = moves ? { phase, since: seek, page: 1, seen } : { ...position, page: position.page + 1, seen };
      return { payments, cursor: JSON.stringify(next), more: true };
    }
    const following = PHASES[PHASES.indexOf(phase) + 1];
    const goTo = following ?? "payments";
    const next: Position = { phase: goTo, since: overlapped(seen[goTo]), page: 1, seen };
    return { payments, cursor: JSON.stringify(next), more: following !== undefined };
  },
};

const RECEIPTS = new Set(["ACCRECPAYMENT"]);
const PAID_OUT = new Set(["ACCPAYPAYMENT"]);

function directionOf(type: string): PulledPayment["kind"] {
  if (RECEIPTS.has(type)) return "receipt";
  if (PAID_OUT.has(type)) return "payment-out";
  if (/^AR(CREDIT|OVERPAYMENT|PREPAYMENT)PAYMENT$/.test(type)) return "sales-refund";
  if (/^AP(CREDIT|OVERPAYMENT|PREPAYMENT)PAYMENT$/.test(type)) return "purchase-refund";
  return "other";
}

/** One element of Xero's `Payments` in neutral words; none when it lacks id, date or amount. */
export function paymentOf(element: JsonObject, baseCurrency: string): PulledPayment[] {
  const externalId = guid(element, "PaymentID");
  const paidOn = dateOf(element, "Date");
  const invoice = child(element, "Invoice");
  const creditNote = child(element, "CreditNote");
  const onAccount = child(element, "Overpayment") ?? child(element, "Prepayment");
  const document = invoice ?? creditNote ?? onAccount;
  const currency = (document && text(document, "CurrencyCode")) ?? text(element, "CurrencyCode") ?? baseCurrency;
  const amountMinor = minor(element, "Amount", currency);
  if (externalId === null || paidOn === null || amountMinor === null) return [];
  const type = (text(element, "PaymentType") ?? "").toUpperCase();
  const contact = document && child(document, "Contact");
  const batch = child(element, "BatchPayment");
  const account = child(element, "Account");
  return [
    {
      externalId,
      groupExternalId: (batch && guid(batch, "BatchPaymentID")) ?? guid(element, "BatchPaymentID"),
      kind: directionOf(type),
      status: (text(element, "Status") ?? "").toUpperCase() === "DELETED" ? "deleted" : "live",
      paidOn,
      reference: text(element, "Reference"),
      amountMinor: amountMinor < 0n ? -amountMinor : amountMinor,
      currency,
      bankAccountExternalId: account && guid(account, "AccountID"),
      contactExternalId: contact && guid(contact, "ContactID"),
      contactName: contact && text(contact, "Name"),
      documentExternalId:
        (invoice && guid(invoice, "InvoiceID")) ??
        (creditNote && guid(creditNote, "CreditNoteID")) ??
        (onAccount && (guid(onAccount, "OverpaymentID") ?? guid(onAccount, "PrepaymentID"))),
      documentNumber: (invoice && text(invoice, "InvoiceNumber")) ?? (creditNote && text(creditNote, "CreditNoteNumber")),
      documentKind: onAccount && !invoice && !creditNote ? "on-account" : documentKindOf(invoice, creditNote, type),
    },
  ];
}

/** The document's own type where it is told, else what the payment's type implies. */
function documentKindOf(
  invoice: JsonObject | null,
  creditNote: JsonObject | null,
  paymentType: string,
): PulledPayment["documentKind"] {
  const said = (invoice && text(invoice, "Type")) ?? (creditNote && text(creditNote, "Type"));
  if (said) return kindOfType(said);
  switch (paymentType) {
    case "ACCRECPAYMENT":
      return "sales-invoice";
    case "ACCPAYPAYMENT":
      return "bill";
    case "ARCREDITPAYMENT":
      return "sales-credit-note";
    case "APCREDITPAYMENT":
      return "supplier-credit-note";
    default:
      return /PREPAYMENT|OVERPAYMENT/.test(paymentType) ? "on-account" : "other";
  }
}

/** An over- or prepayment: money on account, not (wholly) allocated yet. Xero does not say here which bank account it went through. */
function onAccountOf(element: JsonObject, idKey: string, baseCurrency: string): PulledPayment[] {
  const externalId = guid(element, idKey);
  const paidOn = dateOf(element, "Date");
  const currency = text(element, "CurrencyCode") ?? baseCurrency;
  const amountMinor = minor(element, "Total", currency);
  if (externalId === null || paidOn === null || amountMinor === null) return [];
  const type = (text(element, "Type") ?? "").toUpperCase();
  const contact = child(element, "Contact");
  const status = (text(element, "Status") ?? "").toUpperCase();
  return [
    {
      externalId,
      groupExternalId: null,
      kind:
        type.startsWith("RECEIVE") || type.startsWith("AR")
          ? "receipt"
          : type.startsWith("SPEND") || type.startsWith("AP")
            ? "payment-out"
            : "other",
      status: status === "VOIDED" || status === "DELETED" ? "deleted" : "live",
      paidOn,
      reference: text(element, "Reference"),
      amountMinor: amountMinor < 0n ? -amountMinor : amountMinor,
      currency,
      bankAccountExternalId: null,
      contactExternalId: contact && guid(contact, "ContactID"),
      contactName: contact && text(contact, "Name"),
      documentExternalId: null,
      documentNumber: null,
      documentKind: "on-account",
    },
  ];
}
