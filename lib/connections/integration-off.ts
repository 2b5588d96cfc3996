import { Refusal } from "#lib/common/refusal.ts";

/** Whoever would call the package while the integration is switched off is told so. */
export const INTEGRATION_OFF =
  "Integration is off for this client: nothing is sent or read. An adviser can switch it on under Setup.";

/** @throws {Refusal} while the integration is off */
export function refuseWhenOff(connection: { readonly moduleOn: boolean }): void {
  if (!connection.moduleOn) throw new Refusal(INTEGRATION_OFF, { code: "integration-off" });
}
