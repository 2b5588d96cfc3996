import type { ConsentedTenant, PackageConsent } from "../oauth.ts";
import { isObject, type Json, type JsonObject, parseJson, text } from "../shared/json.ts";
import { callIdentity } from "./client.ts";
import { guid } from "./json.ts";

/** Nobody is signed in with it, so no `openid`; `offline_access` or there is no refresh token. */
const SCOPE = [
  "offline_access",
  "accounting.invoices",
  "accounting.payments",
  "accounting.contacts",
  "accounting.settings.read",
  "accounting.banktransactions",
  "accounting.manualjournals",
  "accounting.attachments",
  "accounting.reports.trialbalance.read",
].join(" ");

/** Claims of a JWT, unproven: they narrow a list down, and nothing is granted by them. None when the token is no JWT. */
function claimsOf(token: string): JsonObject {
  try {
    const claims = parseJson(Buffer.from(token.split(".")[1] ?? "", "base64url").toString("utf8"));
    return isObject(claims) ? claims : {};
  } catch {
    return {};
  }
}

function tenantsOf(value: Json): ConsentedTenant[] {
  if (!Array.isArray(value)) throw new Error("Xero's list of connections is no list");
  return value.filter(isObject).flatMap((one) => {
    const id = guid(one, "tenantId");
    // A practice or a partner's own tenant holds no books.
    if (id === null || (text(one, "tenantType") ?? "ORGANISATION").toUpperCase() !== "ORGANISATION") return [];
    return [{ id, name: text(one, "tenantName") ?? id, remoteConnectionId: guid(one, "id") }];
  });
}

/** Xero's consent: one token set belongs to one Xero user and app, not to an organisation. */
export const xeroConsent: PackageConsent = {
  packageId: "xero",
  name: "Xero",
  scope: SCOPE,
  refreshWhenLeftMs: 2 * 60_000,
  accessLifeSeconds: 1_800,
  clientAuth: "basic",
  extraParams: {},
  revocation: "form",

  endpoints: ({ loginUrl, identityUrl }) => ({
    issuer: identityUrl,
    authorise: `${loginUrl}/identity/connect/authorize`,
    token: `${identityUrl}/connect/token`,
    revoke: `${identityUrl}/connect/revocation`,
  }),

  holderOf: async (accessToken) => text(claimsOf(accessToken), "xero_userid"),

  async listTenants({ accessToken }, { apiUrl }) {
    const read = async (query: string) => {
      const answer = await callIdentity("GET", `${apiUrl}/connections${query}`, accessToken);
      if (answer.status !== 200) throw new Error(`Xero answered ${answer.status} when asked for its connections`);
      return tenantsOf(parseJson(answer.body));
    };
    const event = text(claimsOf(accessToken), "authentication_event_id");
    const added = event === null ? [] : await read(`?authEventId=${encodeURIComponent(event)}`);
    // Renewing consent for an organisation need not count as adding it.
    return added.length > 0 ? added : read("");
  },

  async removeTenant(accessToken, remoteConnectionId, { apiUrl }) {
    const answer = await callIdentity("DELETE", `${apiUrl}/connections/${encodeURIComponent(remoteConnectionId)}`, accessToken);
    if (![200, 204, 403, 404].includes(answer.status)) throw new Error(`Xero answered ${answer.status} when asked to disconnect`);
  },
};
