import type { Actor, Books } from "#lib/simulator/core/books/books.ts";
import { dueOf, isCredit, isSales } from "#lib/simulator/core/books/documents.ts";
import type { Allocation, Document, Kept, Payment } from "#lib/simulator/core/books/records.ts";
import { type Reason, Refused, refuse } from "#lib/simulator/core/books/refusal.ts";
import { isDate } from "#lib/simulator/core/dates.ts";
import { amount, minor } from "#lib/simulator/core/decimal.ts";
import type { OwnSettings } from "#lib/simulator/core/organisation.ts";

export type PaymentInput = {
  direction: "in" | "out";
  partyId: string | null;
  /** Where the money is; null where nothing moves (a credit set against an invoice), or the package has an account for it. */
  accountId: string | null;
  date: string;
  /** Above zero, or zero where credits pay. */
  amount: string;
  currency?: string;
  number?: string | null;
  reference?: string | null;
  lines: readonly { documentId: string; amount: string }[];
  /** The line of a bank statement that it explains. */
  bankLineId?: string | null;
  own?: Kept["own"];
};

/** Whether settling this document moves money in: a sale paid, or a supplier's credit paid back. */
const comesIn = (one: Document) => isSales(one.type) !== isCredit(one.type);

/** Payments over one document or several, on account, by credits; allocations of credit notes. */
export class BookPayments<Own extends OwnSettings> {
  readonly #books: Books<Own>;

  constructor(books: Books<Own>) {
    this.#books = books;
  }

  /** What is left of a payment after its lines, in hundredths: money on account. */
  leftOf(payment: Payment): bigint {
    if (payment.status === "void" || payment.deleted) return 0n;
    const used = payment.lines.reduce((sum, line) => {
      const document = this.#books.part("documents").get(line.documentId);
      const same = document === undefined || comesIn(document) === (payment.direction === "in");
      return same ? sum + minor(line.amount) : sum - minor(line.amount);
    }, 0n);
    return minor(payment.amount) - used;
  }

  /** Live payments that settle this document. */
  of(documentId: string): Payment[] {
    return this.#books
      .list("payments")
      .filter((one) => one.status === "live" && one.lines.some((line) => line.documentId === documentId));
  }

  /** @throws {Refused} all that is wrong at once */
  record(input: PaymentInput, actor: Actor): Payment {
    const { own, ...given } = input;
    const fields = {
      ...given,
      currency: given.currency ?? this.#currencyOf(given.lines),
      number: given.number ?? null,
      reference: given.reference ?? null,
      bankLineId: given.bankLineId ?? null,
      depositId: null,
      status: "live" as const,
    };
    this.#check(fields, null, actor);
    const payment: Payment = { ...fields, amount: amount(minor(fields.amount)), ...this.#books.fresh(own) };
    this.#books.part("payments").put(payment);
    this.#apply(payment, 1n);
    return payment;
  }

  #currencyOf(lines: readonly { documentId: string }[]): string {
    const first = lines[0] === undefined ? undefined : this.#books.part("documents").get(lines[0].documentId);
    return first?.currency ?? this.#books.info.currency;
  }

  /** Changes a payment; its lines, when given, replace all lines. @throws {Refused} `deposited`, `locked`, and as `record` */
  change(id: string, changes: Partial<PaymentInput>, actor: Actor, version?: number): Payment {
    const old = this.#live(id, actor, version);
    const changed: Payment = { ...old, ...changes, own: changes.own ?? old.own };
    this.#check(changed, old, actor);
    this.#apply(old, -1n);
    const saved = this.#books.save("payments", { ...changed, amount: amount(minor(changed.amount)) });
    this.#apply(saved, 1n);
    return saved;
  }

  /** What it settled is owed again. @param how a void payment stays in the lists; @throws {Refused} `deposited`, `locked` */
  undo(id: string, how: "void" | "delete", actor: Actor, version?: number): Payment {
    const old = this.#live(id, actor, version);
    this.#apply(old, -1n);
    return this.#books.save("payments", how === "void" ? { ...old, status: "void" } : { ...old, deleted: true });
  }

  #live(id: string, actor: Actor, version?: number): Payment {
    const old = this.#books.need("payments", id, version);
    if (old.status === "void") refuse("bad-status", { id, text: old.status });
    if (old.depositId !== null) refuse("deposited", { id: old.depositId });
    this.#books.checkLock(old.date, actor);
    return old;
  }

  #apply(payment: Payment, sign: 1n | -1n): void {
    for (const line of payment.lines) this.#books.documents.settle(line.documentId, sign * minor(line.amount));
    if (payment.bankLineId !== null) {
      const value = payment.direction === "in" ? minor(payment.amount) : -minor(payment.amount);
      this.#books.bank.explain(payment.bankLineId, sign * value);
    }
  }

  #check(payment: Omit<Payment, keyof Kept>, old: Payment | null, actor: Actor): void {
    const books = this.#books;
    const reasons: Reason[] = [];
    if (!isDate(payment.date)) reasons.push({ code: "bad-value", field: "date", text: payment.date });
    const locked = books.lockedTo(actor);
    if (locked !== null && payment.date <= locked) reasons.push({ code: "locked", field: "date", text: locked });
    if (payment.partyId !== null) books.lists.partyFor(payment.partyId, reasons);
    if (payment.accountId !== null) books.bank.accountFor(payment.accountId, "accountId", reasons);
    const whole = minor(payment.amount);
    if (whole < 0n) reasons.push({ code: "negative", field: "amount", text: payment.amount });
    let used = 0n;
    const asked = new Map<string, bigint>();
    for (const [line, { documentId, amount: part }] of payment.lines.entries()) {
      const document = books.get("documents", documentId);
      if (document === undefined || document.status === "void") {
        reasons.push({ code: "unknown-document", line, text: documentId });
        continue;
      }
      if (document.status === "draft") reasons.push({ code: "bad-status", line, id: documentId, text: "draft" });
      if (document.currency !== payment.currency) reasons.push({ code: "currency", line, id: documentId });
      if (payment.partyId !== null && document.partyId !== payment.partyId)
        reasons.push({ code: "other-party", line, id: documentId });
      const value = minor(part);
      if (value <= 0n) reasons.push({ code: "negative", line, field: "amount", text: part });
      const before = old?.lines.filter((one) => one.documentId === documentId) ?? [];
      const free = before.reduce((sum, one) => sum + minor(one.amount), dueOf(document));
      const together = (asked.get(documentId) ?? 0n) + value;
      asked.set(documentId, together);
      if (together > free) reasons.push({ code: "too-much", line, id: documentId, text: amount(free) });
      used += comesIn(document) === (payment.direction === "in") ? value : -value;
    }
    if (used > whole) reasons.push({ code: "too-much", field: "amount", text: amount(used) });
    if (payment.bankLineId !== null)
      books.bank.checkExplain(payment.bankLineId, payment.direction === "in" ? whole : -whole, old, reasons);
    if (reasons.length > 0) throw new Refused(reasons);
  }

  /** Sets a credit note against a document of its own side and party. @throws {Refused} */
  allocate(
    input: { fromId: string; documentId: string; amount: string; date: string; own?: Kept["own"] },
    actor: Actor,
  ): Allocation {
    const from = this.#books.need("documents", input.fromId);
    const to = this.#books.need("documents", input.documentId);
    this.#books.checkLock(input.date, actor);
    if (!isCredit(from.type) || isCredit(to.type) || isSales(from.type) !== isSales(to.type))
      refuse("unknown-document", { field: "fromId", id: from.id });
    for (const one of [from, to]) if (one.status !== "open") refuse("bad-status", { id: one.id, text: one.status });
    if (from.partyId !== to.partyId) refuse("other-party", { id: to.id });
    if (from.currency !== to.currency) refuse("currency", { id: to.id });
    const value = minor(input.amount);
    if (value <= 0n) refuse("negative", { field: "amount", text: input.amount });
    for (const one of [from, to]) if (value > dueOf(one)) refuse("too-much", { id: one.id, text: amount(dueOf(one)) });
    const { own, ...fields } = input;
    const made = { ...fields, amount: amount(value), ...this.#books.fresh(own) };
    this.#books.part("allocations").put(made);
    for (const one of [from, to]) this.#books.documents.settle(one.id, value);
    return made;
  }

  /** @throws {Refused} `missing`, `locked` */
  unallocate(id: string, actor: Actor): void {
    const old = this.#books.need("allocations", id);
    this.#books.checkLock(old.date, actor);
    this.#books.save("allocations", { ...old, deleted: true });
    for (const document of [old.fromId, old.documentId]) this.#books.documents.settle(document, -minor(old.amount));
  }
}
