import { parseMinor } from "#lib/common/money.ts";
import { connectorFor } from "#lib/connectors/registry.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { connectSimulated } from "#lib/demo/connect.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";
import { mapByKind } from "./map-codes.ts";
import { type PlayedPackage, repeatsOf } from "./played.ts";
import type { ScratchProduct } from "./product.ts";

/** A quarter of the calls, by name of the protocol's list; times are of the simulator's clock. */
function quarterFaulted(scale: number): FaultOrder[] {
  // What comes after we gave up must come after the least real time that a call is given, however fast the clock runs.
  const afterDeadlineMs = Math.max(45_000, 5_000 * scale);
  return [
    { name: "N05", rate: 0.05 },
    { name: "P05", rate: 0.03 },
    { name: "P06", rate: 0.03 },
    { name: "P07", rate: 0.02 },
    { name: "P14", rate: 0.04, method: "GET" },
    { name: "N06", rate: 0.02 },
    { name: "N07", rate: 0.003 },
    { name: "N09", rate: 0.005, delayMs: afterDeadlineMs },
    { name: "N10", rate: 0.02, method: "PUT", delayMs: Math.max(150_000, afterDeadlineMs) },
    { name: "N13", rate: 0.02 },
    { name: "N14", rate: 0.02 },
    { name: "P01", rate: 0.02, retryAfter: 20 },
    { name: "P03", rate: 0.01 },
    { name: "P12", rate: 0.02, method: "PUT" },
    { name: "P13", rate: 0.02, method: "PUT" },
    { name: "P20", rate: 0.005 },
  ];
}

/** A finished package, played by its simulator and connected through its own consent. */
export function simulatedPackage(packageId: PackageId, { simulatorUrl }: ScratchProduct): PlayedPackage {
  const control = simulatorControl(simulatorUrl, packageId);
  return {
    connector: connectorFor(packageId),
    isMeddledWith: false,
    async connect(product, scope, name) {
      const tenant = await control.addTenant(name, ["GBP"]);
      const connectionId = await connectSimulated(product, scope, tenant.id, undefined, packageId);
      await product.database.inScope(scope, (db) => mapByKind(db, scope, connectionId));
      return tenant.id;
    },
    async spoil(tenantId, { seed, scale, calm }) {
      const known = await control.settings(tenantId);
      // The hardest for us: nothing there keeps a credit note's number from standing twice.
      const hardest = "creditNoteNumbersUnique" in known ? { creditNoteNumbersUnique: false } : {};
      await control.patchSettings(tenantId, { limits: true, ...hardest });
      if (!calm) await control.faults(tenantId, quarterFaulted(scale), seed);
    },
    async held(tenantId) {
      const ledger = await control.ledger(tenantId);
      const log = await control.calls(tenantId);
      const parties = ledger.contacts.filter((contact) => contact.status === "ACTIVE").map((contact) => contact.key);
      return {
        documents: ledger.documents
          .filter((document) => document.status !== "VOIDED" && document.status !== "DELETED")
          .map(({ id, type, number, currency, gross }) => ({
            id,
            kind: type,
            number,
            currency,
            grossMinor: parseMinor(gross, currency),
          })),
        totals: ledger.totals,
        repeats: repeatsOf(parties) + repeatsOf(ledger.items.map((item) => item.code)),
        calls: log.map(({ at, status }) => ({ at, status })),
        faults: log.filter((call) => call.fault !== null).length,
      };
    },
    close: async () => {},
  };
}
