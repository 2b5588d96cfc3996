import type { ScopedDb } from "#db/client.ts";
import { addUser, hasUsers, lockFirstRun, setPractice } from "#db/queries/people/people.ts";
import { hashPassword, passwordFault } from "#lib/common/password.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { PracticeScope } from "#lib/common/scope.ts";

/**
 * Makes the practice and its first administrator.
 * @throws {Refusal} as soon as there is any user: from then on only administrators make users
 */
export async function makeFirstAdministrator(
  { practice, name, email, password }: { practice: string; name: string; email: string; password: string },
  { db, scope }: { db: ScopedDb; scope: PracticeScope },
): Promise<{ email: string }> {
  const fault = passwordFault(password, email);
  if (fault) throw new Refusal(fault, { field: "password" });
  await lockFirstRun(db, scope);
  if (await hasUsers(db, scope)) throw new Refusal("This console is already set up. Sign in instead.");
  await setPractice(db, scope, practice);
  await addUser(db, scope, { email, name, role: "administrator", passwordHash: await hashPassword(password) });
  return { email };
}
