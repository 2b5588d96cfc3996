import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Answer } from "#lib/simulator/core/answer.ts";
import { Books } from "#lib/simulator/core/books/books.ts";
import { hideRecent, lockUpTo } from "#lib/simulator/core/by-order.ts";
import { today } from "#lib/simulator/core/dates.ts";
import type { Identity } from "#lib/simulator/core/identity.ts";
import type { LimitPolicy } from "#lib/simulator/core/limits.ts";
import type { OAuthPolicy } from "#lib/simulator/core/oauth-policy.ts";
import type { TenantInfo } from "#lib/simulator/core/organisation.ts";
import { simulated } from "#lib/simulator/core/simulated.ts";
import type { Performed, Wire } from "#lib/simulator/core/wire.ts";
import { freeAgentPolicy } from "#lib/simulator/freeagent/company.ts";
import { contacts } from "#lib/simulator/freeagent/contacts.ts";
import { documents, kindAt } from "#lib/simulator/freeagent/documents.ts";
import { bankAccounts, bankTransactions, explanations, journalSets, reconciliations } from "#lib/simulator/freeagent/money.ts";
import { accountLocks, categories, company, finalAccounts, vatReturns } from "#lib/simulator/freeagent/settings.ts";
import { answering, type Company, type FreeAgentCall, missing, reasons } from "#lib/simulator/freeagent/wire-format.ts";
import { sendJson } from "#lib/simulator/http.ts";
import type { SimulatedPackage, Surroundings } from "#lib/simulator/package.ts";

const MOUNT = "/freeagent";

/** One host has all of it. A refresh token is good for one exchange, and nobody's API ends a consent. */
const oauth: OAuthPolicy = {
  paths: { authorize: "/v2/approve_app", token: "/v2/token_endpoint", revoke: "/v2/no_such_endpoint" },
  codeSeconds: 900,
  accessSeconds: 3_600,
  refresh: { unusedSeconds: 631_151_957, graceSeconds: 0, sameForSeconds: 0 },
  scopes: null,
  offlineScope: null,
  // A company's consent is of one; an account manager's of a practice reaches the clients that are chosen here.
  reaches: "chosen",
  choosesOne: () => false,
  callback: () => ({}),
  invalidClientStatus: 401,
  answer: ({ accessToken, refreshToken }) => ({
    access_token: accessToken,
    token_type: "bearer",
    expires_in: 3_600,
    refresh_token: refreshToken,
    refresh_token_expires_in: 631_151_957,
  }),
};

const MINUTE = "minute";

const limits: LimitPolicy = {
  concurrent: null,
  windows: [
    { name: MINUTE, of: "user", calls: 120, seconds: 60, aligned: true },
    { name: "hour", of: "user", calls: 3_600, seconds: 3_600, aligned: true },
    { name: "refreshes", of: "user", calls: 15, seconds: 60, kind: "refresh", aligned: true },
  ],
};

/** The level of access that a path needs; every other one needs the highest. */
const LEVELS: readonly (readonly [path: string, level: number])[] = [
  ["company", 1],
  ["categories", 1],
  ["contacts", 3],
  ["invoices", 4],
  ["credit_notes", 4],
  ["credit_note_reconciliations", 4],
  ["bills", 5],
  ["bank_accounts", 6],
  ["bank_transactions", 6],
  ["bank_transaction_explanations", 6],
  ["journal_sets", 7],
  ["vat_returns", 7],
  ["final_accounts_reports", 7],
];

const pathOf = (url: URL): string[] => url.pathname.split("/").slice(2);

function allow({ organisation, request, url }: FreeAgentCall): Answer | null {
  if (request.headers["user-agent"] === undefined) return reasons(400, "A User-Agent header is required");
  const [name = ""] = pathOf(url);
  const needed = LEVELS.find(([path]) => path === name)?.[1] ?? 8;
  return organisation.settings.accessLevel < needed ? { status: 403, type: "text/plain", body: "" } : null;
}

function route(call: FreeAgentCall): Performed {
  const [name = "", id, ...rest] = pathOf(call.url);
  const kind = kindAt(name);
  if (kind !== undefined) return documents(call, kind, id === undefined ? [] : [id, ...rest]);
  switch (name) {
    case "contacts":
      return contacts(call, id);
    case "bank_accounts":
      return bankAccounts(call, id);
    case "bank_transactions":
      return bankTransactions(call, id);
    case "bank_transaction_explanations":
      return explanations(call, id);
    case "journal_sets":
      return journalSets(call, id);
    case "credit_note_reconciliations":
      return reconciliations(call, id);
    case "company":
      return company(call);
    case "account_locks":
      return accountLocks(call);
    case "vat_returns":
      return vatReturns(call);
    case "final_accounts_reports":
      return finalAccounts(call);
    case "categories":
      return categories(call, id);
    default:
      return { answer: missing(), committed: 0 };
  }
}

/** What a refusal is about, in its own words. */
const NAMES: Readonly<Record<string, string>> = {
  invoices: "Invoice",
  credit_notes: "Credit_note",
  bills: "Bill",
  journal_sets: "Journal",
};

function perform(call: FreeAgentCall): Performed {
  const { organisation, fault, method, role } = call;
  const reads = method === "GET";
  if (!reads) call.logged.records = 1;
  if (fault?.name === "P18" && !reads) lockUpTo(organisation, today(call.now), role);
  if (fault?.name === "P14" && reads) {
    const kinds = ["documents", "parties", "payments", "journals", "allocations"] as const;
    hideRecent(
      organisation,
      kinds.map((kind) => organisation.part(kind)),
      fault.delayMs,
    );
  }
  return answering(NAMES[pathOf(call.url)[0] ?? ""] ?? "It", () => route(call));
}

const wire: Wire<Company> = {
  owns: (url) =>
    url.pathname.startsWith("/v2/") &&
    ![oauth.paths.authorize, oauth.paths.token, "/v2/clients", "/v2/users/me"].includes(url.pathname),
  // A practice's client is named by its subdomain; a company's token is of that company.
  tenantOf: (request, _url, token) => {
    const named = request.headers["x-subdomain"];
    return typeof named === "string" ? named : (token?.tenantId ?? null);
  },
  allow,
  perform,
  headers: () => ({ "x-request-id": randomUUID(), "cache-control": "no-store" }),
  words: {
    unauthorized: () => reasons(401, "Access token not recognised"),
    forbidden: () => reasons(403, "You do not have access to this company"),
    tooMany: (limited) => {
      const { calls = 120, seconds = 60 } = limited?.limit ?? {};
      const headers: Record<string, string> = limited === null ? {} : { "retry-after": String(limited.retryAfter ?? 1) };
      const body = `You must not exceed ${calls} requests per ${seconds} seconds`;
      return { status: 429, type: "text/plain", body, headers };
    },
    serverError: () => ({ status: 500, type: "text/plain", body: "Internal Server Error" }),
    unavailable: () => ({ status: 503, type: "text/html", body: "<h1>Service Unavailable</h1>" }),
  },
  faultWindows: { P01: MINUTE, P02: "hour", P04: MINUTE },
  keys: null,
};

/** Who agreed, and the clients that a practice's consent reaches. */
function besides(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  identity: Identity,
  tenants: ReadonlyMap<string, TenantInfo>,
): boolean {
  if (url.pathname !== "/v2/users/me" && url.pathname !== "/v2/clients") return false;
  const token = identity.accessToken(request);
  if (token === null) sendJson(response, 401, { errors: [{ message: "Access token not recognised" }] });
  else if (url.pathname === "/v2/users/me") {
    const root = `http://${request.headers.host ?? "localhost"}${MOUNT}`;
    // A user of a company is of that company alone.
    const id = token.tenantId === null ? token.userId : `${token.tenantId}-${token.userId}`;
    sendJson(response, 200, { user: { url: `${root}/v2/users/${id}`, permission_level: 8 } });
  } else if (token.tenantId !== null) sendJson(response, 403, { errors: [{ message: "Not an accountancy practice" }] });
  else {
    const clients = [...tenants.values()].filter(({ id }) => identity.connectionOf(token, id) !== null);
    sendJson(response, 200, { clients: clients.map(({ id, name }) => ({ id, name, subdomain: id })) });
  }
  return true;
}

/** Where an address of FreeAgent's own screens leads among the pages here. */
function screen(url: URL, companies: Iterable<TenantInfo>): string | null {
  const [, company, list, id] = /^\/([^/]+)\/(contacts|invoices|credit_notes|bills)\/(\d+)$/.exec(url.pathname) ?? [];
  if (company === undefined || ![...companies].some((one) => one.id === company)) return null;
  return list === "contacts" ? `${MOUNT}/${company}/contacts` : `${MOUNT}/${company}/document/${id}`;
}

const slug = (name: string) =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "")
    .slice(0, 30);

/** The simulated FreeAgent, below `/freeagent`. */
export function createFreeAgent(surroundings: Surroundings): SimulatedPackage {
  return simulated<Company>(surroundings, {
    id: "freeagent",
    name: "FreeAgent",
    mount: MOUNT,
    oauth,
    limits,
    wire,
    tenantId: (name) => (name === null ? `co${randomUUID().replaceAll("-", "").slice(0, 12)}` : slug(name)),
    make: (info, note) => new Books(info, surroundings.clock, note, freeAgentPolicy),
    besides,
    screen,
  });
}
