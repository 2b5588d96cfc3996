const PRACTICE = "practice:";

/** The id of a practice's client: each call names it by its subdomain, where a company's own consent reaches no other. */
export const clientTenant = (subdomain: string): string => `${PRACTICE}${subdomain}`;

/** The subdomain that calls for this tenant name; null for a company's own consent. */
export const subdomainOf = (tenantId: string): string | null =>
  tenantId.startsWith(PRACTICE) ? tenantId.slice(PRACTICE.length) : null;
