import { isDate, today } from "#lib/simulator/core/dates.ts";
import { amount, minor } from "#lib/simulator/core/decimal.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import { readAmount } from "#lib/simulator/core/organisation-control.ts";
import { type Fields, HttpRefusal, isFields } from "#lib/simulator/http.ts";
import { netOf, taxOf } from "#lib/simulator/quickbooks-online/answered.ts";
import type { Entity } from "#lib/simulator/quickbooks-online/fields.ts";
import { documentById, documentsByNumber, openOf } from "#lib/simulator/quickbooks-online/ledger.ts";
import type { Kept, Tenant } from "#lib/simulator/quickbooks-online/tenant.ts";
import { childOf, listOf, Refused, refOf, textOf, type WireObject } from "#lib/simulator/quickbooks-online/wire.ts";
import { write } from "#lib/simulator/quickbooks-online/write.ts";

/*
 * What a person does inside the package, by control call or page. Every refusal is a `HttpRefusal` with the package's words.
 */

function asPerson<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (error instanceof Refused) throw new HttpRefusal(400, error.detail);
    throw error;
  }
}

/** Puts a changed object, as somebody saves it. */
function save(tenant: Tenant, entity: Entity, one: Kept, body: WireObject): Kept {
  const updatedAt = Math.max(tenant.clock.now(), one.updatedAt + 1);
  return tenant.part(entity).put({ ...one, body, syncToken: one.syncToken + 1, updatedAt });
}

function bankOf(tenant: Tenant, wanted: unknown): string {
  const accounts = tenant.part("Account").all();
  const found = accounts.find(({ id, body }) =>
    wanted === undefined ? body.AccountType === "Bank" : id === wanted || textOf(body, "AcctNum") === wanted,
  );
  if (!found) throw new HttpRefusal(404, "There is no such account");
  return found.id;
}

type Paid = { number: string; amount: string };

/** Pays one document, several of one contact in one payment, or a contact on account. */
export function payByHand(tenant: Tenant, order: Fields): { id: string } {
  const date = typeof order.date === "string" && order.date !== "" ? order.date : today(tenant.clock.now());
  if (!isDate(date)) throw new HttpRefusal(400, "date must be YYYY-MM-DD");
  const bank = bankOf(tenant, order.account);
  const note: WireObject = typeof order.reference === "string" && order.reference !== "" ? { PrivateNote: order.reference } : {};
  const pays = Array.isArray(order.numbers) ? order.numbers.filter(isFields) : order.number === undefined ? [] : [order];
  const paid = pays.map((one): Paid => ({ number: String(one.number), amount: amount(readAmount(one.amount, "amount")) }));
  const documents = paid.map((one) => {
    const open = documentsByNumber(tenant, one.number);
    const found =
      open.find(({ entity, one: kept }) => ["Invoice", "Bill"].includes(entity) && openOf(tenant, kept) > 0n) ?? open[0];
    if (!found) throw new HttpRefusal(404, `There is no document ${one.number}`);
    return { ...found, amount: one.amount };
  });
  const [first] = documents;
  const isOut = first ? first.entity === "Bill" : order.side === "purchases";
  const party = first
    ? (refOf(first.one.body, "CustomerRef") ?? refOf(first.one.body, "VendorRef") ?? "")
    : contactBy(tenant, String(order.contact ?? "")).one.id;
  const total = first ? documents.reduce((sum, one) => sum + minor(one.amount), 0n) : readAmount(order.amount, "amount");
  const body: WireObject = {
    TxnDate: date,
    TotalAmt: amount(total),
    ...note,
    ...(isOut
      ? { VendorRef: { value: party }, PayType: "Check", CheckPayment: { BankAccountRef: { value: bank } } }
      : { CustomerRef: { value: party }, DepositToAccountRef: { value: bank } }),
    Line: documents.map((one) => ({ Amount: one.amount, LinkedTxn: [{ TxnId: one.one.id, TxnType: one.entity }] })),
  };
  const { id } = asPerson(() => write(tenant, isOut ? "BillPayment" : "Payment", "create", body, tenant.clock.now()));
  return { id };
}

export function changeDocumentByHand(tenant: Tenant, id: string, change: { gross: bigint } | { status: string }) {
  const { entity, one } = documentById(tenant, id);
  if ("status" in change) {
    if (change.status === "DELETED") {
      tenant.drop(entity, id);
      tenant.part("Gone").put({ id, updatedAt: tenant.clock.now(), entity });
      return { id, status: "DELETED", net: "0.00", tax: "0.00", gross: "0.00" };
    }
    voidByHand(tenant, id);
  } else {
    const off = change.gross - netOf(one.body) - taxOf(one.body);
    const lines = listOf(one.body, "Line").map((line, position): WireObject => {
      if (position > 0) return line;
      const said = amount(minor(textOf(line, "Amount") ?? "0") + off);
      const sale = childOf(line, "SalesItemLineDetail");
      return { ...line, Amount: said, ...(sale ? { SalesItemLineDetail: { ...sale, Qty: "1", UnitPrice: said } } : {}) };
    });
    save(tenant, entity, one, { ...one.body, Line: lines });
  }
  const { one: after } = documentById(tenant, id);
  const [net, tax] = [netOf(after.body), taxOf(after.body)];
  return { id, status: "AUTHORISED", net: amount(net), tax: amount(tax), gross: amount(net + tax) };
}

/** An invoice is voided; any other document has no such state there, and is deleted. */
export function voidByHand(tenant: Tenant, id: string): void {
  const { entity, one } = documentById(tenant, id);
  const named = { Id: id, SyncToken: String(one.syncToken) };
  asPerson(() => write(tenant, entity, entity === "Invoice" ? "void" : "delete", named, tenant.clock.now()));
}

/** A contact by our reference in its note, its id or its name. @throws {HttpRefusal} 404 */
function contactBy(tenant: Tenant, key: string): { entity: "Customer" | "Vendor"; one: Kept } {
  for (const entity of ["Customer", "Vendor"] as const) {
    const one = tenant
      .part(entity)
      .all()
      .find(
        ({ id, body }) =>
          id === key || fold(textOf(body, "DisplayName") ?? "") === fold(key) || textOf(body, "Notes")?.includes(`[ref ${key}]`),
      );
    if (one) return { entity, one };
  }
  throw new HttpRefusal(404, `There is no contact ${key}`);
}

export function archiveContact(tenant: Tenant, key: string, archived: boolean): { id: string; name: string } {
  const { entity, one } = contactBy(tenant, key);
  const bare = (textOf(one.body, "DisplayName") ?? "").replace(/ \(deleted\)$/, "");
  save(tenant, entity, one, { ...one.body, Active: !archived, DisplayName: archived ? `${bare} (deleted)` : bare });
  return { id: one.id, name: bare };
}

/** What named the one names the other from now on. */
export function mergeContact(tenant: Tenant, key: string, into: string): { id: string } {
  const { entity, one } = contactBy(tenant, key);
  const other = contactBy(tenant, into);
  const party = entity === "Customer" ? "CustomerRef" : "VendorRef";
  for (const kind of ["Invoice", "CreditMemo", "Payment", "Bill", "VendorCredit", "BillPayment"] as const)
    for (const kept of [...tenant.part(kind).all()])
      if (refOf(kept.body, party) === one.id) save(tenant, kind, kept, { ...kept.body, [party]: { value: other.one.id } });
  archiveContact(tenant, one.id, true);
  return { id: other.one.id };
}

/** Adds an account, or changes the one with this code. */
export function putAccount(tenant: Tenant, order: Fields): { id: string } {
  const text = (name: string) => (typeof order[name] === "string" ? order[name] : undefined);
  const code = text("code");
  const known = tenant
    .part("Account")
    .all()
    .find(({ body }) => code !== undefined && textOf(body, "AcctNum") === code);
  const isSales = ["REVENUE", "SALES", "Income"].includes(text("type") ?? "");
  const before: WireObject = known?.body ?? {
    AccountType: isSales ? "Income" : "Expense",
    Classification: isSales ? "Revenue" : "Expense",
    CurrencyRef: { value: tenant.info.currency },
  };
  const name = text("name") ?? textOf(before, "Name") ?? code ?? "Account";
  const body: WireObject = {
    ...before,
    Name: name,
    FullyQualifiedName: name,
    ...(code === undefined ? {} : { AcctNum: code }),
    Active: text("status") !== "ARCHIVED",
  };
  const now = tenant.clock.now();
  const made: Kept = known ?? { id: tenant.nextId("names"), updatedAt: now, createdAt: now, syncToken: 0, body };
  return { id: save(tenant, "Account", made, body).id };
}

/** Makes an item inactive: none is deleted there. */
export function removeItem(tenant: Tenant, code: string): void {
  const one = tenant
    .part("Item")
    .all()
    .find(({ id, body }) => id === code || fold(textOf(body, "Name") ?? "") === fold(code));
  if (!one) throw new HttpRefusal(404, `There is no item ${code}`);
  save(tenant, "Item", one, { ...one.body, Active: false });
}

export function removeAccountCodes(tenant: Tenant, codes: readonly string[]): void {
  for (const one of [...tenant.part("Account").all()]) {
    const code = textOf(one.body, "AcctNum");
    const before = tenant.removedCodes[one.id];
    if (code !== null && codes.includes(code)) {
      const { AcctNum: _, ...rest } = one.body;
      tenant.removedCodes = { ...tenant.removedCodes, [one.id]: code };
      save(tenant, "Account", one, rest);
    } else if (before !== undefined && !codes.includes(before)) {
      const { [one.id]: _, ...left } = tenant.removedCodes;
      tenant.removedCodes = left;
      save(tenant, "Account", one, { ...one.body, AcctNum: before });
    }
  }
  tenant.settings = { ...tenant.settings, accountsWithoutCode: [...codes] };
  tenant.noteState();
}
