import { createHash, randomBytes, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AccessToken } from "#lib/simulator/core/grants.ts";
import type { Identity } from "#lib/simulator/core/identity.ts";
import { type Issued, type OAuthPolicy, USERS } from "#lib/simulator/core/oauth-policy.ts";
import type { TenantInfo } from "#lib/simulator/core/organisation.ts";
import { send, sendJson } from "#lib/simulator/http.ts";

const ACCESS_SECONDS = 1800;
const MINUTE = 60;
const DAY = 86_400;

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
const SCOPES = [
  "openid",
  "profile",
  "email",
  "offline_access",
  ...GRANULAR.flatMap((name) => [`accounting.${name}`, `accounting.${name}.read`]),
  ...REPORTS.map((name) => `accounting.reports.${name}.read`),
];

/** Xero's OAuth: one token set reaches all that its user connected, and says so in a JWT. */
export const xeroOAuth: OAuthPolicy = {
  paths: {
    authorize: "/identity/connect/authorize",
    token: "/connect/token",
    revoke: "/connect/revocation",
    discovery: "/.well-known/openid-configuration",
  },
  codeSeconds: 5 * MINUTE,
  accessSeconds: ACCESS_SECONDS,
  refresh: { unusedSeconds: 60 * DAY, graceSeconds: 30 * MINUTE, sameForSeconds: 0 },
  scopes: SCOPES,
  offlineScope: "offline_access",
  reaches: "all",
  choosesOne: (asked) => (asked.get("acr_values") ?? "").includes("bulk_connect:false"),
  callback: ({ scope }) => ({ scope, session_state: randomBytes(16).toString("base64url") }),
  invalidClientStatus: 400,
  accessToken({ clientId, userId, scope, authEventId, issuer, now }, signer) {
    const seconds = Math.floor(now / 1000);
    return signer.jwt({
      nbf: seconds,
      exp: seconds + ACCESS_SECONDS,
      iss: issuer,
      aud: `${issuer}/resources`,
      client_id: clientId,
      sub: userId.replaceAll("-", ""),
      auth_time: seconds,
      xero_userid: userId,
      global_session_id: authEventId.replaceAll("-", ""),
      jti: randomBytes(16).toString("hex").toUpperCase(),
      authentication_event_id: authEventId,
      scope: scope.split(" "),
      amr: ["pwd"],
    });
  },
  answer: (issued, signer) => ({
    id_token: issued.scope.split(" ").includes("openid") ? signer.jwt(idClaims(issued)) : undefined,
    access_token: issued.accessToken,
    expires_in: ACCESS_SECONDS,
    token_type: "Bearer",
    refresh_token: issued.refreshToken,
    scope: issued.scope,
  }),
};

/** Libraries check its expiry against the machine's own clock, so it lives five minutes by whichever clock is ahead. */
function idClaims({ issuer, clientId, userId, nonce, accessToken, now }: Issued) {
  const user = USERS.find((one) => one.id === userId);
  const seconds = Math.floor(now / 1000);
  return {
    iss: issuer,
    aud: clientId,
    iat: seconds,
    exp: Math.max(seconds, Math.floor(Date.now() / 1000)) + 300,
    sub: userId.replaceAll("-", ""),
    nonce: nonce ?? undefined,
    at_hash: createHash("sha256").update(accessToken).digest().subarray(0, 16).toString("base64url"),
    xero_userid: userId,
    preferred_username: user?.email,
    email: user?.email,
    name: user?.name,
  };
}

/** `/connections`: what a token reaches, and the removal of one of them. False for any other path. */
export function serveConnections(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  identity: Identity,
  tenants: ReadonlyMap<string, TenantInfo>,
  now: number,
): boolean {
  if (url.pathname !== "/connections" && !url.pathname.startsWith("/connections/")) return false;
  const token = identity.accessToken(request);
  if (token === null || now >= token.expiresAt) {
    send(response, 401, "application/json", unauthorizedBody(token, now));
    return true;
  }
  const mine = [...identity.grants.connections.values()].filter(
    (one) => one.userId === token.userId && one.clientId === token.clientId,
  );
  const id = url.pathname.slice("/connections/".length);
  if (request.method === "DELETE" && id !== "") {
    if (mine.some((one) => one.id === id)) {
      identity.grants.drop("connections", id);
      response.writeHead(204);
      response.end();
    } else send(response, 404, "text/html", "");
    return true;
  }
  if (request.method !== "GET" || id !== "") {
    send(response, 404, "text/html", "");
    return true;
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
        tenantName: tenants.get(one.tenantId)?.name ?? null,
        createdDateUtc: time(one.createdAt),
        updatedDateUtc: time(one.updatedAt),
      })),
  );
  return true;
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
