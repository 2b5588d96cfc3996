import type { OAuthPolicy } from "#lib/simulator/core/oauth-policy.ts";

const ACCESS_SECONDS = 3_600;
const DAY = 86_400;
const REFRESH_SECONDS = 101 * DAY;

/** Intuit's OAuth: one token set reaches one company, which the callback names; its refresh token changes each day. */
export const quickbooksOAuth: OAuthPolicy = {
  paths: {
    authorize: "/connect/oauth2",
    token: "/oauth2/v1/tokens/bearer",
    revoke: "/v2/oauth2/tokens/revoke",
    discovery: "/.well-known/openid_configuration",
  },
  codeSeconds: 600,
  accessSeconds: ACCESS_SECONDS,
  refresh: { unusedSeconds: REFRESH_SECONDS, graceSeconds: DAY, sameForSeconds: DAY },
  scopes: ["com.intuit.quickbooks.accounting", "com.intuit.quickbooks.payment", "openid", "profile", "email"],
  offlineScope: null,
  reaches: "one",
  choosesOne: () => true,
  callback: ({ tenantIds }) => ({ realmId: tenantIds[0] ?? "" }),
  invalidClientStatus: 401,
  answer: ({ accessToken, refreshToken }) => ({
    token_type: "bearer",
    access_token: accessToken,
    expires_in: ACCESS_SECONDS,
    refresh_token: refreshToken,
    x_refresh_token_expires_in: REFRESH_SECONDS,
  }),
};
