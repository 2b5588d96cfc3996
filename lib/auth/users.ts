import type { ScopedDb } from "#db/client.ts";
import {
  addUser,
  endSession,
  endSessionsOf,
  findUser,
  findUserByEmail,
  lockEnabledAdministrators,
  setDisabled,
} from "#db/queries/people.ts";
import type { Role } from "#db/schema/people.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { PracticeScope } from "#lib/common/scope.ts";
import { hashPassword, passwordFault } from "./password.ts";

async function mustFind(db: ScopedDb, scope: PracticeScope, userId: string) {
  const user = await findUser(db, scope, userId);
  if (!user) throw new Refusal("There is no such user.");
  return user;
}

/**
 * Disables a user, whose sessions end with it, or enables one again.
 * @throws {Refusal} for oneself, and for the last administrator who can sign in
 */
export async function switchUser(
  db: ScopedDb,
  scope: PracticeScope,
  { userId, disabled, by }: { userId: string; disabled: boolean; by: string },
): Promise<{ email: string; endedSessions: number }> {
  const user = await mustFind(db, scope, userId);
  if (disabled) {
    if (userId === by) throw new Refusal("You cannot disable yourself. Ask another administrator.");
    const administrators = await lockEnabledAdministrators(db, scope);
    if (administrators.length === 1 && administrators[0] === userId) throw new Refusal("This is the last administrator.");
  }
  await setDisabled(db, scope, userId, disabled);
  return { email: user.email, endedSessions: disabled ? await endSessionsOf(db, scope, userId) : 0 };
}

/** Ends every session of a user, but for the one named. */
export async function endAllSessions(
  db: ScopedDb,
  scope: PracticeScope,
  { userId, except }: { userId: string; except?: string },
): Promise<{ email: string; endedSessions: number }> {
  const user = await mustFind(db, scope, userId);
  return { email: user.email, endedSessions: await endSessionsOf(db, scope, userId, except) };
}

/** Ends one of a person's own sessions. @throws {Refusal} when it is not theirs or over already */
export async function endOwnSession(db: ScopedDb, scope: PracticeScope, userId: string, sessionId: string): Promise<void> {
  if (!(await endSession(db, scope, userId, sessionId))) throw new Refusal("That session is over already.");
}

/** Adds a user with a first password that the administrator hands over. @throws {Refusal} for an address that is taken, or a weak password */
export async function makeUser(
  db: ScopedDb,
  scope: PracticeScope,
  { email, name, role, password }: { email: string; name: string; role: Role; password: string },
): Promise<{ email: string }> {
  const fault = passwordFault(password, email);
  if (fault) throw new Refusal(fault, { field: "password" });
  if (await findUserByEmail(db, scope, email))
    throw new Refusal("Somebody signs in with this address already.", { field: "email" });
  await addUser(db, scope, { email, name, role, passwordHash: await hashPassword(password) });
  return { email };
}
