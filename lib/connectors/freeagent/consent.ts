import type { ConsentedTenant, PackageConsent } from "../oauth.ts";
import { bodyOf, child, type JsonObject, list, text } from "../shared/json.ts";
import type { RawAnswer } from "../types.ts";
import { readForConsent } from "./client.ts";
import { clientTenant } from "./tenant.ts";

/** Clients of a practice on one page. */
const PAGE = 500;
const MOST_PAGES = 100;

const objectIn = (answer: RawAnswer): JsonObject | null => (answer.status === 200 ? bodyOf(answer) : null);

/** The clients of a practice that its account manager may see; null where the consent is a company's own. */
async function clientsOf(apiUrl: string, accessToken: string): Promise<ConsentedTenant[] | null> {
  const found: ConsentedTenant[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const query = { view: "active", minimal_data: "true", page: String(page), per_page: String(PAGE) };
    const answer = await readForConsent(apiUrl, accessToken, "/v2/clients", query);
    // An app of the other kind has no such list.
    if (page === 1 && [401, 403, 404].includes(answer.status)) return null;
    const body = objectIn(answer);
    if (!body) throw new Error(`FreeAgent answered ${answer.status} when asked for a practice's clients`);
    const clients = list(body, "clients");
    for (const one of clients) {
      const subdomain = text(one, "subdomain");
      if (subdomain !== null)
        found.push({ id: clientTenant(subdomain), name: text(one, "name") ?? subdomain, remoteConnectionId: null });
    }
    if (!/rel="?next"?/i.test(answer.headers.link ?? "")) return found;
  }
  throw new Error("FreeAgent's list of a practice's clients has no end");
}

async function companyOf(apiUrl: string, accessToken: string): Promise<ConsentedTenant> {
  const answer = await readForConsent(apiUrl, accessToken, "/v2/company");
  const body = objectIn(answer);
  const company = body && child(body, "company");
  const subdomain = company && text(company, "subdomain");
  if (!company || !subdomain) throw new Error(`FreeAgent answered ${answer.status} when asked for the company`);
  return { id: subdomain, name: text(company, "name") ?? subdomain, remoteConnectionId: null };
}

/**
 * FreeAgent's consent: of one user, with that user's rights, and without scopes. A company's app reaches one company; a practice's app
 * reaches all clients that the account manager may see. A user has one access token for each app, so all of the user's consents are one.
 */
export const freeagentConsent: PackageConsent = {
  packageId: "freeagent",
  name: "FreeAgent",
  scope: "",
  refreshWhenLeftMs: 2 * 60_000,
  accessLifeSeconds: 3_600,
  clientAuth: "basic",
  extraParams: {},
  // No call of its API ends a consent: a person does so in FreeAgent.
  revocation: null,

  endpoints: ({ loginUrl, identityUrl }) => ({
    issuer: identityUrl,
    authorise: `${loginUrl}/v2/approve_app`,
    token: `${identityUrl}/v2/token_endpoint`,
    revoke: `${identityUrl}/v2/token_endpoint`,
  }),

  async holderOf(accessToken, { apiUrl }) {
    const answer = await readForConsent(apiUrl, accessToken, "/v2/users/me");
    const body = objectIn(answer);
    const user = body && child(body, "user");
    const url = user && text(user, "url");
    if (!url) throw new Error(`FreeAgent answered ${answer.status} when asked who agreed`);
    return url;
  },

  async listTenants({ accessToken }, { apiUrl }) {
    return (await clientsOf(apiUrl, accessToken)) ?? [await companyOf(apiUrl, accessToken)];
  },

  removeTenant: null,
};
