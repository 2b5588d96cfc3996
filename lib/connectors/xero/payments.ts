import {
  bodyOf,
  child,
  decimal,
  get,
  isObject,
  type Json,
  type JsonObject,
  list,
  minor,
  parseJson,
  text,
} from "../shared/json.ts";
import type { Exchange, Message, PulledPage, PulledPayment, PullRequest } from "../types.ts";
import { kindOfType, quoted } from "./confirm.ts";
import { dateOf, guid, hasNextPage } from "./json.ts";
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
interface Position extends Seek, Sweep {
  readonly phase: Phase;
  readonly seen: Readonly<Record<Phase, string | null>>;
  /** Of the payments themselves. */
  readonly edge: Edge;
}

const NOTHING: Position["seen"] = { payments: null, overpayments: null, prepayments: null };

function positionOf(cursor: string | null): Position {
  if (cursor === null) return { phase: "payments", since: null, page: 1, seen: NOTHING, edge: null, ...FIRST_SWEEP };
  const value: Json = parseJson(cursor);
  if (!isObject(value)) throw new RangeError("This is no cursor of Xero's payments");
  const seen = child(value, "seen") ?? {};
  return {
    phase: PHASES.find((phase) => phase === get(value, "phase")) ?? "payments",
    since: storedMoment(text(value, "since")),
    page: storedPage(text(value, "page")),
    seen: {
      payments: storedMoment(text(seen, "payments")),
      overpayments: storedMoment(text(seen, "overpayments")),
      prepayments: storedMoment(text(seen, "prepayments")),
    },
    edge: storedEdge(value),
    ...storedSweep(value),
  };
}

/** Ids that one `where` takes: some sixty characters each, within an address of 4,000. */
const WHERE_GROUP = 20;

const idsFrom = (cursor: string | null) => (/^\d{1,9}$/.test(cursor ?? "") ? Number(cursor) : 0);

/** Payments by their ids, deleted ones among them, twenty a call; the cursor is how many were asked for. */
export const paymentsById: Exchange<PullRequest, PulledPage> = {
  ask({ ids = [], cursor }): Message {
    const from = idsFrom(cursor);
    const group = ids.slice(from, from + WHERE_GROUP);
    if (group.length === 0) throw new RangeError("No payment is left to be asked for");
    return {
      operation: "getPayments",
      method: "GET",
      path: `${ACCOUNTING}/Payments`,
      query: { where: group.map((id) => `PaymentID==guid(${quoted(id)})`).join(" OR "), page: "1", pageSize: "1000" },
      headers: {},
      body: null,
    };
  },

  read(_message, answer, { ids = [], cursor, connection }): PulledPage {
    const to = idsFrom(cursor) + WHERE_GROUP;
    const wanted = new Set(ids.map((id) => id.toLowerCase()));
    const body = answer.status === 304 || answer.status === 404 ? null : bodyOf(answer);
    const found = (body ? list(body, "Payments") : []).flatMap((element) => paymentOf(element, connection.baseCurrency));
    return {
      payments: found.filter((one) => wanted.has(one.externalId)),
      documents: [],
      cursor: String(to),
      more: to < ids.length,
    };
  },
};

const ON_ACCOUNT = ["RECEIVE-OVERPAYMENT", "SPEND-OVERPAYMENT", "RECEIVE-PREPAYMENT", "SPEND-PREPAYMENT"];

/** Which bank account money on account went through: its bank transaction says so, not the over- or prepayment itself. */
export const accountBanks: Exchange<PullRequest, PulledPage> = {
  ask: ({ cursor }): Message => ({
    operation: "getBankTransactions",
    method: "GET",
    path: `${ACCOUNTING}/BankTransactions`,
    query: {
      where: ON_ACCOUNT.map((type) => `Type==${quoted(type)}`).join(" OR "),
      page: String(Math.max(1, idsFrom(cursor))),
      pageSize: "1000",
    },
    headers: {},
    body: null,
  }),

  read(_message, answer, { cursor }): PulledPage {
    const page = Math.max(1, idsFrom(cursor));
    const body = answer.status === 304 ? null : bodyOf(answer);
    const elements = body ? list(body, "BankTransactions") : [];
    const banks = elements.flatMap((element) => {
      const externalId = guid(element, "OverpaymentID") ?? guid(element, "PrepaymentID");
      const bankAccountExternalId = bankOf(element);
      return externalId === null || bankAccountExternalId === null ? [] : [{ externalId, bankAccountExternalId }];
    });
    const more = body !== null && hasNextPage(body, elements.length, page);
    return { payments: [], documents: [], banks, cursor: String(page + 1), more };
  },
};

/** Payments, overpayments and prepayments that changed since the cursor, deleted ones among them, a page at a time. */
export const pullPayments: Exchange<PullRequest, PulledPage> = {
  ask(request): Message {
    const position = positionOf(request.cursor);
    const { operation, plural } = READS[position.phase];
    const { query, headers } = seekMessage(position);
    return {
      operation,
      method: "GET",
      path: `${ACCOUNTING}/${plural}`,
      query: { ...query, ...(position.phase === "payments" ? {} : { unitdp: "4" }) },
      headers,
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
    const pageEnd = lastChange(elements);
    const seen = { ...position.seen, [phase]: later(position.seen[phase], pageEnd) };
    const { sweeping, swept } = position;
    const same = phase === "payments" && !sweeping && isEdge(position.edge, body && elements, "PaymentID");
    const to = (next: Position, more: boolean): PulledPage => ({
      payments,
      documents: [],
      cursor: JSON.stringify(next),
      more,
      same: same && !more,
    });
    if (body && hasNextPage(body, elements.length, position.page)) {
      const { since, page } = goOn(position, pageEnd);
      return to({ phase, since, page, seen, edge: null, sweeping, swept }, true);
    }
    const begin = beginAt(seen.payments, false);
    const edge = phase !== "payments" || same ? position.edge : edgeOf(position, begin.since, elements, "PaymentID");
    const following = PHASES[PHASES.indexOf(phase) + 1];
    if (following && (sweeping || !request.light))
      return to({ phase: following, ...beginAt(seen[following], sweeping), seen, edge, sweeping, swept }, true);
    const next = nextSweep(position, body);
    return to({ phase: "payments", ...beginAt(seen.payments, next.sweeping), seen, edge, ...next }, false);
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
      kindSaid: directionOf(type) === "other" ? text(element, "PaymentType") : null,
      status: (text(element, "Status") ?? "").toUpperCase() === "DELETED" ? "deleted" : "live",
      paidOn,
      reference: text(element, "Reference"),
      amountMinor: amountMinor < 0n ? -amountMinor : amountMinor,
      currency,
      bankAccountExternalId: account && guid(account, "AccountID"),
      bankAmount: decimal(element, "BankAmount")?.abs().toFixed() ?? null,
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

/** The bank account that money on account went through, where its element names one: itself, or a line of its bank transaction. */
function bankOf(element: JsonObject): string | null {
  for (const name of ["BankAccount", "Account"]) {
    const account = child(element, name);
    const id = account && guid(account, "AccountID");
    if (id) return id;
  }
  return null;
}

/** An over- or prepayment: money on account, not (wholly) allocated yet. */
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
      bankAccountExternalId: bankOf(element),
      bankAmount: null,
      contactExternalId: contact && guid(contact, "ContactID"),
      contactName: contact && text(contact, "Name"),
      documentExternalId: null,
      documentNumber: null,
      documentKind: "on-account",
    },
  ];
}
