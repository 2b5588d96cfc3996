import type { PackageId } from "#lib/connectors/types.ts";
import type { LoggedCall } from "#lib/simulator/call-log.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";

type LedgerDocument = {
  id: string;
  type: "sales-invoice" | "bill" | "sales-credit-note" | "supplier-credit-note";
  number: string | null;
  reference: string | null;
  contactId: string;
  date: string;
  dueDate: string | null;
  currency: string;
  status: string;
  net: string;
  tax: string;
  gross: string;
  due: string;
  /** Only when asked for. */
  lines?: { id: string; account: string | null; accountId: string | null; taxType: string | null; amount: string; tax: string }[];
};

/** Money on account. */
type LedgerCredit = Omit<LedgerDocument, "type"> & { type: string; remaining: string };

type LedgerPayment = {
  id: string;
  documentId: string;
  date: string;
  amount: string;
  /** In the bank account's own currency. */
  bankAmount: string;
  reference: string | null;
  accountId: string;
  batchId: string | null;
};

export type Ledger = {
  contacts: { id: string; name: string; key: string | null; status: string }[];
  items: { id: string; code: string; name: string | null }[];
  documents: LedgerDocument[];
  payments: LedgerPayment[];
  /** By type and currency, without voided and deleted documents. */
  totals: { type: string; currency: string; count: number; gross: string }[];
  overpayments: LedgerCredit[];
  prepayments: LedgerCredit[];
  allocations: { id: string; fromId: string; documentId: string; date: string; amount: string }[];
};

export type SimulatorSettings = {
  periodLock: string | null;
  yearLock: string | null;
  limits: boolean;
  dayLimit: number;
  latencyMs: number;
  accountsWithoutCode: string[];
  archivedContacts: string[];
  creditNoteNumbersUnique: boolean;
  idempotencyPerToken: boolean;
  lineErrorsOnly: boolean;
};

export type ClockAnswer = { id: string; now: string; scale: number; version: number };

export type TokenSet = {
  id_token?: string;
  access_token: string;
  refresh_token?: string;
  expires_in: number;
  token_type: string;
  scope: string;
};

/**
 * Amounts are decimal strings, dates `YYYY-MM-DD`. `account` is a code or an id; the bank account 090 without it. `changedAt`: a modified
 * date that no list read since then shows; `type`: a kind of payment that the package has one day.
 */
export type PaymentOrder = { date?: string; reference?: string; account?: string } & (
  | { number: string; amount: string; changedAt?: string; type?: string }
  | { numbers: { number: string; amount: string }[] }
  | { contact: string; amount: string; side?: "sales" | "purchases" }
);

/**
 * The control calls as functions, for tests, benchmarks and campaigns. Each throws with the simulator's own words when refused.
 * @param packageId whose organisations
 */
export function simulatorControl(baseUrl: string, packageId: PackageId) {
  const call = async <Answer>(method: string, path: string, body?: unknown): Promise<Answer> => {
    const response = await fetch(`${baseUrl}/_control/${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /_control/${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  return {
    tenants: () => call<{ id: string; name: string }[]>("GET", `${packageId}/tenants`),
    /** A new, empty organisation with the UK chart; its base currency is the first of `currencies` (GBP, EUR, USD). */
    addTenant: (name: string, currencies?: string[]) =>
      call<{ id: string; name: string }>("POST", `${packageId}/tenants`, { name, currencies }),
    /** `count` organisations named `name 1`, `name 2`… */
    addTenants: (name: string, count: number, options: { limits?: boolean } = {}) =>
      call<{ id: string; name: string }[]>("POST", `${packageId}/tenants`, { name, count, ...options }),
    /** Calls a minute that an app has over all its organisations, 10,000 without it. */
    limitApps: (perMinute: number) => call<{ perMinute: number }>("PUT", `${packageId}/app-limit`, { perMinute }),
    /** Consents without the page and answers the token set, for tests that are not about signing in. */
    tokens: (tenants: string[], options: { role?: "standard" | "adviser"; clientId?: string; scope?: string } = {}) =>
      call<TokenSet>("POST", `${packageId}/tokens`, { tenants, ...options }),
    ledger: (tenant: string, options: { lines?: boolean } = {}) =>
      call<Ledger>("GET", `${packageId}/${tenant}/ledger${options.lines ? "?lines=1" : ""}`),
    /** Calls with n greater than `since`. */
    calls: (tenant: string, since = 0) => call<LoggedCall[]>("GET", `${packageId}/${tenant}/calls?since=${since}`),
    settings: (tenant: string) => call<SimulatorSettings>("GET", `${packageId}/${tenant}/settings`),
    /** Those of every package and of Xero by name; another package's own by whatever it calls them. */
    patchSettings: (
      tenant: string,
      settings: Partial<SimulatorSettings> | Readonly<Record<string, string | number | boolean | null>>,
    ) => call<SimulatorSettings>("PATCH", `${packageId}/${tenant}/settings`, settings),
    /** Pays as a person inside the package; answers the id of the payment, batch or overpayment. */
    pay: (tenant: string, order: PaymentOrder) => call<{ id: string }>("POST", `${packageId}/${tenant}/payments`, order),
    editDocument: (tenant: string, id: string, change: { gross: string } | { status: string }) =>
      call<{ id: string; status: string; net: string; tax: string; gross: string }>(
        "POST",
        `${packageId}/${tenant}/documents/${id}`,
        change,
      ),
    /** Replaces the standing faults; an empty list clears them, and lifts waits that they laid. */
    faults: (tenant: string, faults: FaultOrder[], seed = 1) =>
      call<{ faults: FaultOrder[] }>("POST", `${packageId}/${tenant}/faults`, { seed, faults }),
    /** Adds an account, or changes the one with this code. */
    putAccount: (
      tenant: string,
      account: {
        code?: string;
        name?: string;
        type?: string;
        status?: "ACTIVE" | "ARCHIVED";
        taxType?: string;
        enablePayments?: boolean;
      },
    ) => call<{ id: string }>("POST", `${packageId}/${tenant}/accounts`, account),
    /** Archives a contact, brings it back, or merges it into another; keys are ContactNumbers, ids or names. */
    editContact: (tenant: string, key: string, change: { archived: boolean } | { mergedInto: string }) =>
      call<{ id: string }>("POST", `${packageId}/${tenant}/contacts/${encodeURIComponent(key)}`, change),
    removeItem: (tenant: string, code: string) =>
      call<Record<string, never>>("DELETE", `${packageId}/${tenant}/items/${encodeURIComponent(code)}`),
    /** The customer disconnects inside the package. */
    revoke: (tenant: string) => call<{ connections: number }>("POST", `${packageId}/${tenant}/revoke`, {}),
    reset: (packageId?: string) =>
      call<Record<string, never>>("POST", "reset", packageId === undefined ? {} : { package: packageId }),
    clock: () => call<ClockAnswer>("GET", "clock"),
    /** Waits up to 25 s of real time for a version other than `after`. */
    clockAfter: (after: number) => call<ClockAnswer>("GET", `clock?after=${after}`),
    setClock: (change: { now?: string; scale?: number }) => call<ClockAnswer>("POST", "clock", change),
  };
}

export type SimulatorControl = ReturnType<typeof simulatorControl>;

/**
 * Plays the person on the consent page over HTTP: opens it, picks the organisation, presses "Allow access" (or "Cancel").
 *
 * @returns the address that the browser is sent back to, with `code` and `state` (or `error`)
 * @throws {Error} with the page's text when it shows no consent
 */
export async function consent(
  baseUrl: string,
  authorizeUrl: string,
  tenantId: string | readonly string[],
  options: { role?: "standard" | "adviser"; decision?: "allow" | "cancel" } = {},
): Promise<string> {
  const page = await fetch(authorizeUrl, { redirect: "manual" });
  const early = page.headers.get("location");
  if (early !== null) return early;
  const html = await page.text();
  if (!page.ok)
    throw new Error(
      `The consent page answered ${page.status}: ${html.replace(/<style>.*<\/style>/s, "").replace(/<[^>]+>/g, " ")}`,
    );
  const form = new URLSearchParams(new URL(authorizeUrl).searchParams);
  for (const id of typeof tenantId === "string" ? [tenantId] : tenantId) form.append("tenantIds", id);
  const wanted = options.role === "adviser" ? "an adviser" : "a standard user";
  const user = new RegExp(`<option value="([^"]+)">${wanted}</option>`).exec(html)?.[1];
  if (user !== undefined) form.set("user", user);
  form.set("decision", options.decision ?? "allow");
  const answer = await fetch(new URL(new URL(authorizeUrl).pathname, baseUrl), {
    method: "POST",
    body: form,
    redirect: "manual",
  });
  const location = answer.headers.get("location");
  if (location === null) throw new Error(`The consent page answered ${answer.status} instead of sending the browser back`);
  return location;
}
