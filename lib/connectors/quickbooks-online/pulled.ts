import { child, get, type JsonObject, list, minor, text } from "../shared/json.ts";
import type { PulledContact, PulledDocument, PulledPayment } from "../types.ts";
import { referenceIn } from "./marks.ts";
import { bankOf, currencyIn, dateIn, isVoided, openOf, partyIn } from "./seen.ts";
import { changedAt, documentKindOf, type Entity } from "./wire.ts";

/** Whether a list of changes says that it was deleted: its id and the moment are all that is left then. */
const isDeleted = (element: JsonObject): boolean => text(element, "status") === "Deleted";

const nameIn = (element: JsonObject, key: string): string | null => {
  const found = child(element, key);
  return found && text(found, "name");
};

/** A document of theirs in neutral words; none of another entity. */
export function documentsOf(element: JsonObject, entity: Entity, baseCurrency: string): PulledDocument[] {
  const kind = documentKindOf(entity);
  const externalId = text(element, "Id");
  if (kind === null || externalId === null) return [];
  const currency = currencyIn(element, baseCurrency);
  const grossMinor = minor(element, "TotalAmt", currency) ?? 0n;
  const dueMinor = openOf(element, entity, currency) ?? grossMinor;
  const isVoid = isDeleted(element) || isVoided(element, currency);
  return [
    {
      externalId,
      kind,
      number: text(element, "DocNumber"),
      company: nameIn(element, "CustomerRef") ?? nameIn(element, "VendorRef"),
      contactExternalId: partyIn(element),
      issuedOn: dateIn(element, "TxnDate"),
      currency,
      grossMinor,
      dueMinor: isVoid ? 0n : dueMinor,
      status: isVoid ? "void" : dueMinor === 0n && grossMinor !== 0n ? "paid" : "open",
      changedAt: changedAt(element),
      version: text(element, "SyncToken"),
      // They list what settled it, and not by how much each.
      creditedMinor: null,
      paidMinor: null,
    },
  ];
}

/** A customer or supplier of theirs in neutral words; none of another entity. */
export function contactsOf(element: JsonObject, entity: Entity): PulledContact[] {
  const externalId = text(element, "Id");
  if ((entity !== "Customer" && entity !== "Vendor") || externalId === null || isDeleted(element)) return [];
  const email = child(element, "PrimaryEmailAddr");
  return [
    {
      externalId,
      name: text(element, "DisplayName") ?? "",
      number: referenceIn(text(element, "Notes")),
      accountNumber: text(element, "AcctNum"),
      email: email && text(email, "Address"),
      status: get(element, "Active") === false ? "archived" : "active",
      mergedInto: null,
      changedAt: changedAt(element),
    },
  ];
}

const LINKED: Readonly<Record<string, PulledPayment["documentKind"]>> = {
  Invoice: "sales-invoice",
  Bill: "bill",
  CreditMemo: "sales-credit-note",
  VendorCredit: "supplier-credit-note",
};

/**
 * A payment of theirs, one row for each document that it pays and one for what it leaves on account. The first has the payment's own id,
 * so that what we sent is known by it.
 */
export function paymentsOf(element: JsonObject, entity: Entity, baseCurrency: string): PulledPayment[] {
  const id = text(element, "Id");
  if ((entity !== "Payment" && entity !== "BillPayment") || id === null) return [];
  const currency = currencyIn(element, baseCurrency);
  const changed = changedAt(element)?.toISOString().slice(0, 10) ?? null;
  const paidOn = dateIn(element, "TxnDate") ?? changed;
  if (paidOn === null) return [];
  const gone = isDeleted(element) || isVoided(element, currency);
  const paid = list(element, "Line").flatMap((line) => {
    const amountMinor = minor(line, "Amount", currency);
    const [link, ...others] = list(line, "LinkedTxn");
    // A line that ties several together, or a credit into it, moves no money to one document.
    if (!link || others.length > 0 || amountMinor === null || amountMinor <= 0n) return [];
    const kind = LINKED[text(link, "TxnType") ?? ""] ?? "other";
    return kind === "sales-invoice" || kind === "bill" ? [{ documentExternalId: text(link, "TxnId"), amountMinor, kind }] : [];
  });
  const total = minor(element, "TotalAmt", currency) ?? 0n;
  const tied = paid.reduce((sum, one) => sum + one.amountMinor, 0n);
  const money = total - (minor(element, "UnappliedAmt", currency) ?? 0n);
  // More is settled than money came: credits pay the rest, and of several documents nothing says which.
  const isWithCredits = tied > money && !gone;
  const kept = !isWithCredits
    ? paid
    : money <= 0n
      ? []
      : paid.length === 1
        ? paid.map((one) => ({ ...one, amountMinor: money }))
        : paid;
  const left = isWithCredits ? total - money : total - tied;
  const rows: { documentExternalId: string | null; amountMinor: bigint; kind: PulledPayment["documentKind"] }[] = [...kept];
  // With no money at all it is no movement, and what it was before is over.
  const status = gone || total === 0n ? "deleted" : "live";
  if (left > 0n || rows.length === 0)
    rows.push({ documentExternalId: null, amountMinor: left > 0n ? left : 0n, kind: "on-account" });
  const isSplit = isWithCredits && kept.length > 1;
  return rows.map((row, place) => ({
    externalId: place === 0 ? id : `${id}-${row.documentExternalId ?? "rest"}`,
    groupExternalId: rows.length > 1 ? id : null,
    partOf: id,
    kind: isSplit ? "other" : entity === "Payment" ? "receipt" : "payment-out",
    kindSaid: isSplit ? "payment of several documents together with credits" : null,
    status,
    paidOn,
    reference: text(element, "PaymentRefNum") ?? text(element, "DocNumber") ?? text(element, "PrivateNote"),
    amountMinor: row.amountMinor,
    currency,
    bankAccountExternalId: bankOf(element),
    bankAmount: null,
    contactExternalId: partyIn(element),
    contactName: nameIn(element, "CustomerRef") ?? nameIn(element, "VendorRef"),
    documentExternalId: row.documentExternalId,
    documentNumber: null,
    documentKind: row.kind,
  }));
}
