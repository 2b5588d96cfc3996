import type { PackageEnvironment } from "../environment.ts";

/** Intuit's addresses; a sandbox company answers at an address of its own, which the variable for the API names. */
export const quickbooksEnvironment: PackageEnvironment = {
  packageId: "quickbooks-online",
  name: "QuickBooks Online",
  prefix: "QUICKBOOKS_ONLINE",
  addresses: {
    loginUrl: "https://appcenter.intuit.com",
    identityUrl: "https://oauth.platform.intuit.com",
    apiUrl: "https://quickbooks.api.intuit.com",
  },
  simulatedUnder: "/quickbooks-online",
  demo: {
    clientId: "GREENTICK0DEMO0QUICKBOOKS0000000",
    clientSecret: "greentick-demo-quickbooks-secret",
    webhookKey: "greentick-demo-quickbooks-webhooks",
  },
};
