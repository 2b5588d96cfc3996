import type { IncomingMessage, ServerResponse } from "node:http";
import { HttpRefusal, readForm, redirect, sendHtml } from "#lib/simulator/http.ts";
import { escapeHtml, shell } from "#lib/simulator/pages.ts";
import {
  archiveContact,
  changeGross,
  changeStatus,
  contactByKey,
  documentById,
  payAsPerson,
  removeAccountCodes,
  removeItem,
} from "#lib/simulator/xero/actions.ts";
import { attachmentsOf } from "#lib/simulator/xero/attachments.ts";
import { amount, minor } from "#lib/simulator/xero/decimal.ts";
import { dueOf, isGone } from "#lib/simulator/xero/documents.ts";
import { isDate, today } from "#lib/simulator/xero/element.ts";
import { neutralType } from "#lib/simulator/xero/ledger.ts";
import type { Document } from "#lib/simulator/xero/records.ts";
import { balances } from "#lib/simulator/xero/reports.ts";
import { fold, type Tenant } from "#lib/simulator/xero/tenant.ts";

const PAGE = 50;
const TABS = [
  ["", "Documents"],
  ["payments", "Payments"],
  ["contacts", "Contacts"],
  ["items", "Items"],
  ["accounts", "Accounts"],
  ["calls", "Calls"],
] as const;

const WORDS: Record<string, string> = {
  "sales-invoice": "Sales invoice",
  bill: "Bill",
  "sales-credit-note": "Credit note",
  "supplier-credit-note": "Supplier credit note",
};

/** The package's side of the demo, for a person: `/xero/{tenant}/…`. False when there is no such page. */
export async function serveTenantPages(
  tenant: Tenant,
  request: IncomingMessage,
  response: ServerResponse,
  rest: readonly string[],
  url: URL,
): Promise<boolean> {
  const [tab = "", id] = rest;
  const base = `/xero/${tenant.info.id}`;
  if (request.method === "POST" && tab === "act") {
    const form = await readForm(request);
    const back = new URL(form.get("back") ?? base, "http://simulator.invalid");
    const said = act(tenant, form);
    back.searchParams.set("said", said);
    redirect(response, back.pathname.startsWith(base) ? `${back.pathname}${back.search}` : base);
    return true;
  }
  if (request.method !== "GET") return false;
  if (tab === "file") return sendFile(tenant, id ?? "", response);
  const body =
    tab === "document" && id !== undefined ? documentPage(tenant, id, base) : tabPage(tenant, tab, base, url.searchParams);
  if (body === null) return false;
  const tabs = TABS.map(
    ([name, label]) =>
      `<a href="${base}${name === "" ? "" : `/${name}`}"${name === tab ? ' aria-current="page"' : ""}>${label}</a>`,
  ).join("");
  const said = url.searchParams.get("said");
  sendHtml(
    response,
    200,
    shell(
      tenant.info.name,
      `<p><a href="/">All organisations</a></p><h1>${escapeHtml(tenant.info.name)}</h1><nav aria-label="Ledger">${tabs}</nav>
${said === null ? "" : `<p class="said" role="status">${escapeHtml(said)}</p>`}${body}`,
    ),
  );
  return true;
}

/** Does what a button asks; answers a sentence for the page. */
function act(tenant: Tenant, form: URLSearchParams): string {
  const value = (name: string) => form.get(name)?.trim() ?? "";
  try {
    switch (value("what")) {
      case "pay": {
        payAsPerson(tenant, {
          number: value("number"),
          amount: value("amount"),
          date: value("date"),
          reference: value("reference"),
        });
        return `${value("number")}: ${value("amount")} paid.`;
      }
      case "void": {
        const document = documentById(tenant, value("id"));
        changeStatus(tenant, document, document.status === "DRAFT" || document.status === "SUBMITTED" ? "DELETED" : "VOIDED");
        return `${document.number ?? "The document"} is void.`;
      }
      case "penny": {
        const document = documentById(tenant, value("id"));
        const after = changeGross(tenant, document, minor(document.total) + (value("by") === "-1" ? -1n : 1n));
        return `${document.number ?? "The document"} is now ${after.total}.`;
      }
      case "locks": {
        const dates = { periodLock: value("periodLock") || null, yearLock: value("yearLock") || null };
        for (const date of Object.values(dates))
          if (date !== null && !isDate(date)) throw new HttpRefusal(400, "A lock date must be a date.");
        tenant.change(dates);
        return dates.periodLock === null && dates.yearLock === null ? "No period is locked." : "The lock dates are set.";
      }
      case "archive": {
        const contact = contactByKey(tenant, value("id"));
        archiveContact(tenant, contact, contact.status === "ACTIVE");
        return `${contact.name} is ${contact.status === "ACTIVE" ? "archived" : "active again"}.`;
      }
      case "code": {
        const now = tenant.settings.accountsWithoutCode;
        const code = value("code");
        removeAccountCodes(
          tenant,
          now.some((one) => fold(one) === fold(code)) ? now.filter((one) => fold(one) !== fold(code)) : [...now, code],
        );
        return now.includes(code) ? `The account has its code ${code} again.` : `Code ${code} was removed from its account.`;
      }
      case "item":
        removeItem(tenant, value("code"));
        return `Item ${value("code")} was removed.`;
      default:
        return "Nothing was changed.";
    }
  } catch (error) {
    if (error instanceof HttpRefusal) return `Refused: ${error.message}`;
    throw error;
  }
}

function tabPage(tenant: Tenant, tab: string, base: string, query: URLSearchParams): string | null {
  if (tab === "") return documentsTab(tenant, base, query);
  if (tab === "payments") return paymentsTab(tenant, base, query);
  if (tab === "contacts") return contactsTab(tenant, base, query);
  if (tab === "items") return itemsTab(tenant, base, query);
  if (tab === "accounts") return accountsTab(tenant, base);
  return tab === "calls" ? callsTab(tenant) : null;
}

const button = (base: string, back: string, what: string, fields: Record<string, string>, label: string) =>
  `<form method="post" action="${base}/act"><input type="hidden" name="back" value="${escapeHtml(back)}"><input type="hidden" name="what" value="${what}">${Object.entries(
    fields,
  )
    .map(([name, text]) => `<input type="hidden" name="${name}" value="${escapeHtml(text)}">`)
    .join("")}<button>${escapeHtml(label)}</button></form>`;

type Column = { title: string; numeric?: boolean };

function table(caption: string, columns: readonly Column[], rows: readonly string[][], empty: string): string {
  if (rows.length === 0) return `<p>${empty}</p>`;
  const head = columns.map((column) => `<th scope="col"${column.numeric ? ' class="num"' : ""}>${column.title}</th>`).join("");
  const body = rows
    .map((row) => `<tr>${row.map((cell, at) => `<td${columns[at]?.numeric ? ' class="num"' : ""}>${cell}</td>`).join("")}</tr>`)
    .join("");
  return `<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** One page of what matches, newest first, with links to the others. */
function paged<One>(all: readonly One[], query: URLSearchParams, path: string, matches: (one: One, wanted: string) => boolean) {
  const search = query.get("q") ?? "";
  const wanted = fold(search);
  const found = (wanted === "" ? [...all] : all.filter((one) => matches(one, wanted))).reverse();
  const pages = Math.max(1, Math.ceil(found.length / PAGE));
  const page = Math.min(pages, Math.max(1, Number(query.get("page") ?? "1") || 1));
  const link = (to: number, label: string) => `<a href="${path}?q=${encodeURIComponent(search)}&amp;page=${to}">${label}</a>`;
  return {
    shown: found.slice((page - 1) * PAGE, page * PAGE),
    form: `<form class="row" method="get" action="${path}"><label>Search<input name="q" value="${escapeHtml(search)}"></label><button>Search</button></form>`,
    pager: `<nav aria-label="Pages"><span>${found.length} in all, page ${page} of ${pages}</span>${page > 1 ? link(page - 1, "Newer") : ""}${
      page < pages ? link(page + 1, "Older") : ""
    }</nav>`,
  };
}

function documentsTab(tenant: Tenant, base: string, query: URLSearchParams): string {
  const all = [...tenant.invoices.all(), ...tenant.creditNotes.all()].sort((a, b) => a.updatedAt - b.updatedAt);
  const name = (one: Document) => tenant.contacts.get(one.contactId)?.name ?? "";
  const { shown, form, pager } = paged(all, query, base, (one, wanted) =>
    fold(`${one.number ?? ""} ${one.reference ?? ""} ${name(one)}`).includes(wanted),
  );
  const rows = shown.map((one) => [
    `<a href="${base}/document/${one.id}">${escapeHtml(one.number ?? "(no number)")}</a>`,
    WORDS[neutralType(one.type)] ?? one.type,
    escapeHtml(name(one)),
    one.date,
    one.status,
    `${one.total} ${one.currency}`,
    amount(isGone(one.status) ? 0n : dueOf(one)),
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

function payForm(tenant: Tenant, base: string, number: string, due: string): string {
  const back = base;
  return `<form class="row" method="post" action="${base}/act"><input type="hidden" name="what" value="pay"><input type="hidden" name="back" value="${back}">
<label>Number<input name="number" required value="${escapeHtml(number)}"></label><label>Amount<input name="amount" inputmode="decimal" required value="${due}"></label>
<label>Date<input type="date" name="date" value="${today(tenant.clock.now())}"></label><label>Reference<input name="reference" value=""></label><button class="main">Pay</button></form>`;
}

function documentPage(tenant: Tenant, id: string, base: string): string {
  const one = documentById(tenant, id);
  const back = `${base}/document/${one.id}`;
  const rows = one.lines.map((line) => {
    const account = line.accountId === null ? undefined : tenant.accounts.get(line.accountId);
    return [
      escapeHtml(line.description ?? ""),
      escapeHtml(line.itemCode ?? ""),
      escapeHtml(account === undefined ? "" : `${account.code ?? "no code"} ${account.name}`),
      line.taxType ?? "",
      line.quantity ?? "",
      line.unit ?? "",
      line.tax,
      line.amount,
    ];
  });
  const due = dueOf(one);
  const open = one.status === "AUTHORISED" && due > 0n;
  return `<section><h2>${WORDS[neutralType(one.type)] ?? one.type} ${escapeHtml(one.number ?? "")}</h2>
<p>${escapeHtml(tenant.contacts.get(one.contactId)?.name ?? "")}, ${one.date}${one.dueDate === null ? "" : `, due ${one.dueDate}`}, ${one.status}, ${one.lineAmountTypes}</p>
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
<p>Net ${one.subTotal}, tax ${one.totalTax}, gross <b>${one.total} ${one.currency}</b>, due ${amount(isGone(one.status) ? 0n : due)}</p>
<div class="row" style="display:flex;gap:.6rem;flex-wrap:wrap">${button(base, back, "penny", { id: one.id, by: "1" }, "Raise by a penny")}${button(base, back, "penny", { id: one.id, by: "-1" }, "Lower by a penny")}${button(base, back, "void", { id: one.id }, "Void")}</div></section>
${filesOf(tenant, one.id, base)}${open ? `<section><h2>Pay</h2>${payForm(tenant, base, one.number ?? "", amount(due))}</section>` : ""}`;
}

function filesOf(tenant: Tenant, documentId: string, base: string): string {
  const files = attachmentsOf(tenant, documentId);
  if (files.length === 0) return "";
  const rows = files.map((one) => [
    `<a href="${base}/file/${one.id}">${escapeHtml(one.fileName)}</a>`,
    escapeHtml(one.mimeType),
    `${one.size.toLocaleString("en-GB")} bytes`,
  ]);
  return `<section><h2>Files</h2>${table("Files", [{ title: "File" }, { title: "Type" }, { title: "Size", numeric: true }], rows, "")}</section>`;
}

/** A file's own bytes, never run as a page. */
function sendFile(tenant: Tenant, id: string, response: ServerResponse): boolean {
  const file = tenant.attachments.get(id);
  if (file === undefined) return false;
  const bytes = Buffer.from(file.content, "base64");
  response.writeHead(200, {
    "content-type": file.mimeType,
    "content-length": bytes.length,
    "content-disposition": `inline; filename*=UTF-8''${encodeURIComponent(file.fileName)}`,
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
  });
  response.end(bytes);
  return true;
}

function paymentsTab(tenant: Tenant, base: string, query: URLSearchParams): string {
  const { shown, form, pager } = paged(tenant.payments.all(), query, `${base}/payments`, (one, wanted) =>
    fold(`${one.reference ?? ""} ${one.amount}`).includes(wanted),
  );
  const rows = shown.map((one) => {
    const document = tenant.documents(one.documentKind).get(one.documentId);
    return [
      one.date,
      `<a href="${base}/document/${one.documentId}">${escapeHtml(document?.number ?? one.documentKind)}</a>`,
      escapeHtml(one.reference ?? ""),
      escapeHtml(tenant.accounts.get(one.accountId)?.name ?? ""),
      one.batchId === null ? "" : "in a batch",
      one.status,
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
      { title: "Status" },
      { title: "Amount", numeric: true },
    ],
    rows,
    "No payments yet.",
  )}${pager}</section>`;
}

function contactsTab(tenant: Tenant, base: string, query: URLSearchParams): string {
  const path = `${base}/contacts`;
  const { shown, form, pager } = paged(tenant.contacts.all(), query, path, (one, wanted) =>
    fold(`${one.name} ${one.number ?? ""}`).includes(wanted),
  );
  const rows = shown.map((one) => [
    escapeHtml(one.name),
    escapeHtml(one.number ?? ""),
    one.status,
    button(base, path, "archive", { id: one.id }, one.status === "ACTIVE" ? "Archive" : "Restore"),
  ]);
  return `<section><h2>Contacts</h2>${form}${table("Contacts", [{ title: "Name" }, { title: "Contact code" }, { title: "Status" }, { title: "" }], rows, "No contacts yet.")}${pager}</section>`;
}

function itemsTab(tenant: Tenant, base: string, query: URLSearchParams): string {
  const path = `${base}/items`;
  const { shown, form, pager } = paged(tenant.items.all(), query, path, (one, wanted) =>
    fold(`${one.code} ${one.name ?? ""}`).includes(wanted),
  );
  const rows = shown.map((one) => [
    escapeHtml(one.code),
    escapeHtml(one.name ?? ""),
    button(base, path, "item", { code: one.code }, "Remove"),
  ]);
  return `<section><h2>Items</h2>${form}${table("Items", [{ title: "Code" }, { title: "Name" }, { title: "" }], rows, "No items yet.")}${pager}</section>`;
}

function accountsTab(tenant: Tenant, base: string): string {
  const path = `${base}/accounts`;
  const sums = balances(tenant, "9999-12-31");
  const rows = [...tenant.accounts.all()]
    .sort((a, b) => a.position - b.position)
    .map((one) => {
      const lost = tenant.removedCodes[one.id];
      const code = one.code ?? lost;
      return [
        escapeHtml(one.code ?? "(no code)"),
        escapeHtml(one.name),
        one.type,
        one.status,
        amount(sums.get(one.id) ?? 0n),
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

function callsTab(tenant: Tenant): string {
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
