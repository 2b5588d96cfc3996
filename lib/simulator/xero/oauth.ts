import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import { type Fields, readForm, redirect, send, sendHtml, sendJson } from "#lib/simulator/http.ts";
import { escapeHtml, shell } from "#lib/simulator/pages.ts";
import { fixedId } from "#lib/simulator/xero/chart.ts";
import type { TenantInfo } from "#lib/simulator/xero/tenant.ts";

const CODE_MS = 5 * 60_000;
const ACCESS_SECONDS = 1800;
const GRACE_MS = 30 * 60_000;
const UNUSED_MS = 60 * 86_400_000;

export type Role = "standard" | "adviser";

/** One person at Xero who may connect organisations; the lock dates bind them by role. */
const USERS: readonly { id: string; role: Role; label: string; name: string; email: string }[] = [
  {
    id: fixedId("user:standard"),
    role: "standard",
    label: "a standard user",
    name: "Standard User",
    email: "standard@simulator.test",
  },
  { id: fixedId("user:adviser"), role: "adviser", label: "an adviser", name: "Adviser User", email: "adviser@simulator.test" },
];

const GRANULAR = ["invoices", "payments", "banktransactions", "manualjournals", "contacts", "settings", "attachments", "budgets"];
const REPORTS = [
  "aged",
  "balancesheet",
  "banksummary",
  "budgetsummary",
  "executivesummary",
  "profitandloss",
  "trialbalance",
  "taxreports",
];
const SCOPES = new Set([
  "openid",
  "profile",
  "email",
  "offline_access",
  ...GRANULAR.flatMap((name) => [`accounting.${name}`, `accounting.${name}.read`]),
  ...REPORTS.map((name) => `accounting.reports.${name}.read`),
]);

export type Connection = {
  id: string;
  tenantId: string;
  userId: string;
  clientId: string;
  authEventId: string;
  createdAt: number;
  updatedAt: number;
};

type Code = {
  code: string;
  clientId: string;
  userId: string;
  redirectUri: string;
  scope: string;
  nonce: string | null;
  authEventId: string;
  challenge: string | null;
  expiresAt: number;
  used: boolean;
};

type RefreshToken = {
  token: string;
  clientId: string;
  userId: string;
  scope: string;
  authEventId: string;
  issuedAt: number;
  /** When it was first exchanged for another; usable for 30 minutes more. */
  rotatedAt: number | null;
};

export type AccessToken = {
  token: string;
  clientId: string;
  userId: string;
  scope: string;
  authEventId: string;
  expiresAt: number;
};

type Tables = { connections: Connection; codes: Code; refreshTokens: RefreshToken; accessTokens: AccessToken };

/** Who may reach which organisation: consent, tokens, connections. */
export class Identity {
  readonly #clock: SimulatorClock;
  readonly #note: (change: Fields) => void;
  readonly #client: { id: string; secret: string } | null;
  readonly #tenants: { get(id: string): TenantInfo | undefined; all(): Iterable<TenantInfo> };
  readonly #connections = new Map<string, Connection>();
  readonly #byTenant = new Map<string, Set<string>>();
  readonly #codes = new Map<string, Code>();
  readonly #refreshTokens = new Map<string, RefreshToken>();
  readonly #accessTokens = new Map<string, AccessToken>();
  #key: KeyObject | null = null;

  constructor(
    clock: SimulatorClock,
    client: { id: string; secret: string } | null,
    tenants: { get(id: string): TenantInfo | undefined; all(): Iterable<TenantInfo> },
    note: (change: Fields) => void,
  ) {
    this.#clock = clock;
    this.#client = client;
    this.#tenants = tenants;
    this.#note = note;
  }

  /** Answers the identity paths and `/connections`; false for any other. */
  async serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const path = url.pathname;
    if (path === "/.well-known/openid-configuration") sendJson(response, 200, this.#discovery(request));
    else if (path === "/.well-known/openid-configuration/jwks") sendJson(response, 200, { keys: [this.#publicKey()] });
    else if (path === "/identity/connect/authorize") await this.#authorize(request, response, url);
    else if (path === "/connect/token" && request.method === "POST") await this.#token(request, response);
    else if (path === "/connect/revocation" && request.method === "POST") await this.#revocation(request, response);
    else if (path === "/connections" || path.startsWith("/connections/")) this.#connectionsCall(request, response, url);
    else return false;
    return true;
  }

  reset(): void {
    for (const table of [this.#connections, this.#byTenant, this.#codes, this.#refreshTokens, this.#accessTokens]) table.clear();
  }

  /** The access token of a call: its state, or null when it is none of ours. */
  accessToken(request: IncomingMessage): AccessToken | null {
    const match = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "");
    return match?.[1] === undefined ? null : (this.#accessTokens.get(match[1]) ?? null);
  }

  accessTokenNamed(token: string): AccessToken | undefined {
    return this.#accessTokens.get(token);
  }

  /** Makes a token useless from now on, as when it expires in mid-run. */
  expire(token: AccessToken): void {
    this.#put("accessTokens", { ...token, expiresAt: this.#clock.now() - 1 });
  }

  connectionOf(token: AccessToken, tenantId: string): Connection | null {
    for (const id of this.#byTenant.get(tenantId) ?? []) {
      const connection = this.#connections.get(id);
      if (connection?.userId === token.userId && connection.clientId === token.clientId) return connection;
    }
    return null;
  }

  roleOf(userId: string): Role {
    return USERS.find((user) => user.id === userId)?.role ?? "standard";
  }

  /** The customer disconnects inside Xero. Answers how many connections went. */
  disconnect(tenantId: string): number {
    const ids = [...(this.#byTenant.get(tenantId) ?? [])];
    for (const id of ids) this.#drop("connections", id);
    return ids.length;
  }

  /** Consents without the page: a token set for these organisations, as the token call would answer it. */
  grant(tenantIds: readonly string[], options: { clientId?: string; role?: Role; scope?: string }) {
    const user = USERS.find((one) => one.role === (options.role ?? "standard")) ?? USERS[0];
    const clientId = options.clientId ?? this.#client?.id ?? "simulator-client";
    const authEventId = randomUUID();
    const userId = user?.id ?? "";
    this.#connect(tenantIds, userId, clientId, authEventId);
    return this.#issue({ clientId, userId, scope: options.scope ?? [...SCOPES].join(" "), authEventId, nonce: null, issuer: "" });
  }

  restore(table: string, change: { put?: unknown; drop?: string }): void {
    const name = table as keyof Tables;
    if (change.drop !== undefined) this.#forget(name, change.drop);
    if (change.put !== undefined) this.#keep(name, change.put as Tables[keyof Tables]);
  }

  /** Whatever can still matter; dead codes and tokens are left behind. */
  *snapshot(): Generator<Fields> {
    const now = this.#clock.now();
    for (const put of this.#connections.values()) yield { identity: "connections", put };
    for (const put of this.#codes.values()) if (put.expiresAt > now) yield { identity: "codes", put };
    for (const put of this.#refreshTokens.values()) if (this.#usable(put)) yield { identity: "refreshTokens", put };
    for (const put of this.#accessTokens.values()) if (put.expiresAt > now - 86_400_000) yield { identity: "accessTokens", put };
  }

  #put<Name extends keyof Tables>(table: Name, put: Tables[Name]): void {
    this.#keep(table, put);
    this.#note({ identity: table, put });
  }

  #drop(table: keyof Tables, id: string): void {
    this.#forget(table, id);
    this.#note({ identity: table, drop: id });
  }

  #keep(table: keyof Tables, put: Tables[keyof Tables]): void {
    if (table === "connections" && "tenantId" in put) {
      this.#connections.set(put.id, put);
      const ids = this.#byTenant.get(put.tenantId) ?? new Set();
      this.#byTenant.set(put.tenantId, ids.add(put.id));
    } else if (table === "codes" && "code" in put) this.#codes.set(put.code, put);
    else if (table === "refreshTokens" && "issuedAt" in put) this.#refreshTokens.set(put.token, put);
    else if (table === "accessTokens" && "token" in put && "expiresAt" in put) this.#accessTokens.set(put.token, put);
  }

  #forget(table: keyof Tables, id: string): void {
    if (table === "connections") {
      const connection = this.#connections.get(id);
      if (connection !== undefined) this.#byTenant.get(connection.tenantId)?.delete(id);
      this.#connections.delete(id);
    } else if (table === "codes") this.#codes.delete(id);
    else if (table === "refreshTokens") this.#refreshTokens.delete(id);
    else this.#accessTokens.delete(id);
  }

  #usable(token: RefreshToken): boolean {
    const now = this.#clock.now();
    return token.rotatedAt === null ? now < token.issuedAt + UNUSED_MS : now < token.rotatedAt + GRACE_MS;
  }

  #base(request: IncomingMessage): string {
    return `http://${request.headers.host ?? "localhost"}`;
  }

  #discovery(request: IncomingMessage) {
    const base = this.#base(request);
    return {
      issuer: base,
      jwks_uri: `${base}/.well-known/openid-configuration/jwks`,
      authorization_endpoint: `${base}/identity/connect/authorize`,
      token_endpoint: `${base}/connect/token`,
      revocation_endpoint: `${base}/connect/revocation`,
      scopes_supported: [...SCOPES],
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
      code_challenge_methods_supported: ["S256"],
    };
  }

  #privateKey(): KeyObject {
    this.#key ??= generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    return this.#key;
  }

  #publicKey() {
    return { ...createPublicKey(this.#privateKey()).export({ format: "jwk" }), use: "sig", alg: "RS256", kid: "simulator" };
  }

  #jwt(claims: Fields): string {
    const encode = (part: Fields) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const content = `${encode({ alg: "RS256", kid: "simulator", typ: "JWT" })}.${encode(claims)}`;
    return `${content}.${sign("sha256", Buffer.from(content), this.#privateKey()).toString("base64url")}`;
  }

  async #authorize(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const form = request.method === "POST" ? await readForm(request) : url.searchParams;
    const value = (name: string) => form.get(name) ?? "";
    const clientId = value("client_id");
    const redirectUri = value("redirect_uri");
    if (clientId === "" || (this.#client !== null && clientId !== this.#client.id)) {
      return this.#consentError(response, "unauthorized_client", "Unknown client or client not enabled");
    }
    if (!validRedirect(redirectUri)) {
      return this.#consentError(response, "unauthorized_client", "Invalid redirect_uri: it must be https, or http://localhost");
    }
    const back = (answer: Record<string, string>) => {
      const target = new URL(redirectUri);
      for (const [name, text] of Object.entries(answer)) target.searchParams.set(name, text);
      if (form.has("state")) target.searchParams.set("state", value("state"));
      redirect(response, target.href);
    };
    if (value("response_type") !== "code") return back({ error: "unsupported_response_type" });
    const scopes = value("scope")
      .split(/\s+/)
      .filter((scope) => scope !== "");
    if (scopes.length === 0 || scopes.some((scope) => !SCOPES.has(scope))) return back({ error: "invalid_scope" });
    if (request.method !== "POST") return this.#consentPage(response, form, "");
    if (value("decision") === "cancel") return back({ error: "access_denied", error_description: "The user cancelled" });
    const chosen = form.getAll("tenantIds").filter((id) => this.#tenants.get(id) !== undefined);
    const single = value("acr_values").includes("bulk_connect:false");
    if (value("decision") !== "allow") return this.#consentPage(response, form, "");
    if (chosen.length === 0) return this.#consentPage(response, form, "Choose an organisation first.");
    if (single && chosen.length > 1) return this.#consentPage(response, form, "Choose one organisation only.");
    const user = USERS.find((one) => one.id === value("user")) ?? USERS[0];
    if (user === undefined) return back({ error: "server_error" });
    const authEventId = randomUUID();
    this.#connect(chosen, user.id, clientId, authEventId);
    const code = randomBytes(32).toString("base64url");
    this.#put("codes", {
      code,
      clientId,
      userId: user.id,
      redirectUri,
      scope: scopes.join(" "),
      nonce: form.get("nonce"),
      authEventId,
      challenge: form.get("code_challenge"),
      expiresAt: this.#clock.now() + CODE_MS,
      used: false,
    });
    back({ code, scope: scopes.join(" "), session_state: randomBytes(16).toString("base64url") });
  }

  #consentError(response: ServerResponse, error: string, text: string): void {
    sendHtml(
      response,
      400,
      shell("Error", `<h1>Sorry, something went wrong</h1><p>Error: ${error}</p><p>${escapeHtml(text)}</p>`),
    );
  }

  #consentPage(response: ServerResponse, form: URLSearchParams, problem: string): void {
    const asked = [
      "response_type",
      "client_id",
      "redirect_uri",
      "scope",
      "state",
      "nonce",
      "acr_values",
      "code_challenge",
      "code_challenge_method",
    ];
    const hidden = asked
      .filter((name) => form.has(name))
      .map((name) => `<input type="hidden" name="${name}" value="${escapeHtml(form.get(name) ?? "")}">`)
      .join("");
    const search = form.get("q") ?? "";
    const wanted = search.trim().toLowerCase();
    const single = (form.get("acr_values") ?? "").includes("bulk_connect:false");
    const found: TenantInfo[] = [];
    let more = 0;
    for (const tenant of this.#tenants.all()) {
      if (wanted !== "" && !tenant.name.toLowerCase().includes(wanted)) continue;
      if (found.length < 50) found.push(tenant);
      else more += 1;
    }
    const choices = found
      .map(
        (tenant) =>
          `<label class="check"><input type="${single ? "radio" : "checkbox"}" name="tenantIds" value="${tenant.id}">${escapeHtml(tenant.name)}</label>`,
      )
      .join("");
    const users = USERS.map((user) => `<option value="${user.id}">${user.label}</option>`).join("");
    const scopes = (form.get("scope") ?? "")
      .split(/\s+/)
      .map((scope) => `<li>${escapeHtml(scope)}</li>`)
      .join("");
    sendHtml(
      response,
      problem === "" ? 200 : 400,
      shell(
        "Allow access",
        `<h1>The app <b>${escapeHtml(form.get("client_id") ?? "")}</b> wants access to your organisation</h1>
${problem === "" ? "" : `<p class="said" role="alert">${problem}</p>`}
<section><form class="row" method="get" action="/identity/connect/authorize">${hidden}<label>Find an organisation<input name="q" value="${escapeHtml(search)}"></label><button>Search</button></form>
<form method="post" action="/identity/connect/authorize">${hidden}
<fieldset style="border:0;padding:0;margin:1rem 0"><legend><b>Select ${single ? "an organisation" : "organisations"} to connect</b></legend>${choices === "" ? "<p>No organisation has that name.</p>" : choices}
${more > 0 ? `<p class="dim">${more} more: search by name.</p>` : ""}</fieldset>
<p><label>You are signed in as<select name="user">${users}</select></label></p>
<details><summary>What the app may do</summary><ul>${scopes}</ul></details>
<p><button class="main" name="decision" value="allow">Allow access</button> <button name="decision" value="cancel">Cancel</button></p></form></section>`,
      ),
    );
  }

  #connect(tenantIds: readonly string[], userId: string, clientId: string, authEventId: string): void {
    const now = this.#clock.now();
    for (const tenantId of tenantIds) {
      let known: Connection | null = null;
      for (const id of this.#byTenant.get(tenantId) ?? []) {
        const connection = this.#connections.get(id);
        if (connection?.userId === userId && connection.clientId === clientId) known = connection;
      }
      this.#put("connections", {
        id: known?.id ?? randomUUID(),
        tenantId,
        userId,
        clientId,
        authEventId,
        createdAt: known?.createdAt ?? now,
        updatedAt: now,
      });
    }
  }

  #clientOf(request: IncomingMessage, form: URLSearchParams): string | null {
    const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    let id = form.get("client_id") ?? "";
    let secret = form.get("client_secret") ?? "";
    if (basic !== undefined) {
      const [user = "", ...rest] = Buffer.from(basic, "base64").toString("utf8").split(":");
      id = formDecode(user);
      secret = formDecode(rest.join(":"));
    }
    if (id === "" || secret === "") return null;
    return this.#client === null || (this.#client.id === id && this.#client.secret === secret) ? id : null;
  }

  async #token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readForm(request);
    const fail = (error: string) => sendJson(response, 400, { error });
    const clientId = this.#clientOf(request, form);
    if (clientId === null) return fail("invalid_client");
    const issuer = this.#base(request);
    const grantType = form.get("grant_type");
    if (grantType === "authorization_code") {
      const code = this.#codes.get(form.get("code") ?? "");
      if (code === undefined || code.clientId !== clientId || code.redirectUri !== form.get("redirect_uri"))
        return fail("invalid_grant");
      if (code.used || this.#clock.now() >= code.expiresAt) return fail("invalid_grant");
      if (code.challenge !== null) {
        const proof = createHash("sha256")
          .update(form.get("code_verifier") ?? "")
          .digest("base64url");
        if (proof !== code.challenge) return fail("invalid_grant");
      }
      this.#put("codes", { ...code, used: true });
      return sendJson(response, 200, this.#issue({ ...code, issuer }));
    }
    if (grantType === "refresh_token") {
      const old = this.#refreshTokens.get(form.get("refresh_token") ?? "");
      if (old === undefined || old.clientId !== clientId || !this.#usable(old)) return fail("invalid_grant");
      if (old.rotatedAt === null) this.#put("refreshTokens", { ...old, rotatedAt: this.#clock.now() });
      return sendJson(response, 200, this.#issue({ ...old, nonce: null, issuer }));
    }
    return fail("unsupported_grant_type");
  }

  #issue(grant: { clientId: string; userId: string; scope: string; authEventId: string; nonce: string | null; issuer: string }) {
    const now = this.#clock.now();
    const { clientId, userId, scope, authEventId } = grant;
    const scopes = scope.split(" ");
    const seconds = Math.floor(now / 1000);
    const token = this.#jwt({
      nbf: seconds,
      exp: seconds + ACCESS_SECONDS,
      iss: grant.issuer,
      aud: `${grant.issuer}/resources`,
      client_id: clientId,
      sub: userId.replaceAll("-", ""),
      auth_time: seconds,
      xero_userid: userId,
      global_session_id: authEventId.replaceAll("-", ""),
      jti: randomBytes(16).toString("hex").toUpperCase(),
      authentication_event_id: authEventId,
      scope: scopes,
      amr: ["pwd"],
    });
    this.#put("accessTokens", { token, clientId, userId, scope, authEventId, expiresAt: now + ACCESS_SECONDS * 1000 });
    let refreshToken: string | undefined;
    if (scopes.includes("offline_access")) {
      refreshToken = randomBytes(32).toString("base64url");
      this.#put("refreshTokens", { token: refreshToken, clientId, userId, scope, authEventId, issuedAt: now, rotatedAt: null });
    }
    return {
      id_token: scopes.includes("openid") ? this.#idToken(grant, token, seconds) : undefined,
      access_token: token,
      expires_in: ACCESS_SECONDS,
      token_type: "Bearer",
      refresh_token: refreshToken,
      scope,
    };
  }

  /** Libraries check its expiry against the machine's own clock, so it lives five minutes by whichever clock is ahead. */
  #idToken(
    grant: { clientId: string; userId: string; nonce: string | null; issuer: string },
    accessToken: string,
    seconds: number,
  ): string {
    const user = USERS.find((one) => one.id === grant.userId);
    return this.#jwt({
      iss: grant.issuer,
      aud: grant.clientId,
      iat: seconds,
      exp: Math.max(seconds, Math.floor(Date.now() / 1000)) + 300,
      sub: grant.userId.replaceAll("-", ""),
      nonce: grant.nonce ?? undefined,
      at_hash: createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url"),
      xero_userid: grant.userId,
      preferred_username: user?.email,
      email: user?.email,
      name: user?.name,
    });
  }

  async #revocation(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readForm(request);
    const clientId = this.#clientOf(request, form);
    if (clientId === null) return sendJson(response, 400, { error: "invalid_client" });
    const token = this.#refreshTokens.get(form.get("token") ?? "");
    if (token !== undefined && token.clientId === clientId) {
      const mine = (one: { userId: string; clientId: string }) => one.userId === token.userId && one.clientId === clientId;
      for (const one of [...this.#connections.values()]) if (mine(one)) this.#drop("connections", one.id);
      for (const one of [...this.#refreshTokens.values()]) if (mine(one)) this.#drop("refreshTokens", one.token);
      for (const one of [...this.#accessTokens.values()]) if (mine(one)) this.#drop("accessTokens", one.token);
    }
    response.writeHead(200, { "content-length": 0 });
    response.end();
  }

  #connectionsCall(request: IncomingMessage, response: ServerResponse, url: URL): void {
    const token = this.accessToken(request);
    if (token === null || this.#clock.now() >= token.expiresAt) {
      sendUnauthorized(response, token, this.#clock.now());
      return;
    }
    const mine = [...this.#connections.values()].filter((one) => one.userId === token.userId && one.clientId === token.clientId);
    const id = url.pathname.slice("/connections/".length);
    if (request.method === "DELETE" && id !== "") {
      if (mine.some((one) => one.id === id)) {
        this.#drop("connections", id);
        response.writeHead(204);
        response.end();
      } else send(response, 404, "text/html", "");
      return;
    }
    if (request.method !== "GET" || id !== "") {
      send(response, 404, "text/html", "");
      return;
    }
    const event = url.searchParams.get("authEventId");
    const time = (ms: number) => `${new Date(ms).toISOString().slice(0, -1)}0000`;
    sendJson(
      response,
      200,
      mine
        .filter((one) => event === null || one.authEventId === event)
        .map((one) => ({
          id: one.id,
          authEventId: one.authEventId,
          tenantId: one.tenantId,
          tenantType: "ORGANISATION",
          tenantName: this.#tenants.get(one.tenantId)?.name ?? null,
          createdDateUtc: time(one.createdAt),
          updatedDateUtc: time(one.updatedAt),
        })),
    );
  }
}

/** The 401 of the API, in the shape seen live. */
export function unauthorizedBody(token: AccessToken | null, now: number): string {
  const two = (part: number) => String(part).padStart(2, "0");
  let detail = "AuthenticationUnsuccessful";
  if (token !== null && now >= token.expiresAt) {
    const at = new Date(token.expiresAt);
    const date = `${two(at.getUTCMonth() + 1)}/${two(at.getUTCDate())}/${at.getUTCFullYear()}`;
    detail = `TokenExpired: token expired at ${date} ${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`;
  }
  return problemBody(401, "Unauthorized", detail);
}

/** The upper-case problem shape of 401 answers. */
export function problemBody(status: number, title: string, detail: string): string {
  return JSON.stringify({ Type: null, Title: title, Status: status, Detail: detail, Instance: randomUUID(), Extensions: {} });
}

function sendUnauthorized(response: ServerResponse, token: AccessToken | null, now: number): void {
  send(response, 401, "application/json", unauthorizedBody(token, now));
}

/** Credentials in a Basic header are form-encoded first (RFC 6749); some clients leave that out, which reads the same for plain ones. */
function formDecode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

function validRedirect(redirectUri: string): boolean {
  if (!URL.canParse(redirectUri)) return false;
  const { protocol, hostname } = new URL(redirectUri);
  return protocol === "https:" || (protocol === "http:" && hostname === "localhost");
}
