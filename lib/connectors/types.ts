import type { ZodObject, ZodType } from "zod";
import type { DocumentKind, LinkEntity, OutgoingRecord, RecordKind, RefFamily, SeenRecord } from "#lib/common/records.ts";
import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import type { SyncError, SyncErrorDetail } from "#lib/errors/sync-error.ts";
import type { PackageLock } from "#lib/model/lock-policy.ts";

export type PackageId =
  | "xero"
  | "quickbooks-online"
  | "quickbooks-desktop"
  | "sage-accounting"
  | "freeagent"
  | "exact-online"
  | "twinfield"
  | "sage-50"
  /** A throwaway of tests and campaigns: known where a process brings it (`addPackage`), and to nothing that is served. */
  | `toy-${string}`;

/** What a package can and can't do, as data: what it lacks is shown greyed, never silently skipped. */
interface Capabilities {
  /** Record kinds it takes from us now. */
  readonly push: readonly RecordKind[];
  /** Those of them that it lets us change by their id once it holds them. */
  readonly update: readonly RecordKind[];
  /** How many records of a kind go in one call and in one reading, where `kinds` has nothing of its own for it. */
  readonly usually: KindRules;
  /** What is different for some kinds. */
  readonly kinds: Readonly<Partial<Record<RecordKind, Partial<KindRules>>>>;
  /**
   * Kinds whose document number the package itself keeps unique, so that a repeat is refused; none where each organisation may choose
   * (`PackageLists.organisation`).
   */
  readonly uniqueNumbers: readonly RecordKind[];
  /** Its idempotency keys, by which one call may be sent twice and is done once; null where it has none. */
  readonly keys: KeyRules | null;
  /** How long after the deadline the package may still be at work, in ms: the settle delay. */
  readonly settleMs: number;
  readonly drafts: boolean;
  readonly accounts: {
    /** How a line names its account: by `id`, so that one without a code will do, or as one that has a `code`. */
    readonly onLines: "id" | "code";
    /** What a line of a sales document names: an account, or an item that stands for one. */
    readonly onSales: "account" | "item";
  };
  /**
   * Whose tax stands on a document: `ours`, to the penny; `theirs` where the package reckons it by itself, so that the net alone can be
   * compared; `by-line` where it reckons it by the rate that we send, line by line, so that only pennies of rounding may part it from ours.
   * `either` where that differs by company and document: theirs on a document without tax of ours whose lines have a rate
   * that says no figure, ours on any other.
   */
  readonly tax: "ours" | "theirs" | "by-line" | "either";
}

/** How many records of one kind a package takes and shows at once. */
export interface KindRules {
  /** Most records in one call. */
  readonly batch: number;
  /**
   * Most records that belong to one reading, after which a time slice may end: a page of its lists,
   * or, where it is asked record by record, what takes some ten seconds.
   */
  readonly readAtOnce: number;
}

/** What holds of records of all these kinds together: the least of each. */
export function rulesFor(can: Pick<Capabilities, "usually" | "kinds">, kinds: readonly RecordKind[]): KindRules {
  const each = kinds.map((kind) => ({ ...can.usually, ...can.kinds[kind] }));
  const least = (of: (rules: KindRules) => number) => (each.length === 0 ? of(can.usually) : Math.min(...each.map(of)));
  return { batch: least((one) => one.batch), readAtOnce: least((one) => one.readAtOnce) };
}

/** What a package promises of its idempotency keys. */
interface KeyRules {
  /** How long, from first use, the same key may be sent again with the same bytes, in ms. */
  readonly windowMs: number;
  /** Another access token may make it forget the key: a call is then sent again under the token of its first try alone. */
  readonly boundToToken: boolean;
  /**
   * Its keys alone keep a repeat from being done twice. Where they are not trusted, a call is sent again only for kinds whose
   * numbers the package itself keeps unique.
   */
  readonly trusted: boolean;
}

/** Texts of a record that a package may have a rule for. */
export type TextField =
  | "contact.name"
  | "contact.reference"
  | "contact.email"
  | "contact.taxNumber"
  | "product.reference"
  | "product.name"
  | "product.description"
  | "document.number"
  | "line.description"
  | "payment.reference"
  | "journal.narration"
  | "leg.description";

/** A text as the package takes it. Control characters are never taken. */
interface TextRule {
  /** Most characters, counted as packages do: in UTF-16 units. */
  readonly longest: number;
  /** Refused when it is blank. */
  readonly needed?: true;
  /** Tabs and line breaks may stand in it. */
  readonly breaks?: true;
  /** Runs of blanks are made one, and those at the ends left out, before anything is counted. */
  readonly oneBlank?: true;
  /** Characters that it may not hold. */
  readonly without?: string;
  /** Printable ASCII alone, on sales documents. */
  readonly plainOnSales?: true;
}

/**
 * What the package would certainly refuse about a record's own fields, as data: pre-check foretells by it what `faultIn` says once the
 * record is made ready. A field left out has no rule.
 */
export interface FieldRules {
  readonly texts: Readonly<Partial<Record<TextField, TextRule>>>;
  /** Rules of a line's figures; null without any. */
  readonly lines: {
    /** A line with more decimals in its quantity goes as one of its amount, and one with more in its price by its net. */
    readonly mostDecimals: number;
    /** Most characters of a quantity that is sent. */
    readonly quantityLongest: number;
    /** Largest net, in minor units. */
    readonly largestMinor: bigint;
  } | null;
}

/**
 * Calls that a package allows in any stretch of time of one length, wherever it begins, by its own
 * figures; what keeps us below them is the limiter's (decisions 0016 and 0047).
 */
export type CallWindow = AppWindow | OwnWindow;

interface Figure {
  readonly calls: number;
  readonly seconds: number;
}

/** Over all tenants of the app. Whatever the call is, it counts. */
interface AppWindow extends Figure {
  readonly of: "app";
}

/** Of one tenant, or of one user of the package over all tenants reached by that user's consent. */
interface OwnWindow extends Figure {
  readonly of: "tenant" | "user";
  /** Counts calls of this kind alone, as `Limits.kindsOf` names them. */
  readonly kind?: string;
  /**
   * Counts answers with one of these statuses alone. Calls under way are not counted before they are
   * answered, so `calls` is to leave room for as many as may be.
   */
  readonly statuses?: readonly number[];
}

/** What is known of a call when its permit is asked for. */
export interface PlannedCall {
  readonly writes: boolean;
  /** Kinds of the records that it may carry; empty for reads. */
  readonly kinds: readonly RecordKind[];
  /** Null where it is made under the permit. */
  readonly message: Message | null;
}

/** What a package allows us. */
export interface Limits {
  /** Any number of them; none where the package names no limit. */
  readonly windows: readonly CallWindow[];
  /** The kinds of call that windows with a `kind` count; left out where no window has one. */
  readonly kindsOf?: (call: PlannedCall) => readonly string[];
  /** Refreshes of tokens: over the whole app, or of one user's consent. */
  readonly refreshes: readonly (Figure & { readonly of: "app" | "user" })[];
  /** Calls of one tenant at once, and those of them that write. */
  readonly concurrent: { readonly calls: number; readonly writes: number };
  /** Of the calls at once, kept for those that a person waits for. */
  readonly keptForStaff: number;
  /** Share of each window that is kept for people while one of them waits or has just read. */
  readonly staffShare: number;
  /** Least time between two calls of a tenant, in ms, unless the connection says otherwise. */
  readonly gapMs: number;
  /** After how long a call is given up, in ms: longer than the package itself may take for it. */
  readonly timeoutMs: { readonly read: number; readonly write: number };
}

/** A live connection as the connector sees it: whose books, and where they answer. */
export interface Connection {
  readonly id: string;
  readonly tenantId: string;
  /** Base of the API, without a trailing slash: the connection's own, else the package's or the simulator's. */
  readonly apiUrl: string;
  readonly baseCurrency: string;
  /** What the connector's `options` were set to, with its own values for those that were not. */
  readonly options: ConnectionOptions;
}

/** Values of a connector's options, by name. */
export type ConnectionOptions = Readonly<Record<string, string>>;

/**
 * What a package needs to be told about a client's books, such as which journal sales go to: texts, or one of a few values, each with a
 * `title` and a `description` in its `meta`, and a default where books are often alike. Setup makes its form of it.
 */
export type OptionsShape = ZodObject<Readonly<Record<string, ZodType<string>>>>;

/** One request, fixed: what `ask` answers, what is stored before it is sent, and what a replay repeats byte for byte. */
export interface Message {
  /** The connector's own name for the call, e.g. `createInvoices`. */
  readonly operation: string;
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Path below the API's base, with ids filled in. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  /** The exact body, or null. */
  readonly body: string | null;
  /** A file that is the body, byte for byte; `body` is null then. */
  readonly file?: { readonly mediaType: string; readonly bytes: Uint8Array };
}

/** The answer as it came, before anyone parsed it. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Why a write's outcome is not known. */
export type UnknownReason =
  | "timeout"
  | "reset"
  | "server-error"
  | "unparsable"
  | "missing-in-answer"
  | "not-definite"
  | "worker-died";

export type PushOutcome =
  | { status: "accepted"; externalId: string; version?: string; warnings: readonly SyncError[] }
  | { status: "refused"; error: SyncError }
  /** Certainly nothing written: 429, no connection. `retryAt` from the package, where it says. */
  | { status: "not-sent"; error: SyncError; retryAt?: Date; limit?: "minute" | "day" | "concurrent" | "app" }
  /** Handed over, to be collected. */
  | { status: "waiting" }
  /** `confirm` settles it; never resend blindly. */
  | { status: "unknown"; why: UnknownReason };

export interface Batch {
  readonly connection: Connection;
  /** One kind, or one family of kinds that a single call takes. */
  readonly records: readonly OutgoingRecord[];
}

/** One record that we sent or may have sent. */
export interface PushedRef {
  readonly recordId: string;
  readonly kind: RecordKind;
  /** Our own reference or document number, under which the package was asked to hold it. */
  readonly reference: string;
  /** Null while the outcome is unknown. */
  readonly externalId: string | null;
  readonly contactExternalId: string | null;
  /** The record as it was sent, where the caller knows it: a payment is looked for on its document, a journal under its narration. */
  readonly sent?: OutgoingRecord;
}

export interface ConfirmRequest {
  readonly connection: Connection;
  /** All of one kind's family and direction: the engine groups them by kind. */
  readonly kind: RecordKind;
  /** The same ones in the same order on every page: the cursor counts by position. */
  readonly refs: readonly PushedRef[];
  /** When the first of them was sent: nothing older needs to be read. */
  readonly since: Date;
  /** What was deleted there need not be found. */
  readonly standing?: boolean;
  /** From the page before, or null at first. Opaque outside the connector. */
  readonly cursor: string | null;
}

/** What the package holds under one reference. It only says what was seen. */
export interface Sighting {
  /** Two sightings of one record id are two matches: an ambiguous one. */
  readonly recordId: string;
  readonly externalId: string;
  readonly version: string | null;
  readonly seen: SeenRecord;
  /** When the package last changed it, where it says. */
  readonly changedAt?: Date | null;
}

export interface ConfirmPage {
  readonly sightings: readonly Sighting[];
  /** Null when every reference was looked for: those without a sighting are absent. */
  readonly next: string | null;
}

export interface PackageAccount {
  readonly externalId: string;
  /** Null where the package has none for it: a line can name such an account where `can.accounts.onLines` is `id`, a payment always. */
  readonly code: string | null;
  /** What a practice's own mapping names it by, in every company alike; left out where that is its code: the full name, say. */
  readonly matchKey?: string | null;
  readonly name: string;
  readonly type: string;
  readonly class: "asset" | "equity" | "expense" | "liability" | "revenue" | "other";
  readonly active: boolean;
  readonly isBank: boolean;
  readonly takesPayments: boolean;
  /** A control account of the package's own (debtors, VAT…): not for lines. */
  readonly isSystem: boolean;
  readonly currency: string | null;
}

export interface PackageTaxRate {
  readonly externalId: string;
  /** The package's own code of it, where that is not the id. */
  readonly code?: string;
  readonly name: string;
  /**
   * What it charges on a document, per cent, as a decimal string: nothing where the buyer accounts for the tax. Null where the package
   * reckons that by more than the rate (`can.tax`: `theirs`).
   */
  readonly rate: string | null;
  /** What a line with it says besides; given back on each line. */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Whether the package accounts for tax that the document does not charge (a reverse charge); null where it does not say. */
  readonly selfAccounts: boolean | null;
  /** How much of what it charges on a purchase the package reclaims; null or left out where it charges nothing there, or does not say. */
  readonly recovers?: "all" | "part" | "nothing" | null;
  readonly active: boolean;
  /** Classes of account that it may be used with. */
  readonly appliesTo: readonly PackageAccount["class"][];
}

export interface PackageLists {
  readonly accounts?: readonly PackageAccount[];
  readonly taxRates?: readonly PackageTaxRate[];
  readonly organisation?: {
    readonly name: string;
    readonly baseCurrency: string;
    readonly countryCode: string | null;
    readonly timeZone: string | null;
    readonly shortCode: string | null;
    /** Days on which nothing may be dated: as few stretches as they come to, each with a label of its own. */
    readonly locks: readonly PackageLock[];
    /**
     * Kinds whose numbers this organisation keeps unique, where that is a preference of its own; left out, `can.uniqueNumbers` holds.
     */
    readonly uniqueNumbers?: readonly RecordKind[];
  };
  readonly currencies?: readonly string[];
  /** The next list to read, or null. */
  readonly next: string | null;
}

/**
 * What a stream may give. `documents` are invoices and bills; `account-banks` says through which bank account money on account went, for
 * packages that say so apart. Nothing reads `transactions` and `trial-balance` yet.
 */
export type StreamGives =
  | "documents"
  | "credit-notes"
  | "payments"
  | "contacts"
  | "products"
  | "account-banks"
  | "transactions"
  | "trial-balance";

/** A list of the package's changes with a cursor of its own. One stream may give several things, and several streams the same. */
export interface PackageStream {
  /** Stable: its cursor is kept under it. */
  readonly id: string;
  readonly gives: readonly StreamGives[];
  /** `night`: each night, and while work is on; `work`: while work is on; `need`: when something asks for what it gives. */
  readonly every: "night" | "work" | "need";
}

/** The connector's streams that give one of these, in their order. */
export function streamsOf(connector: Pick<Connector, "streams">, ...wanted: readonly StreamGives[]): PackageStream[] {
  return connector.streams.filter(({ gives }) => wanted.some((one) => gives.includes(one)));
}

/** Whether credit notes come in a stream that gives no invoices and bills: a reading of their own. */
export function listsCreditNotesApart(connector: Pick<Connector, "streams">): boolean {
  return streamsOf(connector, "credit-notes").every(({ gives }) => !gives.includes("documents"));
}

export interface PullRequest {
  readonly connection: Connection;
  /** The stream's id. */
  readonly stream: string;
  /** Null at first: everything. Opaque outside the connector. */
  readonly cursor: string | null;
  /** Leave out what a weekly sweep brings, where that saves calls: money on account. */
  readonly light?: boolean;
  /** Of a stream of payments: these alone by the package's ids, whenever they changed. The cursor then counts in them, and is none to be kept. */
  readonly ids?: readonly string[];
}

/** What a package keeps as one thing of its own: each link is of one of our records with one of these. */
type PackageEntity = RefFamily | "customer" | "supplier";

/** The entity by which a link of this kind is kept: empty where the package has one for the whole family. */
export function linkEntity(connector: Pick<Connector, "entityOf">, kind: RecordKind): LinkEntity {
  const entity = connector.entityOf(kind);
  return entity === "customer" || entity === "supplier" ? entity : "";
}

/** The same of the party of a document of this kind. */
export function partyEntity(connector: Pick<Connector, "entityOf">, kind: RecordKind): LinkEntity {
  return linkEntity(connector, kind === "bill" || kind === "supplier-credit-note" ? "supplier" : "customer");
}

/** A contact as the package lists it, whoever made it. */
export interface PulledContact {
  readonly externalId: string;
  readonly name: string;
  /** Our own key, where the package keeps one. */
  readonly number: string | null;
  /** The number that people there know it by, where that is another field. */
  readonly accountNumber?: string | null;
  readonly email?: string | null;
  /** VAT or other tax number. */
  readonly taxNumber?: string | null;
  readonly status: "active" | "archived" | "merged";
  readonly mergedInto: string | null;
  readonly changedAt: Date | null;
}

/** A product as the package lists it, whoever made it. */
export interface PulledProduct {
  readonly externalId: string;
  readonly code: string;
  readonly name: string;
}

/** One payment on the package's side, allocated to one document or to none. */
export interface PulledPayment {
  readonly externalId: string;
  /** Payments of one receipt share it: the package's batch. Null for a payment of its own. */
  readonly groupExternalId: string | null;
  /** The package's one payment that this is a row of, where a page always has all of its rows: one that it has no more is gone. */
  readonly partOf?: string;
  readonly kind: "receipt" | "payment-out" | "sales-refund" | "purchase-refund" | "other";
  /** The package's own word, where the kind is none of ours. */
  readonly kindSaid?: string | null;
  readonly status: "live" | "deleted";
  readonly paidOn: string;
  readonly reference: string | null;
  /** In the document's currency, positive. */
  readonly amountMinor: bigint;
  readonly currency: string;
  readonly bankAccountExternalId: string | null;
  /** What reached the bank account, positive, a decimal string in that account's own currency; null where the package does not say. */
  readonly bankAmount: string | null;
  readonly contactExternalId: string | null;
  readonly contactName: string | null;
  readonly documentExternalId: string | null;
  readonly documentNumber: string | null;
  readonly documentKind: "sales-invoice" | "bill" | "sales-credit-note" | "supplier-credit-note" | "on-account" | "other";
}

/** An invoice, bill or credit note as a list read shows it, whoever made it. Amounts are positive. */
export interface PulledDocument {
  readonly externalId: string;
  readonly kind: DocumentKind | "other";
  readonly number: string | null;
  readonly company: string | null;
  /** The package's id of its customer or supplier; null where the list does not say. */
  readonly contactExternalId: string | null;
  readonly issuedOn: string | null;
  readonly currency: string;
  readonly grossMinor: bigint;
  /** What is still owed on it there; of a credit note what is left of it. */
  readonly dueMinor: bigint;
  /** `void` is voided or deleted. */
  readonly status: "draft" | "open" | "paid" | "void";
  /** The package's own word for a status that is none that we know: it counts as open. */
  readonly statusSaid?: string | null;
  readonly changedAt: Date | null;
  /** The package's own version of it, in the words of `Sighting.version`; null where it gives none. */
  readonly version: string | null;
  /** Settled by other means than payments: credit notes, overpayments, prepayments. Null where the list does not say. */
  readonly creditedMinor: bigint | null;
  /** Paid by payments. Null where the list does not say. */
  readonly paidMinor?: bigint | null;
}

/** One thing that the package told by itself: that something changed, not what. */
export interface PackageEvent {
  readonly tenantId: string;
  readonly resourceId: string;
  readonly category: string;
  readonly type: string;
  readonly at: Date;
}

/** One delivery of events, with their numbers in the package's sequence where it has any. */
export interface PackageEvents {
  readonly events: readonly PackageEvent[];
  readonly first: number | null;
  readonly last: number | null;
}

export interface PulledPage {
  /** Each empty unless its stream gives it. */
  readonly payments: readonly PulledPayment[];
  readonly documents: readonly PulledDocument[];
  readonly contacts?: readonly PulledContact[];
  readonly products?: readonly PulledProduct[];
  /** The bank account that money on account went through, by its id. */
  readonly banks?: readonly { readonly externalId: string; readonly bankAccountExternalId: string }[];
  /** The page holds what the last read ended with and nothing besides: with the same cursor there is nothing to store. */
  readonly same?: boolean;
  /** Stored together with the page, in one transaction. */
  readonly cursor: string;
  readonly more: boolean;
}

export type CheckResult = { ok: true; tenantName: string } | { ok: false; error: SyncError };

/** A file on its way to a document that the package holds. */
export interface FileToAttach {
  readonly kind: RecordKind;
  readonly documentExternalId: string;
  readonly fileName: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** The key of this call in the package's own form. */
  readonly key: string;
}

export type AttachOutcome =
  | { readonly status: "accepted"; readonly externalId: string }
  | { readonly status: "refused"; readonly error: SyncError }
  | { readonly status: "unknown"; readonly why: UnknownReason };

/** A file as the package lists it. */
interface AttachedFile {
  readonly externalId: string;
  readonly fileName: string;
  readonly bytes: number;
}

/**
 * Putting files to documents, for a package that takes them: a conversation of its own, of one call
 * that writes, after the document's is over. `ask` is pure: the same file and key give the same
 * bytes, of which none are kept beside the file's own.
 */
export interface Attaching {
  readonly put: Exchange<FileToAttach, AttachOutcome>;
  /** What the package holds on one document. */
  readonly list: Exchange<Pick<FileToAttach, "kind" | "documentExternalId">, readonly AttachedFile[]>;
}

/** What help says of a package, for people to read: nothing is decided by it. */
export interface PackageGuide {
  /** Sentences of the package's own, each with the error that it is taken for. */
  readonly says: readonly { readonly words: string; readonly code: SyncErrorCode }[];
  /** Where in the package's own screens an error is put right. */
  readonly there: Readonly<Partial<Record<SyncErrorCode, readonly string[]>>>;
  /** Why something does not work with it, by the key of its row in the capability matrix (`lib/help/matrix.ts`). */
  readonly lacks: Readonly<Record<string, string>>;
}

/**
 * Two pure halves. A direct package runs them around one call, a collected one across polls of its Web Connector; of one that takes
 * files a person brings the answer (`CameAs`), and an export of its books answers every question about what it holds.
 */
export interface Exchange<Ask, Answer> {
  ask(ask: Ask, connection: Connection): Message;
  read(message: Message, answer: RawAnswer, ask: Ask): Answer;
}

/**
 * What a conversation knows beside what it is asked. What the package was last read to hold of accounts and tax rates stands on the
 * records' own lines; whatever else it needs, it reads.
 */
interface About {
  readonly connection: Connection;
  /** The key of the step that is asked for, in the package's own form: each step that writes has one of its own. */
  readonly key: string;
}

/** One step that is behind us: the call with its answer, or what a read showed of a call that got no clear one. */
export type Exchanged =
  | { readonly message: Message; readonly answer: RawAnswer }
  | { readonly message: Message; readonly found: Sighting };

/** What is to be done next. */
export type Step<Answer> =
  | {
      readonly do: "send";
      readonly message: Message;
      /** A step that only reads may be repeated freely. */
      readonly writes: boolean;
      /** What the package holds of the record by now, where a step before this one made it there. */
      readonly held?: { readonly externalId: string; readonly version: string | null };
      /**
       * Whether what a read shows proves that this step is done: a status, a link; that the record is there proves nothing. Each
       * writing step after the first has one. The first may leave it out: then it is done when the record is there as it was sent.
       */
      readonly proof?: (seen: SeenRecord) => boolean;
    }
  | { readonly do: "done"; readonly answer: Answer };

/**
 * The calls that it takes to do one thing. Pure: the same inputs give the same bytes, so that another worker goes on where one was
 * killed.
 */
export interface Conversation<Ask, Answer> {
  /** @param past all steps so far, in order */
  next(ask: Ask, about: About, past: readonly Exchanged[]): Step<Answer>;
}

/** What became of each record, by its id. */
export type PushOutcomes = ReadonlyMap<string, PushOutcome>;

/** The conversation that brings records to the package. It may read before it writes. */
interface Pushing extends Conversation<Batch, PushOutcomes> {
  /** Kinds for which it may write more than once: such a conversation carries one record, so that no batch is left half done. */
  readonly inSteps?: readonly RecordKind[];
  /** Of the code that asks: raised when the same records would be asked for in other bytes. 1 where it is left out. */
  readonly version?: number;
}

/** One accounting package as the posting engine sees it. Holds no state: tokens, cursors and results live in db/. */
export type Connector = DirectConnector | CollectedConnector | FileConnector;

/** What a connector is, whatever carries its messages. */
interface AnyConnector {
  readonly id: PackageId;
  readonly name: string;
  readonly style: "direct" | "collected" | "file";
  readonly can: Capabilities;
  readonly guide: PackageGuide;
  readonly limits: Limits;
  /** Proves that the credentials work. A bad credential is an answer, not a throw. */
  readonly check: Exchange<null, CheckResult>;
  /** Nominal accounts, tax rates, bank accounts, lock dates, one list a call; the cursor names the next list. */
  readonly discover: Exchange<string | null, PackageLists>;
  /** The tax rates of a package that has no list of them; kept where `discover` gives an empty one. */
  readonly fixedTaxRates?: readonly PackageTaxRate[];
  /**
   * At most `rulesFor(can, kinds).batch` records of one family, all new there or all held already; one outcome per record id, matched by the id of
   * what is held or by our own reference, never by position.
   */
  readonly push: Pushing;
  /**
   * The key of a writing call in the package's own form, from bytes that stand for all that the call carries: the same bytes give the
   * same key, and other bytes another.
   * @param digest 32 bytes
   */
  readonly keyOf: (digest: Uint8Array) => string;
  /** What the package holds under our references. It only says what it saw; the engine compares. */
  readonly confirm: Exchange<ConfirmRequest, ConfirmPage>;
  /** Files on documents; left out where the package takes none from us. */
  readonly attach?: Attaching;
  /** What can be read of what changed there; what no stream gives is not read. */
  readonly streams: readonly PackageStream[];
  /** Changes of one stream since `cursor`, a page at a time. */
  readonly pull: Exchange<PullRequest, PulledPage>;
  /** Which of the package's entities a record of this kind is: where customer and supplier are one there, both are `contact`. */
  readonly entityOf: (kind: RecordKind) => PackageEntity;
  /** The package's id in what a person pasted, the id itself or an address of the package's screens; null when there is none. */
  readonly idIn: (pasted: string, kind: RecordKind) => string | null;
  /** Its ids come in any case, and mean the same: those of others are compared as they stand. */
  readonly idsIgnoreCase?: true;
  /** The same as `faultIn` says of a record's texts and numbers, as data. */
  readonly fields: FieldRules;
  /** What is to be set for each connection; left out where nothing is. */
  readonly options?: OptionsShape;
  /** What the package would certainly refuse about this record, found without a call: too long, wrong characters, too many decimals. */
  readonly faultIn: (record: OutgoingRecord) => SyncError | null;
  /**
   * Says what a failed call was, for reads and writes alike: null when `read` can say it all. So a 404 is a fault, save where the
   * message asked for one record by its id and the answer means that it is not there.
   */
  readonly faultOf: (answer: RawAnswer, message: Message) => CallFault | null;
  /** What an answer that is no success says, in the package's own words, for people to read: nothing is decided by it. */
  readonly saidIn: (answer: RawAnswer) => SyncErrorDetail;
  /** Calls of this tenant that the package says are left of its day; null where an answer names none. */
  readonly dayLeftIn: (answer: RawAnswer) => number | null;
}

/** What an answer that is no success means for the call as a whole. */
export type CallFault =
  /** 429: nothing was written. */
  | { what: "rate-limited"; limit: "minute" | "day" | "concurrent" | "app"; retryAfterMs: number }
  /** 401: the token has expired; refresh once and ask again. Nothing was written. */
  | { what: "token-expired"; error: SyncError }
  /** 403, insufficient scope: consent is gone. Nothing was written. */
  | { what: "connection-lost"; error: SyncError }
  /** 400, 404, 422 with a reason: nothing was written, or each record says for itself. */
  | { what: "refused"; error: SyncError }
  /** 5xx, 408, 409, anything else: a read may be repeated, a write is unknown. */
  | { what: "unclear"; why: UnknownReason };

/** What sending needs beside the message. */
export interface SendContext {
  readonly connection: Connection;
  readonly accessToken: string;
  readonly idempotencyKey: string | null;
  /** Real milliseconds until the whole call is given up: a total deadline, not an idle one. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/** How a call went on the wire. Bytes count what crossed it, headers left out. */
export type SendResult =
  | { sent: true; answer: RawAnswer; bytesOut: number; bytesIn: number }
  /** Nothing left this machine: refused connection, no such host, connect timeout, bad certificate. */
  /** With `until`: we held it back ourselves, until then. */
  | { sent: false; why: string; until?: Date }
  /** Bytes left, no full answer came. */
  | { sent: "maybe"; why: UnknownReason; partial: string | null; bytesOut: number; bytesIn: number };

/** One step of what a package asks for the use of its API by one app, a month, without tax. */
export interface PriceTier {
  readonly name: string;
  /** Connections that the app may have under it; null for any number. */
  readonly connections: number | null;
  /** Minor units of the list's currency; null: by quote. */
  readonly monthMinor: bigint | null;
  /** What answers may weigh: bytes that are included, and minor units for each GiB beyond; `free`: not charged; `by-quote`. */
  readonly egress: { readonly includedBytes: number; readonly minorPerGiB: bigint } | "free" | "by-quote";
  /** Calls that one organisation allows in a day under it. */
  readonly perDay: number;
}

export interface PriceList {
  readonly currency: string;
  /** YYYY-MM-DD: since when it holds, as far as we know. */
  readonly since: string;
  /** From the least to the most. */
  readonly tiers: readonly PriceTier[];
  /** Whether the bytes of this call's answer count towards egress. */
  readonly isCharged: (message: Message) => boolean;
}

/** A package as a worker calls it, whatever carries the message: a line, or a mailbox that a program on the customer's machine empties. */
export interface CalledConnector extends AnyConnector {
  /** The answer's header, in lower case, by which the package's own people find a call; null where it gives none. */
  readonly requestIdHeader: string | null;
  /** What the use of its API costs; null where it is not charged by use. */
  readonly prices: PriceList | null;
  readonly send: (message: Message, context: SendContext) => Promise<SendResult>;
}

/** A package that we call ourselves. Only its `client.ts` sends bytes or imports the package's SDK. */
export interface DirectConnector extends CalledConnector {
  readonly style: "direct";
}

/** A package whose own program comes by for what waits. */
export interface CollectedConnector extends AnyConnector {
  readonly style: "collected";
}

/**
 * A package that a person carries files to and from. A batch is a file that its program imports, in one call; what the program says of
 * the import, and what is exported from it, a person brings back.
 */
export interface FileConnector extends AnyConnector {
  readonly style: "file";
  readonly files: Files;
}

/** The files of a package that takes files. */
export interface Files {
  /** A batch as its program imports it: the same message gives the same bytes. */
  readonly fileOf: (message: Message, number: number) => BatchFile;
  /** What a person brought from it, as text: an answer's body. */
  readonly textOf: (bytes: Uint8Array) => string;
}

/** A file to be imported. */
interface BatchFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** In an answer that a person brought, the header that says how it came. */
export const CAME_AS = "came-as";

/**
 * `word`: somebody said that all of it was imported, and brought nothing. `result`: what the program said of the import. `export`: what
 * it holds.
 */
export type CameAs = "word" | "result" | "export";
