import type { TenantInfo } from "#lib/simulator/core/organisation.ts";
import { HttpRefusal } from "#lib/simulator/http.ts";
import { shortCodeOf } from "#lib/simulator/xero/settings.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";

const ORGANISATION = "/organisationlogin/default.aspx";

/**
 * Where one of Xero's own screen addresses leads among the simulator's pages; null for another path. Only the form with a short code
 * is known here: nobody is signed in to the simulator, so no organisation is the one opened last.
 * @throws {HttpRefusal} 404 for an organisation or record that is not there
 */
export function followDeepLink(url: URL, infos: Iterable<TenantInfo>, tenantOf: (id: string) => Tenant | null): string | null {
  if (url.pathname !== ORGANISATION) return null;
  const wanted = url.searchParams.get("shortcode") ?? "";
  const info = [...infos].find((one) => shortCodeOf(one) === wanted);
  const tenant = info && tenantOf(info.id);
  if (!tenant) throw new HttpRefusal(404, `There is no organisation ${wanted}`);
  const base = `/xero/${tenant.info.id}`;
  const screen = new URL(url.searchParams.get("redirecturl") ?? "/", "http://simulator.invalid");
  const id = (screen.searchParams.values().next().value ?? screen.pathname.split("/").at(-1) ?? "").toLowerCase();
  const missing = (): never => {
    throw new HttpRefusal(404, `${tenant.info.name} holds nothing under ${id}`);
  };
  const [, section] = screen.pathname.split("/");
  switch (section) {
    case "AccountsReceivable":
    case "AccountsPayable":
      return (tenant.invoices.get(id) ?? tenant.creditNotes.get(id)) ? `${base}/document/${id}` : missing();
    case "Contacts":
      return `${base}/contacts?q=${encodeURIComponent((tenant.contacts.get(id) ?? missing()).name)}`;
    case "Accounts":
      return `${base}/items?q=${encodeURIComponent((tenant.items.get(id) ?? missing()).code)}`;
    case "Bank":
      return `${base}/payments?q=${encodeURIComponent((tenant.payments.get(id) ?? missing()).reference ?? "")}`;
    default:
      return base;
  }
}
