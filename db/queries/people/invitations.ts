import { and, eq, isNull, sql } from "drizzle-orm";
import type { ScopedDb } from "#db/client.ts";
import { invitations, users } from "#db/schema/people.ts";
import type { PracticeScope } from "#lib/common/scope.ts";

// As sessions, by real time: a demo clock that runs fast must not end a link.
const realNow = sql`clock_timestamp()`;
/** How long a link can be used. */
const INVITATION_DAYS = 7;

/** Takes back the open link of a user; false when there was none. */
export async function withdrawInvitation(db: ScopedDb, _scope: PracticeScope, userId: string): Promise<boolean> {
  const withdrawn = await db
    .update(invitations)
    .set({ withdrawnAt: realNow })
    .where(and(eq(invitations.userId, userId), isNull(invitations.usedAt), isNull(invitations.withdrawnAt)));
  return (withdrawn.rowCount ?? 0) > 0;
}

/** Writes a user's new link; the one before must have been withdrawn. Answers when it ends. */
export async function addInvitation(
  db: ScopedDb,
  _scope: PracticeScope,
  invitation: { userId: string; tokenSha: Buffer; madeBy: string },
): Promise<Date> {
  const [row] = await db
    .insert(invitations)
    .values({ ...invitation, expiresAt: sql`clock_timestamp() + make_interval(days => ${INVITATION_DAYS})` })
    .returning({ expiresAt: invitations.expiresAt });
  if (!row) throw new Error("The invitation was not written");
  return row.expiresAt;
}

/** The link of this token with its user, locked to the transaction's end so that it is used once; null when there is none. */
export async function lockInvitation(db: ScopedDb, _scope: PracticeScope, tokenSha: Buffer) {
  const [row] = await db
    .select({
      id: invitations.id,
      userId: users.id,
      email: users.email,
      name: users.name,
      disabledAt: users.disabledAt,
      usedAt: invitations.usedAt,
      withdrawnAt: invitations.withdrawnAt,
      expiresAt: invitations.expiresAt,
      isOver: sql<boolean>`${invitations.expiresAt} <= clock_timestamp()`,
    })
    .from(invitations)
    .innerJoin(users, eq(users.id, invitations.userId))
    .where(eq(invitations.tokenSha, tokenSha))
    .for("update");
  return row ?? null;
}

export async function spendInvitation(db: ScopedDb, _scope: PracticeScope, id: string): Promise<void> {
  await db.update(invitations).set({ usedAt: realNow }).where(eq(invitations.id, id));
}
