import type { SimulatorClock } from "#lib/simulator/clock.ts";
import type { Collection } from "#lib/simulator/core/collection.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import {
  type DocumentSheet,
  Organisation,
  type PartDefinitions,
  type StoredFile,
  type TenantInfo,
} from "#lib/simulator/core/organisation.ts";
import type { Fields } from "#lib/simulator/http.ts";
import {
  archiveContact,
  changeDocumentByHand,
  contactByKey,
  documentById,
  mergeContact,
  payAsPerson,
  putAccount,
  removeAccountCodes,
  removeItem,
  voidByHand,
} from "#lib/simulator/xero/actions.ts";
import { attachmentsOf } from "#lib/simulator/xero/attachments.ts";
import { ukAccounts, ukTaxRates } from "#lib/simulator/xero/chart.ts";
import { accountRows, ledger, sheetOf } from "#lib/simulator/xero/ledger.ts";
import type {
  Account,
  Allocation,
  Attachment,
  BankTransaction,
  Batch,
  Contact,
  Document,
  DocumentKind,
  Item,
  Journal,
  Note,
  Payment,
  TaxRate,
  Tracking,
} from "#lib/simulator/xero/records.ts";

/** Xero's own settings. A type, not an interface: the core reads settings as a list of named values. */
type XeroSettings = {
  /** Calls a day: 5,000, or 1,000 on the Starter tier. */
  dayLimit: number;
  /** Whether a credit note's number must be unique, as an invoice's must. */
  creditNoteNumbersUnique: boolean;
  /** Whether a key replayed with another access token counts as new, as one team reports. */
  idempotencyPerToken: boolean;
  /** Refusals of a line are said on the line alone, not on its document too. */
  lineErrorsOnly: boolean;
};

const DEFAULTS: XeroSettings = {
  dayLimit: 5000,
  creditNoteNumbersUnique: true,
  idempotencyPerToken: false,
  lineErrorsOnly: false,
};

type XeroParts = {
  accounts: Account;
  taxRates: TaxRate;
  tracking: Tracking;
  contacts: Contact;
  items: Item;
  invoices: Document;
  creditNotes: Document;
  overpayments: Document;
  prepayments: Document;
  allocations: Allocation;
  payments: Payment;
  batches: Batch;
  bankTransactions: BankTransaction;
  journals: Journal;
  notes: Note;
  attachments: Attachment;
};

const folded = (text: string | null) => (text === null || text === "" ? null : fold(text));

const documents = {
  keys: { number: (one: Document) => folded(one.number), contact: (one: Document) => one.contactId },
};

const PARTS: PartDefinitions<XeroParts> = {
  accounts: {
    keys: { code: (one) => folded(one.code) },
    seed: (info) => ukAccounts(info.id, info.currency, info.createdAt),
  },
  taxRates: { keys: {}, seed: ukTaxRates },
  tracking: { keys: { name: (one) => fold(one.name) } },
  contacts: { keys: { name: (one) => fold(one.name), number: (one) => folded(one.number) } },
  items: { keys: { code: (one) => fold(one.code) } },
  invoices: documents,
  creditNotes: documents,
  overpayments: documents,
  prepayments: documents,
  allocations: { keys: { from: (one) => one.fromId, invoice: (one) => one.invoiceId } },
  payments: { keys: { document: (one) => one.documentId, batch: (one) => one.batchId } },
  batches: { keys: {} },
  bankTransactions: { keys: { contact: (one) => one.contactId } },
  journals: { keys: {} },
  notes: { keys: { parent: (one) => one.parent } },
  attachments: { keys: { parent: (one) => one.parent } },
};

/** One organisation at Xero. Its records are Xero's own, and so are the rules for them (decision 0052). */
export class Tenant extends Organisation<XeroParts, XeroSettings> {
  constructor(info: TenantInfo, clock: SimulatorClock, note: (change: Fields) => void) {
    super(info, clock, note, PARTS, DEFAULTS);
  }

  get accounts(): Collection<Account> {
    return this.part("accounts");
  }

  get taxRates(): Collection<TaxRate> {
    return this.part("taxRates");
  }

  get tracking(): Collection<Tracking> {
    return this.part("tracking");
  }

  get contacts(): Collection<Contact> {
    return this.part("contacts");
  }

  get items(): Collection<Item> {
    return this.part("items");
  }

  get invoices(): Collection<Document> {
    return this.part("invoices");
  }

  get creditNotes(): Collection<Document> {
    return this.part("creditNotes");
  }

  get overpayments(): Collection<Document> {
    return this.part("overpayments");
  }

  get prepayments(): Collection<Document> {
    return this.part("prepayments");
  }

  get allocations(): Collection<Allocation> {
    return this.part("allocations");
  }

  get payments(): Collection<Payment> {
    return this.part("payments");
  }

  get batches(): Collection<Batch> {
    return this.part("batches");
  }

  get bankTransactions(): Collection<BankTransaction> {
    return this.part("bankTransactions");
  }

  get journals(): Collection<Journal> {
    return this.part("journals");
  }

  get notes(): Collection<Note> {
    return this.part("notes");
  }

  get attachments(): Collection<Attachment> {
    return this.part("attachments");
  }

  documents(kind: DocumentKind): Collection<Document> {
    if (kind === "invoice") return this.invoices;
    if (kind === "credit-note") return this.creditNotes;
    return kind === "overpayment" ? this.overpayments : this.prepayments;
  }

  /** The account with this code, whatever its state. */
  accountByCode(code: string): Account | undefined {
    return this.accounts.find("code", fold(code))[0];
  }

  systemAccount(name: string): Account | undefined {
    return this.accounts.all().find((account) => account.system === name);
  }

  ledger(withLines: boolean) {
    return ledger(this, withLines);
  }

  payByHand(order: Fields): { id: string } {
    return payAsPerson(this, order);
  }

  changeDocumentByHand(id: string, change: { gross: bigint } | { status: string }) {
    return changeDocumentByHand(this, id, change);
  }

  voidByHand(id: string): void {
    voidByHand(this, id);
  }

  archiveContact(key: string, archived: boolean): { id: string; name: string } {
    return archiveContact(this, contactByKey(this, key), archived);
  }

  mergeContact(key: string, into: string): { id: string } {
    return mergeContact(this, contactByKey(this, key), contactByKey(this, into));
  }

  putAccountByHand(order: Fields): { id: string } {
    return putAccount(this, order);
  }

  removeItemByHand(code: string): void {
    removeItem(this, code);
  }

  removeAccountCodes(codes: readonly string[]): void {
    removeAccountCodes(this, codes);
  }

  sheet(documentId: string): DocumentSheet {
    return sheetOf(this, documentById(this, documentId));
  }

  filesOf(documentId: string): StoredFile[] {
    return attachmentsOf(this, documentId);
  }

  file(id: string): StoredFile | undefined {
    return this.attachments.get(id);
  }

  changedAt(documentId: string): number {
    return (this.invoices.get(documentId) ?? this.creditNotes.get(documentId))?.updatedAt ?? 0;
  }

  accountRows() {
    return accountRows(this);
  }
}
