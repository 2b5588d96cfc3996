import type { RecordKind } from "#lib/common/records.ts";
import { tailOf } from "./address.ts";

const SCREENS: Partial<Record<RecordKind, string>> = {
  customer: "contacts",
  supplier: "contacts",
  "sales-invoice": "invoices",
  "sales-credit-note": "credit_notes",
  bill: "bills",
  "supplier-credit-note": "bills",
};

/** Where FreeAgent's screens are, when its API answers at `loginUrl`: each company's below a name of its own. */
export function freeagentWebUrl(loginUrl: string): string {
  const { hostname, origin, pathname } = new URL(loginUrl);
  if (!hostname.endsWith("freeagent.com")) return `${origin}${pathname.replace(/\/$/, "")}`;
  return `https://${hostname.replace(/^api\./, "")}`;
}

/** The address that opens a record in FreeAgent; null without the company's subdomain, and for what has no screen of its own. */
export function freeagentLink(webUrl: string, subdomain: string | null, kind: RecordKind, externalId: string): string | null {
  const screen = SCREENS[kind];
  if (screen === undefined || subdomain === null) return null;
  const at = `${screen}/${encodeURIComponent(tailOf(externalId))}`;
  const { protocol, host, hostname } = new URL(webUrl);
  if (hostname.endsWith("freeagent.com")) return `${protocol}//${encodeURIComponent(subdomain)}.${host}/${at}`;
  return `${webUrl}/${encodeURIComponent(subdomain)}/${at}`;
}
