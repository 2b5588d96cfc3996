import { Decimal } from "decimal.js";
import { minorToDecimal, roundToMinor } from "#lib/common/money.ts";
import type {
  DocumentKind,
  PaymentKind,
  SeenAllocation,
  SeenDocument,
  SeenJournal,
  SeenPayment,
  SeenRecord,
} from "#lib/common/records.ts";
import { decimal, type JsonObject, list, minor, text } from "../shared/json.ts";
import type { PushedRef } from "../types.ts";
import { BILLS, CONTACTS, CREDIT_NOTES, EXPLANATIONS, INVOICES, isIn, JOURNALS, type Resource } from "./address.ts";
import { tagOf } from "./map-money.ts";
import { absolute, dateUnder, idUnder } from "./read.ts";
import { taxIdOf, taxOn } from "./tax.ts";

/** One record as FreeAgent holds it. */
export function seenOf(row: JsonObject, resource: Resource, ref: PushedRef, baseCurrency: string): SeenRecord {
  switch (resource) {
    case CONTACTS:
      return {
        family: "contact",
        name: nameOf(row),
        email: text(row, "email"),
        taxNumber: text(row, "sales_tax_registration_number"),
        status: isHidden(row) ? "archived" : "active",
        mergedInto: null,
      };
    case EXPLANATIONS:
      return seenPayment(row, ref, baseCurrency);
    case JOURNALS:
      return seenJournal(row, ref, baseCurrency);
    case INVOICES:
    case CREDIT_NOTES:
    case BILLS:
      return seenDocument(row, resource, baseCurrency);
    default:
      return seenAllocation(row, baseCurrency);
  }
}

/** A contact's name: its organisation's, else the person's. */
export function nameOf(row: JsonObject): string {
  const person = [text(row, "first_name"), text(row, "last_name")].filter((one) => one !== null).join(" ");
  return text(row, "organisation_name") ?? person;
}

/** FreeAgent hides a contact and never merges one. */
export const isHidden = (row: JsonObject): boolean => (text(row, "status") ?? "Active").toLowerCase() === "hidden";

/** What kind of document a row is: a bill with a negative total is a supplier's credit note. */
export function kindOf(row: JsonObject, resource: Resource, currency: string): DocumentKind {
  if (resource === INVOICES) return "sales-invoice";
  if (resource === CREDIT_NOTES) return "sales-credit-note";
  return (minor(row, "total_value", currency) ?? 0n) < 0n ? "supplier-credit-note" : "bill";
}

/** FreeAgent's words for a status. A document without an amount is open and owes nothing. */
const STATUSES: Readonly<Record<string, SeenDocument["status"]>> = {
  draft: "draft",
  "scheduled to email": "draft",
  open: "authorised",
  overdue: "authorised",
  "zero value": "authorised",
  "part written-off": "authorised",
  paid: "paid",
  overpaid: "paid",
  refunded: "paid",
  "written-off": "paid",
};

/** A status as we call it; `other` for a word that FreeAgent adds one day. */
export const statusOf = (row: JsonObject): SeenDocument["status"] =>
  STATUSES[(text(row, "status") ?? "").toLowerCase()] ?? "other";

/** Net, tax and gross without their signs: a bill's net and tax carry the other sign than its total. */
export function amountsOf(row: JsonObject, currency: string) {
  const gross = absolute(row, "total_value", currency) ?? 0n;
  const tax = absolute(row, "sales_tax_value", currency);
  const net = absolute(row, "net_value", currency) ?? gross - (tax ?? 0n);
  const due = absolute(row, "due_value", currency);
  return { gross, net, tax: tax ?? gross - net, due };
}

function seenDocument(row: JsonObject, resource: Resource, baseCurrency: string): SeenDocument {
  const currency = text(row, "currency") ?? baseCurrency;
  const kind = kindOf(row, resource, currency);
  const { gross, net, tax, due } = amountsOf(row, currency);
  const status = statusOf(row);
  const paid = absolute(row, "paid_value", currency) ?? absolute(row, "refunded_value", currency);
  const lines = linesOf(row, resource, kind, currency);
  const isDraft = status === "draft";
  return {
    family: "document",
    kind,
    number: text(row, "reference"),
    contactExternalId: idUnder(row, "contact"),
    issuedOn: dateUnder(row, "dated_on"),
    dueOn: dateUnder(row, "due_on"),
    currency,
    status,
    ...(status === "other" ? { statusSaid: text(row, "status") } : {}),
    netMinor: net,
    taxMinor: tax,
    grossMinor: gross,
    split: splitOf(lines),
    // A draft owes nothing there yet, and nothing of it is settled.
    ...(due === null || isDraft ? { settledMinor: 0n } : { settledMinor: gross - due, dueMinor: due }),
    ...(paid === null ? {} : { paidMinor: paid }),
    lines: lines.flatMap(({ externalId, description, account, tax: taxExternalId, netMinor }) =>
      externalId === null ? [] : [{ externalId, description, accountExternalId: account, taxExternalId, netMinor }],
    ),
    url: null,
  };
}

interface Line {
  readonly externalId: string | null;
  readonly description: string | null;
  readonly account: string | null;
  readonly tax: string;
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
}

function linesOf(row: JsonObject, { items }: Resource, kind: DocumentKind, currency: string): Line[] {
  const side = kind === "bill" || kind === "supplier-credit-note" ? "purchase" : "sales";
  return list(row, items ?? "").map((item) => {
    const rate = decimal(item, "sales_tax_rate");
    const { net, tax } = side === "sales" ? salesAmounts(item, rate, currency) : billAmounts(item, rate, currency);
    return {
      externalId: idUnder(item, "url"),
      description: text(item, "description"),
      account: idUnder(item, "category"),
      tax: taxIdOf({ rate, status: text(item, "sales_tax_status"), ecStatus: text(row, "ec_status") }, side),
      netMinor: net,
      taxMinor: tax,
    };
  });
}

/** A sales line says quantity, price and rate; its amounts follow as FreeAgent reckons them. */
function salesAmounts(item: JsonObject, rate: Decimal | null, currency: string) {
  const quantity = decimal(item, "quantity") ?? new Decimal(0);
  const price = decimal(item, "price") ?? new Decimal(0);
  const net = roundToMinor(quantity.times(price).abs(), currency);
  const said = absolute(item, "sales_tax_value", currency);
  return { net, tax: said ?? taxOn(net, rate ?? new Decimal(0), currency) };
}

/** A bill's line says its gross, and its net beside it or its tax; else the tax in it follows from the rate. */
function billAmounts(item: JsonObject, rate: Decimal | null, currency: string) {
  const gross = absolute(item, "total_value", currency) ?? 0n;
  const net = absolute(item, "total_value_ex_tax", currency);
  if (net !== null) return { net, tax: gross - net };
  const said = absolute(item, "manual_sales_tax_amount", currency) ?? absolute(item, "sales_tax_value", currency);
  const per = rate ?? new Decimal(0);
  const whole = new Decimal(minorToDecimal(gross, currency));
  const tax = said ?? roundToMinor(whole.times(per).dividedBy(per.plus(100)), currency);
  return { net: gross - tax, tax };
}

function splitOf(lines: readonly Line[]): SeenDocument["split"] {
  const rows = Map.groupBy(lines, ({ account, tax }) => `${account} ${tax}`);
  return [...rows.values()].map((same) => ({
    accountExternalId: same[0]?.account ?? null,
    taxExternalId: same[0]?.tax ?? null,
    netMinor: same.reduce((sum, one) => sum + one.netMinor, 0n),
    taxMinor: same.reduce((sum, one) => sum + one.taxMinor, 0n),
  }));
}

/** What kind of payment an explanation is, by what it pays and which way the money went; null where it pays no document. */
export function paymentKindOf(row: JsonObject, currency: string): { kind: PaymentKind; documentId: string } | null {
  const isMoneyIn = (minor(row, "gross_value", currency) ?? 0n) >= 0n;
  const sales = idUnder(row, "paid_invoice");
  if (sales !== null) return { kind: isIn(CREDIT_NOTES, sales) || !isMoneyIn ? "sales-refund" : "receipt", documentId: sales };
  const bill = idUnder(row, "paid_bill");
  return bill === null ? null : { kind: isMoneyIn ? "purchase-refund" : "payment-out", documentId: bill };
}

function seenPayment(row: JsonObject, { sent }: PushedRef, baseCurrency: string): SeenPayment {
  const paid = paymentKindOf(row, baseCurrency);
  const words = text(row, "description");
  const isOurs = sent?.kind === "payment" && words === sent.packageReference;
  return {
    family: "payment",
    direction: paid?.kind ?? "other",
    // FreeAgent may describe what pays a document in words of its own: only ours are told.
    ...(isOurs ? { packageReference: words } : {}),
    documentExternalId: paid?.documentId ?? null,
    accountExternalId: idUnder(row, "bank_account"),
    paidOn: dateUnder(row, "dated_on"),
    currency: baseCurrency,
    amountMinor: absolute(row, "gross_value", baseCurrency) ?? 0n,
    status: "live",
  };
}

function seenJournal(row: JsonObject, { recordId, sent }: PushedRef, baseCurrency: string): SeenJournal {
  const isOurs = text(row, "tag") === tagOf(recordId);
  return {
    family: "journal",
    narration: text(row, "description"),
    journalOn: dateUnder(row, "dated_on"),
    status: "posted",
    // The tag is the mark that only we write.
    url: isOurs && sent?.kind === "journal" ? sent.url : null,
    split: list(row, "journal_entries").map((entry) => ({
      accountExternalId: idUnder(entry, "category"),
      amountMinor: minor(entry, "debit_value", baseCurrency) ?? 0n,
    })),
  };
}

function seenAllocation(row: JsonObject, baseCurrency: string): SeenAllocation {
  const currency = text(row, "currency") ?? baseCurrency;
  return {
    family: "allocation",
    creditNoteExternalId: idUnder(row, "credit_note") ?? "",
    documentExternalId: idUnder(row, "invoice"),
    currency,
    amountMinor: absolute(row, "gross_value", currency) ?? 0n,
    status: "live",
  };
}
