import { CallLog } from "#lib/simulator/call-log.ts";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import { Faults } from "#lib/simulator/faults.ts";
import type { Fields } from "#lib/simulator/http.ts";
import { ukAccounts, ukTaxRates } from "#lib/simulator/xero/chart.ts";
import { Collection, type Stored } from "#lib/simulator/xero/collection.ts";
import { TenantLimits } from "#lib/simulator/xero/limits.ts";
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

export type TenantInfo = {
  id: string;
  name: string;
  createdAt: number;
  currency: string;
  currencies: string[];
  /** False: it begins without limits. */
  limits?: boolean;
};

export type Settings = {
  /** Last locked day for everyone but advisers. */
  periodLock: string | null;
  /** Last locked day for everyone. */
  yearLock: string | null;
  limits: boolean;
  /** Calls a day: 5,000, or 1,000 on the Starter tier. */
  dayLimit: number;
  latencyMs: number;
  /** Codes of the chart that were taken off their accounts. */
  accountsWithoutCode: string[];
  /** ContactNumbers, or names, of contacts archived by order. */
  archivedContacts: string[];
  /** Whether a credit note's number must be unique, as an invoice's must. */
  creditNoteNumbersUnique: boolean;
  /** Whether a key replayed with another access token counts as new, as one team reports. */
  idempotencyPerToken: boolean;
  /** Refusals of a line are said on the line alone, not on its document too. */
  lineErrorsOnly: boolean;
};

const DEFAULT_SETTINGS: Readonly<Settings> = {
  periodLock: null,
  yearLock: null,
  limits: true,
  dayLimit: 5000,
  latencyMs: 0,
  accountsWithoutCode: [],
  archivedContacts: [],
  creditNoteNumbersUnique: true,
  idempotencyPerToken: false,
  lineErrorsOnly: false,
};

export const fold = (text: string) => text.trim().toLowerCase();
const folded = (text: string | null) => (text === null || text === "" ? null : fold(text));

const documentKeys = {
  number: (one: Document) => folded(one.number),
  contact: (one: Document) => one.contactId,
};

/** Everything that one organisation holds. Each part comes into being when it is first asked for, so 70,000 idle ones stay small. */
export class Tenant {
  readonly info: TenantInfo;
  settings: Settings = { ...DEFAULT_SETTINGS };
  /** Codes taken off accounts by `accountsWithoutCode`, to be given back. */
  removedCodes: Record<string, string> = {};
  nextNumbers: Record<string, number> = {};
  readonly faults = new Faults();
  readonly limits = new TenantLimits();
  readonly clock: SimulatorClock;
  /** Documents that reads do not show before this moment: the read-back lag. */
  readonly hiddenUntil = new Map<string, number>();
  #log: CallLog | null = null;
  readonly #note: (change: Fields) => void;
  readonly #parts = new Map<string, { restore(item: Stored): void; remove(id: string): void; all(): readonly Stored[] }>();

  constructor(info: TenantInfo, clock: SimulatorClock, note: (change: Fields) => void) {
    this.info = info;
    if (info.limits === false) this.settings.limits = false;
    this.clock = clock;
    this.#note = note;
  }

  get log(): CallLog {
    this.#log ??= new CallLog();
    return this.#log;
  }

  #part<One extends Stored>(
    kind: string,
    keys: Record<string, (one: One) => string | null>,
    seed?: () => One[],
  ): Collection<One> {
    const part = new Collection<One>(keys, (item) => this.#note({ tenant: this.info.id, kind, put: item }));
    for (const one of seed?.() ?? []) part.restore(one);
    this.#parts.set(kind, {
      restore: (item) => part.restore(item as One),
      remove: (id) => part.remove(id),
      all: () => part.all(),
    });
    return part;
  }

  #accounts: Collection<Account> | undefined;
  get accounts(): Collection<Account> {
    this.#accounts ??= this.#part<Account>("accounts", { code: (one) => folded(one.code) }, () =>
      ukAccounts(this.info.id, this.info.currency, this.info.createdAt),
    );
    return this.#accounts;
  }

  #taxRates: Collection<TaxRate> | undefined;
  get taxRates(): Collection<TaxRate> {
    this.#taxRates ??= this.#part<TaxRate>("taxRates", {}, ukTaxRates);
    return this.#taxRates;
  }

  #tracking: Collection<Tracking> | undefined;
  get tracking(): Collection<Tracking> {
    this.#tracking ??= this.#part<Tracking>("tracking", { name: (one) => fold(one.name) });
    return this.#tracking;
  }

  #contacts: Collection<Contact> | undefined;
  get contacts(): Collection<Contact> {
    this.#contacts ??= this.#part<Contact>("contacts", { name: (one) => fold(one.name), number: (one) => folded(one.number) });
    return this.#contacts;
  }

  #items: Collection<Item> | undefined;
  get items(): Collection<Item> {
    this.#items ??= this.#part<Item>("items", { code: (one) => fold(one.code) });
    return this.#items;
  }

  #invoices: Collection<Document> | undefined;
  get invoices(): Collection<Document> {
    this.#invoices ??= this.#part<Document>("invoices", documentKeys);
    return this.#invoices;
  }

  #creditNotes: Collection<Document> | undefined;
  get creditNotes(): Collection<Document> {
    this.#creditNotes ??= this.#part<Document>("creditNotes", documentKeys);
    return this.#creditNotes;
  }

  #overpayments: Collection<Document> | undefined;
  get overpayments(): Collection<Document> {
    this.#overpayments ??= this.#part<Document>("overpayments", documentKeys);
    return this.#overpayments;
  }

  #prepayments: Collection<Document> | undefined;
  get prepayments(): Collection<Document> {
    this.#prepayments ??= this.#part<Document>("prepayments", documentKeys);
    return this.#prepayments;
  }

  #allocations: Collection<Allocation> | undefined;
  get allocations(): Collection<Allocation> {
    this.#allocations ??= this.#part<Allocation>("allocations", { from: (one) => one.fromId, invoice: (one) => one.invoiceId });
    return this.#allocations;
  }

  #payments: Collection<Payment> | undefined;
  get payments(): Collection<Payment> {
    this.#payments ??= this.#part<Payment>("payments", { document: (one) => one.documentId, batch: (one) => one.batchId });
    return this.#payments;
  }

  #batches: Collection<Batch> | undefined;
  get batches(): Collection<Batch> {
    this.#batches ??= this.#part<Batch>("batches", {});
    return this.#batches;
  }

  #bankTransactions: Collection<BankTransaction> | undefined;
  get bankTransactions(): Collection<BankTransaction> {
    this.#bankTransactions ??= this.#part<BankTransaction>("bankTransactions", { contact: (one) => one.contactId });
    return this.#bankTransactions;
  }

  #journals: Collection<Journal> | undefined;
  get journals(): Collection<Journal> {
    this.#journals ??= this.#part<Journal>("journals", {});
    return this.#journals;
  }

  #notes: Collection<Note> | undefined;
  get notes(): Collection<Note> {
    this.#notes ??= this.#part<Note>("notes", { parent: (one) => one.parent });
    return this.#notes;
  }

  #attachments: Collection<Attachment> | undefined;
  get attachments(): Collection<Attachment> {
    this.#attachments ??= this.#part<Attachment>("attachments", { parent: (one) => one.parent });
    return this.#attachments;
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

  /** The next automatic number of a series, such as `INV-0001`. */
  nextNumber(prefix: string, taken: (number: string) => boolean): string {
    let next = this.nextNumbers[prefix] ?? 1;
    let number = "";
    do {
      number = `${prefix}-${String(next).padStart(4, "0")}`;
      next += 1;
    } while (taken(number));
    this.nextNumbers = { ...this.nextNumbers, [prefix]: next };
    this.noteState();
    return number;
  }

  change(settings: Partial<Settings>): void {
    this.settings = { ...this.settings, ...settings };
    this.noteState();
  }

  removeItem(id: string): void {
    this.items.remove(id);
    this.#note({ tenant: this.info.id, kind: "items", drop: id });
  }

  noteState(): void {
    this.#note({ tenant: this.info.id, state: this.state() });
  }

  state() {
    return { settings: this.settings, removedCodes: this.removedCodes, nextNumbers: this.nextNumbers };
  }

  restoreState(state: Fields): void {
    const saved = state as Partial<ReturnType<Tenant["state"]>>;
    this.settings = { ...DEFAULT_SETTINGS, ...saved.settings };
    this.removedCodes = saved.removedCodes ?? {};
    this.nextNumbers = saved.nextNumbers ?? {};
  }

  /** Puts back a record from the journal, or takes it away. */
  restore(kind: string, change: { put?: Stored; drop?: string }): void {
    this.#touch(kind);
    const part = this.#parts.get(kind);
    if (change.put !== undefined) part?.restore(change.put);
    if (change.drop !== undefined) part?.remove(change.drop);
  }

  /** Every record of every part in use. */
  *snapshot(): Generator<Fields> {
    yield { tenant: this.info.id, state: this.state() };
    for (const [kind, part] of this.#parts) {
      for (const item of part.all()) yield { tenant: this.info.id, kind, put: item };
    }
  }

  #touch(kind: string): void {
    const parts: Record<string, () => unknown> = {
      accounts: () => this.accounts,
      taxRates: () => this.taxRates,
      tracking: () => this.tracking,
      contacts: () => this.contacts,
      items: () => this.items,
      invoices: () => this.invoices,
      creditNotes: () => this.creditNotes,
      overpayments: () => this.overpayments,
      prepayments: () => this.prepayments,
      allocations: () => this.allocations,
      payments: () => this.payments,
      batches: () => this.batches,
      bankTransactions: () => this.bankTransactions,
      journals: () => this.journals,
      notes: () => this.notes,
      attachments: () => this.attachments,
    };
    parts[kind]?.();
  }
}
