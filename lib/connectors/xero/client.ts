import { AsyncLocalStorage } from "node:async_hooks";
import type http from "node:http";
import { dirname, join } from "node:path";
import type { Readable } from "node:stream";
import type { AccountingApi as AccountingApiClass } from "xero-node";
import { HttpCall } from "../shared/http.ts";
import type { Message, SendContext, SendResult } from "../types.ts";
import { ACCOUNTING } from "./push.ts";

/** What we use of the SDK's axios: the one that xero-node itself requires, since an imported one is another instance. */
interface Axios {
  readonly interceptors: {
    readonly request: { use(change: (config: AxiosConfig) => AxiosConfig): number };
    readonly response: { use(change: (response: AxiosResponse) => Promise<AxiosResponse>): number };
  };
}
interface AxiosConfig {
  method?: string;
  url?: string;
  params?: unknown;
  data?: unknown;
  headers: { set(name: string, value: string | null): unknown; get(name: string): unknown; delete(name: string): unknown };
  [setting: string]: unknown;
}
interface AxiosResponse {
  status: number;
  headers: Readonly<Record<string, unknown>>;
  data: unknown;
}

/** Loading it takes a fifth of a second, so only a process that calls Xero does; the package's own entry loads payroll and the rest too, twice that. */
let loaded: typeof AccountingApiClass | null = null;

function sdk(): typeof AccountingApiClass {
  if (loaded) return loaded;
  // Not `import { createRequire }`: Next's bundler knows that one, takes such a require for its own and cannot follow it.
  const { createRequire } = process.getBuiltinModule("node:module");
  const path = createRequire(import.meta.url).resolve("xero-node");
  const requireThere = createRequire(path);
  const { AccountingApi } = requireThere(join(dirname(path), "gen", "api", "accountingApi.js")) as {
    AccountingApi: typeof AccountingApiClass;
  };
  const axios = requireThere("axios") as Axios;
  axios.interceptors.request.use(prepare);
  axios.interceptors.response.use(capture);
  loaded = AccountingApi;
  return AccountingApi;
}

/** One call under way. It travels beside the SDK, which has no place for it. */
interface Call {
  readonly message: Message;
  readonly context: SendContext;
  readonly http: HttpCall;
}

const calls = new AsyncLocalStorage<Call>();

/** The SDK built another request than the message: a positional argument moved between versions. Nothing was sent. */
class SdkDrift extends Error {}

/** Puts the exact bytes into the SDK's request, after checking that it built the request that the message describes. */
function prepare(config: AxiosConfig): AxiosConfig {
  const call = calls.getStore();
  if (!call) return config;
  const { message, context } = call;
  const built = JSON.stringify(sorted(config.params));
  const meant = JSON.stringify(sorted(message.query));
  if (config.method?.toUpperCase() !== message.method || config.url !== `${context.connection.apiUrl}${message.path}`) {
    throw new SdkDrift(`xero-node built ${config.method} ${config.url} for ${message.operation}`);
  }
  if (built !== meant) throw new SdkDrift(`xero-node built the query ${built} for ${message.operation}, not ${meant}`);
  if ((config.headers.get("Idempotency-Key") ?? null) !== context.idempotencyKey) {
    throw new SdkDrift(`xero-node lost the Idempotency-Key of ${message.operation}`);
  }
  for (const [name, value] of Object.entries(message.headers)) config.headers.set(name, value);
  config.headers.set("Accept-Encoding", "gzip");
  if (message.file) {
    config.data = Buffer.from(message.file.bytes);
    config.headers.set("Content-Type", message.file.mediaType);
  } else if (message.body === null) {
    // The SDK gives every GET a body of `{}`.
    config.data = undefined;
    config.headers.delete("Content-Type");
  } else {
    config.data = Buffer.from(message.body, "utf8");
    config.headers.set("Content-Type", "application/json; charset=utf-8");
  }
  config.transformRequest = [(data: unknown) => data];
  config.transformResponse = [(data: unknown) => data];
  config.responseType = "stream";
  config.decompress = false;
  config.maxRedirects = 0;
  config.validateStatus = () => true;
  if (isLoopback(context.connection.apiUrl)) config.proxy = false;
  config.transport = {
    request: (options: http.RequestOptions, answered: (response: http.IncomingMessage) => void) =>
      call.http.request({ ...options, path: throughProxy(options.path) + encodedPath(call) }, answered),
  };
  return config;
}

function sorted(params: unknown): [string, string][] {
  if (typeof params !== "object" || params === null) return [];
  return Object.entries(params)
    .map(([key, value]): [string, string] => [key, Array.isArray(value) ? value.join(",") : String(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

function isLoopback(url: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}

/** The path with its query, every value percent-encoded: axios leaves `:`, `$` and commas as they are and turns blanks into `+`. */
function encodedPath({ message, context }: Call): string {
  const base = new URL(context.connection.apiUrl).pathname.replace(/\/$/, "");
  const query = Object.entries(message.query)
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value).replace(/%2C/g, ",")}`)
    .join("&");
  return `${base}${message.path}${query === "" ? "" : `?${query}`}`;
}

/** A forward proxy for plain http is asked with the whole address. */
function throughProxy(path: string | null | undefined): string {
  return path?.startsWith("http://") ? new URL(path).origin : "";
}

/** Keeps the raw answer, and hands the SDK an empty one, so that it never parses: it drops fields and throws on `/Date(`. */
async function capture(response: AxiosResponse): Promise<AxiosResponse> {
  const call = calls.getStore();
  if (!call) return response;
  await call.http.receive(response.status, response.headers, response.data as Readable);
  return { ...response, status: 200, data: {} };
}

/** SDK methods by the message's operation, each with its arguments by name: positions move between versions and a misplaced key is lost. */
const OPERATIONS: Readonly<Record<string, (api: AccountingApiClass, tenantId: string, given: Given) => Promise<unknown>>> = {
  createContacts: (api, tenant, { summarizeErrors, key }) => api.createContacts(tenant, { contacts: [] }, summarizeErrors, key),
  createItems: (api, tenant, { summarizeErrors, unitdp, key }) =>
    api.createItems(tenant, { items: [] }, summarizeErrors, unitdp, key),
  createInvoices: (api, tenant, { summarizeErrors, unitdp, key }) =>
    api.createInvoices(tenant, { invoices: [] }, summarizeErrors, unitdp, key),
  createCreditNotes: (api, tenant, { summarizeErrors, unitdp, key }) =>
    api.createCreditNotes(tenant, { creditNotes: [] }, summarizeErrors, unitdp, key),
  updateContacts: (api, tenant, { summarizeErrors, key }) =>
    api.updateOrCreateContacts(tenant, { contacts: [] }, summarizeErrors, key),
  updateItems: (api, tenant, { summarizeErrors, unitdp, key }) =>
    api.updateOrCreateItems(tenant, { items: [] }, summarizeErrors, unitdp, key),
  updateInvoices: (api, tenant, { summarizeErrors, unitdp, key }) =>
    api.updateOrCreateInvoices(tenant, { invoices: [] }, summarizeErrors, unitdp, key),
  updateCreditNotes: (api, tenant, { summarizeErrors, unitdp, key }) =>
    api.updateOrCreateCreditNotes(tenant, { creditNotes: [] }, summarizeErrors, unitdp, key),
  getInvoices: (
    api,
    tenant,
    { where, ids, invoiceNumbers, contactIds, page, includeArchived, createdByMyApp, unitdp, summaryOnly, pageSize },
  ) =>
    api.getInvoices(
      tenant,
      undefined,
      where,
      undefined,
      ids,
      invoiceNumbers,
      contactIds,
      undefined,
      page,
      includeArchived,
      createdByMyApp,
      unitdp,
      summaryOnly,
      pageSize,
    ),
  getCreditNotes: (api, tenant, { where, page, unitdp, pageSize }) =>
    api.getCreditNotes(tenant, undefined, where, undefined, page, unitdp, pageSize),
  getCreditNote: (api, tenant, { one, unitdp }) => api.getCreditNote(tenant, one, unitdp),
  getContacts: (api, tenant, { where, ids, page, includeArchived, pageSize }) =>
    api.getContacts(tenant, undefined, where, undefined, ids, page, includeArchived, undefined, undefined, pageSize),
  getItems: (api, tenant, { where, unitdp }) => api.getItems(tenant, undefined, where, undefined, unitdp),
  getItem: (api, tenant, { one, unitdp }) => api.getItem(tenant, one, unitdp),
  // The bytes themselves are put into the request by `prepare`: the SDK would read a stream into memory once more.
  createInvoiceAttachmentByFileName: (api, tenant, { path, includeOnline, key }) =>
    api.createInvoiceAttachmentByFileName(tenant, path[1] ?? "", path[3] ?? "", NO_BYTES, includeOnline, key),
  createCreditNoteAttachmentByFileName: (api, tenant, { path, includeOnline, key }) =>
    api.createCreditNoteAttachmentByFileName(tenant, path[1] ?? "", path[3] ?? "", NO_BYTES, includeOnline, key),
  getInvoiceAttachments: (api, tenant, { path }) => api.getInvoiceAttachments(tenant, path[1] ?? ""),
  getCreditNoteAttachments: (api, tenant, { path }) => api.getCreditNoteAttachments(tenant, path[1] ?? ""),
  getAccounts: (api, tenant) => api.getAccounts(tenant),
  getTaxRates: (api, tenant) => api.getTaxRates(tenant),
  getOrganisations: (api, tenant) => api.getOrganisations(tenant),
  getCurrencies: (api, tenant) => api.getCurrencies(tenant),
  createCreditNoteAllocation: (api, tenant, { path, summarizeErrors, key }) =>
    api.createCreditNoteAllocation(tenant, path[1] ?? "", { allocations: [] }, summarizeErrors, key),
  createPayments: (api, tenant, { summarizeErrors, key }) => api.createPayments(tenant, { payments: [] }, summarizeErrors, key),
  createManualJournals: (api, tenant, { summarizeErrors, key }) =>
    api.createManualJournals(tenant, { manualJournals: [] }, summarizeErrors, key),
  getManualJournal: (api, tenant, { one }) => api.getManualJournal(tenant, one),
  getManualJournals: (api, tenant, { where, page, pageSize }) =>
    api.getManualJournals(tenant, undefined, where, undefined, page, pageSize),
  getPayments: (api, tenant, { where, page, pageSize }) => api.getPayments(tenant, undefined, where, undefined, page, pageSize),
  getBankTransactions: (api, tenant, { where, page, pageSize }) =>
    api.getBankTransactions(tenant, undefined, where, undefined, page, undefined, pageSize),
  getOverpayments: (api, tenant, { page, unitdp, pageSize }) =>
    api.getOverpayments(tenant, undefined, undefined, undefined, page, unitdp, pageSize),
  getPrepayments: (api, tenant, { page, unitdp, pageSize }) =>
    api.getPrepayments(tenant, undefined, undefined, undefined, page, unitdp, pageSize),
};

/** Stands where the SDK asks for a file. */
const NO_BYTES = Buffer.from(" ");

type Given = ReturnType<typeof given>;

function given(message: Message, key: string | null) {
  const { query } = message;
  const several = (value: string | undefined) => value?.split(",");
  const number = (value: string | undefined) => (value === undefined ? undefined : Number(value));
  const yesNo = (value: string | undefined) => (value === undefined ? undefined : value === "true");
  return {
    key: key ?? undefined,
    /** The id at the end of the path. */
    one: decodeURIComponent(message.path.slice(message.path.lastIndexOf("/") + 1)),
    /** Everything below the API's base: `Invoices`, id, `Attachments`, name. */
    path: message.path
      .slice(ACCOUNTING.length + 1)
      .split("/")
      .map(decodeURIComponent),
    includeOnline: yesNo(query.IncludeOnline),
    summarizeErrors: yesNo(query.summarizeErrors),
    unitdp: number(query.unitdp),
    where: query.where,
    ids: several(query.IDs),
    invoiceNumbers: several(query.InvoiceNumbers),
    contactIds: several(query.ContactIDs),
    page: number(query.page),
    pageSize: number(query.pageSize),
    includeArchived: yesNo(query.includeArchived),
    createdByMyApp: yesNo(query.createdByMyApp),
    summaryOnly: yesNo(query.summaryOnly),
  };
}

/**
 * Sends one message to Xero through the SDK, its body byte for byte, and answers what came, unparsed.
 *
 * `timeoutMs` is a total deadline in real time: the SDK itself has none. Redirects are not followed. Until the connection stands
 * nothing has left this machine; after that only a full answer says what happened.
 * @throws {Error} when the message is none that the SDK can send: a fault of ours, nothing was sent
 */
export async function send(message: Message, context: SendContext): Promise<SendResult> {
  const operation = OPERATIONS[message.operation];
  if (!operation) throw new Error(`No call of Xero's is named ${message.operation}`);
  const { connection, accessToken, idempotencyKey, timeoutMs, signal } = context;
  if (signal?.aborted) return { sent: false, why: "stopped before sending" };
  const Api = sdk();
  const api = new Api(`${connection.apiUrl}${ACCOUNTING}`);
  api.accessToken = accessToken;
  const call: Call = {
    message,
    context,
    http: new HttpCall({ writes: message.method !== "GET", timeoutMs, ...(signal ? { signal } : {}) }),
  };
  let thrown: unknown = null;
  try {
    await calls.run(call, () => operation(api, connection.tenantId, given(message, idempotencyKey)));
  } catch (error) {
    thrown = error;
  } finally {
    call.http.end();
  }
  // Where it never came to a request, the SDK built another one than we meant, or refused its arguments.
  return call.http.result(message, reasonOf(thrown));
}

/** The SDK rejects with a JSON string, in which headers are already left out; only its message is kept. */
function reasonOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  if (typeof thrown !== "string") return "no answer";
  return (
    /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ECONNRESET|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|CERT_[A-Z_]+|SELF_SIGNED[A-Z_]*|UNABLE_TO[A-Z_]+|EPROTO|ERR_TLS[A-Z_]+|xero-node [^"\\]{1,300}/.exec(
      thrown,
    )?.[0] ?? "no connection"
  );
}

/** Real milliseconds for a call about connections. */
const IDENTITY_MS = 15_000;

/**
 * Calls `/connections`, which belongs to no organisation and is none of the SDK's `AccountingApi`: 15 s in all, no redirects.
 * @throws {Error} when no answer comes
 */
export async function callIdentity(
  method: "GET" | "DELETE",
  url: string,
  accessToken: string,
): Promise<{ status: number; body: string }> {
  const answer = await fetch(url, {
    method,
    headers: { Authorization: `Bearer ${accessToken}`, Accept: "application/json" },
    redirect: "manual",
    signal: AbortSignal.timeout(IDENTITY_MS),
  });
  return { status: answer.status, body: await answer.text() };
}
