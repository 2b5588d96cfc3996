import type { PackageModule } from "#lib/connectors/registry.ts";
import { sendByHttp } from "#lib/connectors/shared/http.ts";
import { twoStep } from "#lib/connectors/testing/two-step.ts";

/** By which the books learn what a call is about: what befalls it depends on that. */
export const OPERATION = "x-operation";

/** The throwaway of two steps as a process knows it whose books are another's: over http, where its connection says. */
export const twoStepModule: PackageModule = {
  connector: twoStep({
    send: (message, { connection, timeoutMs, signal }) =>
      sendByHttp(message, {
        apiUrl: connection.apiUrl,
        headers: { [OPERATION]: message.operation },
        timeoutMs,
        ...(signal ? { signal } : {}),
      }),
  }),
  // Nobody consents: its one token is put there, and lives longer than any campaign.
  consent: {
    packageId: "toy-two-step",
    name: "A throwaway of two steps",
    scope: "",
    refreshWhenLeftMs: 0,
    accessLifeSeconds: 3_600,
    clientAuth: "body",
    extraParams: {},
    revocation: "form",
    endpoints: ({ identityUrl: at }) => ({ issuer: at, authorise: at, token: at, revoke: at }),
    holderOf: async () => null,
    listTenants: async () => [],
    removeTenant: null,
  },
  webhooks: null,
};
