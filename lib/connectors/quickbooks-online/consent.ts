import type { PackageConsent } from "../oauth.ts";
import { child, isObject, parseJson, text } from "../shared/json.ts";
import { readCompany } from "./client.ts";

const IDENTITY = "https://oauth.platform.intuit.com";
/** Grants are ended at another host than they are given. */
const REVOKING = "https://developer.api.intuit.com";

/** Intuit's consent: one token set belongs to one company, which the browser's way back alone names. */
export const quickbooksConsent: PackageConsent = {
  packageId: "quickbooks-online",
  name: "QuickBooks Online",
  scope: "com.intuit.quickbooks.accounting",
  refreshWhenLeftMs: 5 * 60_000,
  accessLifeSeconds: 3_600,
  clientAuth: "basic",
  extraParams: {},
  revocation: "json",

  endpoints: ({ loginUrl, identityUrl }) => ({
    issuer: `${identityUrl}/op/v1`,
    authorise: `${loginUrl}/connect/oauth2`,
    token: `${identityUrl}/oauth2/v1/tokens/bearer`,
    revoke: `${identityUrl === IDENTITY ? REVOKING : identityUrl}/v2/oauth2/tokens/revoke`,
  }),

  // Opaque, and of one company each: no two consents are one grant.
  holderOf: async () => null,

  async listTenants({ accessToken, returned }, { apiUrl }) {
    const id = returned.get("realmId");
    if (id === null || !/^\d{1,30}$/.test(id)) throw new Error("QuickBooks Online came back without a company");
    const answer = await readCompany(apiUrl, id, accessToken);
    if (answer.status !== 200) throw new Error(`QuickBooks Online answered ${answer.status} when asked for its company`);
    const body = parseJson(answer.body);
    const info = isObject(body) ? child(body, "CompanyInfo") : null;
    if (!info) throw new Error("QuickBooks Online did not say which company it is");
    return [{ id, name: text(info, "CompanyName") ?? id, remoteConnectionId: null }];
  },

  removeTenant: null,
};
