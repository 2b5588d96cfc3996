import type { IncomingMessage, ServerResponse } from "node:http";
import { isDate } from "#lib/simulator/core/dates.ts";
import { fold } from "#lib/simulator/core/ids.ts";
import type { AnyOrganisation } from "#lib/simulator/core/organisation.ts";
import { readAmount } from "#lib/simulator/core/organisation-control.ts";
import { documentIn, documentPage, tabPage } from "#lib/simulator/core/sheets.ts";
import { HttpRefusal, readForm, redirect, sendHtml } from "#lib/simulator/http.ts";
import { escapeHtml, shell } from "#lib/simulator/pages.ts";

const TABS = [
  ["", "Documents"],
  ["payments", "Payments"],
  ["contacts", "Contacts"],
  ["items", "Items"],
  ["accounts", "Accounts"],
  ["calls", "Calls"],
] as const;

/** The package's side of the demo, for a person: `/{package}/{tenant}/…`. False when there is no such page. */
export async function servePages(
  tenant: AnyOrganisation,
  asked: {
    packageId: string;
    request: IncomingMessage;
    response: ServerResponse;
    rest: readonly string[];
    url: URL;
  },
): Promise<boolean> {
  const { request, response, url } = asked;
  const [tab = "", id] = asked.rest;
  const base = `/${asked.packageId}/${encodeURIComponent(tenant.info.id)}`;
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
function act(tenant: AnyOrganisation, form: URLSearchParams): string {
  const value = (name: string) => form.get(name)?.trim() ?? "";
  try {
    switch (value("what")) {
      case "pay": {
        tenant.payByHand({
          number: value("number"),
          amount: value("amount"),
          date: value("date"),
          reference: value("reference"),
        });
        return `${value("number")}: ${value("amount")} paid.`;
      }
      case "void": {
        const { number } = documentIn(tenant, value("id"));
        tenant.voidByHand(value("id"));
        return `${number ?? "The document"} is void.`;
      }
      case "penny": {
        const { number, gross } = documentIn(tenant, value("id"));
        const penny = value("by") === "-1" ? -1n : 1n;
        const after = tenant.changeDocumentByHand(value("id"), { gross: readAmount(gross, "gross") + penny });
        return `${number ?? "The document"} is now ${after.gross}.`;
      }
      case "locks": {
        const dates = { periodLock: value("periodLock") || null, yearLock: value("yearLock") || null };
        for (const date of Object.values(dates))
          if (date !== null && !isDate(date)) throw new HttpRefusal(400, "A lock date must be a date.");
        tenant.change(dates);
        return dates.periodLock === null && dates.yearLock === null ? "No period is locked." : "The lock dates are set.";
      }
      case "archive": {
        const known = tenant.ledger(false).contacts.find((one) => one.id === value("id"));
        const archived = known?.status === "ACTIVE";
        const contact = tenant.archiveContact(value("id"), archived);
        return `${contact.name} is ${archived ? "archived" : "active again"}.`;
      }
      case "code": {
        const now = tenant.settings.accountsWithoutCode;
        const code = value("code");
        tenant.removeAccountCodes(
          now.some((one) => fold(one) === fold(code)) ? now.filter((one) => fold(one) !== fold(code)) : [...now, code],
        );
        return now.includes(code) ? `The account has its code ${code} again.` : `Code ${code} was removed from its account.`;
      }
      case "item":
        tenant.removeItemByHand(value("code"));
        return `Item ${value("code")} was removed.`;
      default:
        return "Nothing was changed.";
    }
  } catch (error) {
    if (error instanceof HttpRefusal) return `Refused: ${error.message}`;
    throw error;
  }
}

/** A file's own bytes, never run as a page. */
function sendFile(tenant: AnyOrganisation, id: string, response: ServerResponse): boolean {
  const file = tenant.file(id);
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
