import type { Actor, Books } from "#lib/simulator/core/books/books.ts";
import { type AmountsAre, type LineInput, reckon } from "#lib/simulator/core/books/lines.ts";
import type { Document, DocumentType, Kept } from "#lib/simulator/core/books/records.ts";
import { type Reason, Refused, refuse } from "#lib/simulator/core/books/refusal.ts";
import { isDate, today } from "#lib/simulator/core/dates.ts";
import { amount, minor } from "#lib/simulator/core/decimal.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import type { OwnSettings } from "#lib/simulator/core/organisation.ts";

/** Some day's rates against the pound, for when a call gives none: units of the currency for one pound. */
const DAY_RATES: Record<string, string> = { GBP: "1", EUR: "1.17", USD: "1.31" };

/** What a wire says of a document. Lines replace all lines. */
export type DocumentInput = {
  partyId: string | null;
  date: string;
  dueDate?: string | null;
  number?: string | null;
  reference?: string | null;
  currency?: string;
  rate?: string;
  bankAccountId?: string | null;
  amounts: AmountsAre;
  lines: readonly LineInput[];
  /** Draft, and in nobody's ledger, where it isn't `open`. */
  status: "draft" | "open";
  own?: Kept["own"];
};

/** What a change may leave out stays. Lines come with the way their amounts are. */
export type DocumentChanges = Partial<Omit<DocumentInput, "status">>;

export const isSales = (type: DocumentType) => type === "sales-invoice" || type === "sales-credit-note" || type === "money-in";
export const isCredit = (type: DocumentType) => type === "sales-credit-note" || type === "supplier-credit-note";
const isMoney = (type: DocumentType) => type === "money-in" || type === "money-out";

/** What is still owed on a document, or left of a credit note, in hundredths. */
export const dueOf = (one: Document): bigint =>
  one.status === "void" || one.deleted || isMoney(one.type) ? 0n : minor(one.gross) - minor(one.paid);

/** Invoices, bills, credit notes, and money in and out by lines. */
export class BookDocuments<Own extends OwnSettings> {
  readonly #books: Books<Own>;

  constructor(books: Books<Own>) {
    this.#books = books;
  }

  /** Documents of these types, least recently changed first; with `since`, those changed at or after that moment. */
  ofType(types: readonly DocumentType[], since?: number): Document[] {
    return this.#books.list("documents", since).filter((one) => types.includes(one.type));
  }

  /** Documents of these types with this number, voided ones too. */
  byNumber(number: string, types: readonly DocumentType[]): Document[] {
    return this.#books
      .part("documents")
      .find("number", fold(number))
      .filter((one) => !one.deleted && types.includes(one.type) && this.#books.shows(one.id));
  }

  /** @throws {Refused} all that is wrong at once */
  create(type: DocumentType, input: DocumentInput, actor: Actor): Document {
    const now = this.#books.clock.now();
    const { own, ...rest } = input;
    const document = this.#made(
      type,
      {
        type,
        status: rest.status,
        partyId: rest.partyId,
        date: rest.date,
        dueDate: rest.dueDate ?? null,
        number: rest.number ?? null,
        reference: rest.reference ?? null,
        currency: rest.currency ?? this.#books.info.currency,
        rate: rest.rate ?? this.#rate(rest.currency ?? this.#books.info.currency),
        bankAccountId: rest.bankAccountId ?? null,
        paid: "0.00",
        settledOn: null,
      },
      input,
      actor,
    );
    const settledOn = document.gross === "0.00" && !isMoney(type) ? today(now) : null;
    return this.#books.part("documents").put({ ...document, settledOn, ...this.#books.fresh(own) });
  }

  #rate(currency: string): string {
    return currency === this.#books.info.currency ? "1" : (DAY_RATES[currency] ?? "1");
  }

  /** Checks, reckons, and gives the fields of a document that may be stored. @throws {Refused} */
  #made(
    type: DocumentType,
    fields: Omit<Document, keyof Kept | "lines" | "net" | "tax" | "gross">,
    input: Pick<DocumentInput, "amounts" | "lines">,
    actor: Actor,
    id?: string,
  ) {
    const reasons: Reason[] = [];
    this.#check(type, fields, reasons, actor, id);
    if (input.lines.length === 0) reasons.push({ code: "no-lines", field: "lines" });
    const side = isSales(type) ? ("sales" as const) : ("purchases" as const);
    const how = { amounts: input.amounts, side, needsAccount: fields.status !== "draft" };
    const { lines, net, tax } = reckon(this.#books, input.lines, how, reasons);
    const gross = net + tax;
    if (gross < 0n) reasons.push({ code: "negative", field: "gross", text: amount(gross) });
    if (reasons.length > 0) throw new Refused(reasons);
    return { ...fields, lines, net: amount(net), tax: amount(tax), gross: amount(gross) };
  }

  #check(
    type: DocumentType,
    fields: Pick<Document, "partyId" | "date" | "dueDate" | "number" | "currency" | "bankAccountId" | "status">,
    reasons: Reason[],
    actor: Actor,
    id?: string,
  ): void {
    const books = this.#books;
    const { partyId, number, currency, bankAccountId } = fields;
    for (const field of ["date", "dueDate"] as const) {
      const date = fields[field];
      if (date !== null && !isDate(date)) reasons.push({ code: "bad-value", field, text: date });
    }
    const locked = books.lockedTo(actor);
    if (fields.status === "open" && locked !== null && fields.date <= locked)
      reasons.push({ code: "locked", field: "date", text: locked });
    if (partyId !== null) books.lists.partyFor(partyId, reasons);
    else if (!isMoney(type)) reasons.push({ code: "required", field: "partyId" });
    if (!books.info.currencies.includes(currency)) reasons.push({ code: "currency", field: "currency", text: currency });
    if (isMoney(type)) books.bank.accountFor(bankAccountId, "bankAccountId", reasons);
    if (number === null || number === "") return;
    const unique = books.policy.uniqueNumbers(type, books.settings);
    const other = this.byNumber(number, [type]).find(
      (one) => one.id !== id && one.status !== "void" && (unique === "all" || one.partyId === partyId),
    );
    if (unique !== "no" && other !== undefined)
      reasons.push({ code: "number-taken", field: "number", id: other.id, text: number });
  }

  /**
   * Changes a document. What payments and allocations rest on stays while there are any: party, currency, and a gross that covers
   * them.
   *
   * @throws {Refused}
   */
  change(id: string, changes: DocumentChanges, actor: Actor, version?: number): Document {
    const old = this.#books.need("documents", id, version);
    if (old.status === "void") refuse("bad-status", { id, text: old.status });
    if (old.status === "open") this.#books.checkLock(old.date, actor);
    const { own, lines, amounts, ...given } = changes;
    const fields = { ...old, ...given, own: own ?? old.own };
    const settled = minor(old.paid) !== 0n;
    if (settled && (fields.partyId !== old.partyId || fields.currency !== old.currency)) refuse("settled", { id });
    const kept =
      lines === undefined
        ? { amounts: "net" as const, lines: old.lines.map(asInput) }
        : { amounts: amounts ?? ("net" as const), lines };
    const changed = { ...fields, ...this.#made(old.type, fields, kept, actor, id) };
    if (minor(changed.gross) < minor(old.paid)) refuse("settled", { id, field: "gross", text: changed.gross });
    return this.#books.save("documents", this.#settled(changed));
  }

  /** Puts a draft into the ledger. @throws {Refused} `bad-status`, and whatever it lacks */
  open(id: string, actor: Actor, version?: number): Document {
    const old = this.#books.need("documents", id, version);
    if (old.status === "void") refuse("bad-status", { id, text: old.status });
    if (old.status === "open") return old;
    const fields = { ...old, status: "open" as const };
    const made = this.#made(old.type, fields, { amounts: "net", lines: old.lines.map(asInput) }, actor, id);
    return this.#books.save("documents", this.#settled({ ...fields, ...made }));
  }

  /** Takes an open document back out of the ledger. @throws {Refused} `settled`, `locked`, `bad-status` */
  redraft(id: string, actor: Actor, version?: number): Document {
    const old = this.#loose(id, actor, version);
    return this.#books.save("documents", { ...old, status: "draft" });
  }

  /** Leaves it in the lists with nothing owed. @throws {Refused} `settled`, `locked`, `bad-status` */
  void(id: string, actor: Actor, version?: number): Document {
    const old = this.#loose(id, actor, version);
    return this.#books.save("documents", { ...old, status: "void" });
  }

  /** Takes it out of every list; the change log tells of it. @throws {Refused} `settled`, `locked` */
  remove(id: string, actor: Actor, version?: number): Document {
    const old = this.#books.need("documents", id, version);
    const loose = old.status === "void" ? old : this.#loose(id, actor, version);
    return this.#books.save("documents", { ...loose, deleted: true });
  }

  #loose(id: string, actor: Actor, version?: number): Document {
    const old = this.#books.need("documents", id, version);
    if (old.status === "void") refuse("bad-status", { id, text: old.status });
    if (minor(old.paid) !== 0n) refuse("settled", { id });
    if (old.status === "open") this.#books.checkLock(old.date, actor);
    return old;
  }

  /** A payment or allocation settles so much of a document, or, below zero, takes it back. In hundredths; checked before. */
  settle(id: string, hundredths: bigint): void {
    const old = this.#books.part("documents").get(id);
    if (old === undefined || hundredths === 0n) return;
    const paid = amount(minor(old.paid) + hundredths);
    this.#books.save("documents", this.#settled({ ...old, paid }));
  }

  #settled(document: Document): Document {
    const isSettled = document.status === "open" && dueOf(document) === 0n;
    const settledOn = isSettled ? (document.settledOn ?? today(this.#books.clock.now())) : null;
    return { ...document, settledOn };
  }
}

/** A stored line as if it were given anew: its net and tax stay. */
export function asInput(line: Document["lines"][number]): LineInput {
  return { ...line, amount: line.net };
}
