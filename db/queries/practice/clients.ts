import { and, asc, eq, ilike, inArray, ne, or, type SQLWrapper, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { containing } from "#db/queries/common/text.ts";
import { readAsOfSql } from "#db/queries/connections/list-reads.ts";
import { clients, connections, pullCursors } from "#db/schema/clients.ts";
import { clientFigures, figureMarks } from "#db/schema/nights.ts";
import { userClients, users } from "#db/schema/people.ts";
import type { ClientScope, PracticeScope } from "#lib/common/scope.ts";

/** The client's connection as every page's top shows it; null when there is none. */
export async function findStanding(db: ScopedDb, scope: ClientScope) {
  const [row] = await db
    .select({
      id: connections.id,
      package: connections.package,
      state: connections.state,
      tenantName: connections.tenantName,
      lastSyncAt: connections.lastSyncAt,
      lostAt: connections.lostAt,
      lostReason: connections.lostReason,
      moduleOn: connections.moduleOn,
      stoppedAt: connections.stoppedAt,
      stoppedReason: connections.stoppedReason,
      blockedUntil: sql<string | null>`case when ${connections.blockedUntil} > app.now() then ${connections.blockedUntil} end`,
      blockedReason: connections.blockedReason,
      appBlockedUntil: sql<
        string | null
      >`(select b.blocked_until from rate_buckets b where b.scope = ${connections.package} || ':app' and b.blocked_until > app.now())`,
      appBlockedReason: sql<
        string | null
      >`(select b.blocked_reason from rate_buckets b where b.scope = ${connections.package} || ':app')`,
    })
    .from(connections)
    .where(and(eq(connections.clientId, scope.clientId), ne(connections.state, "disconnected")));
  return row ?? null;
}

/** Whether a user sees the client of this id: administrators all, others those in `user_clients`. */
export const seesClient = (userId: string, clientId: SQLWrapper) =>
  sql`(exists (select from ${users} u where u.id = ${userId} and u.role = 'administrator')
    or exists (select from ${userClients} uc where uc.user_id = ${userId} and uc.client_id = ${clientId}))`;

const seenBy = (userId: string) => seesClient(userId, clients.id);

export interface PortfolioPage {
  readonly search: string;
  /** The last row of the page before, in the order of the list. */
  readonly after: { readonly name: string; readonly id: string } | null;
  readonly limit: number;
  /** Only clients with something of it. */
  readonly only?: PortfolioOnly;
}

export const PORTFOLIO_ONLY = [
  "all",
  "pending",
  "errors",
  "checking",
  "unmapped",
  "incoming",
  "drafts",
  "drifted",
  "unconnected",
  "lost",
] as const;
type PortfolioOnly = (typeof PORTFOLIO_ONLY)[number];

/** The portfolio: a page of the clients that a user sees, by (name, id), with what needs somebody. One row more than asked says that there is more. */
export async function listPortfolio(db: ScopedDb, _scope: PracticeScope, userId: string, page: PortfolioPage) {
  const only = page.only ?? "all";
  const figure = (column: SQLWrapper) => sql<number>`coalesce(${column}, 0)`;
  const search = page.search.trim().replaceAll(/[\\%_]/g, (mark) => `\\${mark}`);
  return db
    .select({
      id: clients.id,
      slug: clients.slug,
      name: clients.name,
      locale: clients.locale,
      timeZone: clients.timeZone,
      package: connections.package,
      tenantName: connections.tenantName,
      state: connections.state,
      lastSyncAt: connections.lastSyncAt,
      asOf: sql<Date | null>`${readAsOfSql(sql`${connections.id}`, "payments")}`.mapWith(pullCursors.asOf),
      pending: figure(clientFigures.pending),
      errors: figure(clientFigures.errors),
      checking: figure(clientFigures.checking),
      unmapped: figure(clientFigures.unmapped),
      incoming: figure(clientFigures.incoming),
      drifted: figure(clientFigures.drifted),
      unconnected: figure(clientFigures.unconnected),
      /** Since when the figures are as they are shown, where something has happened since; null for figures of now. */
      countedAt: sql<Date | null>`case when exists (select from ${figureMarks} m where m.client_id = ${clients.id})
        then ${clientFigures.refreshedAt} end`.mapWith(clientFigures.refreshedAt),
    })
    .from(clients)
    .leftJoin(connections, and(eq(connections.clientId, clients.id), ne(connections.state, "disconnected")))
    .leftJoin(clientFigures, eq(clientFigures.clientId, clients.id))
    .where(
      and(
        seenBy(userId),
        only === "all" ? undefined : only === "lost" ? eq(connections.state, "lost") : sql`${clientFigures[only]} > 0`,
        search === "" ? undefined : or(ilike(clients.name, `%${search}%`), ilike(connections.tenantName, `%${search}%`)),
        page.after === null ? undefined : sql`(${clients.name}, ${clients.id}) > (${page.after.name}, ${page.after.id}::uuid)`,
      ),
    )
    .orderBy(asc(clients.name), asc(clients.id))
    .limit(page.limit + 1);
}

/** Names and addresses of the first clients that a user sees, for the switcher; of those whose names hold the words, for the search. */
export async function listClientNames(db: ScopedDb, _scope: PracticeScope, userId: string, limit: number, words = "") {
  return db
    .select({ id: clients.id, slug: clients.slug, name: clients.name })
    .from(clients)
    .where(and(seenBy(userId), words === "" ? undefined : ilike(clients.name, containing(words))))
    .orderBy(asc(clients.name), asc(clients.id))
    .limit(limit);
}

/** Names and addresses of these clients, by name. */
export async function findClientNames(db: ScopedDb, _scope: PracticeScope, ids: readonly string[]) {
  if (ids.length === 0) return [];
  return db
    .select({ id: clients.id, slug: clients.slug, name: clients.name })
    .from(clients)
    .where(inArray(clients.id, [...ids]))
    .orderBy(asc(clients.name), asc(clients.id));
}

export interface NewClient {
  readonly slug: string;
  readonly name: string;
  readonly locale: string;
  readonly timeZone: string;
  readonly baseCurrency: string;
}

/** Makes a client; null when its address is taken. */
export async function addClient(db: ScopedDb, _scope: PracticeScope, client: NewClient): Promise<string | null> {
  const [row] = await db
    .insert(clients)
    .values(client)
    .onConflictDoNothing({ target: clients.slug })
    .returning({ id: clients.id });
  return row?.id ?? null;
}
