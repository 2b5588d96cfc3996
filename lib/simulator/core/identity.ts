import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import { type Answer, sendAnswer } from "#lib/simulator/core/answer.ts";
import { consentPage, consentProblem } from "#lib/simulator/core/consent-page.ts";
import { type AccessToken, type Connection, Grants, type RefreshToken } from "#lib/simulator/core/grants.ts";
import { Signer } from "#lib/simulator/core/jwt.ts";
import { type Grant, type OAuthPolicy, type Role, USERS } from "#lib/simulator/core/oauth-policy.ts";
import type { TenantInfo } from "#lib/simulator/core/organisation.ts";
import { type Fields, isFields, readBody, readForm, redirect, sendHtml, sendJson } from "#lib/simulator/http.ts";

type World = {
  clock: SimulatorClock;
  /** The one client that is known, or null to accept any. */
  client: { id: string; secret: string } | null;
  /** Where the package is mounted: "" or "/name". */
  mount: string;
  tenants: { get(id: string): TenantInfo | undefined; all(): Iterable<TenantInfo> };
  note: (change: Fields) => void;
  /** What stops a refresh of these tokens, when something does. */
  beforeRefresh: (token: RefreshToken) => Answer | null;
};

/** Who may reach which organisation: consent, codes, tokens and their rotation, revocation; by the package's policy. */
export class Identity {
  readonly #policy: OAuthPolicy;
  readonly #world: World;
  readonly grants: Grants;
  readonly signer = new Signer();

  constructor(policy: OAuthPolicy, world: World) {
    this.#policy = policy;
    this.#world = world;
    this.grants = new Grants(world.clock, policy.refresh, world.note);
  }

  /** Answers the paths of the policy; false for any other. */
  async serve(request: IncomingMessage, response: ServerResponse, url: URL): Promise<boolean> {
    const { paths } = this.#policy;
    const path = url.pathname;
    const posted = request.method === "POST";
    if (path === paths.authorize) await this.#authorize(request, response, url);
    else if (path === paths.token && posted) await this.#token(request, response);
    else if (path === paths.revoke && posted) await this.#revocation(request, response);
    else if (paths.discovery !== undefined && path === paths.discovery)
      sendJson(response, 200, this.#discovery(request, paths.discovery));
    else if (paths.discovery !== undefined && path === `${paths.discovery}/jwks`)
      sendJson(response, 200, { keys: [this.signer.publicKey()] });
    else return false;
    return true;
  }

  /** The access token of a call, expired or not; null when it is none of ours. */
  accessToken(request: IncomingMessage): AccessToken | null {
    const match = /^Bearer (.+)$/i.exec(request.headers.authorization ?? "");
    return match?.[1] === undefined ? null : (this.grants.accessTokens.get(match[1]) ?? null);
  }

  /** Makes a token useless from now on, as when it expires in mid-run. */
  expire(token: AccessToken): AccessToken {
    const expired = { ...token, expiresAt: this.#world.clock.now() - 1 };
    this.grants.put("accessTokens", expired);
    return expired;
  }

  connectionOf(token: AccessToken, tenantId: string): Connection | null {
    if (token.tenantId != null && token.tenantId !== tenantId) return null;
    return this.grants.connection(token, tenantId);
  }

  roleOf(userId: string): Role {
    return USERS.find((user) => user.id === userId)?.role ?? "standard";
  }

  /** The customer disconnects inside the package. Answers how many connections went. */
  disconnect(tenantId: string): number {
    const connections = this.grants.ofTenant(tenantId);
    for (const { id } of connections) this.grants.drop("connections", id);
    return connections.length;
  }

  /** Consents without the page: a token set for these organisations, as the token call would answer it. */
  grant(tenantIds: readonly string[], options: { clientId?: string; role?: Role; scope?: string }): Fields {
    const userId = USERS.find((one) => one.role === (options.role ?? "standard"))?.id ?? "";
    const clientId = options.clientId ?? this.#world.client?.id ?? "simulator-client";
    const authEventId = randomUUID();
    this.grants.connect(tenantIds, { userId, clientId, authEventId });
    const scope = options.scope ?? (this.#policy.scopes ?? []).join(" ");
    const tenantId = this.#reached(tenantIds);
    return this.#issue({ clientId, userId, tenantId, scope, authEventId }, null, "");
  }

  #reached(tenantIds: readonly string[]): string | null {
    const { reaches } = this.#policy;
    const isOne = reaches === "one" || (reaches === "chosen" && tenantIds.length === 1);
    return isOne ? (tenantIds[0] ?? null) : null;
  }

  #base(request: IncomingMessage): string {
    return `http://${request.headers.host ?? "localhost"}${this.#world.mount}`;
  }

  #discovery(request: IncomingMessage, path: string) {
    const base = this.#base(request);
    const { paths, scopes } = this.#policy;
    return {
      issuer: base,
      jwks_uri: `${base}${path}/jwks`,
      authorization_endpoint: `${base}${paths.authorize}`,
      token_endpoint: `${base}${paths.token}`,
      revocation_endpoint: `${base}${paths.revoke}`,
      scopes_supported: [...(scopes ?? [])],
      response_types_supported: ["code"],
      response_modes_supported: ["query"],
      grant_types_supported: ["authorization_code", "refresh_token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
      code_challenge_methods_supported: ["S256"],
    };
  }

  async #authorize(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const form = request.method === "POST" ? await readForm(request) : url.searchParams;
    const value = (name: string) => form.get(name) ?? "";
    const { client, tenants, mount, clock } = this.#world;
    const clientId = value("client_id");
    const redirectUri = value("redirect_uri");
    const wrong = (text: string) => sendHtml(response, 400, consentProblem("unauthorized_client", text));
    if (clientId === "" || (client !== null && clientId !== client.id)) return wrong("Unknown client or client not enabled");
    if (!validRedirect(redirectUri)) return wrong("Invalid redirect_uri: it must be https, or http://localhost");
    const back = (answer: Record<string, string>) => {
      const target = new URL(redirectUri);
      for (const [name, text] of Object.entries(answer)) target.searchParams.set(name, text);
      if (form.has("state")) target.searchParams.set("state", value("state"));
      redirect(response, target.href);
    };
    if (value("response_type") !== "code") return back({ error: "unsupported_response_type" });
    const known = this.#policy.scopes;
    const scopes = value("scope")
      .split(/\s+/)
      .filter((scope) => scope !== "");
    if (known !== null && (scopes.length === 0 || scopes.some((scope) => !known.includes(scope))))
      return back({ error: "invalid_scope" });
    const single = this.#policy.choosesOne(form);
    const ask = (problem: string) => {
      const action = `${mount}${this.#policy.paths.authorize}`;
      const page = { action, asked: form, single, tenants: tenants.all(), users: USERS, problem };
      sendHtml(response, problem === "" ? 200 : 400, consentPage(page));
    };
    if (request.method !== "POST") return ask("");
    if (value("decision") === "cancel") return back({ error: "access_denied", error_description: "The user cancelled" });
    if (value("decision") !== "allow") return ask("");
    const tenantIds = form.getAll("tenantIds").filter((id) => tenants.get(id) !== undefined);
    if (tenantIds.length === 0) return ask("Choose an organisation first.");
    if (single && tenantIds.length > 1) return ask("Choose one organisation only.");
    const user = USERS.find((one) => one.id === value("user")) ?? USERS[0];
    if (user === undefined) return back({ error: "server_error" });
    const authEventId = randomUUID();
    this.grants.connect(tenantIds, { userId: user.id, clientId, authEventId });
    const code = randomBytes(32).toString("base64url");
    const scope = scopes.join(" ");
    this.grants.put("codes", {
      code,
      clientId,
      userId: user.id,
      tenantId: this.#reached(tenantIds),
      redirectUri,
      scope,
      nonce: form.get("nonce"),
      authEventId,
      challenge: form.get("code_challenge"),
      expiresAt: clock.now() + this.#policy.codeSeconds * 1000,
      used: false,
    });
    back({ code, ...this.#policy.callback({ tenantIds, scope }) });
  }

  #clientOf(request: IncomingMessage, form: URLSearchParams): string | null {
    const { client } = this.#world;
    const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? "")?.[1];
    let id = form.get("client_id") ?? "";
    let secret = form.get("client_secret") ?? "";
    if (basic !== undefined) {
      const [user = "", ...rest] = Buffer.from(basic, "base64").toString("utf8").split(":");
      id = formDecode(user);
      secret = formDecode(rest.join(":"));
    }
    if (id === "" || secret === "") return null;
    return client === null || (client.id === id && client.secret === secret) ? id : null;
  }

  async #token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const form = await readForm(request);
    const fail = (error: string, status = 400) => sendJson(response, status, { error });
    const clientId = this.#clientOf(request, form);
    if (clientId === null) return fail("invalid_client", this.#policy.invalidClientStatus);
    const issuer = this.#base(request);
    const { clock } = this.#world;
    const grantType = form.get("grant_type");
    if (grantType === "authorization_code") {
      const code = this.grants.codes.get(form.get("code") ?? "");
      if (code === undefined || code.clientId !== clientId || code.redirectUri !== form.get("redirect_uri"))
        return fail("invalid_grant");
      if (code.used || clock.now() >= code.expiresAt || !proves(code.challenge, form.get("code_verifier")))
        return fail("invalid_grant");
      this.grants.put("codes", { ...code, used: true });
      return sendJson(response, 200, this.#issue(code, code.nonce, issuer));
    }
    if (grantType === "refresh_token") {
      const old = this.grants.refreshTokens.get(form.get("refresh_token") ?? "");
      if (old === undefined || old.clientId !== clientId || !this.grants.usable(old)) return fail("invalid_grant");
      const stopped = this.#world.beforeRefresh(old);
      if (stopped !== null) return void sendAnswer(response, stopped);
      return sendJson(response, 200, this.#refresh(old, issuer));
    }
    return fail("unsupported_grant_type");
  }

  #refresh(old: RefreshToken, issuer: string): Fields {
    const now = this.#world.clock.now();
    const { sameForSeconds } = this.#policy.refresh;
    if (old.rotatedAt === null && now < old.issuedAt + sameForSeconds * 1000) {
      this.grants.put("refreshTokens", { ...old, usedAt: now });
      return this.#issue(old, null, issuer, old.token);
    }
    if (old.rotatedAt === null) this.grants.put("refreshTokens", { ...old, rotatedAt: now });
    return this.#issue(old, null, issuer);
  }

  #issue(from: Grant, nonce: string | null, issuer: string, sameRefreshToken?: string): Fields {
    const now = this.#world.clock.now();
    const { clientId, userId, scope, authEventId } = from;
    const grant: Grant = { clientId, userId, tenantId: from.tenantId ?? null, scope, authEventId };
    const { offlineScope } = this.#policy;
    const token = this.#policy.accessToken?.({ ...grant, issuer, now }, this.signer) ?? randomBytes(48).toString("base64url");
    this.grants.put("accessTokens", { ...grant, token, expiresAt: now + this.#policy.accessSeconds * 1000 });
    let refreshToken = sameRefreshToken;
    if (refreshToken === undefined && (offlineScope === null || scope.split(" ").includes(offlineScope))) {
      refreshToken = randomBytes(32).toString("base64url");
      this.grants.put("refreshTokens", { ...grant, token: refreshToken, issuedAt: now, rotatedAt: null });
    }
    return this.#policy.answer({ ...grant, nonce, issuer, now, accessToken: token, refreshToken }, this.signer);
  }

  /** Ends a grant by either of its tokens, given in a form or in JSON: its connections, and every token of its own. */
  async #revocation(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = (await readBody(request)).toString("utf8");
    const json = text.startsWith("{") ? parsed(text) : null;
    const form = json === null ? new URLSearchParams(text) : new URLSearchParams();
    const clientId = this.#clientOf(request, form);
    if (clientId === null) return sendJson(response, this.#policy.invalidClientStatus, { error: "invalid_client" });
    const name = json === null ? form.get("token") : json.token;
    const { grants } = this;
    const token = typeof name === "string" ? (grants.refreshTokens.get(name) ?? this.#accessTokenToRevoke(name)) : undefined;
    if (token !== undefined && token.clientId === clientId) {
      const mine = (one: { userId: string; clientId: string; tenantId?: string | null }) =>
        one.userId === token.userId && one.clientId === clientId && (token.tenantId == null || one.tenantId === token.tenantId);
      for (const one of [...grants.connections.values()]) if (mine(one)) grants.drop("connections", one.id);
      for (const one of [...grants.refreshTokens.values()]) if (mine(one)) grants.drop("refreshTokens", one.token);
      for (const one of [...grants.accessTokens.values()]) if (mine(one)) grants.drop("accessTokens", one.token);
    }
    response.writeHead(200, { "content-length": 0 });
    response.end();
  }

  /** Where a token reaches all that its user connected, an access token ends nothing. */
  #accessTokenToRevoke(name: string): AccessToken | undefined {
    return this.#policy.reaches === "one" ? this.grants.accessTokens.get(name) : undefined;
  }
}

function proves(challenge: string | null, verifier: string | null): boolean {
  if (challenge === null) return true;
  return (
    createHash("sha256")
      .update(verifier ?? "")
      .digest("base64url") === challenge
  );
}

function parsed(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : {};
  } catch {
    return {};
  }
}

/** Credentials in a Basic header are form-encoded first (RFC 6749); where that is left out, plain ones read the same. */
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
