import { CallLog } from "#lib/simulator/call-log.ts";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import type { Ledger } from "#lib/simulator/control-client.ts";
import { Collection, type Stored } from "#lib/simulator/core/collection.ts";
import { Faults } from "#lib/simulator/faults.ts";
import type { Fields } from "#lib/simulator/http.ts";

export type TenantInfo = {
  id: string;
  name: string;
  createdAt: number;
  currency: string;
  currencies: string[];
  /** False: it begins without limits. */
  limits?: boolean;
};

/** What every package's organisations can be set to. */
export type CommonSettings = {
  /** Last locked day for everyone but advisers. */
  periodLock: string | null;
  /** Last locked day for everyone. */
  yearLock: string | null;
  limits: boolean;
  latencyMs: number;
  /** Codes of the chart that were taken off their accounts. */
  accountsWithoutCode: string[];
  /** Keys of contacts archived by order. */
  archivedContacts: string[];
};

/** What a package's own settings may be; a control call changes each to a value of its default's type. */
export type OwnSettings = Readonly<Record<string, string | number | boolean | null>>;

const COMMON: Readonly<CommonSettings> = {
  periodLock: null,
  yearLock: null,
  limits: true,
  latencyMs: 0,
  accountsWithoutCode: [],
  archivedContacts: [],
};

/** How records of one kind are found, and which are there before anything was written. */
type PartDefinition<One> = {
  keys: Record<string, (one: One) => string | null>;
  seed?: (info: TenantInfo) => One[];
};

export type PartDefinitions<Parts> = { readonly [Kind in keyof Parts]: PartDefinition<Parts[Kind]> };

/** One document's page, for a person. */
export type DocumentSheet = {
  /** What stands under its title after party, dates and status. */
  remark: string;
  lines: {
    description: string;
    item: string;
    account: string;
    tax: string;
    quantity: string;
    unit: string;
    taxAmount: string;
    amount: string;
  }[];
  /** Whether the page offers to pay it. */
  payable: boolean;
};

export type StoredFile = { id: string; fileName: string; mimeType: string; size: number; content: string };

/**
 * One organisation of a simulated package: its records, settings, faults and calls. Each kind of record comes into being when it is
 * first asked for, so that 70,000 idle organisations stay small.
 *
 * What a person does inside the package, by control call or page, is the abstract part; every refusal there is an `HttpRefusal`.
 */
export abstract class Organisation<Parts extends { [kind: string]: Stored }, Own extends OwnSettings> {
  readonly info: TenantInfo;
  readonly clock: SimulatorClock;
  readonly faults = new Faults();
  /** Records that reads do not show before this moment: the read-back lag. */
  readonly hiddenUntil = new Map<string, number>();
  /** Calls that are being answered now. */
  inFlight = 0;
  settings: CommonSettings & Own;
  /** Codes taken off accounts by `accountsWithoutCode`, to be given back. */
  removedCodes: Record<string, string> = {};
  nextNumbers: Record<string, number> = {};
  readonly #defaults: CommonSettings & Own;
  readonly #definitions: PartDefinitions<Parts>;
  readonly #parts: { [Kind in keyof Parts]?: Collection<Parts[Kind]> } = {};
  readonly #note: (change: Fields) => void;
  #log: CallLog | null = null;

  constructor(
    info: TenantInfo,
    clock: SimulatorClock,
    note: (change: Fields) => void,
    definitions: PartDefinitions<Parts>,
    ownDefaults: Own,
  ) {
    this.info = info;
    this.clock = clock;
    this.#note = note;
    this.#definitions = definitions;
    this.#defaults = { ...COMMON, ...ownDefaults };
    this.settings = { ...this.#defaults };
    if (info.limits === false) this.settings = { ...this.settings, limits: false };
  }

  /** The ledger in the words of the control calls. */
  abstract ledger(withLines: boolean): Ledger;
  /** Pays one document, several at once, or a contact on account, and answers the id. */
  abstract payByHand(order: Fields): { id: string };
  /** Changes a document's gross, in hundredths, or its status. */
  abstract changeDocumentByHand(
    id: string,
    change: { gross: bigint } | { status: string },
  ): { id: string; status: string; net: string; tax: string; gross: string };
  abstract voidByHand(id: string): void;
  /** @param key a contact's code, id or name */
  abstract archiveContact(key: string, archived: boolean): { id: string; name: string };
  abstract mergeContact(key: string, into: string): { id: string };
  /** Adds an account, or changes the one with this code. */
  abstract putAccountByHand(order: Fields): { id: string };
  abstract removeItemByHand(code: string): void;
  /** Takes the codes off these accounts, and gives the code back to any other that lost it so. */
  abstract removeAccountCodes(codes: readonly string[]): void;
  /** @throws {HttpRefusal} 404 */
  abstract sheet(documentId: string): DocumentSheet;
  abstract filesOf(documentId: string): StoredFile[];
  abstract file(id: string): StoredFile | undefined;
  /** When a document was last changed, in milliseconds. */
  abstract changedAt(documentId: string): number;
  /** The chart, with balances in hundredths: debits above zero. */
  abstract accountRows(): { id: string; code: string | null; name: string; type: string; status: string; balance: bigint }[];

  get log(): CallLog {
    this.#log ??= new CallLog();
    return this.#log;
  }

  /** The records of one kind. */
  part<Kind extends keyof Parts>(kind: Kind): Collection<Parts[Kind]> {
    const known = this.#parts[kind];
    if (known !== undefined) return known;
    const { keys, seed } = this.#definitions[kind];
    const made = new Collection<Parts[Kind]>(keys, (put) => this.#note({ tenant: this.info.id, kind, put }));
    for (const one of seed?.(this.info) ?? []) made.restore(one);
    this.#parts[kind] = made;
    return made;
  }

  /** Takes a record away for good. */
  drop(kind: keyof Parts & string, id: string): void {
    this.part(kind).remove(id);
    this.#note({ tenant: this.info.id, kind, drop: id });
  }

  /** Archives these contacts, and brings back any other that was archived by order. */
  archiveContacts(keys: readonly string[]): void {
    for (const key of this.settings.archivedContacts) if (!keys.includes(key)) this.archiveContact(key, false);
    for (const key of keys) this.archiveContact(key, true);
    this.settings = { ...this.settings, archivedContacts: [...keys] };
    this.noteState();
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

  change(settings: Partial<CommonSettings & Own>): void {
    this.settings = { ...this.settings, ...settings };
    this.noteState();
  }

  noteState(): void {
    this.#note({ tenant: this.info.id, state: this.state() });
  }

  state() {
    return { settings: this.settings, removedCodes: this.removedCodes, nextNumbers: this.nextNumbers };
  }

  restoreState(state: Fields): void {
    // The journal is this class's own writing: what stands in it was a state when it was noted.
    const saved = state as Partial<ReturnType<Organisation<Parts, Own>["state"]>>;
    this.settings = { ...this.#defaults, ...saved.settings };
    this.removedCodes = saved.removedCodes ?? {};
    this.nextNumbers = saved.nextNumbers ?? {};
  }

  /** Puts back a record from the journal, or takes it away. */
  restore(kind: string, change: { put?: unknown; drop?: string }): void {
    if (!Object.hasOwn(this.#definitions, kind)) return;
    const part = this.part(kind as keyof Parts);
    // The journal is this class's own writing: under this kind stand records of this kind.
    if (change.put !== undefined) part.restore(change.put as Parts[keyof Parts]);
    if (change.drop !== undefined) part.remove(change.drop);
  }

  /** Every record of every kind in use. */
  *snapshot(): Generator<Fields> {
    yield { tenant: this.info.id, state: this.state() };
    for (const kind of Object.keys(this.#parts)) {
      for (const put of this.#parts[kind]?.all() ?? []) yield { tenant: this.info.id, kind, put };
    }
  }

  /** From now on nobody's read shows this record before `until`. */
  hide(id: string, until: number): void {
    this.hiddenUntil.set(id, until);
  }

  /** Whether reads show this record yet. */
  shows(id: string): boolean {
    return this.hiddenUntil.size === 0 || (this.hiddenUntil.get(id) ?? 0) <= this.clock.now();
  }
}

/** What the general parts need of an organisation, whatever its records and its own settings are. */
export type AnyOrganisation = Pick<
  Organisation<{ [kind: string]: Stored }, Record<never, never>>,
  | "info"
  | "clock"
  | "faults"
  | "hiddenUntil"
  | "inFlight"
  | "settings"
  | "removedCodes"
  | "log"
  | "ledger"
  | "payByHand"
  | "changeDocumentByHand"
  | "voidByHand"
  | "archiveContact"
  | "mergeContact"
  | "putAccountByHand"
  | "removeItemByHand"
  | "removeAccountCodes"
  | "archiveContacts"
  | "sheet"
  | "filesOf"
  | "file"
  | "changedAt"
  | "accountRows"
  | "change"
  | "restoreState"
  | "restore"
  | "snapshot"
>;
