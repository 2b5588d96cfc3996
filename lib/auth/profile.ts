import "server-only";
import { createHash } from "node:crypto";
import type { ScopedDb } from "#db/client.ts";
import { changeUser, endSessionsOf, findPasswordHash } from "#db/queries/people.ts";
import { audit } from "#lib/audit.ts";
import { countWords } from "#lib/common/count-words.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { PracticeScope } from "#lib/common/scope.ts";
import { database } from "#lib/web.ts";
import { limiters, take } from "./limits.ts";
import { hashPassword, isPassword, passwordFault } from "./password.ts";
import type { Staff } from "./staff.ts";

/**
 * Changes one's own password; every other session of the person ends. Wrong tries count as those at signing in, and are audited.
 * @throws {Refusal} for a wrong old password, too many tries, a weak new one, and whoever has none to change
 */
export async function changeOwnPassword(
  db: ScopedDb,
  scope: PracticeScope,
  staff: Staff,
  { old, password }: { old: string; password: string },
): Promise<{ endedSessions: number }> {
  const hash = await findPasswordHash(db, scope, staff.userId);
  if (hash === null)
    throw new Refusal("You sign in through your organisation. Ask an administrator for a link to set a password.");
  const { account } = limiters();
  const key = createHash("sha256").update(staff.email).digest("hex");
  const wait = await take(account, key);
  const why = wait !== null ? "limited" : (await isPassword(hash, old)) ? null : "password";
  if (why !== null) {
    // In a transaction of its own: the refusal rolls this one back.
    await database().inScope(scope, (own) =>
      audit(own, scope, { action: "profile.refused", subject: staff.email, detail: { why } }),
    );
  }
  if (wait !== null) throw new Refusal(`Too many attempts. Try again in ${countWords(Math.ceil(wait / 60), "minute")}.`);
  if (why !== null) throw new Refusal("This is not your current password.", { field: "old" });
  await account.delete(key);
  const fault = passwordFault(password, staff.email);
  if (fault) throw new Refusal(fault, { field: "password" });
  if (password === old) throw new Refusal("This is already your password. Choose another.", { field: "password" });
  await changeUser(db, scope, staff.userId, { passwordHash: await hashPassword(password) });
  return { endedSessions: await endSessionsOf(db, scope, staff.userId, staff.sessionId) };
}
