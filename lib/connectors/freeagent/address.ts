import type { RecordKind } from "#lib/common/records.ts";

/** Everything of the API stands below it. */
const V2 = "/v2";

/** How FreeAgent names one list of its records. */
export interface Resource {
  readonly path: string;
  /** The root of one record in a body. */
  readonly one: string;
  /** The root of a list. */
  readonly many: string;
  /** Its lines, where it has some. */
  readonly items: string | null;
  /** What the operations on it are called. */
  readonly name: string;
}

const resource = (one: string, name: string, items: string | null = null): Resource => ({
  path: `${V2}/${one}s`,
  one,
  many: `${one}s`,
  items,
  name,
});

export const CONTACTS = resource("contact", "Contact");
export const INVOICES = resource("invoice", "Invoice", "invoice_items");
export const CREDIT_NOTES = resource("credit_note", "CreditNote", "credit_note_items");
export const BILLS = resource("bill", "Bill", "bill_items");
export const EXPLANATIONS = resource("bank_transaction_explanation", "Explanation");
export const JOURNALS = resource("journal_set", "JournalSet", "journal_entries");
export const RECONCILIATIONS = resource("credit_note_reconciliation", "Reconciliation");
export const BANK_ACCOUNTS = resource("bank_account", "BankAccount");
export const BANK_TRANSACTIONS = resource("bank_transaction", "BankTransaction");

/** Where a record of this kind stands. @throws {RangeError} for a kind that FreeAgent is not sent */
export function resourceOf(kind: RecordKind): Resource {
  switch (kind) {
    case "customer":
    case "supplier":
      return CONTACTS;
    case "sales-invoice":
      return INVOICES;
    case "sales-credit-note":
      return CREDIT_NOTES;
    // A supplier's credit note is a bill with a negative total.
    case "bill":
    case "supplier-credit-note":
      return BILLS;
    case "payment":
      return EXPLANATIONS;
    case "journal":
      return JOURNALS;
    case "allocation":
      return RECONCILIATIONS;
    case "product":
    case "helper":
      throw new RangeError(`FreeAgent is sent no ${kind}`);
  }
}

/**
 * A record's id: its address below the API's base ("/v2/invoices/12"). FreeAgent writes addresses whole or relative, and on
 * another host in its sandbox; below the base they are the same. Null for what is no address of a record.
 */
export function idOf(address: string | null): string | null {
  const path = /^(?:https?:\/\/[^/]+)?(?:\/[\w.-]+)*?(\/v2\/[\w-]+(?:\/[\w-]+)+)\/?$/.exec(address?.trim() ?? "")?.[1];
  return path ?? null;
}

/** The number, or code, at the end of an id. */
export const tailOf = (id: string): string => id.slice(id.lastIndexOf("/") + 1);

/** An id as a body names it. */
export const addressOf = (apiUrl: string, id: string): string => `${apiUrl}${id}`;

/** Whether an id is of one record of this list. */
export const isIn = ({ path }: Resource, id: string): boolean => id.startsWith(`${path}/`);
