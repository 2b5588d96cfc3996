import type { Ledger } from "#lib/simulator/control-client.ts";
import { today } from "#lib/simulator/core/dates.ts";
import { amount } from "#lib/simulator/core/decimal.ts";
import { button, paged, table } from "#lib/simulator/core/html.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import type { AnyOrganisation } from "#lib/simulator/core/organisation.ts";
import { HttpRefusal } from "#lib/simulator/http.ts";
import { escapeHtml } from "#lib/simulator/pages.ts";

type LedgerDocument = Ledger["documents"][number];

const WORDS: Record<string, string> = {
  "sales-invoice": "Sales invoice",
  bill: "Bill",
  "sales-credit-note": "Credit note",
  "supplier-credit-note": "Supplier credit note",
};

/** @throws {HttpRefusal} 404 */
export function documentIn(tenant: AnyOrganisation, id: string): LedgerDocument {
  const one = tenant.ledger(false).documents.find((other) => other.id === id);
  if (one === undefined) throw new HttpRefusal(404, `There is no document ${id}`);
  return one;
}

/** What stands below a tab; null when there is no such tab. */
export function tabPage(tenant: AnyOrganisation, tab: string, base: string, query: URLSearchParams): string | null {
  if (tab === "") return documentsTab(tenant, base, query);
  if (tab === "payments") return paymentsTab(tenant, base, query);
  if (tab === "contacts") return contactsTab(tenant, base, query);
  if (tab === "items") return itemsTab(tenant, base, query);
  if (tab === "accounts") return accountsTab(tenant, base);
  return tab === "calls" ? callsTab(tenant) : null;
}

function documentsTab(tenant: AnyOrganisation, base: string, query: URLSearchParams): string {
  const { contacts, documents } = tenant.ledger(false);
  const all = documents
    .map((one) => ({ one, at: tenant.changedAt(one.id) }))
    .sort((a, b) => a.at - b.at)
    .map(({ one }) => one);
  const names = new Map(contacts.map((one) => [one.id, one.name]));
  const name = (one: LedgerDocument) => names.get(one.contactId) ?? "";
  const { shown, form, pager } = paged(all, query, base, (one, wanted) =>
    fold(`${one.number ?? ""} ${one.reference ?? ""} ${name(one)}`).includes(wanted),
  );
  const rows = shown.map((one) => [
    `<a href="${base}/document/${one.id}">${escapeHtml(one.number ?? "(no number)")}</a>`,
    WORDS[one.type] ?? one.type,
    escapeHtml(name(one)),
    one.date,
    one.status,
    `${one.gross} ${one.currency}`,
    one.due,
  ]);
  const { periodLock, yearLock } = tenant.settings;
  return `<section><h2>Documents</h2>${form}${table(
    "Documents",
    [
      { title: "Number" },
      { title: "Type" },
      { title: "Contact" },
      { title: "Date" },
      { title: "Status" },
      { title: "Gross", numeric: true },
      { title: "Due", numeric: true },
    ],
    rows,
    "Nothing here yet. Documents appear when they are uploaded.",
  )}${pager}</section>
<div class="grid"><section><h2>Pay an invoice</h2>${payForm(tenant, base, "", "")}</section>
<section id="locks"><h2>Lock dates</h2><form class="row" method="post" action="${base}/act"><input type="hidden" name="what" value="locks"><input type="hidden" name="back" value="${base}">
<label>Locked for all but advisers up to<input type="date" name="periodLock" value="${periodLock ?? ""}"></label>
<label>Locked for everyone up to<input type="date" name="yearLock" value="${yearLock ?? ""}"></label><button class="main">Set lock dates</button></form>
<p class="dim">Leave both empty to unlock.</p></section></div>`;
}

function payForm(tenant: AnyOrganisation, base: string, number: string, due: string): string {
  const back = base;
  return `<form class="row" method="post" action="${base}/act"><input type="hidden" name="what" value="pay"><input type="hidden" name="back" value="${back}">
<label>Number<input name="number" required value="${escapeHtml(number)}"></label><label>Amount<input name="amount" inputmode="decimal" required value="${due}"></label>
<label>Date<input type="date" name="date" value="${today(tenant.clock.now())}"></label><label>Reference<input name="reference" value=""></label><button class="main">Pay</button></form>`;
}

/** One document, with what a person may do to it. @throws {HttpRefusal} 404 */
export function documentPage(tenant: AnyOrganisation, id: string, base: string): string {
  const { contacts } = tenant.ledger(false);
  const one = documentIn(tenant, id);
  const back = `${base}/document/${encodeURIComponent(one.id)}`;
  const sheet = tenant.sheet(id);
  const rows = sheet.lines.map((line) => [
    escapeHtml(line.description),
    escapeHtml(line.item),
    escapeHtml(line.account),
    escapeHtml(line.tax),
    line.quantity,
    line.unit,
    line.taxAmount,
    line.amount,
  ]);
  const number = one.number ?? "";
  const party = contacts.find((other) => other.id === one.contactId)?.name ?? "";
  return `<section><h2>${WORDS[one.type] ?? one.type} ${escapeHtml(number)}</h2>
<p>${escapeHtml(party)}, ${one.date}${one.dueDate === null ? "" : `, due ${one.dueDate}`}, ${one.status}${sheet.remark === "" ? "" : `, ${sheet.remark}`}</p>
${table(
  "Lines",
  [
    { title: "Description" },
    { title: "Item" },
    { title: "Account" },
    { title: "Tax" },
    { title: "Quantity", numeric: true },
    { title: "Unit price", numeric: true },
    { title: "Tax amount", numeric: true },
    { title: "Amount", numeric: true },
  ],
  rows,
  "No lines.",
)}
<p>Net ${one.net}, tax ${one.tax}, gross <b>${one.gross} ${one.currency}</b>, due ${one.due}</p>
<div class="row" style="display:flex;gap:.6rem;flex-wrap:wrap">${button(base, back, "penny", { id: one.id, by: "1" }, "Raise by a penny")}${button(base, back, "penny", { id: one.id, by: "-1" }, "Lower by a penny")}${button(base, back, "void", { id: one.id }, "Void")}</div></section>
${filesOf(tenant, one.id, base)}${sheet.payable ? `<section><h2>Pay</h2>${payForm(tenant, base, number, one.due)}</section>` : ""}`;
}

function filesOf(tenant: AnyOrganisation, documentId: string, base: string): string {
  const files = tenant.filesOf(documentId);
  if (files.length === 0) return "";
  const rows = files.map((one) => [
    `<a href="${base}/file/${one.id}">${escapeHtml(one.fileName)}</a>`,
    escapeHtml(one.mimeType),
    `${one.size.toLocaleString("en-GB")} bytes`,
  ]);
  return `<section><h2>Files</h2>${table("Files", [{ title: "File" }, { title: "Type" }, { title: "Size", numeric: true }], rows, "")}</section>`;
}

function paymentsTab(tenant: AnyOrganisation, base: string, query: URLSearchParams): string {
  const { documents, payments } = tenant.ledger(false);
  const byId = new Map(documents.map((one) => [one.id, one]));
  const accounts = new Map(tenant.accountRows().map((one) => [one.id, one.name]));
  const { shown, form, pager } = paged(payments, query, `${base}/payments`, (one, wanted) =>
    fold(`${one.reference ?? ""} ${one.amount}`).includes(wanted),
  );
  const rows = shown.map((one) => {
    const document = byId.get(one.documentId);
    const number = document?.number ?? "on account";
    return [
      one.date,
      document === undefined
        ? escapeHtml(number)
        : `<a href="${base}/document/${encodeURIComponent(one.documentId)}">${escapeHtml(number)}</a>`,
      escapeHtml(one.reference ?? ""),
      escapeHtml(accounts.get(one.accountId) ?? ""),
      one.batchId === null ? "" : "in a batch",
      `${one.amount} ${document?.currency ?? ""}`,
    ];
  });
  return `<section><h2>Payments</h2>${form}${table(
    "Payments",
    [
      { title: "Date" },
      { title: "Document" },
      { title: "Reference" },
      { title: "Account" },
      { title: "Batch" },
      { title: "Amount", numeric: true },
    ],
    rows,
    "No payments yet.",
  )}${pager}</section>`;
}

function contactsTab(tenant: AnyOrganisation, base: string, query: URLSearchParams): string {
  const path = `${base}/contacts`;
  const { shown, form, pager } = paged(tenant.ledger(false).contacts, query, path, (one, wanted) =>
    fold(`${one.name} ${one.key ?? ""}`).includes(wanted),
  );
  const rows = shown.map((one) => [
    escapeHtml(one.name),
    escapeHtml(one.key ?? ""),
    one.status,
    button(base, path, "archive", { id: one.id }, one.status === "ACTIVE" ? "Archive" : "Restore"),
  ]);
  return `<section><h2>Contacts</h2>${form}${table("Contacts", [{ title: "Name" }, { title: "Contact code" }, { title: "Status" }, { title: "" }], rows, "No contacts yet.")}${pager}</section>`;
}

function itemsTab(tenant: AnyOrganisation, base: string, query: URLSearchParams): string {
  const path = `${base}/items`;
  const { shown, form, pager } = paged(tenant.ledger(false).items, query, path, (one, wanted) =>
    fold(`${one.code} ${one.name ?? ""}`).includes(wanted),
  );
  const rows = shown.map((one) => [
    escapeHtml(one.code),
    escapeHtml(one.name ?? ""),
    button(base, path, "item", { code: one.code }, "Remove"),
  ]);
  return `<section><h2>Items</h2>${form}${table("Items", [{ title: "Code" }, { title: "Name" }, { title: "" }], rows, "No items yet.")}${pager}</section>`;
}

function accountsTab(tenant: AnyOrganisation, base: string): string {
  const path = `${base}/accounts`;
  const rows = tenant.accountRows().map((one) => {
    const code = one.code ?? tenant.removedCodes[one.id];
    return [
      escapeHtml(one.code ?? "(no code)"),
      escapeHtml(one.name),
      one.type,
      one.status,
      amount(one.balance),
      code === undefined ? "" : button(base, path, "code", { code }, one.code === null ? `Give back ${code}` : "Remove code"),
    ];
  });
  return `<section><h2>Accounts</h2><p class="dim">Balances in ${tenant.info.currency}: debits above zero, credits below.</p>${table(
    "Accounts",
    [
      { title: "Code" },
      { title: "Name" },
      { title: "Type" },
      { title: "Status" },
      { title: "Balance", numeric: true },
      { title: "" },
    ],
    rows,
    "",
  )}</section>`;
}

function callsTab(tenant: AnyOrganisation): string {
  const calls = tenant.log.since(0).slice(-200).reverse();
  const rows = calls.map((one) => [
    String(one.n),
    one.at.slice(0, 19).replace("T", " "),
    one.method,
    escapeHtml(one.path),
    one.status === 0 ? "none" : String(one.status),
    String(one.records),
    String(one.committed),
    one.fault ?? "",
  ]);
  return `<section><h2>Last 200 calls</h2>${table(
    "Calls",
    [
      { title: "No.", numeric: true },
      { title: "At (UTC)" },
      { title: "Method" },
      { title: "Path" },
      { title: "Answer", numeric: true },
      { title: "Records", numeric: true },
      { title: "Committed", numeric: true },
      { title: "Fault" },
    ],
    rows,
    "No calls yet.",
  )}</section>`;
}
