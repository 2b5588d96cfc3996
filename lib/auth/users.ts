import type { ScopedDb } from "#db/client.ts";
import { withdrawInvitation } from "#db/queries/invitations.ts";
import {
  changeUser,
  endSession,
  endSessionsOf,
  findUser,
  giveClients,
  lockEnabledAdministrators,
  setDisabled,
  takeClient,
} from "#db/queries/people.ts";
import type { Role } from "#db/schema/people.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { PracticeScope } from "#lib/common/scope.ts";

async function mustFind(db: ScopedDb, scope: PracticeScope, userId: string) {
  const user = await findUser(db, scope, userId);
  if (!user) throw new Refusal("There is no such user.");
  return user;
}

async function refuseLastAdministrator(db: ScopedDb, scope: PracticeScope, userId: string): Promise<void> {
  const administrators = await lockEnabledAdministrators(db, scope);
  if (administrators.length === 1 && administrators[0] === userId) throw new Refusal("This is the last administrator.");
}

/**
 * Disables a user, whose sessions and open link end with it, or enables one again.
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
    await refuseLastAdministrator(db, scope, userId);
    await withdrawInvitation(db, scope, userId);
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
  if (!(await endSession(db, scope, userId, sessionId))) throw new Refusal("That session has already ended.");
}

/**
 * Changes a user's name and role, at once for whoever is signed in.
 * @throws {Refusal} for one's own role, and for the last administrator's
 */
export async function editUser(
  db: ScopedDb,
  scope: PracticeScope,
  { userId, name, role, by }: { userId: string; name: string; role: Role; by: string },
): Promise<{ email: string; was: { name: string; role: Role } }> {
  const { email, ...was } = await mustFind(db, scope, userId);
  if (role !== was.role) {
    if (userId === by) throw new Refusal("You cannot change your own role. Ask another administrator.", { field: "role" });
    if (was.role === "administrator") await refuseLastAdministrator(db, scope, userId);
  }
  await changeUser(db, scope, userId, { name, role });
  return { email, was: { name: was.name, role: was.role } };
}

/** Lets a user see clients. @throws {Refusal} when one does not exist */
export async function giveUserClients(
  db: ScopedDb,
  scope: PracticeScope,
  { userId, clientIds }: { userId: string; clientIds: readonly string[] },
): Promise<{ email: string; clients: readonly string[] }> {
  const { email } = await mustFind(db, scope, userId);
  const clients = await giveClients(db, scope, userId, clientIds);
  if (clients.length !== new Set(clientIds).size) throw new Refusal("One of these clients no longer exists. Choose again.");
  return { email, clients };
}

/** Takes a client from what a user sees. @throws {Refusal} when they did not see it */
export async function takeUserClient(
  db: ScopedDb,
  scope: PracticeScope,
  { userId, clientId }: { userId: string; clientId: string },
): Promise<{ email: string; client: string }> {
  const { email } = await mustFind(db, scope, userId);
  const client = await takeClient(db, scope, userId, clientId);
  if (client === null) throw new Refusal("This user no longer sees that client.");
  return { email, client };
}
