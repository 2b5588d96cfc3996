import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import type { PackageConsent } from "#lib/connectors/oauth.ts";
import { consentOf } from "#lib/connectors/registry.ts";
import { authorisationUrl, GrantRefused, refreshTokens, revokeTokens } from "./oauth.ts";

const consent = consentOf("xero");
const ours = { ...consent };
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  Object.assign(consent, ours);
  for (const close of closing.splice(0)) await close();
});
const as = (policy: Partial<PackageConsent>) => Object.assign(consent, policy);

/** A token address that keeps what it was asked, and answers a pair. */
async function tokenAddress(answer: object = { access_token: "a", refresh_token: "r", token_type: "bearer" }, status = 200) {
  const asked: { path: string; authorization: string; type: string; body: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { authorization = "", "content-type": type = "" } = request.headers;
    asked.push({ path: request.url ?? "", authorization, type, body });
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(answer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const app = { clientId: "app", clientSecret: "s/e:c", loginUrl: url, identityUrl: url, apiUrl: url };
  return { app, asked };
}

describe("BB9 how a package does OAuth is data of its own", () => {
  it("BB9 the app's secret goes into the header, or into the body, never into both", async () => {
    const { app, asked } = await tokenAddress();
    await refreshTokens("xero", app, "old");
    as({ clientAuth: "body" });
    await refreshTokens("xero", app, "old");
    const [basic, post] = asked;
    expect(basic?.authorization).toMatch(/^Basic /);
    expect(basic?.body).not.toContain("client_secret");
    expect(post?.authorization).toBe("");
    expect(Object.fromEntries(new URLSearchParams(post?.body))).toMatchObject({ client_id: "app", client_secret: "s/e:c" });
  });

  it("BB9 a package's own parameters stand in the consent page's address, and change none of the standard's", async () => {
    const { app } = await tokenAddress();
    as({ extraParams: { filter: "apiv3.1", country: "gb", response_type: "token", state: "theirs" } });
    const query = new URL(authorisationUrl("xero", app, "https://our.example/back", "ours")).searchParams;
    expect(Object.fromEntries(query)).toMatchObject({
      filter: "apiv3.1",
      country: "gb",
      response_type: "code",
      state: "ours",
      redirect_uri: "https://our.example/back",
    });
  });

  it("BB9 a token whose life is not said lives as long as the package's do", async () => {
    const { app } = await tokenAddress();
    as({ accessLifeSeconds: 300 });
    const { accessExpiresAt } = await refreshTokens("xero", app, "old");
    const left = (accessExpiresAt.getTime() - Date.now()) / 1_000;
    expect(left).toBeGreaterThan(240);
    expect(left).toBeLessThanOrEqual(300);
  });

  it("BB9 a token's life that is said as text is understood, as Exact Online says it", async () => {
    const { app } = await tokenAddress({ access_token: "a", refresh_token: "r", token_type: "bearer", expires_in: "600" });
    const { accessExpiresAt } = await refreshTokens("xero", app, "old");
    const left = (accessExpiresAt.getTime() - Date.now()) / 1_000;
    expect(left).toBeGreaterThan(540);
    expect(left).toBeLessThanOrEqual(600);
  });

  it("BD3 a refresh that came too early is refused for now and not for good: the consent stands", async () => {
    const early = { error: "access_denied", error_description: "Rate limit exceeded: access_token not expired" };
    const { app } = await tokenAddress(early, 400);
    const asked = refreshTokens("xero", app, "old");
    await expect(asked).rejects.toThrow("access_denied");
    await expect(asked).rejects.not.toBeInstanceOf(GrantRefused);
    const gone = await tokenAddress({ error: "invalid_grant" }, 400);
    await expect(refreshTokens("xero", gone.app, "old")).rejects.toBeInstanceOf(GrantRefused);
  });

  it("BB9 a refresh that brings no new refresh token keeps the one before, and one that does keeps the new", async () => {
    const same = await tokenAddress({ access_token: "a", token_type: "bearer" });
    expect((await refreshTokens("xero", same.app, "old")).refreshToken).toBe("old");
    const other = await tokenAddress();
    expect((await refreshTokens("xero", other.app, "old")).refreshToken).toBe("r");
  });

  it("BB9 a grant is ended by a form, or by JSON, as the package wants it", async () => {
    const { app, asked } = await tokenAddress({});
    await revokeTokens("xero", app, "refresh-1");
    as({ revocation: "json" });
    await revokeTokens("xero", app, "refresh-2");
    expect(asked.map(({ type }) => type.split(";")[0])).toEqual(["application/x-www-form-urlencoded", "application/json"]);
    expect(new URLSearchParams(asked[0]?.body).get("token")).toBe("refresh-1");
    expect(JSON.parse(asked[1]?.body ?? "")).toEqual({ token: "refresh-2" });
    expect(asked[1]?.authorization).toBe(asked[0]?.authorization);
  });

  it("BB9 no way of ending a grant sends secrets by plain http to another machine", async () => {
    const { app } = await tokenAddress({});
    const away = { ...app, identityUrl: "http://proxy.invalid" };
    for (const revocation of ["form", "json"] as const) {
      as({ revocation });
      await expect(revokeTokens("xero", away, "refresh-3")).rejects.toThrow(/http/i);
    }
  });
});
