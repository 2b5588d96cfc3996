import { randomUUID } from "node:crypto";
import { fixedId } from "#lib/simulator/core/ids.ts";
import { simulated } from "#lib/simulator/core/simulated.ts";
import type { SimulatedPackage, Surroundings } from "#lib/simulator/package.ts";
import { xeroWire } from "#lib/simulator/xero/api.ts";
import { followDeepLink } from "#lib/simulator/xero/deep-links.ts";
import { xeroLimits } from "#lib/simulator/xero/limits.ts";
import { serveConnections, xeroOAuth } from "#lib/simulator/xero/oauth.ts";
import { Tenant } from "#lib/simulator/xero/tenant.ts";

/** The simulated Xero, at the root of the port: other programs rely on its addresses there. */
export function createXero(surroundings: Surroundings): SimulatedPackage {
  const { clock } = surroundings;
  return simulated<Tenant>(surroundings, {
    id: "xero",
    name: "Xero",
    mount: "",
    oauth: xeroOAuth,
    limits: xeroLimits,
    wire: xeroWire,
    tenantId: (name) => (name === null ? randomUUID() : fixedId(`tenant:${name}`)),
    make: (info, note) => new Tenant(info, clock, note),
    besides: (request, response, url, identity, tenants) =>
      serveConnections(request, response, url, identity, tenants, clock.now()),
    screen: followDeepLink,
  });
}
