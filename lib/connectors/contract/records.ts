import {
  type DocumentKind,
  isDocumentKind,
  type OutgoingAllocation,
  type OutgoingDocument,
  type OutgoingJournal,
  type OutgoingPayment,
  type OutgoingRecord,
  type RecordKind,
} from "#lib/common/records.ts";
import type { PackageLists, PushedRef } from "../types.ts";

/** The lists that the suite's records choose their accounts and tax rates from. */
export type ContractLists = Required<Pick<PackageLists, "accounts" | "taxRates">>;

/** What the suite's records name, by the package's own ids. */
export interface Named {
  readonly baseCurrency: string;
  readonly lists: ContractLists;
  readonly contacts: ReadonlyMap<RecordKind, string>;
  /** An invoice that payments pay and credit notes are allocated to. */
  readonly payable: string;
  /** A credit note that is allocated to it. */
  readonly allocatable: string;
  /** Where sales lines name items: the one of each account, by the account's id. */
  readonly items: ReadonlyMap<string, string>;
}

interface Base {
  readonly recordId: string;
  readonly reference: string;
  readonly revision: number;
}

/**
 * One record of a kind, equal to no other of the suite's.
 *
 * @param serial another one for each record
 */
export function makeRecord(kind: DocumentKind, serial: number, named: Named): OutgoingDocument;
export function makeRecord(kind: RecordKind, serial: number, named: Named): OutgoingRecord;
export function makeRecord(kind: RecordKind, serial: number, named: Named): OutgoingRecord {
  const base = { recordId: `record-${serial}`, reference: `CT-${serial}`, revision: 1 };
  switch (kind) {
    case "customer":
    case "supplier":
      return { ...base, kind, name: `Contract ${kind} ${serial}`, email: null };
    case "product":
      return { ...base, kind, name: `Contract product ${serial}`, description: null };
    case "payment":
      return payment(base, serial, named);
    case "journal":
      return journal(base, named);
    case "allocation":
      return allocation(base, serial, named);
    case "helper": {
      const account = named.lists.accounts.find((one) => one.active && one.class === "revenue");
      return { ...base, kind, helper: "item", accountExternalId: account?.externalId ?? "" };
    }
    default:
      return document(kind, base, named);
  }
}

/** Accounts that sales lines of the suite post to. */
export const revenuesOf = ({ accounts }: ContractLists): ContractLists["accounts"] =>
  accounts.filter((one) => one.active && !one.isSystem && one.class === "revenue");

function document(
  kind: DocumentKind,
  base: Base,
  { lists, contacts, baseCurrency, items }: Named,
): OutgoingDocument {
  const sales = kind === "sales-invoice" || kind === "sales-credit-note";
  const wanted = sales ? "revenue" : "expense";
  const usable = lists.accounts.filter(
    (account) => account.active && !account.isSystem && account.class === wanted,
  );
  const fits = lists.taxRates.find(
    (one) => one.active && one.rate === "20" && one.appliesTo.includes(wanted),
  );
  const rate = fits ?? lists.taxRates[0];
  const [first, second = first] = usable;
  if (!first || !second || !rate) throw new Error(`There is no account and tax rate for ${kind}`);
  const line = {
    tax: {
      externalId: rate.externalId,
      rate: rate.rate,
      ...(rate.attributes ? { attributes: rate.attributes } : {}),
    },
    productReference: null,
  };
  const to = ({ externalId, code }: typeof first) => {
    const item = sales ? items.get(externalId) : undefined;
    return { account: { externalId, code }, ...(item ? { item: { externalId: item } } : {}) };
  };
  return {
    ...base,
    kind,
    number: base.reference,
    contactExternalId: contacts.get(sales ? "customer" : "supplier") ?? "",
    issuedOn: "2026-11-02",
    dueOn: "2026-12-02",
    currency: baseCurrency,
    netMinor: 12_430n,
    taxMinor: 2_486n,
    grossMinor: 14_916n,
    postAs: "authorised",
    url: `http://localhost:3000/documents/${base.recordId}`,
    lines: [
      {
        ...line,
        description: 'Ten & a "half" <widgets>',
        quantity: "10.5",
        unitPrice: "10.125",
        netMinor: 10_631n,
        taxMinor: 2_126n,
        target: to(first),
      },
      {
        ...line,
        description: "Delivery",
        quantity: "1",
        unitPrice: "12.99",
        netMinor: 1_299n,
        taxMinor: 260n,
        target: to(second),
      },
      {
        ...line,
        description: "Packing",
        quantity: "1",
        unitPrice: "5",
        netMinor: 500n,
        taxMinor: 100n,
        target: to(first),
      },
    ],
  };
}

/** Some pounds of an invoice that is there already; another amount each time, where a package keeps no reference of ours. */
function payment(
  base: Base,
  serial: number,
  { lists, payable, contacts, baseCurrency }: Named,
): OutgoingPayment {
  const bank = lists.accounts.find((one) => one.active && (one.isBank || one.takesPayments));
  return {
    ...base,
    kind: "payment",
    direction: "receipt",
    packageReference: `${base.reference} counter sale`,
    documentExternalId: payable,
    partyExternalId: contacts.get("customer") ?? null,
    accountExternalId: bank?.externalId ?? "",
    paidOn: "2026-11-03",
    currency: baseCurrency,
    amountMinor: 100n + BigInt(serial),
  };
}

/** Another amount each time: without a reference of ours an equal one could not be told apart. */
function allocation(base: Base, serial: number, named: Named): OutgoingAllocation {
  return {
    ...base,
    kind: "allocation",
    creditNoteKind: "sales-credit-note",
    creditNoteNumber: "CT-CN",
    creditNoteExternalId: named.allocatable,
    documentNumber: "CT-INV",
    documentExternalId: named.payable,
    allocatedOn: "2026-11-02",
    currency: named.baseCurrency,
    amountMinor: 100n + BigInt(serial),
  };
}

function journal(base: Base, { lists, baseCurrency }: Named): OutgoingJournal {
  const [debit, credit] = lists.accounts.filter(
    (one) => one.active && !one.isSystem && !one.isBank && one.class === "expense",
  );
  return {
    ...base,
    kind: "journal",
    narration: `${base.reference} Accrual for November`,
    journalOn: "2026-11-30",
    currency: baseCurrency,
    url: `http://localhost:3000/journals/${base.recordId}`,
    legs: [
      { description: "Accrued", accountExternalId: debit?.externalId ?? "", amountMinor: 12_345n },
      { description: "", accountExternalId: credit?.externalId ?? "", amountMinor: -12_345n },
    ],
  };
}

/** A record as a read-back asks for it: by the package's id, or without one by our reference. */
export function refTo(record: OutgoingRecord, externalId: string | null): PushedRef {
  return {
    recordId: record.recordId,
    kind: record.kind,
    reference: "number" in record ? record.number : record.reference,
    externalId,
    contactExternalId: "contactExternalId" in record ? record.contactExternalId : null,
    sent: record,
  };
}

/** Whether the package's books can be counted for this record. */
export function isDocument(record: OutgoingRecord): record is OutgoingDocument {
  return isDocumentKind(record.kind);
}
