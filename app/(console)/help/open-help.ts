import "server-only";
import { z } from "zod";
import { findIntegration } from "#db/queries/connections/integration.ts";
import { listClientNames } from "#db/queries/practice/clients.ts";
import { can } from "#lib/auth/permissions.ts";
import { type ClientRow, practiceScopeFor, scopeFor } from "#lib/auth/scope.ts";
import { requireStaff, type Staff } from "#lib/auth/staff.ts";
import type { Connector } from "#lib/connectors/types.ts";
import { NO_NAME } from "#lib/errors/named.ts";
import { connectorOf } from "#lib/help/contents.ts";
import { database } from "#lib/web.ts";

const search = z.object({ client: z.string().min(1).max(200).optional().catch(undefined) });

/** Whose help it is: links lead to the client that was open, and texts name its package. */
export interface OpenHelp {
  readonly client: ClientRow | null;
  /** Null where the client has no package, or no client is open. */
  readonly connector: Connector | null;
  readonly packageName: string;
  /** Staff: a client's own person is led to none of their pages. */
  readonly works: boolean;
}

/** Help is for everybody who is signed in. Whoever sees one client alone needs not say which. */
export async function openHelp(asked: Promise<Record<string, string | string[] | undefined>>): Promise<OpenHelp> {
  const staff = await requireStaff();
  const { client: named } = search.parse(await asked);
  const slug = named ?? (await onlyClient(staff));
  const access = slug === null ? null : await scopeFor(staff, slug, "view");
  const works = can(staff.role, "console");
  if (!access) return { client: null, connector: null, packageName: NO_NAME, works };
  const { scope, client } = access;
  const integration = await database().inScope(scope, (db) => findIntegration(db, scope));
  const connector = connectorOf(integration?.package ?? null);
  return { client, connector, packageName: connector?.name ?? NO_NAME, works };
}

async function onlyClient(staff: Staff): Promise<string | null> {
  const practice = await practiceScopeFor(staff, "view");
  if (!practice) return null;
  const [first, ...others] = await database().inScope(practice, (db) => listClientNames(db, practice, staff.userId, 2));
  return first && others.length === 0 ? first.slug : null;
}
