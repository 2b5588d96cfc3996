import { and, asc, eq, ilike, inArray, isNull, or, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { clients } from "#db/schema/clients.ts";
import { invitations, type Role, sessions, userClients, users } from "#db/schema/people.ts";
import { practice } from "#db/schema/work.ts";
import type { PracticeScope } from "#lib/common/scope.ts";

// A session is about a person at a keyboard, so it lives by real time: a demo clock that runs sixtyfold must not sign anyone out.
const realNow = sql`clock_timestamp()`;
/** How long a session lives without a request, and at all. */
export const SESSION_IDLE_MINUTES = 30;
export const SESSION_HOURS = 12;

const live = sql`${sessions.endedAt} is null and ${sessions.expiresAt} > clock_timestamp()
  and ${sessions.lastSeenAt} > clock_timestamp() - make_interval(mins => ${SESSION_IDLE_MINUTES}) and ${users.disabledAt} is null`;

/** The person behind a session token, or null when the session was ended, ran out, or its user is disabled. */
export async function findLiveSession(db: ScopedDb, _scope: PracticeScope, tokenSha: Buffer) {
  const [row] = await db
    .select({
      sessionId: sessions.id,
      userId: users.id,
      name: users.name,
      email: users.email,
      role: users.role,
      stale: sql<boolean>`${sessions.lastSeenAt} < clock_timestamp() - interval '1 minute'`,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.tokenSha, tokenSha), live));
  return row ?? null;
}

export async function touchSession(db: ScopedDb, _scope: PracticeScope, sessionId: string): Promise<void> {
  await db.update(sessions).set({ lastSeenAt: realNow }).where(eq(sessions.id, sessionId));
}

export async function addSession(
  db: ScopedDb,
  _scope: PracticeScope,
  session: { userId: string; tokenSha: Buffer; address: string | null; userAgent: string | null },
): Promise<string> {
  const [row] = await db
    .insert(sessions)
    .values({
      ...session,
      createdAt: realNow,
      lastSeenAt: realNow,
      expiresAt: sql`clock_timestamp() + make_interval(hours => ${SESSION_HOURS})`,
    })
    .returning({ id: sessions.id });
  if (!row) throw new Error("The session was not written");
  return row.id;
}

/** Ends the session that the token belongs to; answers whose it was, or null when it was over already. */
export async function endSessionByToken(db: ScopedDb, _scope: PracticeScope, tokenSha: Buffer) {
  const [row] = await db
    .update(sessions)
    .set({ endedAt: realNow })
    .where(and(eq(sessions.tokenSha, tokenSha), isNull(sessions.endedAt)))
    .returning({ sessionId: sessions.id, userId: sessions.userId });
  return row ?? null;
}

/** Ends one session of a user; false when it is not theirs or over already. */
export async function endSession(db: ScopedDb, _scope: PracticeScope, userId: string, sessionId: string): Promise<boolean> {
  const ended = await db
    .update(sessions)
    .set({ endedAt: realNow })
    .where(and(eq(sessions.id, sessionId), eq(sessions.userId, userId), isNull(sessions.endedAt)));
  return (ended.rowCount ?? 0) > 0;
}

/** Ends all sessions of a user, or all but one; answers how many. */
export async function endSessionsOf(
  db: ScopedDb,
  _scope: PracticeScope,
  userId: string,
  exceptSessionId?: string,
): Promise<number> {
  const ended = await db
    .update(sessions)
    .set({ endedAt: realNow })
    .where(
      and(
        eq(sessions.userId, userId),
        isNull(sessions.endedAt),
        exceptSessionId === undefined ? undefined : sql`${sessions.id} <> ${exceptSessionId}`,
      ),
    );
  return ended.rowCount ?? 0;
}

export async function listLiveSessions(db: ScopedDb, _scope: PracticeScope, userId: string) {
  return db
    .select({
      id: sessions.id,
      createdAt: sessions.createdAt,
      lastSeenAt: sessions.lastSeenAt,
      address: sessions.address,
      userAgent: sessions.userAgent,
    })
    .from(sessions)
    .innerJoin(users, eq(users.id, sessions.userId))
    .where(and(eq(sessions.userId, userId), live))
    .orderBy(asc(sessions.createdAt));
}

/** For sign-in: whoever has the address, disabled or not. */
export async function findUserByEmail(db: ScopedDb, _scope: PracticeScope, email: string) {
  const [row] = await db
    .select({
      id: users.id,
      name: users.name,
      email: users.email,
      role: users.role,
      passwordHash: users.passwordHash,
      disabledAt: users.disabledAt,
    })
    .from(users)
    .where(eq(users.email, email.trim().toLowerCase()));
  return row ?? null;
}

export async function findUser(db: ScopedDb, _scope: PracticeScope, userId: string) {
  const [row] = await db
    .select({
      id: users.id,
      name: users.name,
      email: users.email,
      role: users.role,
      disabledAt: users.disabledAt,
      ...entry,
    })
    .from(users)
    .where(eq(users.id, userId));
  return row ?? null;
}

export async function hasUsers(db: ScopedDb, _scope: PracticeScope): Promise<boolean> {
  const [row] = await db.select({ id: users.id }).from(users).limit(1);
  return row !== undefined;
}

/** Held to the end of the transaction: two first-run pages cannot both make the first administrator. */
export async function lockFirstRun(db: ScopedDb, _scope: PracticeScope): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(7262, 1)`);
}

export async function addUser(
  db: ScopedDb,
  _scope: PracticeScope,
  user: { email: string; name: string; role: Role; passwordHash: string | null },
): Promise<string> {
  const [row] = await db
    .insert(users)
    .values({ ...user, email: user.email.trim().toLowerCase() })
    .returning({ id: users.id });
  if (!row) throw new Error("The user was not written");
  return row.id;
}

export async function setPractice(db: ScopedDb, _scope: PracticeScope, name: string): Promise<void> {
  await db.insert(practice).values({ id: 1, name }).onConflictDoNothing();
}

export async function findPractice(db: ScopedDb, _scope: PracticeScope) {
  const [row] = await db.select({ name: practice.name }).from(practice);
  return row ?? null;
}

const openInvitation = sql`select i.expires_at from ${invitations} i
  where i.user_id = ${users.id} and i.used_at is null and i.withdrawn_at is null`;

/** How a user gets in, besides single sign-on: whether there is a password, and when the open link that sets one ends or ended. */
const entry = {
  hasPassword: sql<boolean>`${users.passwordHash} is not null`,
  linkEndsAt: sql<Date | null>`(${openInvitation})`.mapWith(invitations.expiresAt),
  linkIsOver: sql<boolean>`coalesce((${openInvitation}) <= clock_timestamp(), false)`,
};

// Held apart from the select that they stand in: drizzle takes the tables' names off columns that stand in it directly.
const givenCount = sql`select count(*)::int from ${userClients} where ${userClients.userId} = ${users.id}`;
const liveCount = sql`select count(*)::int from ${sessions} where ${sessions.userId} = ${users.id} and ${live}`;

/** Every user with how many clients they see and how many sessions are open. */
export async function listUsers(db: ScopedDb, _scope: PracticeScope) {
  return db
    .select({
      id: users.id,
      email: users.email,
      name: users.name,
      role: users.role,
      disabledAt: users.disabledAt,
      ...entry,
      clients: sql<number>`(${givenCount})`,
      sessions: sql<number>`(${liveCount})`,
    })
    .from(users)
    .orderBy(asc(users.email));
}

export async function changeUser(
  db: ScopedDb,
  _scope: PracticeScope,
  userId: string,
  change: { name?: string; role?: Role; passwordHash?: string },
): Promise<void> {
  await db.update(users).set(change).where(eq(users.id, userId));
}

/** The argon2id hash of a user's password; null without one, and for single sign-on alone. */
export async function findPasswordHash(db: ScopedDb, _scope: PracticeScope, userId: string): Promise<string | null> {
  const [row] = await db.select({ passwordHash: users.passwordHash }).from(users).where(eq(users.id, userId));
  return row?.passwordHash ?? null;
}

/** Disables or enables a user; false when there is no such user or nothing changed. */
export async function setDisabled(db: ScopedDb, _scope: PracticeScope, userId: string, disabled: boolean): Promise<boolean> {
  const changed = await db
    .update(users)
    .set({ disabledAt: disabled ? realNow : null })
    .where(and(eq(users.id, userId), disabled ? isNull(users.disabledAt) : sql`${users.disabledAt} is not null`));
  return (changed.rowCount ?? 0) > 0;
}

/** Administrators who can still sign in, locked, so that the last one cannot be disabled by two at once. */
export async function lockEnabledAdministrators(db: ScopedDb, _scope: PracticeScope): Promise<readonly string[]> {
  const rows = await db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.role, "administrator"), isNull(users.disabledAt)))
    .for("update");
  return rows.map((row) => row.id);
}

/** Whether the user sees the client: administrators see all, others those in `user_clients`. */
const sees = (userId: string) =>
  sql`(exists (select from ${users} u where u.id = ${userId} and u.role = 'administrator')
    or exists (select from ${userClients} uc where uc.user_id = ${userId} and uc.client_id = ${clients.id}))`;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A client by slug or id, and whether this user sees it: administrators see all, others those in `user_clients`. */
export async function findClientFor(db: ScopedDb, _scope: PracticeScope, userId: string, slugOrId: string) {
  const [row] = await db
    .select({
      id: clients.id,
      slug: clients.slug,
      name: clients.name,
      locale: clients.locale,
      timeZone: clients.timeZone,
      baseCurrency: clients.baseCurrency,
      sees: sql<boolean>`${sees(userId)}`,
    })
    .from(clients)
    .where(UUID.test(slugOrId) ? eq(clients.id, slugOrId) : eq(clients.slug, slugOrId));
  return row ?? null;
}

/** The first clients that a user sees, by name. */
export async function listClientSlugsFor(
  db: ScopedDb,
  _scope: PracticeScope,
  userId: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await db
    .select({ slug: clients.slug })
    .from(clients)
    .where(sees(userId))
    .orderBy(asc(clients.name), asc(clients.id))
    .limit(limit);
  return rows.map((row) => row.slug);
}

export interface ClientSearch {
  /** Part of a name, or a whole address. */
  readonly search: string;
  /** The last row of the page before, in the order of the list. */
  readonly after: { readonly name: string; readonly id: string } | null;
  readonly limit: number;
}

function matches({ search, after }: ClientSearch) {
  const text = search.trim();
  return and(
    text === ""
      ? undefined
      : or(ilike(clients.name, `%${text.replaceAll(/[\\%_]/g, (mark) => `\\${mark}`)}%`), eq(clients.slug, text.toLowerCase())),
    after === null ? undefined : sql`(${clients.name}, ${clients.id}) > (${after.name}, ${after.id}::uuid)`,
  );
}

/** A page of all the practice's clients by (name, id), for giving them to somebody. */
export async function searchClients(db: ScopedDb, _scope: PracticeScope, page: ClientSearch) {
  return db
    .select({ id: clients.id, slug: clients.slug, name: clients.name })
    .from(clients)
    .where(matches(page))
    .orderBy(asc(clients.name), asc(clients.id))
    .limit(page.limit);
}

/** A page of the clients given to a user, by (name, id); one row more than asked says that there is more. */
export async function listGivenClients(db: ScopedDb, _scope: PracticeScope, userId: string, page: ClientSearch) {
  return db
    .select({ id: clients.id, slug: clients.slug, name: clients.name })
    .from(userClients)
    .innerJoin(clients, eq(clients.id, userClients.clientId))
    .where(and(eq(userClients.userId, userId), matches(page)))
    .orderBy(asc(clients.name), asc(clients.id))
    .limit(page.limit + 1);
}

export async function countGivenClients(db: ScopedDb, _scope: PracticeScope, userId: string): Promise<number> {
  return db.$count(userClients, eq(userClients.userId, userId));
}

/** Lets a user see these clients; answers the addresses of those that exist, had before or not. */
export async function giveClients(
  db: ScopedDb,
  _scope: PracticeScope,
  userId: string,
  clientIds: readonly string[],
): Promise<readonly string[]> {
  if (clientIds.length === 0) return [];
  const found = await db
    .select({ id: clients.id, slug: clients.slug })
    .from(clients)
    .where(inArray(clients.id, [...clientIds]))
    .orderBy(asc(clients.slug));
  if (found.length > 0) {
    await db
      .insert(userClients)
      .values(found.map(({ id }) => ({ userId, clientId: id })))
      .onConflictDoNothing();
  }
  return found.map(({ slug }) => slug);
}

/** Takes a client from a user's list; answers its address, or null when it was not on it. */
export async function takeClient(db: ScopedDb, _scope: PracticeScope, userId: string, clientId: string): Promise<string | null> {
  const taken = await db.delete(userClients).where(and(eq(userClients.userId, userId), eq(userClients.clientId, clientId)));
  if ((taken.rowCount ?? 0) === 0) return null;
  const [row] = await db.select({ slug: clients.slug }).from(clients).where(eq(clients.id, clientId));
  return row?.slug ?? null;
}
