import type { Stored } from "#lib/simulator/core/collection.ts";

/** What the simulated ledger holds. Amounts are decimal strings with two digits, dates `YYYY-MM-DD`, moments milliseconds UTC. */

export type Account = Stored & {
  position: number;
  code: string | null;
  name: string;
  type: string;
  class: string;
  status: "ACTIVE" | "ARCHIVED";
  taxType: string;
  enablePayments: boolean;
  system: string | null;
  currency: string | null;
  bankNumber: string | null;
  description: string | null;
};

/** `id` is the TaxType. */
export type TaxRate = Stored & {
  name: string;
  /** What a document is charged. */
  rate: string;
  /** The rate it shows: of a reverse charge, what the buyer accounts for. */
  shown?: string;
  use: string;
  report: string;
  status: "ACTIVE" | "DELETED";
};

export type Tracking = Stored & {
  name: string;
  status: "ACTIVE" | "ARCHIVED";
  options: { id: string; name: string; status: string }[];
};

export type Contact = Stored & {
  number: string | null;
  accountNumber: string | null;
  name: string;
  status: "ACTIVE" | "ARCHIVED" | "GDPRREQUEST";
  firstName: string | null;
  lastName: string | null;
  email: string | null;
  taxNumber: string | null;
  companyNumber: string | null;
  website: string | null;
  currency: string | null;
  salesAccount: string | null;
  purchasesAccount: string | null;
  salesTax: string | null;
  purchasesTax: string | null;
  persons: Record<string, string>[];
  addresses: Record<string, string>[];
  phones: Record<string, string>[];
  isCustomer: boolean;
  isSupplier: boolean;
  mergedTo: string | null;
};

export type ItemSide = { unitPrice: string | null; account: string | null; cogsAccount: string | null; taxType: string | null };

export type Item = Stored & {
  code: string;
  name: string | null;
  description: string | null;
  purchaseDescription: string | null;
  isSold: boolean;
  isPurchased: boolean;
  sales: ItemSide;
  purchases: ItemSide;
  inventoryAccount: string | null;
};

export type Line = {
  id: string;
  description: string | null;
  quantity: string | null;
  unit: string | null;
  itemCode: string | null;
  accountId: string | null;
  taxType: string | null;
  tax: string;
  amount: string;
  discountRate: string | null;
  discountAmount: string | null;
  tracking: { categoryId: string; optionId: string; name: string; option: string }[];
};

export type DocumentKind = "invoice" | "credit-note" | "overpayment" | "prepayment";

/** An invoice, credit note, overpayment or prepayment: whatever is owed one way or the other. */
export type Document = Stored & {
  kind: DocumentKind;
  type: string;
  number: string | null;
  reference: string | null;
  contactId: string;
  date: string;
  dueDate: string | null;
  lineAmountTypes: "Exclusive" | "Inclusive" | "NoTax";
  currency: string;
  rate: string;
  status: string;
  lines: Line[];
  subTotal: string;
  totalTax: string;
  total: string;
  paid: string;
  /** Credited to an invoice; or applied from a credit note, overpayment or prepayment. */
  credited: string;
  fullyPaidOn: string | null;
  url: string | null;
  sentToContact: boolean;
  brandingThemeId: string | null;
  plannedPaymentDate: string | null;
  expectedPaymentDate: string | null;
  /** The OAuth client that made it; null when a person did. */
  app: string | null;
  createdAt: number;
};

export type Allocation = Stored & {
  fromKind: DocumentKind;
  fromId: string;
  invoiceId: string;
  amount: string;
  date: string;
  deleted: boolean;
};

export type Payment = Stored & {
  type: string;
  documentKind: DocumentKind;
  documentId: string;
  accountId: string;
  date: string;
  amount: string;
  bankAmount: string;
  rate: string;
  reference: string | null;
  status: "AUTHORISED" | "DELETED";
  batchId: string | null;
  reconciled: boolean;
};

export type Batch = Stored & {
  type: "RECBATCH" | "PAYBATCH";
  accountId: string;
  date: string;
  reference: string | null;
  narrative: string | null;
  details: string | null;
  status: "AUTHORISED" | "DELETED";
  total: string;
};

export type BankTransaction = Stored & {
  type: string;
  contactId: string | null;
  bankAccountId: string;
  date: string;
  reference: string | null;
  currency: string;
  rate: string;
  lineAmountTypes: "Exclusive" | "Inclusive" | "NoTax";
  status: "AUTHORISED" | "DELETED";
  lines: Line[];
  subTotal: string;
  totalTax: string;
  total: string;
  url: string | null;
  reconciled: boolean;
  overpaymentId: string | null;
  prepaymentId: string | null;
};

export type Journal = Stored & {
  narration: string;
  date: string;
  status: string;
  lineAmountTypes: "Exclusive" | "Inclusive" | "NoTax";
  url: string | null;
  lines: { id: string; amount: string; accountId: string; taxType: string; tax: string; description: string | null }[];
};

/** A file on a document; `content` is base64. */
export type Attachment = Stored & {
  parent: string;
  fileName: string;
  mimeType: string;
  size: number;
  content: string;
  includeOnline: boolean;
};

export type Note = Stored & { parent: string; details: string };
