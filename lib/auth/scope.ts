import "server-only";
import { findClientFor } from "#db/queries/people/people.ts";
import { audit } from "#lib/audit.ts";
import { type Actor, type ClientScope, issueClientScope, issuePracticeScope, type PracticeScope } from "#lib/common/scope.ts";
import { database } from "#lib/web.ts";
import { can, type Permission } from "./permissions.ts";
import type { Staff } from "./staff.ts";

/** A client as screens and use cases are given it. */
export interface ClientRow {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  /** BCP 47. */
  readonly locale: string;
  readonly timeZone: string;
  readonly baseCurrency: string;
}

export interface ClientAccess {
  readonly scope: ClientScope;
  readonly client: ClientRow;
}

export type AccessOutcome =
  | ({ readonly outcome: "granted" } & ClientAccess)
  /** No such client, or not one of theirs: the two must look alike from outside. */
  | { readonly outcome: "unknown" }
  /** Their client, but their role may not. */
  | { readonly outcome: "forbidden"; readonly client: ClientRow };

function actorOf(staff: Staff): Actor {
  return { userId: staff.userId, label: `${staff.name} <${staff.email}>` };
}

/** As {@link scopeFor}, telling "not yours" from "not allowed". Both refusals are audited. */
export async function accessTo(staff: Staff, clientSlugOrId: string, permission: Permission): Promise<AccessOutcome> {
  const actor = actorOf(staff);
  const practice = issuePracticeScope(actor);
  const found = await database().inScope(practice, (db) => findClientFor(db, practice, staff.userId, clientSlugOrId));
  if (!found?.sees) {
    await database().inScope(practice, (db) =>
      audit(db, practice, {
        action: "access.refused",
        subject: clientSlugOrId.slice(0, 200),
        detail: { permission, why: found ? "foreign" : "unknown" },
      }),
    );
    return { outcome: "unknown" };
  }
  const { sees: _, ...client } = found;
  const scope = issueClientScope(client.id, actor);
  if (!can(staff.role, permission)) {
    await database().inScope(scope, (db) =>
      audit(db, scope, { action: "access.refused", subject: client.slug, detail: { permission, why: "role", role: staff.role } }),
    );
    return { outcome: "forbidden", client };
  }
  return { outcome: "granted", scope, client };
}

/** The right to do one thing to one client, by slug or id; null when it is unknown, not theirs, or not permitted. */
export async function scopeFor(staff: Staff, clientSlugOrId: string, permission: Permission): Promise<ClientAccess | null> {
  const access = await accessTo(staff, clientSlugOrId, permission);
  return access.outcome === "granted" ? { scope: access.scope, client: access.client } : null;
}

/** The right to do one thing over the whole practice, for queries that limit themselves to the person; null when not permitted. */
export async function practiceScopeFor(staff: Staff, permission: Permission): Promise<PracticeScope | null> {
  const scope = issuePracticeScope(actorOf(staff));
  if (can(staff.role, permission)) return scope;
  await database().inScope(scope, (db) =>
    audit(db, scope, { action: "access.refused", detail: { permission, why: "role", role: staff.role } }),
  );
  return null;
}
