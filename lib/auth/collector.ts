import "server-only";
import { createHash } from "node:crypto";
import { unsafeFindByUserName } from "#db/queries/connections/collector-logins.ts";
import { audit } from "#lib/audit.ts";
import { isPassword, PASSWORD_MAX } from "#lib/common/password.ts";
import { type ClientScope, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { database } from "#lib/web.ts";
import { limiters, take } from "./limits.ts";

/** What a program on a customer's machine is told when it signs in. */
export type CollectorSignIn =
  | {
      readonly ok: true;
      readonly scope: ClientScope;
      readonly connectionId: string;
      readonly package: string;
    }
  /** Wrong password, unknown name and a connection that is not live look alike. */
  | { readonly ok: false; readonly why: "credentials" }
  | { readonly ok: false; readonly why: "limited"; readonly seconds: number };

const ACTOR = { userId: null, label: "Collecting program" };

/**
 * Signs in a program that collects: 5 wrong tries a name and 50 an address in 15 minutes, as for
 * people, and one argon2 a try whether or not the name exists. The name alone says which client and
 * connection it is. Nothing is kept of a sign-in: its visit is.
 */
export async function signInCollector(userName: string, password: string, address: string): Promise<CollectorSignIn> {
  const practice = jobPracticeScope(ACTOR);
  const name = userName.trim().toLowerCase();
  // Parted from people's accounts, and a hash: what was typed may be anything.
  const key = createHash("sha256").update(`collector:${name}`).digest("hex");
  const { address: byAddress, account: byName } = limiters();
  const wait = (await take(byAddress, address)) ?? (await take(byName, key));
  const known = await database().inScope(practice, (db) => unsafeFindByUserName(db, practice, name));
  const scope = known && jobScope(known.clientId, ACTOR);
  const refused = async (why: string) => {
    if (!known || !scope) return;
    await database().inScope(scope, (db) =>
      audit(db, scope, {
        action: "collector.refused",
        subject: known.tenantName,
        detail: { why, address },
      }),
    );
  };
  if (wait !== null) {
    await refused("limited");
    return { ok: false, why: "limited", seconds: wait };
  }
  const right = await isPassword(known?.passwordHash ?? null, password.slice(0, PASSWORD_MAX));
  if (!known || !scope || !right || known.state !== "live") {
    await refused(right ? "not live" : "password");
    return { ok: false, why: "credentials" };
  }
  await Promise.all([byName.delete(key), byAddress.reward(address)]);
  return { ok: true, scope, connectionId: known.connectionId, package: known.package };
}
