import { flushCompileCache } from "node:module";
import { xero } from "#lib/connectors/xero/index.ts";
import "#lib/jobs/worker.ts";

// Loads all that a worker loads, Xero's SDK too, so that workers which are killed soon after find it compiled.
await xero.send(
  { operation: "getOrganisations", method: "GET", path: "/api.xro/2.0/Organisation", query: {}, headers: {}, body: null },
  {
    connection: { id: "", tenantId: "", apiUrl: "http://127.0.0.1:9", baseCurrency: "GBP", options: {} },
    accessToken: "",
    idempotencyKey: null,
    timeoutMs: 2_000,
  },
);
flushCompileCache();
process.exit();
