import type { PackageEnvironment } from "../environment.ts";

/** Xero's addresses. @see https://developer.xero.com/documentation/guides/oauth2/auth-flow */
export const xeroEnvironment: PackageEnvironment = {
  packageId: "xero",
  name: "Xero",
  prefix: "XERO",
  addresses: {
    loginUrl: "https://login.xero.com",
    identityUrl: "https://identity.xero.com",
    apiUrl: "https://api.xero.com",
  },
  simulatedUnder: "",
  demo: {
    clientId: "GREENTICK0DEMO0CLIENT00000000000",
    clientSecret: "greentick-demo-client-secret",
    webhookKey: "greentick-demo-webhook-key",
  },
};
