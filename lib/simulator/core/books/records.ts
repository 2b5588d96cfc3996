import type { Stored } from "#lib/simulator/core/collection.ts";

/**
 * What the books hold, in nobody's wire format. Amounts are decimal strings with two digits, dates `YYYY-MM-DD`, moments
 * milliseconds UTC.
 */

/** What every record has: how often it was changed, and what only its package's wire knows of it. */
export type Kept = Stored & {
  createdAt: number;
  /** 0 when new, one more with each change. */
  version: number;
  /** Gone from lists, kept so that the change log can tell of it. */
  deleted: boolean;
  own: Readonly<Record<string, unknown>>;
};

/** What an account is for. Documents, payments and balances find the control accounts by it. */
export type AccountRole =
  | "bank"
  | "card"
  | "receivable"
  | "payable"
  | "tax"
  | "undeposited"
  | "income"
  | "cost-of-sales"
  | "expense"
  | "asset"
  | "fixed-asset"
  | "liability"
  | "equity";

export type Account = Kept & {
  position: number;
  code: string | null;
  name: string;
  role: AccountRole;
  active: boolean;
  currency: string | null;
  taxCode: string | null;
};

/** `id` is what lines name it by. */
export type TaxRate = Kept & {
  name: string;
  /** Percent, as `20` or `17.5`. */
  percent: string;
  on: "sales" | "purchases" | "both";
  active: boolean;
};

export type PartyKind = "customer" | "supplier" | "employee" | "contact";

export type Party = Kept & {
  kind: PartyKind;
  name: string;
  /** Our code for it, where the package has a field for that. */
  reference: string | null;
  currency: string | null;
  active: boolean;
  mergedInto: string | null;
};

export type Item = Kept & {
  name: string;
  active: boolean;
  incomeAccountId: string | null;
  expenseAccountId: string | null;
};

export type DocumentType =
  | "sales-invoice"
  | "bill"
  | "sales-credit-note"
  | "supplier-credit-note"
  /** Sold or bought for money at once: lines and a bank account, nothing due. */
  | "money-in"
  | "money-out";

export type Line = {
  id: string;
  description: string | null;
  quantity: string | null;
  unit: string | null;
  accountId: string | null;
  itemId: string | null;
  taxId: string | null;
  /** The percent that was charged. */
  percent: string;
  net: string;
  tax: string;
  own: Readonly<Record<string, unknown>>;
};

/** `draft` is in nobody's ledger yet; what is settled is worked out from `paid`. */
type DocumentStatus = "draft" | "open" | "void";

export type Document = Kept & {
  type: DocumentType;
  status: DocumentStatus;
  number: string | null;
  reference: string | null;
  partyId: string | null;
  date: string;
  dueDate: string | null;
  currency: string;
  /** Units of the document's currency for one of the organisation's own. */
  rate: string;
  /** Where the money of `money-in` and `money-out` went. */
  bankAccountId: string | null;
  lines: readonly Line[];
  net: string;
  tax: string;
  gross: string;
  /** Settled so far, by payments and allocations. */
  paid: string;
  settledOn: string | null;
};

/** Money that came in or went out, and the documents it settles. What is left of it is on account. */
export type Payment = Kept & {
  direction: "in" | "out";
  partyId: string | null;
  accountId: string | null;
  date: string;
  amount: string;
  currency: string;
  number: string | null;
  reference: string | null;
  /** Amounts above zero. A document of the other direction (a credit note on a receipt) adds to what there is to give out. */
  lines: readonly { documentId: string; amount: string }[];
  status: "live" | "void";
  depositId: string | null;
  bankLineId: string | null;
};

/** A credit note set against a document of its own side. */
export type Allocation = Kept & { fromId: string; documentId: string; date: string; amount: string };

/** Payments that were banked together, and money beside them. */
export type Deposit = Kept & {
  accountId: string;
  date: string;
  total: string;
  paymentIds: readonly string[];
  lines: readonly { id: string; accountId: string; amount: string; description: string | null }[];
};

/** A line of a bank statement: money in above zero, money out below. Payments, documents and transfers explain it. */
export type BankLine = Kept & {
  accountId: string;
  date: string;
  amount: string;
  description: string;
  /** Explained so far, with the line's sign. */
  explained: string;
};

/** Debits above zero, credits below; they come to nothing. */
export type Journal = Kept & {
  number: string | null;
  date: string;
  description: string | null;
  lines: readonly {
    id: string;
    accountId: string;
    amount: string;
    partyId: string | null;
    description: string | null;
    own: Readonly<Record<string, unknown>>;
  }[];
};

/** A file on a record; `content` is base64. */
export type Attachment = Kept & {
  parentId: string;
  fileName: string;
  mimeType: string;
  size: number;
  content: string;
};

/** Every kind of record. */
export type BookParts = {
  accounts: Account;
  taxRates: TaxRate;
  parties: Party;
  items: Item;
  documents: Document;
  payments: Payment;
  allocations: Allocation;
  deposits: Deposit;
  bankLines: BankLine;
  journals: Journal;
  attachments: Attachment;
};

export type BookKind = keyof BookParts;
