import "server-only";
import { createHash, randomBytes } from "node:crypto";
import { addSession, endSessionByToken, findUser, findUserByEmail } from "#db/queries/people/people.ts";
import { audit } from "#lib/audit.ts";
import { isPassword } from "#lib/common/password.ts";
import { type Actor, jobPracticeScope } from "#lib/common/scope.ts";
import { database } from "#lib/web.ts";
import { tokenShaOf } from "./cookie.ts";
import { limiters, take } from "./limits.ts";

export interface Visitor {
  readonly address: string;
  readonly userAgent: string | null;
}

export type SignInResult =
  | { readonly ok: true; readonly userId: string; readonly token: string }
  /** Wrong password, unknown account and disabled account look alike. */
  | { readonly ok: false; readonly why: "credentials" }
  | { readonly ok: false; readonly why: "limited"; readonly seconds: number };

const scopeOf = (actor: Actor) => jobPracticeScope(actor);
const NOBODY = scopeOf({ userId: null, label: "Sign-in" });

/** A new session with a random id of 256 bits; the database keeps only its SHA-256. */
async function beginSession(user: { id: string; name: string; email: string }, visitor: Visitor, how: string): Promise<string> {
  const token = randomBytes(32).toString("base64url");
  const scope = scopeOf({ userId: user.id, label: `${user.name} <${user.email}>` });
  await database().inScope(scope, async (db) => {
    await addSession(db, scope, { userId: user.id, tokenSha: tokenShaOf(token), ...visitor });
    await audit(db, scope, { action: "session.begin", subject: user.email, detail: { how, address: visitor.address } });
  });
  return token;
}

function refused(email: string | null, visitor: Visitor, why: string): Promise<void> {
  // What was typed as an account is kept only when there is one: people type passwords into the wrong field.
  return database().inScope(NOBODY, (db) =>
    audit(db, NOBODY, {
      action: "session.refused",
      ...(email === null ? {} : { subject: email }),
      detail: { why, address: visitor.address },
    }),
  );
}

/**
 * Signs in by password: 5 wrong tries an account and 50 an address in 15 minutes, one argon2 a try whether or not the account
 * exists, and a new session each time.
 */
export async function signInWithPassword(email: string, password: string, visitor: Visitor): Promise<SignInResult> {
  const account = email.trim().toLowerCase();
  // The key is a hash: what was typed may be anything, and need not stand in a table.
  const accountKey = createHash("sha256").update(account).digest("hex");
  const { address: byAddress, account: byAccount } = limiters();
  const wait = (await take(byAddress, visitor.address)) ?? (await take(byAccount, accountKey));
  const user = await database().inScope(NOBODY, (db) => findUserByEmail(db, NOBODY, account));
  if (wait !== null) {
    await refused(user?.email ?? null, visitor, "limited");
    return { ok: false, why: "limited", seconds: wait };
  }
  const right = await isPassword(user?.passwordHash ?? null, password);
  if (!user || !right || user.disabledAt !== null) {
    await refused(user?.email ?? null, visitor, user ? (right ? "disabled" : "password") : "unknown");
    return { ok: false, why: "credentials" };
  }
  await Promise.all([byAccount.delete(accountKey), byAddress.reward(visitor.address)]);
  return { ok: true, userId: user.id, token: await beginSession(user, visitor, "password") };
}

/** Signs in whoever the single sign-on provider vouched for: a user of ours with that verified address, not disabled; else null. */
export async function signInByProvider(email: string, visitor: Visitor): Promise<string | null> {
  const user = await database().inScope(NOBODY, (db) => findUserByEmail(db, NOBODY, email));
  if (!user || user.disabledAt !== null) {
    await refused(user?.email ?? null, visitor, user ? "disabled" : "unknown");
    return null;
  }
  return beginSession(user, visitor, "single sign-on");
}

/** Ends the session of this random id, at once and for every process. */
export async function signOut(token: string): Promise<void> {
  await database().inScope(NOBODY, async (db) => {
    const ended = await endSessionByToken(db, NOBODY, tokenShaOf(token));
    const user = ended && (await findUser(db, NOBODY, ended.userId));
    if (!user) return;
    const scope = scopeOf({ userId: user.id, label: `${user.name} <${user.email}>` });
    await audit(db, scope, { action: "session.end", subject: user.email });
  });
}
