import type { Role } from "#db/schema/people.ts";

/**
 * What a person may do to a client (or, for the last six, to the practice).
 *
 * - `view`: read a client's documents, payments, customers and suppliers and how they stand, and change one's own settings
 * - `console`: read everything else of a client: the staff's pages
 * - `export`: upload files, run pre-check, upload data, mark, exclude, create & allocate, map this client, look now, retry
 * - `setup`, `synchronise`, `lock-policy`, `practice-mapping`: the adviser's
 * - `connect`, `clients` (make one), `users`, `keys`, `master-mapping`, `audit`: the administrator's alone
 */
export const PERMISSIONS = [
  "view",
  "console",
  "export",
  "setup",
  "synchronise",
  "lock-policy",
  "practice-mapping",
  "connect",
  "clients",
  "users",
  "keys",
  "master-mapping",
  "audit",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const CLIENT = ["view"] as const satisfies readonly Permission[];
const STAFF = [...CLIENT, "console", "export"] as const satisfies readonly Permission[];
const ADVISER = [...STAFF, "setup", "synchronise", "lock-policy", "practice-mapping"] as const satisfies readonly Permission[];

const ALLOWED: ReadonlyMap<string, ReadonlySet<Permission>> = new Map<Role, ReadonlySet<Permission>>([
  ["client", new Set<Permission>(CLIENT)],
  ["staff", new Set<Permission>(STAFF)],
  ["adviser", new Set<Permission>(ADVISER)],
  ["administrator", new Set<Permission>(PERMISSIONS)],
]);

/** Whether a role may. A role that we don't know may nothing. */
export function can(role: string, permission: Permission): boolean {
  return ALLOWED.get(role)?.has(permission) ?? false;
}

/** Lists of records that a client's own person sees; the others are of the staff's console. */
const OWN_LISTS: ReadonlySet<string> = new Set(["documents", "payments", "customers", "suppliers"]);

/** What a list asks for, as a page, a file, a print or over HTTP. An unknown one asks as the staff's do. */
export const listPermission = (list: string | undefined): Permission => (OWN_LISTS.has(list ?? "") ? "view" : "console");

/** The staff's words for a role. */
export const ROLE_LABELS: Readonly<Record<Role, string>> = {
  client: "Client",
  staff: "Staff",
  adviser: "Adviser",
  administrator: "Administrator",
};

/** Who must be asked, for sentences such as "Ask an administrator to reconnect". */
export function whoMay(permission: Permission): "a member of staff" | "an adviser" | "an administrator" {
  if (can("staff", permission)) return "a member of staff";
  return can("adviser", permission) ? "an adviser" : "an administrator";
}
