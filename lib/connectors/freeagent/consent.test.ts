import { describe, expect, it } from "vitest";
import { consentOf } from "../registry.ts";
import { answering } from "../shared/network-faults.fixture.ts";
import { send } from "./client.ts";
import { freeagentEnvironment } from "./environment.ts";
import { connection } from "./fixtures.ts";
import { freeagentModule } from "./module.ts";
import { clientTenant } from "./tenant.ts";

const { connector } = freeagentModule;
const consent = consentOf("freeagent");

/** A FreeAgent that answers by path alone, and keeps what it was asked. */
async function freeAgent(answers: Readonly<Record<string, readonly [status: number, body: unknown]>>) {
  const asked: { path: string; headers: Readonly<Record<string, unknown>> }[] = [];
  const { url } = await answering((response) => {
    const path = response.req.url?.split("?")[0] ?? "";
    asked.push({ path, headers: response.req.headers });
    const [status, body] = answers[path] ?? [404, ""];
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  return { asked, addresses: { loginUrl: url, identityUrl: url, apiUrl: url } };
}
const consented = { accessToken: "token", returned: new URLSearchParams() };
const company = { company: { name: "Orchard Ltd", subdomain: "orchard" } };

describe("a consent of FreeAgent's", () => {
  it("of a company's app reaches that company, and calls for it name no other", async () => {
    const { addresses, asked } = await freeAgent({ "/v2/clients": [403, {}], "/v2/company": [200, company] });
    const tenants = await consent.listTenants(consented, addresses);
    expect(tenants).toEqual([{ id: "orchard", name: "Orchard Ltd", remoteConnectionId: null }]);
    const message = connector.check.ask(null, connection);
    const context = { accessToken: "token", idempotencyKey: null, timeoutMs: 5_000 };
    await send(message, { ...context, connection: { ...connection, tenantId: "orchard", apiUrl: addresses.apiUrl } });
    expect(asked.at(-1)?.headers).toMatchObject({
      authorization: "Bearer token",
      "user-agent": expect.any(String),
      "x-api-version": expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/),
    });
    expect(asked.at(-1)?.headers).not.toHaveProperty("x-subdomain");
    await send(message, { ...context, connection: { ...connection, tenantId: clientTenant("elm"), apiUrl: addresses.apiUrl } });
    expect(asked.at(-1)?.headers["x-subdomain"]).toBe("elm");
  });

  it("of a practice's app reaches its clients, each by its subdomain", async () => {
    const clients = [
      { id: 1, name: "Elm Ltd", subdomain: "elm" },
      { id: 2, name: "Oak Ltd", subdomain: "oak" },
    ];
    const { addresses } = await freeAgent({ "/v2/clients": [200, { clients }] });
    expect(await consent.listTenants(consented, addresses)).toEqual([
      { id: "practice:elm", name: "Elm Ltd", remoteConnectionId: null },
      { id: "practice:oak", name: "Oak Ltd", remoteConnectionId: null },
    ]);
  });

  it("is of one user, whose consents are one grant", async () => {
    const user = { user: { url: "https://api.freeagent.com/v2/users/7" } };
    const { addresses } = await freeAgent({ "/v2/users/me": [200, user] });
    expect(await consent.holderOf("token", addresses)).toBe("https://api.freeagent.com/v2/users/7");
    const { addresses: silent } = await freeAgent({});
    await expect(consent.holderOf("token", silent)).rejects.toThrow(/404/);
    await expect(consent.listTenants(consented, silent)).rejects.toThrow(/404/);
  });

  it("has no scopes, and the addresses of its one host", () => {
    expect(consent.endpoints(freeagentEnvironment.addresses)).toMatchObject({
      authorise: "https://api.freeagent.com/v2/approve_app",
      token: "https://api.freeagent.com/v2/token_endpoint",
    });
    expect(consent).toMatchObject({ scope: "", clientAuth: "basic", revocation: null, accessLifeSeconds: 3_600 });
  });
});
