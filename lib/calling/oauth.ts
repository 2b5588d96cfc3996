import * as client from "openid-client";
import { now } from "#lib/clock.ts";
import { consentOf } from "#lib/connectors/registry.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import type { PackageApp } from "./app-settings.ts";

/** A token pair as the package gave it. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | null;
  /** On the one clock. */
  readonly accessExpiresAt: Date;
  readonly scope: string;
}

/** The package refused the code or the refresh token for good: only a new consent helps. */
export class GrantRefused extends Error {}

const TIMEOUT_SECONDS = 15;
const LOOPBACK = /^(localhost|127(?:\.\d+){3}|\[::1\])$/;

/** Secrets cross plain http only inside this machine: the simulator's. */
function keepsSecrets(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || LOOPBACK.test(hostname);
}

/** One OAuth client for every package. The addresses come from us, so that the simulator or a proxy can take the package's place. */
function configuration(packageId: PackageId, app: PackageApp): client.Configuration {
  const consent = consentOf(packageId);
  const { issuer, authorise, token, revoke } = consent.endpoints(app);
  const config = new client.Configuration(
    { issuer, authorization_endpoint: authorise, token_endpoint: token, revocation_endpoint: revoke },
    app.clientId,
    app.clientSecret,
    consent.clientAuth === "basic" ? client.ClientSecretBasic(app.clientSecret) : client.ClientSecretPost(app.clientSecret),
  );
  config.timeout = TIMEOUT_SECONDS;
  config[client.customFetch] = withoutIdToken;
  if ([authorise, token, revoke].every(keepsSecrets)) client.allowInsecureRequests(config);
  return config;
}

/** Nobody is signed in by the package, so an id token that it sends along is neither checked nor kept. */
async function withoutIdToken(url: string, options: client.CustomFetchOptions): Promise<Response> {
  const answer = await fetch(url, {
    method: options.method,
    headers: options.headers,
    body: options.body as BodyInit | null,
    redirect: "manual",
    ...(options.signal ? { signal: options.signal } : {}),
  });
  if (!answer.headers.get("content-type")?.includes("json")) return answer;
  const body: unknown = await answer.json().catch(() => null);
  if (typeof body === "object" && body !== null && "id_token" in body) delete body.id_token;
  return new Response(JSON.stringify(body), { status: answer.status, headers: { "content-type": "application/json" } });
}

/** The consent page's address, with our state in it. */
export function authorisationUrl(packageId: PackageId, app: PackageApp, redirectUri: string, state: string): string {
  return client.buildAuthorizationUrl(configuration(packageId, app), {
    ...consentOf(packageId).extraParams,
    redirect_uri: redirectUri,
    // A package without scopes gives the rights of the user who agrees.
    ...(consentOf(packageId).scope === "" ? {} : { scope: consentOf(packageId).scope }),
    response_type: "code",
    state,
  }).href;
}

/**
 * Exchanges the code that the browser brought back.
 * @param returned the whole address that the browser came back to, with our own public origin
 * @throws {GrantRefused} when the package says no
 */
export async function exchangeCode(packageId: PackageId, app: PackageApp, returned: URL, state: string): Promise<Tokens> {
  const asked = client.authorizationCodeGrant(configuration(packageId, app), returned, { expectedState: state });
  return tokensOf(packageId, asked, null);
}

/** @throws {GrantRefused} when the refresh token is of no more use */
export async function refreshTokens(packageId: PackageId, app: PackageApp, refreshToken: string): Promise<Tokens> {
  return tokensOf(packageId, client.refreshTokenGrant(configuration(packageId, app), refreshToken), refreshToken);
}

/**
 * Ends the whole grant at the package.
 * @throws {Error} when the package gives no clear answer, or has no address for it
 */
export async function revokeTokens(packageId: PackageId, app: PackageApp, refreshToken: string): Promise<void> {
  const consent = consentOf(packageId);
  if (consent.revocation === null) throw new Error(`A consent is ended in ${consent.name} itself`);
  if (consent.revocation === "form") {
    await client.tokenRevocation(configuration(packageId, app), refreshToken);
    return;
  }
  const { revoke } = consent.endpoints(app);
  if (!keepsSecrets(revoke)) throw new Error(`${consent.name} is not asked to end a consent by plain http`);
  const named = [app.clientId, app.clientSecret].map(encodeURIComponent).join(":");
  const answer = await fetch(revoke, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(named).toString("base64")}`,
      "content-type": "application/json",
      accept: "application/json",
    },
    body: JSON.stringify({ token: refreshToken }),
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_SECONDS * 1_000),
  });
  if (!answer.ok) throw new Error(`${consent.name} answered ${answer.status} when asked to end the consent`);
}

async function tokensOf(
  packageId: PackageId,
  asked: ReturnType<typeof client.refreshTokenGrant>,
  before: string | null,
): Promise<Tokens> {
  const began = now();
  try {
    const answer = await asked;
    return {
      accessToken: answer.access_token,
      refreshToken: answer.refresh_token ?? before,
      accessExpiresAt: new Date(began.getTime() + (answer.expires_in ?? consentOf(packageId).accessLifeSeconds) * 1_000),
      scope: answer.scope ?? "",
    };
  } catch (error) {
    // The error may hold the answer, and that a token: only the code goes on.
    if (
      error instanceof client.ResponseBodyError &&
      ["invalid_grant", "unauthorized_client", "invalid_scope"].includes(error.error)
    ) {
      throw new GrantRefused(error.error);
    }
    const said =
      error instanceof client.ResponseBodyError || error instanceof client.AuthorizationResponseError ? error.error : "";
    throw new Error(`The package's token address gave no token${said === "" ? "" : `: ${said}`}`);
  }
}
