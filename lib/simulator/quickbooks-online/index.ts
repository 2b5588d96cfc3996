import { createHash, randomInt } from "node:crypto";
import type { LimitPolicy } from "#lib/simulator/core/limits.ts";
import { simulated } from "#lib/simulator/core/simulated.ts";
import type { SimulatedPackage, Surroundings } from "#lib/simulator/package.ts";
import { quickbooksWire } from "#lib/simulator/quickbooks-online/api.ts";
import { quickbooksOAuth } from "#lib/simulator/quickbooks-online/oauth.ts";
import { Tenant } from "#lib/simulator/quickbooks-online/tenant.ts";

const MOUNT = "/quickbooks-online";

/** Of each company: 500 calls a minute, ten a second, 40 batches a minute, ten at once. */
const limits: LimitPolicy = {
  concurrent: 10,
  windows: [
    { name: "second", of: "tenant", calls: 10, seconds: 1 },
    { name: "minute", of: "tenant", calls: 500, seconds: 60 },
    { name: "batches", of: "tenant", calls: 40, seconds: 60, kind: "batch" },
  ],
};

/** A company's number, the same for a name each time. */
const fixedNumber = (name: string): string =>
  `4620${(BigInt(`0x${createHash("sha1").update(name).digest("hex").slice(0, 12)}`) % 10n ** 12n).toString().padStart(12, "0")}`;

const RECORD = /^\/app\/(invoice|bill|creditmemo|vendorcredit)$/;

/** The simulated QuickBooks Online. */
export function createQuickbooksOnline(surroundings: Surroundings): SimulatedPackage {
  const { clock } = surroundings;
  return simulated<Tenant>(surroundings, {
    id: "quickbooks-online",
    name: "QuickBooks Online",
    mount: MOUNT,
    oauth: quickbooksOAuth,
    limits,
    wire: quickbooksWire,
    tenantId: (name) =>
      name === null ? `4620${String(randomInt(1, 281_474_976_710_655)).padStart(15, "0")}` : fixedNumber(name),
    make: (info, note) => new Tenant(info, clock, note),
    screen(url, tenants, organisation) {
      const id = RECORD.test(url.pathname) ? url.searchParams.get("txnId") : null;
      if (id === null) return null;
      for (const info of tenants) {
        const held = organisation(info.id)
          ?.ledger(false)
          .documents.some((one) => one.id === id);
        if (held) return `/simulator/quickbooks-online/${info.id}/document/${id}`;
      }
      return null;
    },
  });
}
