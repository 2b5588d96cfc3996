import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { clientSections, footLink, practiceSections } from "#components/shell/nav.ts";
import { isOwnScreen, screenAt } from "#lib/help/routes.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { can, listPermission, PERMISSIONS, type Permission } from "./permissions.ts";

const PAGES = readdirSync(join(ROOT, "app/(console)"), { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => file.endsWith("page.tsx") && /(^|\/)page\.tsx$/.test(file));

/** What a page's source asks for before it draws anything; several where it opens in more than one way. */
function asks(file: string): readonly Permission[] {
  const path = join(ROOT, "app/(console)", file);
  const own = readFileSync(path, "utf8");
  const shared = [...own.matchAll(/from "(\.[^"]*(?:-page\.tsx))"/g)].map(([, from = ""]) =>
    readFileSync(join(dirname(path), from), "utf8"),
  );
  const text = [own, ...shared].join("\n");
  const scopes = [...text.matchAll(/\b(?:scopeFor|practiceScopeFor)\([^"]*"([\w-]+)"\)/g)].map(([, one]) => one);
  const lists = [...text.matchAll(/\bopenList\("(\w+)"/g)].map(([, list]) => listPermission(list));
  // Customers and suppliers share a page, which says which of the two it is.
  const either = /\bopenList\(list,/.test(text) ? [listPermission("customers"), listPermission("suppliers")] : [];
  return PERMISSIONS.filter((one) => [...scopes, ...lists, ...either].includes(one));
}

const address = (file: string) => `/${file.replace(/\/?page\.tsx$/, "")}`;
const opens = (role: string) =>
  PAGES.filter((file) => file.includes("[client]") && !file.startsWith("print/"))
    .filter((file) => asks(file).every((permission) => can(role, permission)))
    .map(address)
    .sort();

describe("the client's own few pages", () => {
  it("FD11 N36 are these, and no other page of a client opens to them", () => {
    expect(opens("client")).toEqual([
      "/clients/[client]",
      "/clients/[client]/customers",
      "/clients/[client]/customers/[contact]",
      "/clients/[client]/documents",
      "/clients/[client]/documents/[document]",
      "/clients/[client]/payments",
      "/clients/[client]/payments/[payment]",
      "/clients/[client]/suppliers",
      "/clients/[client]/suppliers/[contact]",
    ]);
  });

  it("FD11 every page of a client says what it asks, and staff open all but the administrator's", () => {
    for (const file of PAGES.filter((one) => one.includes("[client]") && !one.startsWith("print/")))
      expect(asks(file), file).not.toEqual([]);
    expect(opens("staff").length).toBeGreaterThan(opens("client").length + 15);
  });

  it("FD11 the menu of a client's own person holds their pages and help alone; each has its help", () => {
    const counts = { pending: 3, incoming: 2, unmapped: 1, unconnected: 0 };
    const own = { mayConsole: false };
    const hrefs = [...clientSections("acme", counts, own).flatMap(({ links }) => links), footLink("acme", own)].map(
      ({ href }) => href.split("?")[0] ?? "",
    );
    expect(hrefs).toEqual([
      "/clients/acme",
      "/clients/acme/documents",
      "/clients/acme/payments",
      "/clients/acme/customers",
      "/clients/acme/suppliers",
      "/help",
    ]);
    for (const href of hrefs.filter((one) => one !== "/help")) expect(isOwnScreen(screenAt(href) ?? ""), href).toBe(true);
  });

  it("FD11 the practice's menu of a client's own person holds nothing of the practice", () => {
    const none = { mayUsers: false, mayAudit: false, mayNights: false, mayUsage: false, mayConsole: false };
    const hrefs = practiceSections(none).flatMap(({ links }) => links.map(({ href }) => href.split("?")[0]));
    expect(hrefs).toEqual(["/clients", "/help", "/settings/profile", "/settings/sessions"]);
  });

  it("FD11 the lists of records that they may read are those of their pages; a list that nobody knows is none", () => {
    const lists = ["documents", "payments", "customers", "suppliers", "products", "journals", "runs", "corrections"];
    const files = ["pending", "exported", "errors", "import", undefined, "constructor"];
    const read = [...lists, ...files].filter((list) => can("client", listPermission(list)));
    expect(read).toEqual(["documents", "payments", "customers", "suppliers"]);
  });
});
