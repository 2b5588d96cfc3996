import type { Actor, Books } from "#lib/simulator/core/books/books.ts";
import type { Account, BankLine, Deposit, Journal, Kept, Payment } from "#lib/simulator/core/books/records.ts";
import { type Reason, Refused, refuse } from "#lib/simulator/core/books/refusal.ts";
import { amount, minor } from "#lib/simulator/core/decimal.ts";
import type { OwnSettings } from "#lib/simulator/core/organisation.ts";

/** Where money may stand. */
const MONEY = new Set(["bank", "card", "undeposited", "asset", "liability"]);

/** Deposits, lines of bank statements, journals. */
export class BookBank<Own extends OwnSettings> {
  readonly #books: Books<Own>;

  constructor(books: Books<Own>) {
    this.#books = books;
  }

  /** The account that money goes to or comes from; what is wrong with it is added to `reasons`. */
  accountFor(id: string | null, field: string, reasons: Reason[]): Account | undefined {
    const account = id === null ? undefined : this.#books.get("accounts", id);
    const about = { field, ...(id === null ? {} : { text: id }) };
    if (id === null) reasons.push({ code: "required", ...about });
    else if (account === undefined) reasons.push({ code: "unknown-account", ...about });
    else if (!account.active) reasons.push({ code: "inactive-account", ...about });
    else if (!MONEY.has(account.role)) reasons.push({ code: "wrong-account", ...about });
    return account;
  }

  /** Banks payments together, and money beside them. @throws {Refused} `deposited`, `unknown-document`, … */
  deposit(
    input: {
      accountId: string;
      date: string;
      paymentIds: readonly string[];
      lines?: readonly { accountId: string; amount: string; description?: string | null }[];
      own?: Kept["own"];
    },
    actor: Actor,
  ): Deposit {
    const books = this.#books;
    books.checkLock(input.date, actor);
    const reasons: Reason[] = [];
    this.accountFor(input.accountId, "accountId", reasons);
    let total = 0n;
    for (const [line, id] of input.paymentIds.entries()) {
      const payment = books.get("payments", id);
      if (payment === undefined || payment.status === "void") reasons.push({ code: "unknown-document", line, text: id });
      else if (payment.depositId !== null) reasons.push({ code: "deposited", line, id: payment.depositId });
      else total += minor(payment.amount);
    }
    const lines = (input.lines ?? []).map((one, line) => {
      if (books.get("accounts", one.accountId) === undefined)
        reasons.push({ code: "unknown-account", line, field: "accountId", text: one.accountId });
      total += minor(one.amount);
      return { id: books.newId(), ...one, description: one.description ?? null };
    });
    if (input.paymentIds.length + lines.length === 0) reasons.push({ code: "no-lines", field: "lines" });
    if (reasons.length > 0) throw new Refused(reasons);
    const { accountId, date, paymentIds } = input;
    const deposit = { accountId, date, paymentIds, lines, total: amount(total), ...books.fresh(input.own) };
    books.part("deposits").put(deposit);
    this.#bind(deposit, deposit.id);
    return deposit;
  }

  /** Its payments are as they were before. @throws {Refused} `missing`, `stale`, `locked` */
  removeDeposit(id: string, actor: Actor, version?: number): Deposit {
    const old = this.#books.need("deposits", id, version);
    this.#books.checkLock(old.date, actor);
    this.#bind(old, null);
    return this.#books.save("deposits", { ...old, deleted: true });
  }

  #bind(deposit: Deposit, depositId: string | null): void {
    for (const id of deposit.paymentIds) {
      const payment = this.#books.part("payments").get(id);
      if (payment !== undefined) this.#books.save("payments", { ...payment, depositId });
    }
  }

  /** A line of a bank statement, from a feed or typed in. @throws {Refused} */
  addLine(input: { accountId: string; date: string; amount: string; description: string; own?: Kept["own"] }): BankLine {
    const reasons: Reason[] = [];
    this.accountFor(input.accountId, "accountId", reasons);
    if (reasons.length > 0) throw new Refused(reasons);
    const { own, ...fields } = input;
    const line = { ...fields, amount: amount(minor(fields.amount)), explained: "0.00", ...this.#books.fresh(own) };
    return this.#books.part("bankLines").put(line);
  }

  /** @throws {Refused} `in-use` while something explains it */
  removeLine(id: string): void {
    const old = this.#books.need("bankLines", id);
    if (minor(old.explained) !== 0n) refuse("in-use", { id });
    this.#books.save("bankLines", { ...old, deleted: true });
  }

  /** Adds what stands against so much of a line being explained, in its own sign. */
  checkExplain(id: string, value: bigint, old: Payment | null, reasons: Reason[]): void {
    const line = this.#books.get("bankLines", id);
    if (line === undefined) {
      reasons.push({ code: "unknown-document", field: "bankLineId", text: id });
      return;
    }
    const before = old?.bankLineId === id ? (old.direction === "in" ? minor(old.amount) : -minor(old.amount)) : 0n;
    const left = minor(line.amount) - minor(line.explained) + before;
    const tooMuch = left >= 0n ? value < 0n || value > left : value > 0n || value < left;
    if (tooMuch) reasons.push({ code: "too-much", field: "amount", id, text: amount(left) });
  }

  /** Explains so much of a line, or, of the other sign, takes it back. Checked before. */
  explain(id: string, value: bigint): void {
    const line = this.#books.part("bankLines").get(id);
    if (line !== undefined) this.#books.save("bankLines", { ...line, explained: amount(minor(line.explained) + value) });
  }

  /** @throws {Refused} `unbalanced`, `unknown-account`, `inactive-account`, `unknown-party`, `locked`, `no-lines` */
  journal(
    input: {
      number?: string | null;
      date: string;
      description?: string | null;
      lines: readonly {
        accountId: string;
        /** Debits above zero. */
        amount: string;
        partyId?: string | null;
        description?: string | null;
        own?: Kept["own"];
      }[];
      own?: Kept["own"];
    },
    actor: Actor,
  ): Journal {
    const books = this.#books;
    books.checkLock(input.date, actor);
    const reasons: Reason[] = [];
    let sum = 0n;
    const lines = input.lines.map((one, line) => {
      const account = books.get("accounts", one.accountId);
      const about = { line, field: "accountId", text: one.accountId };
      if (account === undefined) reasons.push({ code: "unknown-account", ...about });
      else if (!account.active) reasons.push({ code: "inactive-account", ...about });
      const partyId = one.partyId ?? null;
      if (partyId !== null) books.lists.partyFor(partyId, reasons);
      const value = minor(one.amount);
      sum += value;
      const { description = null, own = {}, accountId } = one;
      return { id: books.newId(), accountId, amount: amount(value), partyId, description, own };
    });
    if (lines.length === 0) reasons.push({ code: "no-lines", field: "lines" });
    if (sum !== 0n) reasons.push({ code: "unbalanced", text: amount(sum) });
    if (reasons.length > 0) throw new Refused(reasons);
    const { date, number = null, description = null } = input;
    return books.part("journals").put({ date, number, description, lines, ...books.fresh(input.own) });
  }

  /** @throws {Refused} `missing`, `stale`, `locked` */
  removeJournal(id: string, actor: Actor, version?: number): Journal {
    const old = this.#books.need("journals", id, version);
    this.#books.checkLock(old.date, actor);
    return this.#books.save("journals", { ...old, deleted: true });
  }
}
