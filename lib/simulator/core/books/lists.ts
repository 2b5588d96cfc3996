import type { Books } from "#lib/simulator/core/books/books.ts";
import type { Account, Attachment, Item, Kept, Party, TaxRate } from "#lib/simulator/core/books/records.ts";
import { type Reason, Refused, refuse } from "#lib/simulator/core/books/refusal.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import type { OwnSettings } from "#lib/simulator/core/organisation.ts";

/** A record's own fields: what the books fill in is left out. */
type Fields<One extends Kept, Left extends keyof One = never> = Omit<One, keyof Kept | Left> & Partial<Pick<Kept, "own">>;
type Changes<One extends Kept> = Partial<Fields<One>>;

/** Accounts, tax rates, parties, items and files. A change leaves out what stays; `version` refuses to change what moved on. */
export class BookLists<Own extends OwnSettings> {
  readonly #books: Books<Own>;

  constructor(books: Books<Own>) {
    this.#books = books;
  }

  /** @throws {Refused} `required`, `name-taken` */
  addParty(party: Fields<Party, "mergedInto" | "active"> & { active?: boolean }): Party {
    const { own, ...fields } = party;
    const made: Party = { active: true, ...fields, mergedInto: null, ...this.#books.fresh(own) };
    this.#checkParty(made);
    return this.#books.part("parties").put(made);
  }

  /** @throws {Refused} `missing`, `stale`, `required`, `name-taken` */
  changeParty(id: string, changes: Changes<Party>, version?: number): Party {
    const changed = { ...this.#books.need("parties", id, version), ...changes };
    this.#checkParty(changed);
    return this.#books.save("parties", changed);
  }

  #checkParty(party: Party): void {
    if (party.name.trim() === "") refuse("required", { field: "name" });
    const spaces = this.#books.policy.nameSpaces.filter((kinds) => kinds.includes(party.kind));
    const other = this.#books
      .part("parties")
      .find("name", fold(party.name))
      .find((one) => one.id !== party.id && !one.deleted && one.active && spaces.some((kinds) => kinds.includes(one.kind)));
    if (party.active && other !== undefined) refuse("name-taken", { field: "name", id: other.id, text: party.name });
  }

  /** The party that a document or payment names. @throws {Refused} `unknown-party`, `inactive-party` */
  partyFor(id: string, reasons: Reason[]): Party | undefined {
    const party = this.#books.part("parties").get(id);
    if (party === undefined || party.deleted) reasons.push({ code: "unknown-party", field: "partyId", text: id });
    else if (!party.active) reasons.push({ code: "inactive-party", field: "partyId", id });
    return party;
  }

  /** Deletes a party that nothing names. @throws {Refused} `missing`, `in-use` */
  removeParty(id: string, version?: number): Party {
    const party = this.#books.need("parties", id, version);
    const named =
      this.#books
        .part("documents")
        .find("party", id)
        .some((one) => !one.deleted) ||
      this.#books
        .part("payments")
        .find("party", id)
        .some((one) => !one.deleted);
    if (named) refuse("in-use", { id });
    return this.#books.save("parties", { ...party, deleted: true });
  }

  /** @throws {Refused} `required`, `name-taken`, `unknown-account` */
  addItem(item: Fields<Item, "active"> & { active?: boolean }): Item {
    const { own, ...fields } = item;
    const made: Item = { active: true, ...fields, ...this.#books.fresh(own) };
    this.#checkItem(made);
    return this.#books.part("items").put(made);
  }

  /** @throws {Refused} `missing`, `stale`, `required`, `name-taken`, `unknown-account` */
  changeItem(id: string, changes: Changes<Item>, version?: number): Item {
    const changed = { ...this.#books.need("items", id, version), ...changes };
    this.#checkItem(changed);
    return this.#books.save("items", changed);
  }

  /** Deletes an item; lines that name it keep what they say. */
  removeItem(id: string): Item {
    return this.#books.save("items", { ...this.#books.need("items", id), deleted: true });
  }

  #checkItem(item: Item): void {
    const reasons: Reason[] = [];
    if (item.name.trim() === "") reasons.push({ code: "required", field: "name" });
    const other = this.#books
      .part("items")
      .find("name", fold(item.name))
      .find((one) => one.id !== item.id && !one.deleted && one.active);
    if (item.active && other !== undefined) reasons.push({ code: "name-taken", field: "name", id: other.id, text: item.name });
    for (const field of ["incomeAccountId", "expenseAccountId"] as const) {
      const id = item[field];
      if (id !== null && this.#books.get("accounts", id) === undefined)
        reasons.push({ code: "unknown-account", field, text: id });
    }
    if (reasons.length > 0) throw new Refused(reasons);
  }

  /** @throws {Refused} `required`, `number-taken` (a code), `name-taken` */
  addAccount(account: Fields<Account, "active" | "position"> & { id?: string; active?: boolean }): Account {
    const { own, id, ...fields } = account;
    const fresh = this.#books.fresh(own);
    const position = this.#books.part("accounts").size;
    const made: Account = { active: true, ...fields, position, ...fresh, id: id ?? fresh.id };
    this.#checkAccount(made);
    return this.#books.part("accounts").put(made);
  }

  /** @throws {Refused} `missing`, `stale`, `required`, `number-taken` (a code), `name-taken` */
  changeAccount(id: string, changes: Changes<Account>, version?: number): Account {
    const changed = { ...this.#books.need("accounts", id, version), ...changes };
    this.#checkAccount(changed);
    return this.#books.save("accounts", changed);
  }

  #checkAccount(account: Account): void {
    const reasons: Reason[] = [];
    const others = this.#books.list("accounts").filter((one) => one.id !== account.id && one.active);
    if (account.name.trim() === "") reasons.push({ code: "required", field: "name" });
    const { code } = account;
    const coded = code === null ? undefined : others.find((one) => one.code !== null && fold(one.code) === fold(code));
    if (coded !== undefined && code !== null) reasons.push({ code: "number-taken", field: "code", id: coded.id, text: code });
    const named = others.find((one) => fold(one.name) === fold(account.name));
    if (account.active && named !== undefined)
      reasons.push({ code: "name-taken", field: "name", id: named.id, text: account.name });
    if (reasons.length > 0) throw new Refused(reasons);
  }

  addTaxRate(rate: Fields<TaxRate, "active"> & { active?: boolean }): TaxRate {
    const { own, ...fields } = rate;
    return this.#books.part("taxRates").put({ active: true, ...fields, ...this.#books.fresh(own) });
  }

  /** A file on a record of any kind. @param content its bytes */
  attach(parentId: string, fileName: string, mimeType: string, content: Buffer, own: Kept["own"] = {}): Attachment {
    const file = { parentId, fileName, mimeType, size: content.length, content: content.toString("base64") };
    return this.#books.part("attachments").put({ ...file, ...this.#books.fresh(own) });
  }

  /** @throws {Refused} `missing` */
  removeFile(id: string): void {
    this.#books.save("attachments", { ...this.#books.need("attachments", id), deleted: true });
  }
}
