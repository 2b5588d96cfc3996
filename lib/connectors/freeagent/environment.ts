import type { PackageEnvironment } from "../environment.ts";

/** FreeAgent's addresses: consent, tokens and API answer on one host. Its sandbox is another. @see https://dev.freeagent.com/docs/oauth */
export const freeagentEnvironment: PackageEnvironment = {
  packageId: "freeagent",
  name: "FreeAgent",
  prefix: "FREEAGENT",
  addresses: {
    loginUrl: "https://api.freeagent.com",
    identityUrl: "https://api.freeagent.com",
    apiUrl: "https://api.freeagent.com",
  },
  simulatedUnder: "/freeagent",
  demo: {
    clientId: "greentick-demo-freeagent",
    clientSecret: "greentick-demo-freeagent-secret",
    webhookKey: "greentick-demo-freeagent-unused",
  },
};
