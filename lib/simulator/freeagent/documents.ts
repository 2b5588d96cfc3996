import { dueOf } from "#lib/simulator/core/books/documents.ts";
import type { LineInput } from "#lib/simulator/core/books/lines.ts";
import type { Document, DocumentType, Line } from "#lib/simulator/core/books/records.ts";
import { today } from "#lib/simulator/core/dates.ts";
import { amount, minor, parseDecimal } from "#lib/simulator/core/decimal.ts";
import type { Performed } from "#lib/simulator/core/wire.ts";
import {
  addressOf,
  bodyOf,
  changed,
  created,
  decimalIn,
  emptied,
  type FreeAgentCall,
  filtered,
  found,
  listAnswer,
  missing,
  moment,
  Refusal,
  reasons,
  refuseFor,
  shown,
  tailOf,
  textIn,
  turned,
} from "#lib/simulator/freeagent/wire-format.ts";
import { type Fields, isFields } from "#lib/simulator/http.ts";

/** How one list of documents is called. */
interface Kind {
  readonly path: "invoices" | "credit_notes" | "bills";
  readonly root: "invoice" | "credit_note" | "bill";
  readonly types: readonly DocumentType[];
}

const KINDS: readonly Kind[] = [
  { path: "invoices", root: "invoice", types: ["sales-invoice"] },
  { path: "credit_notes", root: "credit_note", types: ["sales-credit-note"] },
  // A supplier's credit note is a bill with a negative total.
  { path: "bills", root: "bill", types: ["bill", "supplier-credit-note"] },
];

export const kindAt = (path: string): Kind | undefined => KINDS.find((one) => one.path === path);

const MOST_BILL_ITEMS = 40;
const STATUSES = ["TAXABLE", "EXEMPT", "OUT_OF_SCOPE"];
const EC_STATUSES = ["UK/Non-EC", "EC Goods", "EC Services", "Reverse Charge", "EC VAT MOSS"];

/** The address of a document, whichever list it is of. */
export function documentAddress(call: FreeAgentCall, { id, type }: Document): string {
  const kind = KINDS.find(({ types }) => types.includes(type));
  return addressOf(call, kind?.path ?? "", id);
}

const itemPath = ({ root }: Kind) => `${root}_items`;

/** A document's status by FreeAgent's word, reckoned when it is asked for. */
function statusOf(one: Document, now: number): string {
  if (one.status === "draft") return "Draft";
  if (minor(one.gross) === 0n) return "Zero Value";
  if (dueOf(one) <= 0n) return one.type === "sales-invoice" || one.type === "bill" ? "Paid" : "Refunded";
  return one.dueDate !== null && one.dueDate < today(now) ? "Overdue" : "Open";
}

function itemShown(call: FreeAgentCall, kind: Kind, line: Line, one: Document) {
  const negative = one.type === "supplier-credit-note";
  const common = {
    url: addressOf(call, itemPath(kind), line.id),
    description: line.description ?? "",
    sales_tax_rate: shown(line.percent),
    sales_tax_status: line.own.status,
    category: addressOf(call, "categories", line.accountId ?? ""),
  };
  if (kind.root !== "bill")
    return {
      ...common,
      id: Number(line.id),
      position: shown(String(line.own.position ?? 1)),
      item_type: line.own.item_type ?? "",
      quantity: shown(line.quantity ?? "0"),
      price: shown(String(line.own.price ?? "0")),
    };
  const gross = amount(minor(line.net) + minor(line.tax));
  return {
    ...common,
    bill: addressOf(call, "bills", one.id),
    quantity: "1.0",
    unit: "-no unit-",
    total_value: shown(negative ? turned(gross) : gross),
    total_value_ex_tax: shown(negative ? turned(line.net) : line.net),
    ...(line.own.manual === true ? { manual_sales_tax_amount: shown(negative ? turned(line.tax) : line.tax) } : {}),
  };
}

/** A whole document; a list shows its items where it is asked to. */
function documentShown(call: FreeAgentCall, kind: Kind, one: Document, withItems: boolean) {
  const isNote = one.type === "sales-credit-note" || one.type === "supplier-credit-note";
  const signed = (value: string) => shown(isNote ? turned(value) : value);
  // Of a bill the net and the tax carry the other sign than its total.
  const other = (value: string) => (kind.root === "bill" ? shown(isNote ? value : turned(value)) : signed(value));
  return {
    url: documentAddress(call, one),
    contact: addressOf(call, "contacts", one.partyId ?? ""),
    contact_name: call.organisation.get("parties", one.partyId ?? "")?.name ?? "",
    reference: one.number ?? "",
    dated_on: one.date,
    due_on: one.dueDate,
    ...(kind.root === "bill" ? {} : { payment_terms_in_days: Number(one.own.terms ?? 0) }),
    currency: one.currency,
    exchange_rate: shown(one.rate),
    net_value: other(one.net),
    sales_tax_value: other(one.tax),
    total_value: signed(one.gross),
    [kind.root === "credit_note" ? "refunded_value" : "paid_value"]: signed(one.paid),
    due_value: signed(amount(dueOf(one))),
    status: statusOf(one, call.now),
    ec_status: one.own.ec_status ?? "UK/Non-EC",
    ...(one.own.place_of_supply === undefined ? {} : { place_of_supply: one.own.place_of_supply }),
    created_at: moment(one.createdAt),
    updated_at: moment(one.updatedAt),
    ...(withItems ? { [itemPath(kind)]: one.lines.map((line) => itemShown(call, kind, line, one)) } : {}),
  };
}

/** One item as a line of the books: always above zero where the document's total is. */
function lineOf(kind: Kind, item: Fields, before: Line | undefined, negative: boolean): LineInput {
  const merged: Fields = { ...(before?.own.given as Fields | undefined), ...item };
  const status = textIn(merged, "sales_tax_status") ?? "TAXABLE";
  refuseFor(STATUSES.includes(status) ? [] : ["Sales tax status is invalid"]);
  refuseFor(kind.root === "invoice" && status === "OUT_OF_SCOPE" ? ["Sales tax status is invalid"] : []);
  const percent = decimalIn(merged, "sales_tax_rate") ?? "20.0";
  const common = {
    ...(before ? { id: before.id } : {}),
    description: textIn(merged, "description"),
    accountId: tailOf(textIn(merged, "category")),
    percent: status === "TAXABLE" ? percent : "0",
  };
  const own = { status, given: { ...merged, _destroy: undefined, id: undefined, url: undefined } };
  const turn = (value: string | null) => (value !== null && negative ? flipped(value) : value);
  if (kind.root === "bill") {
    const gross = decimalIn(merged, "total_value");
    refuseFor(gross === null ? ["Total value can't be blank"] : []);
    const manual = decimalIn(merged, "manual_sales_tax_amount");
    const value = turn(gross) ?? "0";
    const tax = manual === null ? null : (turn(manual) ?? "0");
    return { ...common, amount: value, tax, own: { ...own, manual: manual !== null } };
  }
  const price = decimalIn(merged, "price");
  refuseFor(price === null ? ["Price can't be blank"] : []);
  return {
    ...common,
    quantity: decimalIn(merged, "quantity") ?? "0",
    unit: turn(price) ?? "0",
    own: { ...own, price, position: merged.position, item_type: merged.item_type },
  };
}

function flipped(decimal: string): string {
  const value = parseDecimal(decimal);
  if (value === null || value.units === 0n) return decimal;
  return decimal.startsWith("-") ? decimal.slice(1) : `-${decimal.replace(/^\+/, "")}`;
}

/** The items of a call laid over those that are there: by id or address, gone with `_destroy`, new without either. */
function itemsOf(kind: Kind, body: Fields, before: readonly Line[]): { item: Fields; line: Line | undefined }[] | null {
  const given = body[itemPath(kind)];
  if (!Array.isArray(given)) return null;
  const items = given.filter(isFields);
  const idOf = (item: Fields) => tailOf(textIn(item, kind.root === "bill" ? "url" : "id"));
  const kept = before.flatMap((line) => {
    const own = items.find((item) => idOf(item) === line.id);
    if (own === undefined) return [{ item: {}, line }];
    return Number(own._destroy) === 1 || own._destroy === true ? [] : [{ item: own, line }];
  });
  const fresh = items.filter((item) => idOf(item) === null);
  const inOrder = [...kept, ...fresh.map((item) => ({ item, line: undefined }))];
  return inOrder.sort((one, other) => Number(one.item.position ?? 0) - Number(other.item.position ?? 0));
}

/** The bills with a negative total are refunds; every credit note is one. */
function isNegative(kind: Kind, items: readonly { item: Fields; line: Line | undefined }[]): boolean {
  if (kind.root !== "bill") return kind.root === "credit_note";
  const total = items.reduce((sum, { item, line }) => {
    const given = line?.own.given as Fields | undefined;
    return sum + minor(decimalIn({ ...given, ...item }, "total_value") ?? "0");
  }, 0n);
  return total < 0n;
}

function checkedHead(kind: Kind, body: Fields): void {
  const needed =
    kind.root === "bill" ? ["contact", "reference", "dated_on", "due_on"] : ["contact", "dated_on", "payment_terms_in_days"];
  const words = needed.filter((name) => textIn(body, name) === null).map((name) => `${capital(name)} can't be blank`);
  const status = textIn(body, "ec_status");
  if (status !== null && !EC_STATUSES.includes(status)) words.push("Ec status is invalid");
  const items = body[itemPath(kind)];
  if (kind.root === "bill" && !Array.isArray(items)) words.push("Bill items can't be blank");
  if (kind.root === "bill" && Array.isArray(items) && items.length > MOST_BILL_ITEMS)
    words.push("Bill items must be 40 or fewer");
  if (
    status === "Reverse Charge" &&
    Array.isArray(items) &&
    items.filter(isFields).some((one) => Number(one.sales_tax_rate) !== 0)
  )
    words.push("Sales tax rate must be 0 with an ec status of Reverse Charge");
  refuseFor(words);
}

const capital = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1).replaceAll("_", " ")}`;

/** Days after the document's own. */
function dueDate(body: Fields, date: string): string {
  const said = textIn(body, "due_on");
  if (said !== null) return said;
  const days = Number(textIn(body, "payment_terms_in_days") ?? "0");
  return new Date(Date.parse(date) + days * 86_400_000).toISOString().slice(0, 10);
}

const ownOf = (body: Fields, before: Fields): Fields => ({
  ...before,
  ...("payment_terms_in_days" in body ? { terms: Number(body.payment_terms_in_days) } : {}),
  ...("ec_status" in body ? { ec_status: body.ec_status } : {}),
  ...("place_of_supply" in body ? { place_of_supply: body.place_of_supply } : {}),
});

/** Invoices, credit notes and bills. */
export function documents(call: FreeAgentCall, kind: Kind, rest: readonly string[]): Performed {
  const { organisation, method } = call;
  const [id, action, move] = rest;
  if (id === undefined) return method === "POST" ? make(call, kind) : listed(call, kind);
  const one = organisation.get("documents", id);
  if (one === undefined || !kind.types.includes(one.type)) throw new Refusal(missing());
  if (action === "transitions" && method === "PUT") return transition(call, kind, one, move ?? "");
  if (action !== undefined) throw new Refusal(missing());
  const actor = { adviser: call.role === "adviser" };
  switch (method) {
    case "PUT":
      return change(call, kind, one);
    case "DELETE":
      // What was sent is taken back first; a bill has no such state.
      if (one.status === "open" && kind.root !== "bill")
        throw new Refusal(reasons(422, `${capital(kind.root)} cannot be deleted`));
      organisation.documents.remove(id, actor);
      return emptied();
    default:
      return found(kind.root, documentShown(call, kind, one, true));
  }
}

function listed(call: FreeAgentCall, kind: Kind): Performed {
  const { organisation, url } = call;
  const view = url.searchParams.get("view") ?? "all";
  const contact = tailOf(url.searchParams.get("contact"));
  const rows = organisation.documents.ofType(kind.types).filter((one) => {
    const status = statusOf(one, call.now);
    const inView =
      view === "draft"
        ? status === "Draft"
        : view === "open"
          ? status === "Open" || status === "Overdue"
          : view !== "paid" || status === "Paid";
    return inView && (contact === null || one.partyId === contact);
  });
  const withItems = url.searchParams.get(`nested_${itemPath(kind)}`) === "true";
  return listAnswer(
    call,
    kind.path,
    filtered(call, rows, ({ date }) => date),
    (one) => documentShown(call, kind, one, withItems),
  );
}

function make(call: FreeAgentCall, kind: Kind): Performed {
  const { organisation } = call;
  const body = bodyOf(call, kind.root);
  checkedHead(kind, body);
  const items = itemsOf(kind, body, []) ?? [];
  const negative = isNegative(kind, items);
  const date = textIn(body, "dated_on") ?? "";
  const currency = textIn(body, "currency");
  const taken = (number: string) => organisation.documents.byNumber(number, ["sales-invoice", "sales-credit-note"]).length > 0;
  const type: DocumentType = kind.root === "bill" ? (negative ? "supplier-credit-note" : "bill") : (kind.types[0] ?? "bill");
  const one = organisation.documents.create(
    type,
    {
      partyId: tailOf(textIn(body, "contact")),
      date,
      dueDate: dueDate(body, date),
      number: textIn(body, "reference") ?? organisation.nextNumber("FA", taken),
      ...(currency === null ? {} : { currency }),
      amounts: kind.root === "bill" ? "gross" : "net",
      lines: items.map(({ item }) => lineOf(kind, item, undefined, negative)),
      // A bill stands in the ledger at once.
      status: kind.root === "bill" ? "open" : "draft",
      own: ownOf(body, {}),
    },
    { adviser: call.role === "adviser" },
  );
  return created(kind.root, documentShown(call, kind, one, true), documentAddress(call, one));
}

function change(call: FreeAgentCall, kind: Kind, one: Document): Performed {
  const { organisation } = call;
  const body = bodyOf(call, kind.root);
  if (kind.root !== "bill" && one.status === "open") {
    const given = Object.keys(body).filter((name) => name !== "comments");
    refuseFor(given.map((name) => `${name === "contact" ? "contact_id" : name} is locked and cannot be changed`));
  }
  const items = itemsOf(kind, body, one.lines);
  const negative = one.type === "sales-credit-note" || one.type === "supplier-credit-note";
  const date = textIn(body, "dated_on") ?? one.date;
  const changes = {
    ...("contact" in body ? { partyId: tailOf(textIn(body, "contact")) } : {}),
    ...("reference" in body ? { number: textIn(body, "reference") } : {}),
    ...("currency" in body ? { currency: textIn(body, "currency") ?? one.currency } : {}),
    date,
    ...("due_on" in body || "payment_terms_in_days" in body ? { dueDate: dueDate(body, date) } : {}),
    ...(items === null
      ? {}
      : {
          amounts: kind.root === "bill" ? ("gross" as const) : ("net" as const),
          lines: items.map(({ item, line }) => lineOf(kind, item, line, negative)),
        }),
    own: ownOf(body, { ...one.own }),
  };
  const saved = organisation.documents.change(one.id, changes, { adviser: call.role === "adviser" });
  return changed(kind.root, documentShown(call, kind, saved, true));
}

function transition(call: FreeAgentCall, kind: Kind, one: Document, move: string): Performed {
  const { organisation } = call;
  const actor = { adviser: call.role === "adviser" };
  if (kind.root === "bill") throw new Refusal(missing());
  if (move === "mark_as_draft") organisation.documents.redraft(one.id, actor);
  else if (move !== "mark_as_sent") throw new Refusal(missing());
  else if (one.status !== "open") {
    const others = organisation.documents.byNumber(one.number ?? "", ["sales-invoice", "sales-credit-note"]);
    if (others.some((other) => other.id !== one.id && other.status === "open"))
      throw new Refusal(reasons(422, "Reference has already been taken"));
    organisation.documents.open(one.id, actor);
  }
  return emptied();
}
