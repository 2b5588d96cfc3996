import { createHash, randomBytes } from "node:crypto";
import type { ScopedDb } from "#db/client.ts";
import { addInvitation, lockInvitation, spendInvitation, withdrawInvitation } from "#db/queries/invitations.ts";
import { addUser, changeUser, endSessionsOf, findPractice, findUser, findUserByEmail, giveClients } from "#db/queries/people.ts";
import type { Role } from "#db/schema/people.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { PracticeScope } from "#lib/common/scope.ts";
import { env } from "#lib/env.ts";
import { hashPassword, passwordFault } from "./password.ts";

export interface Invited {
  readonly userId: string;
  readonly email: string;
  /** To be handed over; shown once, since the database keeps its SHA-256 alone. */
  readonly link: string;
  readonly endsAt: Date;
}

const shaOf = (token: string) => createHash("sha256").update(token).digest();

/** The token stands behind the `#`, which browsers send to no server and name in no `Referer`. */
const linkOf = (token: string) => `${env().APP_URL}/invitation#${token}`;

async function newLink(db: ScopedDb, scope: PracticeScope, userId: string, by: string): Promise<{ link: string; endsAt: Date }> {
  await withdrawInvitation(db, scope, userId);
  const token = randomBytes(32).toString("base64url");
  const endsAt = await addInvitation(db, scope, { userId, tokenSha: shaOf(token), madeBy: by });
  return { link: linkOf(token), endsAt };
}

/**
 * Adds a user who sees these clients and sets a password by a single-use link.
 * @throws {Refusal} for an address that is taken, and a client that does not exist
 */
export async function inviteUser(
  db: ScopedDb,
  scope: PracticeScope,
  given: { email: string; name: string; role: Role; clientIds: readonly string[]; by: string },
): Promise<Invited & { readonly clients: readonly string[] }> {
  const { email, name, role, by } = given;
  if (await findUserByEmail(db, scope, email)) throw new Refusal("A user with this address already exists.", { field: "email" });
  const userId = await addUser(db, scope, { email, name, role, passwordHash: null });
  const clientIds = new Set(given.clientIds);
  const clients = await giveClients(db, scope, userId, [...clientIds]);
  if (clients.length !== clientIds.size)
    throw new Refusal("One of these clients no longer exists. Choose again.", { field: "clientIds" });
  return { userId, email, clients, ...(await newLink(db, scope, userId, by)) };
}

/**
 * A new link for a user who has not come in yet or has forgotten the password; the link before is over.
 * @throws {Refusal} for an unknown or disabled user
 */
export async function renewInvitation(
  db: ScopedDb,
  scope: PracticeScope,
  { userId, by }: { userId: string; by: string },
): Promise<Invited> {
  const user = await findUser(db, scope, userId);
  if (!user) throw new Refusal("There is no such user.");
  if (user.disabledAt !== null) throw new Refusal("This user is disabled. Enable the user first, then create a link.");
  return { userId, email: user.email, ...(await newLink(db, scope, userId, by)) };
}

/** Takes a user's open link back. @throws {Refusal} when there is none */
export async function endInvitation(db: ScopedDb, scope: PracticeScope, userId: string): Promise<{ email: string }> {
  const user = await findUser(db, scope, userId);
  if (!user || !(await withdrawInvitation(db, scope, userId))) throw new Refusal("This user has no open link.");
  return { email: user.email };
}

async function openInvitation(db: ScopedDb, scope: PracticeScope, token: string) {
  const found = await lockInvitation(db, scope, shaOf(token));
  const ask = "Ask an administrator of your practice for a new one.";
  if (!found)
    throw new Refusal(`This link is not an invitation. Check that you copied all of it. ${ask}`, { code: "link-unknown" });
  if (found.usedAt !== null)
    throw new Refusal("This link has been used, and works only once. Sign in with the password that was set with it.", {
      code: "link-used",
    });
  if (found.withdrawnAt !== null || found.disabledAt !== null)
    throw new Refusal(`This link was cancelled or replaced by a newer one. ${ask}`, { code: "link-withdrawn" });
  if (found.isOver) throw new Refusal(`This link is more than 7 days old, so it has expired. ${ask}`, { code: "link-expired" });
  return found;
}

export interface Invitation {
  readonly userId: string;
  readonly email: string;
  readonly name: string;
  readonly practice: string;
}

/** Whom a link is for. @throws {Refusal} when it is unknown, used, taken back or over: codes `link-…` */
export async function readInvitation(
  { token }: { token: string },
  { db, scope }: { db: ScopedDb; scope: PracticeScope },
): Promise<Invitation> {
  const { userId, email, name } = await openInvitation(db, scope, token);
  return { userId, email, name, practice: (await findPractice(db, scope))?.name ?? "Greentick" };
}

/**
 * Sets the password of the user whose link it is, uses the link up, and ends every session of that user.
 * @throws {Refusal} as {@link readInvitation}, and for a weak password
 */
export async function acceptInvitation(
  { token, password }: { token: string; password: string },
  { db, scope }: { db: ScopedDb; scope: PracticeScope },
): Promise<{ userId: string; email: string; name: string }> {
  const { id, userId, email, name } = await openInvitation(db, scope, token);
  const fault = passwordFault(password, email);
  if (fault) throw new Refusal(fault, { field: "password" });
  await changeUser(db, scope, userId, { passwordHash: await hashPassword(password) });
  await spendInvitation(db, scope, id);
  await endSessionsOf(db, scope, userId);
  return { userId, email, name };
}
