import { randomUUID } from "node:crypto";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import { balances } from "#lib/simulator/core/books/balances.ts";
import { BookBank } from "#lib/simulator/core/books/bank.ts";
import { ByHand } from "#lib/simulator/core/books/by-hand.ts";
import { BookDocuments } from "#lib/simulator/core/books/documents.ts";
import { BookLists } from "#lib/simulator/core/books/lists.ts";
import { partsOf } from "#lib/simulator/core/books/parts.ts";
import { BookPayments } from "#lib/simulator/core/books/payments.ts";
import type { BookPolicy } from "#lib/simulator/core/books/policy.ts";
import type { Account, AccountRole, BookKind, BookParts, Kept } from "#lib/simulator/core/books/records.ts";
import { refuse } from "#lib/simulator/core/books/refusal.ts";
import { neutralLedger, sheetOf } from "#lib/simulator/core/books/view.ts";
import { type DocumentSheet, Organisation, type OwnSettings, type TenantInfo } from "#lib/simulator/core/organisation.ts";
import type { Fields } from "#lib/simulator/http.ts";

/** Who changes the books: some locks bind by role. A person's own work inside the package is an adviser's. */
export type Actor = { adviser: boolean };

/** One change that the change log tells of. */
export type Change = { [Kind in BookKind]: { kind: Kind; record: BookParts[Kind] } }[BookKind];

/**
 * The books of one organisation, for every package whose simulator is its wire alone. Reads go over `list`, `get` and `changes`; every
 * change is a function of `lists`, `documents`, `payments` or `bank`, does all of its work or none, and refuses with `Refused`.
 */
export class Books<Own extends OwnSettings = Record<never, never>> extends Organisation<BookParts, Own> {
  readonly policy: BookPolicy<Own>;
  /** Accounts, tax rates, parties, items, attachments. */
  readonly lists: BookLists<Own>;
  readonly documents: BookDocuments<Own>;
  /** Payments and allocations. */
  readonly payments: BookPayments<Own>;
  /** Deposits, lines of bank statements, journals. */
  readonly bank: BookBank<Own>;
  readonly #byHand: ByHand<Own>;
  #lastId = 0;

  constructor(info: TenantInfo, clock: SimulatorClock, note: (change: Fields) => void, policy: BookPolicy<Own>) {
    super(info, clock, note, partsOf(policy), policy.ownSettings);
    this.policy = policy;
    if (policy.ids === "numbers") {
      const { accounts, taxRates, items = [] } = policy.chart(info);
      for (const { id } of [...accounts, ...taxRates, ...items]) this.#seen(id);
    }
    this.lists = new BookLists(this);
    this.documents = new BookDocuments(this);
    this.payments = new BookPayments(this);
    this.bank = new BookBank(this);
    this.#byHand = new ByHand(this);
  }

  /** A new record's id, by the package's policy. */
  newId(): string {
    if (this.policy.ids === "uuids") return randomUUID();
    this.#lastId += 1;
    return String(this.#lastId);
  }

  #seen(id: string): void {
    const number = Number(id);
    if (Number.isSafeInteger(number) && number > this.#lastId) this.#lastId = number;
  }

  override restore(kind: string, change: { put?: unknown; drop?: string }): void {
    super.restore(kind, change);
    if (this.policy.ids !== "numbers") return;
    for (const id of idsIn(change.put)) this.#seen(id);
  }

  /** What a new record begins with. */
  fresh(own: Kept["own"] = {}): Kept {
    const now = this.clock.now();
    return { id: this.newId(), createdAt: now, updatedAt: now, version: 0, deleted: false, own };
  }

  /** Stores a changed record under its id, one version on. */
  save<Kind extends BookKind>(kind: Kind, changed: BookParts[Kind]): BookParts[Kind] {
    return this.part(kind).put({ ...changed, version: changed.version + 1, updatedAt: this.clock.now() });
  }

  /** A record that is there, and that reads show. */
  get<Kind extends BookKind>(kind: Kind, id: string): BookParts[Kind] | undefined {
    const one = this.part(kind).get(id);
    return one === undefined || one.deleted || !this.shows(id) ? undefined : one;
  }

  /** The record that a change is about. @throws {Refused} `missing`, or `stale` where it is no longer this version */
  need<Kind extends BookKind>(kind: Kind, id: string, version?: number): BookParts[Kind] {
    const one = this.part(kind).get(id);
    if (one === undefined || one.deleted) return refuse("missing", { id, text: id });
    if (version !== undefined && one.version !== version) refuse("stale", { id, text: String(one.version) });
    return one;
  }

  /** Records of a kind, least recently changed first; with `since`, those changed at or after that moment. */
  list<Kind extends BookKind>(kind: Kind, since?: number): BookParts[Kind][] {
    return this.#from(kind, since).filter((one) => !one.deleted && this.shows(one.id));
  }

  /** The change log: what was made, changed or deleted at or after a moment, deletions with `deleted`. Over all these kinds. */
  changes(kinds: readonly BookKind[], since: number): Change[] {
    const found = kinds.flatMap((kind) =>
      this.#from(kind, since)
        .filter((one) => this.shows(one.id))
        // The record is of the kind that it was read under.
        .map((record) => ({ kind, record }) as Change),
    );
    return found.sort((a, b) => a.record.updatedAt - b.record.updatedAt);
  }

  #from<Kind extends BookKind>(kind: Kind, since: number | undefined): readonly BookParts[Kind][] {
    const part = this.part(kind);
    return since === undefined ? part.all() : part.all().slice(part.startOf(since));
  }

  /** The last locked day that binds this actor, or null. */
  lockedTo(actor: Actor): string | null {
    const { periodLock, yearLock } = this.settings;
    const dates = [yearLock, actor.adviser ? null : periodLock].filter((date): date is string => date !== null);
    return dates.sort().at(-1) ?? null;
  }

  /** @throws {Refused} `locked` for a day that the locks hold */
  checkLock(date: string, actor: Actor): void {
    const locked = this.lockedTo(actor);
    if (locked !== null && date <= locked) refuse("locked", { field: "date", text: locked });
  }

  /** The first live account of a role, in the chart's order: a control account, or the bank account that is taken without a word. */
  accountOf(role: AccountRole): Account | undefined {
    return this.list("accounts")
      .filter((one) => one.role === role && one.active)
      .sort((a, b) => a.position - b.position)[0];
  }

  /** Hundredths of the organisation's currency by account id up to a day: debits above zero. */
  balances(until = "9999-12-31"): Map<string, bigint> {
    return balances(this, until);
  }

  ledger(withLines: boolean) {
    return neutralLedger(this, withLines);
  }

  payByHand(order: Fields): { id: string } {
    return this.#byHand.pay(order);
  }

  changeDocumentByHand(id: string, change: { gross: bigint } | { status: string }) {
    return this.#byHand.changeDocument(id, change);
  }

  voidByHand(id: string): void {
    this.#byHand.changeDocument(id, { status: "VOIDED" });
  }

  archiveContact(key: string, archived: boolean): { id: string; name: string } {
    return this.#byHand.archive(key, archived);
  }

  mergeContact(key: string, into: string): { id: string } {
    return this.#byHand.merge(key, into);
  }

  putAccountByHand(order: Fields): { id: string } {
    return this.#byHand.putAccount(order);
  }

  removeItemByHand(code: string): void {
    this.#byHand.removeItem(code);
  }

  removeAccountCodes(codes: readonly string[]): void {
    this.#byHand.removeAccountCodes(codes);
  }

  sheet(documentId: string): DocumentSheet {
    return sheetOf(this, documentId);
  }

  filesOf(documentId: string) {
    return this.part("attachments")
      .find("parent", documentId)
      .filter((one) => !one.deleted);
  }

  file(id: string) {
    return this.get("attachments", id);
  }

  changedAt(documentId: string): number {
    return this.part("documents").get(documentId)?.updatedAt ?? 0;
  }

  accountRows() {
    const sums = this.balances();
    return this.list("accounts")
      .sort((a, b) => a.position - b.position)
      .map(({ id, code, name, role, active }) => ({
        id,
        code,
        name,
        type: role,
        status: active ? "ACTIVE" : "ARCHIVED",
        balance: sums.get(id) ?? 0n,
      }));
  }
}

/** The ids of a stored record and of its lines. */
function idsIn(put: unknown): string[] {
  if (typeof put !== "object" || put === null) return [];
  const own = "id" in put && typeof put.id === "string" ? [put.id] : [];
  return "lines" in put && Array.isArray(put.lines) ? [...own, ...put.lines.flatMap(idsIn)] : own;
}
