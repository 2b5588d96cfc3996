import * as openid from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { consent } from "#lib/simulator/control-client.ts";
import { type Answered, type TestSimulator, testSimulator } from "#lib/simulator/xero/test-organisation.ts";

const CALLBACK = "http://localhost:3000/callback";
const SCOPE = "openid profile email offline_access accounting.invoices accounting.contacts accounting.settings";
const MINUTE = 60_000;

describe("L10 signing in to the simulated Xero", () => {
  let simulator: TestSimulator;
  beforeAll(async () => {
    simulator = await testSimulator();
    await simulator.control.setClock({ now: "2026-11-21T09:00:00Z", scale: 0 });
  });
  afterAll(() => simulator.close());

  const authorizeUrl = (changes: Record<string, string> = {}) =>
    `${simulator.url}/identity/connect/authorize?${new URLSearchParams({
      response_type: "code",
      client_id: "the-app",
      redirect_uri: CALLBACK,
      scope: SCOPE,
      state: "s&1",
      ...changes,
    })}`;
  const token = async (form: Record<string, string>, client = "the-app:secret") => {
    const response = await fetch(`${simulator.url}/connect/token`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from(client).toString("base64")}` },
      body: new URLSearchParams(form),
    });
    const json: Answered = await response.json();
    return { status: response.status, json };
  };
  const exchange = (code: string) => token({ grant_type: "authorization_code", code, redirect_uri: CALLBACK });
  const refresh = (refreshToken: string) => token({ grant_type: "refresh_token", refresh_token: refreshToken });
  const codeFor = async (tenantId: string, changes: Record<string, string> = {}) => {
    const back = new URL(await consent(simulator.url, authorizeUrl(changes), tenantId));
    return back.searchParams.get("code") ?? "";
  };
  const step = async (ms: number) => {
    const { now } = await simulator.control.clock();
    await simulator.control.setClock({ now: new Date(Date.parse(now) + ms).toISOString() });
  };
  const get = (path: string, accessToken: string, headers: Record<string, string> = {}) =>
    fetch(`${simulator.url}${path}`, {
      headers: { authorization: `Bearer ${accessToken}`, accept: "application/json", ...headers },
    });

  it("M1 sends the person back with a code and the state, and the code buys tokens once", async () => {
    const tenant = await simulator.control.addTenant("Consenting Ltd");
    const back = new URL(await consent(simulator.url, authorizeUrl(), tenant.id));
    expect(back.href.startsWith(CALLBACK)).toBe(true);
    expect(back.searchParams.get("state")).toBe("s&1");
    const code = back.searchParams.get("code") ?? "";
    const first = await exchange(code);
    expect(first.status).toBe(200);
    expect(first.json).toMatchObject({ expires_in: 1800, token_type: "Bearer", scope: SCOPE });
    const claims = JSON.parse(Buffer.from(String(first.json.access_token).split(".")[1] ?? "", "base64url").toString());
    expect(claims).toMatchObject({
      authentication_event_id: expect.any(String),
      xero_userid: expect.any(String),
      scope: SCOPE.split(" "),
    });
    expect(await exchange(code)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
    const connections = await get(`/connections?authEventId=${claims.authentication_event_id}`, String(first.json.access_token));
    expect(await connections.json()).toMatchObject([
      { tenantId: tenant.id, tenantType: "ORGANISATION", tenantName: "Consenting Ltd" },
    ]);
  });

  it("refuses a code after five minutes", async () => {
    const tenant = await simulator.control.addTenant("Slow Ltd");
    const code = await codeFor(tenant.id);
    await step(5 * MINUTE);
    expect(await exchange(code)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
  });

  it("says access_denied when the person cancels, invalid_scope for the old broad scopes", async () => {
    const [tenant] = await simulator.control.tenants();
    const cancelled = new URL(await consent(simulator.url, authorizeUrl(), tenant?.id ?? "", { decision: "cancel" }));
    expect(cancelled.searchParams.get("error")).toBe("access_denied");
    const broad = new URL(await consent(simulator.url, authorizeUrl({ scope: "accounting.transactions" }), tenant?.id ?? ""));
    expect(broad.searchParams.get("error")).toBe("invalid_scope");
  });

  it("takes https and http://localhost as redirect addresses, and no other", async () => {
    expect((await fetch(authorizeUrl({ redirect_uri: "http://127.0.0.1:3000/callback" }))).status).toBe(400);
    expect((await fetch(authorizeUrl({ redirect_uri: "https://console.example.test/callback" }))).status).toBe(200);
  });

  it("gives no refresh token without offline_access", async () => {
    const tenant = await simulator.control.addTenant("Brief Ltd");
    const tokens = await exchange(await codeFor(tenant.id, { scope: "openid accounting.settings" }));
    expect(tokens.json.refresh_token).toBeUndefined();
  });

  it("rotates refresh tokens, allows the old one for 30 minutes, then never", async () => {
    const tenant = await simulator.control.addTenant("Rotating Ltd");
    const first = String((await exchange(await codeFor(tenant.id))).json.refresh_token);
    const second = String((await refresh(first)).json.refresh_token);
    expect(second).not.toBe(first);
    await step(29 * MINUTE);
    expect((await refresh(first)).status).toBe(200);
    await step(2 * MINUTE);
    expect(await refresh(first)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
    expect((await refresh(second)).status).toBe(200);
  });

  it("lets a refresh token die after 60 days unused", async () => {
    const tenant = await simulator.control.addTenant("Dormant Ltd");
    const token = String((await exchange(await codeFor(tenant.id))).json.refresh_token);
    await step(60 * 24 * 60 * MINUTE);
    expect(await refresh(token)).toMatchObject({ status: 400, json: { error: "invalid_grant" } });
  });

  it("answers 401 in both shapes: an expired token, and one that is none", async () => {
    const organisation = await simulator.organisation();
    const headers = { "xero-tenant-id": organisation.id };
    const bad = await get("/api.xro/2.0/Organisation", "nonsense", headers);
    expect(bad.status).toBe(401);
    expect(await bad.json()).toMatchObject({
      Type: null,
      Title: "Unauthorized",
      Status: 401,
      Detail: "AuthenticationUnsuccessful",
    });
    await step(30 * MINUTE);
    const late = await organisation.call("GET", "/Organisation");
    expect(late.status).toBe(401);
    expect(late.json.Detail).toMatch(/^TokenExpired: token expired at \d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d$/);
  });

  it("answers 401 insufficient_scope for a scope that was not granted", async () => {
    const organisation = await simulator.organisation({ scope: "accounting.contacts accounting.invoices.read" });
    expect((await organisation.call("GET", "/Invoices?page=1")).status).toBe(200);
    const refused = await organisation.call("PUT", "/Invoices", {});
    expect(refused.status).toBe(401);
    expect(refused.json.Detail).toBe("AuthorizationUnsuccessful");
    expect(refused.headers.get("www-authenticate")).toBe("insufficient_scope");
  });

  it("answers 403 with lower-case keys once the customer has disconnected, whoever asked for it", async () => {
    const organisation = await simulator.organisation();
    await simulator.control.revoke(organisation.id);
    const refused = await organisation.call("GET", "/Organisation");
    expect(refused.status).toBe(403);
    expect(refused.json).toMatchObject({ title: "Forbidden", status: 403, detail: "AuthenticationUnsuccessful" });

    const other = await simulator.organisation();
    const rows: Answered = await (await get("/connections", other.tokens.access_token)).json();
    const mine = [...rows].find((row) => String(row.tenantId) === other.id);
    const remove = () =>
      fetch(`${simulator.url}/connections/${mine?.id}`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${other.tokens.access_token}` },
      });
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect((await other.call("GET", "/Organisation")).status).toBe(403);
  });

  it("revokes every connection of the user", async () => {
    const tenant = await simulator.control.addTenant("Leaving Ltd");
    const tokens = (await exchange(await codeFor(tenant.id))).json;
    const response = await fetch(`${simulator.url}/connect/revocation`, {
      method: "POST",
      headers: { authorization: `Basic ${Buffer.from("the-app:secret").toString("base64")}` },
      body: new URLSearchParams({ token: String(tokens.refresh_token) }),
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
    expect((await refresh(String(tokens.refresh_token))).json).toEqual({ error: "invalid_grant" });
  });

  it("publishes its addresses", async () => {
    const answer = await (await fetch(`${simulator.url}/.well-known/openid-configuration`)).json();
    expect(answer).toMatchObject({
      token_endpoint: `${simulator.url}/connect/token`,
      authorization_endpoint: `${simulator.url}/identity/connect/authorize`,
    });
  });

  it("M1 satisfies openid-client from discovery to refresh, on whichever day the clock stands", async () => {
    const tenant = await simulator.control.addTenant("Library Ltd");
    const config = await openid.discovery(new URL(simulator.url), "the-app", undefined, openid.ClientSecretBasic("secret"), {
      execute: [openid.allowInsecureRequests],
    });
    const url = openid.buildAuthorizationUrl(config, { redirect_uri: CALLBACK, scope: SCOPE, state: "st", nonce: "no" });
    const back = new URL(await consent(simulator.url, url.href, tenant.id, { role: "adviser" }));
    const tokens = await openid.authorizationCodeGrant(config, back, { expectedState: "st", expectedNonce: "no" });
    expect(tokens.expires_in).toBe(1800);
    const again = await openid.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(again.refresh_token).not.toBe(tokens.refresh_token);
  });
});
