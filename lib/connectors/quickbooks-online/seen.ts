import { isPlainDate, type PlainDate } from "#lib/common/dates.ts";
import type {
  DocumentKind,
  OutgoingPayment,
  OutgoingRecord,
  SeenDocument,
  SeenJournal,
  SeenLine,
  SeenPayment,
  SeenRecord,
} from "#lib/common/records.ts";
import { child, get, type JsonObject, list, minor, text } from "../shared/json.ts";
import type { PushedRef } from "../types.ts";
import { itemName, journalNoteParts, pageIn, referenceIn, saysVoided } from "./marks.ts";
import { NO_TAX } from "./tax.ts";
import { documentKindOf, type Entity, refIn } from "./wire.ts";

/** The calendar date under `key`; null when it is none. */
export function dateIn(object: JsonObject, key: string): PlainDate | null {
  const value = text(object, key)?.slice(0, 10) ?? "";
  return isPlainDate(value) ? value : null;
}

/** The currency of a transaction: one of the company's own may leave it out. */
export const currencyIn = (element: JsonObject, baseCurrency: string): string => refIn(element, "CurrencyRef") ?? baseCurrency;

/** The customer or supplier that an element names. */
export const partyIn = (element: JsonObject): string | null => refIn(element, "CustomerRef") ?? refIn(element, "VendorRef");

/** Whether a transaction was voided: they leave it with nothing on it, and say so in its note. */
export function isVoided(element: JsonObject, currency: string): boolean {
  return minor(element, "TotalAmt", currency) === 0n && saysVoided(text(element, "PrivateNote"));
}

/** What is open of a document, or left of a credit; null where it does not say. */
export function openOf(element: JsonObject, entity: Entity, currency: string): bigint | null {
  const left = entity === "CreditMemo" ? minor(element, "RemainingCredit", currency) : null;
  return left ?? minor(element, "Balance", currency);
}

/** An element as the package was seen to hold it. */
export function seenOf(element: JsonObject, entity: Entity, ref: PushedRef, baseCurrency: string): SeenRecord {
  switch (entity) {
    case "Customer":
    case "Vendor":
      return seenContact(element, ref);
    case "Item":
      return seenItem(element, ref);
    case "Payment":
    case "BillPayment":
      return seenPayment(element, entity, baseCurrency, ref.sent?.kind === "payment" ? ref.sent : null);
    case "JournalEntry":
      return seenJournal(element, baseCurrency);
    default:
      return seenDocument(element, entity, ref.sent, baseCurrency);
  }
}

const isActive = (element: JsonObject): boolean => get(element, "Active") !== false;

function seenContact(element: JsonObject, ref: PushedRef): SeenRecord {
  const name = text(element, "DisplayName") ?? "";
  const email = child(element, "PrimaryEmailAddr");
  const reference = referenceIn(text(element, "Notes"));
  return {
    family: "contact",
    // Our mark stands in a note that people edit: that it is gone from a contact of ours says nothing.
    ...(reference === null && ref.externalId !== null ? {} : { reference }),
    // They put a word behind the name of what is made inactive.
    name: isActive(element) ? name : name.replace(/ \(deleted(?: \d+)?\)$/, ""),
    email: email && text(email, "Address"),
    status: isActive(element) ? "active" : "archived",
    mergedInto: null,
  };
}

/** An item of ours is bound by its id: whatever people call it there, it stands for its account. */
function seenItem(element: JsonObject, ref: PushedRef): SeenRecord {
  const name = text(element, "Name") ?? "";
  const isOurs = ref.externalId !== null || name === itemName(ref.reference);
  return {
    family: "helper",
    name: isOurs ? ref.reference : name,
    accountExternalId: refIn(element, "IncomeAccountRef"),
    status: isActive(element) ? "active" : "archived",
  };
}

function seenPayment(element: JsonObject, entity: Entity, baseCurrency: string, sent: OutgoingPayment | null): SeenPayment {
  const currency = currencyIn(element, baseCurrency);
  const paid = list(element, "Line").flatMap((line) =>
    list(line, "LinkedTxn")
      .filter((one) => ["Invoice", "Bill"].includes(text(one, "TxnType") ?? ""))
      .map((one) => ({ id: text(one, "TxnId"), amountMinor: minor(line, "Amount", currency) ?? 0n })),
  );
  const own = sent ? paid.filter(({ id }) => id === sent.documentExternalId) : [];
  const linked = own.reduce((sum, one) => sum + one.amountMinor, 0n);
  const total = minor(element, "TotalAmt", currency) ?? 0n;
  const voided = isVoided(element, currency);
  return {
    family: "payment",
    direction: entity === "Payment" ? "receipt" : "payment-out",
    packageReference: text(element, "PrivateNote"),
    documentExternalId: own[0]?.id ?? paid[0]?.id ?? null,
    accountExternalId: bankOf(element),
    paidOn: dateIn(element, "TxnDate"),
    currency,
    // What pays our document counts: the rest may lie on account, or on another.
    amountMinor: sent && own.length > 0 && linked !== sent.amountMinor ? linked : total,
    status: voided ? "deleted" : "live",
  };
}

/** The account that a payment went through. */
export function bankOf(element: JsonObject): string | null {
  const check = child(element, "CheckPayment");
  const card = child(element, "CreditCardPayment");
  return (
    refIn(element, "DepositToAccountRef") ?? (check && refIn(check, "BankAccountRef")) ?? (card && refIn(card, "CCAccountRef"))
  );
}

function seenJournal(element: JsonObject, baseCurrency: string): SeenJournal {
  const currency = currencyIn(element, baseCurrency);
  const { narration, url } = journalNoteParts(text(element, "PrivateNote"));
  return {
    family: "journal",
    narration,
    journalOn: dateIn(element, "TxnDate"),
    status: isVoided(element, currency) ? "voided" : "posted",
    url,
    split: list(element, "Line").flatMap((line) => {
      const detail = child(line, "JournalEntryLineDetail");
      const said = minor(line, "Amount", currency) ?? 0n;
      if (!detail) return [];
      const amountMinor = text(detail, "PostingType") === "Credit" ? -said : said;
      return [{ accountExternalId: refIn(detail, "AccountRef"), amountMinor }];
    }),
  };
}

const DETAILS = [
  "SalesItemLineDetail",
  "AccountBasedExpenseLineDetail",
  "ItemBasedExpenseLineDetail",
  "DiscountLineDetail",
] as const;

/** The detail of a line that has an amount of its own; null of a sum and of a text. */
function detailOf(line: JsonObject): JsonObject | null {
  for (const name of DETAILS) {
    const detail = child(line, name);
    if (detail) return detail;
  }
  return null;
}

/** The account that an item of ours stands for, by the document as it was sent. */
function accountOfItem(sent: OutgoingRecord | undefined, item: string | null): string | null {
  if (!sent || !("dueOn" in sent) || item === null) return null;
  return sent.lines.find((line) => line.target.item?.externalId === item)?.target.account.externalId ?? null;
}

/** The lines that have an amount, each with its account: of an item's line as they tell it, else as we know it. */
function linesOf(element: JsonObject, currency: string, sent: OutgoingRecord | undefined): SeenLine[] {
  const isUntaxed = text(element, "GlobalTaxCalculation") === "NotApplicable";
  return list(element, "Line").flatMap((line) => {
    const detail = detailOf(line);
    const said = minor(line, "Amount", currency);
    if (!detail || said === null) return [];
    const sign = text(line, "DetailType") === "DiscountLineDetail" ? -1n : 1n;
    return [
      {
        externalId: text(line, "Id") ?? "",
        description: text(line, "Description"),
        accountExternalId:
          refIn(detail, "AccountRef") ??
          refIn(detail, "ItemAccountRef") ??
          refIn(detail, "DiscountAccountRef") ??
          accountOfItem(sent, refIn(detail, "ItemRef")),
        taxExternalId: refIn(detail, "TaxCodeRef") ?? (isUntaxed ? NO_TAX : null),
        netMinor: sign * said,
      },
    ];
  });
}

function seenDocument(element: JsonObject, entity: Entity, sent: OutgoingRecord | undefined, baseCurrency: string): SeenDocument {
  const currency = currencyIn(element, baseCurrency);
  const lines = linesOf(element, currency, sent);
  const tax = child(element, "TxnTaxDetail");
  const taxMinor = (tax && minor(tax, "TotalTax", currency)) ?? 0n;
  const grossMinor = minor(element, "TotalAmt", currency) ?? 0n;
  const open = openOf(element, entity, currency);
  const status = isVoided(element, currency) ? "voided" : open === 0n && grossMinor !== 0n ? "paid" : "authorised";
  const split = new Map<
    string,
    { accountExternalId: string | null; taxExternalId: string | null; netMinor: bigint; taxMinor: bigint }
  >();
  for (const { accountExternalId, taxExternalId, netMinor } of lines) {
    const key = JSON.stringify([accountExternalId, taxExternalId]);
    const row = split.get(key) ?? { accountExternalId, taxExternalId, netMinor: 0n, taxMinor: 0n };
    split.set(key, { ...row, netMinor: row.netMinor + netMinor });
  }
  return {
    family: "document",
    kind: documentKindOf(entity) ?? "other",
    number: text(element, "DocNumber"),
    contactExternalId: partyIn(element),
    issuedOn: dateIn(element, "TxnDate"),
    dueOn: dateIn(element, "DueDate"),
    currency,
    status,
    netMinor: grossMinor - taxMinor,
    taxMinor,
    grossMinor,
    taxOnLines: false,
    split: [...split.values()],
    ...(open === null ? {} : { dueMinor: open, settledMinor: status === "voided" ? 0n : grossMinor - open }),
    lines,
    url: pageIn(text(element, "PrivateNote")),
  };
}

/** A document that is no longer there: they keep nothing of what was deleted. */
export function goneDocument(kind: DocumentKind, currency: string): SeenDocument {
  return {
    family: "document",
    kind,
    number: null,
    contactExternalId: null,
    issuedOn: null,
    dueOn: null,
    currency,
    status: "deleted",
    netMinor: 0n,
    taxMinor: 0n,
    grossMinor: 0n,
    taxOnLines: false,
    split: [],
    url: null,
  };
}
