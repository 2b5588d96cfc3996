import type { Actor, Books } from "#lib/simulator/core/books/books.ts";
import { asInput, dueOf, isCredit, isSales } from "#lib/simulator/core/books/documents.ts";
import type { Account, AccountRole, Document, Party } from "#lib/simulator/core/books/records.ts";
import { Refused } from "#lib/simulator/core/books/refusal.ts";
import { statusOf } from "#lib/simulator/core/books/view.ts";
import { isDate, today } from "#lib/simulator/core/dates.ts";
import { amount, minor, taxOn, taxWithin } from "#lib/simulator/core/decimal.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import type { OwnSettings } from "#lib/simulator/core/organisation.ts";
import { readAmount } from "#lib/simulator/core/organisation-control.ts";
import { type Fields, HttpRefusal, isFields } from "#lib/simulator/http.ts";

/** A person inside the package: nobody's period lock binds them. */
const PERSON: Actor = { adviser: true };

const ROLES: ReadonlySet<string> = new Set<AccountRole>([
  "bank",
  "card",
  "receivable",
  "payable",
  "tax",
  "undeposited",
  "income",
  "cost-of-sales",
  "expense",
  "asset",
  "fixed-asset",
  "liability",
  "equity",
]);
const isRole = (text: string): text is AccountRole => ROLES.has(text);

function missing(what: string, key: string): never {
  throw new HttpRefusal(404, `There is no ${what} ${key}`);
}

/** What a control call or a page does as a person inside the package. Every refusal is a `HttpRefusal`. */
export class ByHand<Own extends OwnSettings> {
  readonly #books: Books<Own>;

  constructor(books: Books<Own>) {
    this.#books = books;
  }

  /** Pays one document, several at once, or a party on account. */
  pay(order: Fields): { id: string } {
    const { date = "", reference } = order;
    if (typeof date !== "string" || (date !== "" && !isDate(date))) throw new HttpRefusal(400, "date must be YYYY-MM-DD");
    const common = {
      date: date === "" ? today(this.#books.clock.now()) : date,
      accountId: this.#bank(order.account).id,
      reference: typeof reference === "string" && reference !== "" ? reference : null,
    };
    if (typeof order.contact === "string") {
      const party = this.#party(order.contact);
      const direction = order.side === "purchases" ? ("out" as const) : ("in" as const);
      const value = amount(readAmount(order.amount, "amount"));
      const input = { ...common, direction, partyId: party.id, amount: value, lines: [] };
      return asPerson(() => ({ id: this.#books.payments.record(input, PERSON).id }));
    }
    const wanted = (Array.isArray(order.numbers) ? order.numbers : [order]).map((one: unknown) => {
      if (!isFields(one) || typeof one.number !== "string") throw new HttpRefusal(400, "Give a number, numbers, or a contact");
      return { document: this.#open(one.number), amount: amount(readAmount(one.amount, "amount")) };
    });
    const first = wanted[0]?.document;
    if (first === undefined) throw new HttpRefusal(400, "Give a number, numbers, or a contact");
    const sum = wanted.reduce((total, one) => total + minor(one.amount), 0n);
    return asPerson(() => {
      const payment = this.#books.payments.record(
        {
          ...common,
          direction: isSales(first.type) !== isCredit(first.type) ? "in" : "out",
          partyId: first.partyId,
          amount: amount(sum),
          lines: wanted.map((one) => ({ documentId: one.document.id, amount: one.amount })),
        },
        PERSON,
      );
      return { id: payment.id };
    });
  }

  /** The live document with this number, the first that owes something. */
  #open(number: string): Document {
    const found = this.#books.part("documents").find("number", fold(number));
    const live = found.filter((one) => !one.deleted && one.status !== "void");
    return live.find((one) => one.status === "open" && dueOf(one) > 0n) ?? live[0] ?? missing("document", number);
  }

  #bank(wanted: unknown): Account {
    if (wanted === undefined) return this.#books.accountOf("bank") ?? missing("account", "for money");
    if (typeof wanted !== "string") throw new HttpRefusal(400, "account must be a code or an id");
    return this.#account(wanted) ?? missing("account", wanted);
  }

  #account(key: string): Account | undefined {
    const part = this.#books.part("accounts");
    return part.find("code", fold(key))[0] ?? part.get(key) ?? part.find("name", fold(key))[0];
  }

  #party(key: string): Party {
    const part = this.#books.part("parties");
    const found = part.find("reference", fold(key))[0] ?? part.get(key) ?? part.find("name", fold(key))[0];
    return found === undefined || found.deleted ? missing("contact", key) : found;
  }

  /** Changes a document's gross by way of its first line with an amount, or its status by the control calls' words. */
  changeDocument(id: string, change: { gross: bigint } | { status: string }) {
    const old = this.#books.part("documents").get(id);
    if (old === undefined || old.deleted) return missing("document", id);
    const after = asPerson(() => ("gross" in change ? this.#regross(old, change.gross) : this.#restate(old, change.status)));
    return { id, status: statusOf(after), net: after.net, tax: after.tax, gross: after.gross };
  }

  #regross(old: Document, gross: bigint): Document {
    const at = old.lines.findIndex((line) => line.net !== "0.00");
    const line = old.lines[at];
    if (line === undefined) throw new HttpRefusal(400, "The document has no line with an amount");
    const whole = minor(line.net) + minor(line.tax) + gross - minor(old.gross);
    const tax = taxWithin(whole, line.percent);
    // Where no net gives that gross at the rate, the last penny goes to the net.
    const net = whole - tax;
    const kept = taxOn(net, line.percent) === tax ? tax : whole - net;
    const repriced = { ...asInput(line), quantity: "1", unit: amount(net), amount: amount(net), tax: amount(kept) };
    const lines = old.lines.map((one, position) => (position === at ? repriced : asInput(one)));
    return this.#books.documents.change(old.id, { amounts: "net", lines }, PERSON);
  }

  #restate(old: Document, status: string): Document {
    const { documents } = this.#books;
    if (status === "VOIDED" || status === "DELETED")
      return status === "VOIDED" && old.status !== "draft" ? documents.void(old.id, PERSON) : documents.remove(old.id, PERSON);
    if (status === "DRAFT") return documents.redraft(old.id, PERSON);
    if (status === "AUTHORISED") return documents.open(old.id, PERSON);
    throw new HttpRefusal(400, `There is no status ${status}`);
  }

  archive(key: string, archived: boolean): { id: string; name: string } {
    const party = this.#party(key);
    if (party.active !== archived) return party;
    return asPerson(() => this.#books.lists.changeParty(party.id, { active: !archived }));
  }

  /** Its documents and payments move to the survivor; it is archived, and says where it went. */
  merge(key: string, into: string): { id: string } {
    const party = this.#party(key);
    const survivor = this.#party(into);
    if (party.id === survivor.id) throw new HttpRefusal(400, "A contact cannot be merged into itself");
    const books = this.#books;
    for (const one of books.part("documents").find("party", party.id)) books.save("documents", { ...one, partyId: survivor.id });
    for (const one of books.part("payments").find("party", party.id)) books.save("payments", { ...one, partyId: survivor.id });
    books.save("parties", { ...party, active: false, mergedInto: survivor.id });
    return { id: party.id };
  }

  putAccount(order: Fields): { id: string } {
    const text = (name: string) => {
      const value = order[name];
      if (value !== undefined && value !== null && typeof value !== "string") throw new HttpRefusal(400, `${name} must be text`);
      return value ?? undefined;
    };
    const [code, name, role, status] = [text("code"), text("name"), text("type"), text("status")];
    const key = code ?? name;
    const old = key === undefined ? undefined : this.#account(key);
    if (role !== undefined && !isRole(role)) throw new HttpRefusal(400, `There is no account type ${role}`);
    if (status !== undefined && status !== "ACTIVE" && status !== "ARCHIVED")
      throw new HttpRefusal(400, "status must be ACTIVE or ARCHIVED");
    const given = {
      ...(code === undefined ? {} : { code }),
      ...(name === undefined ? {} : { name }),
      ...(role === undefined ? {} : { role }),
      ...(status === undefined ? {} : { active: status === "ACTIVE" }),
      ...(text("taxType") === undefined ? {} : { taxCode: text("taxType") ?? null }),
    };
    const { lists, info } = this.#books;
    if (old !== undefined) return asPerson(() => ({ id: lists.changeAccount(old.id, given).id }));
    if (name === undefined) throw new HttpRefusal(400, "A new account needs a name");
    const currency = role === "bank" ? (text("currency") ?? info.currency) : null;
    const made = { code: null, role: "income" as const, taxCode: null, currency, ...given, name };
    return asPerson(() => ({ id: lists.addAccount(made).id }));
  }

  removeItem(code: string): void {
    const item = this.#books
      .part("items")
      .find("name", fold(code))
      .find((one) => !one.deleted);
    this.#books.lists.removeItem((item ?? missing("item", code)).id);
  }

  /** Takes the codes off these accounts, and gives the code back to any other that lost it so. */
  removeAccountCodes(codes: readonly string[]): void {
    const books = this.#books;
    const wanted = new Set(codes.map(fold));
    const removed: Record<string, string> = {};
    for (const [id, code] of Object.entries(books.removedCodes)) {
      const account = books.part("accounts").get(id);
      if (account === undefined) continue;
      if (wanted.has(fold(code))) removed[id] = code;
      else books.save("accounts", { ...account, code });
    }
    for (const code of codes) {
      const account = books.part("accounts").find("code", fold(code))[0];
      if (account !== undefined) {
        books.save("accounts", { ...account, code: null });
        removed[account.id] = code;
      } else if (!Object.values(removed).some((other) => fold(other) === fold(code))) missing("account", code);
    }
    books.removedCodes = removed;
    books.settings = { ...books.settings, accountsWithoutCode: Object.values(removed) };
    books.noteState();
  }
}

function asPerson<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refused) throw new HttpRefusal(400, `The books refuse: ${error.message}`);
    throw error;
  }
}
