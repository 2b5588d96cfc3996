import { randomBytes } from "node:crypto";
import type { Database, ScopedDb } from "#db/client.ts";
import { deleteCollectorLogin, findCollectorLogin, saveCollectorLogin } from "#db/queries/connections/collector-logins.ts";
import { findConnection } from "#db/queries/connections/connections.ts";
import { endVisit, lockOpenVisit } from "#db/queries/mailbox/visits.ts";
import { audit } from "#lib/audit.ts";
import { hashPassword } from "#lib/common/password.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import type { Afterwards } from "../bind.ts";
import { connectNamed, type Named } from "./none.ts";

/** What the program on the customer's machine signs in with. The password is shown once: only its hash is kept. */
export interface CollectorLogin {
  readonly userName: string;
  readonly password: string;
}

/** Letters and figures that are not taken for one another when they are typed. */
const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";
const USER_NAME_LENGTH = 10;
/** Groups of five, some 119 bits in all. */
const GROUPS = 5;
/** Above this a byte would make the first letters likelier than the others. */
const FAIR_BELOW = 256 - (256 % ALPHABET.length);

function randomText(length: number): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < FAIR_BELOW && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}

const newPassword = () => Array.from({ length: GROUPS }, () => randomText(5)).join("-");

/**
 * Connects a package whose program signs in with us: a person names the company, and is shown once
 * what the program needs.
 * @param afterwards in the transaction that ties client and company
 * @throws {Refusal} without a name, and where the client is connected already
 */
export async function connectCollector(
  database: Database,
  scope: ClientScope,
  packageId: PackageId,
  company: string,
  afterwards: Afterwards,
): Promise<Named & { readonly login: CollectorLogin }> {
  const login = { userName: `gt-${randomText(USER_NAME_LENGTH)}`, password: newPassword() };
  const passwordHash = await hashPassword(login.password);
  const named = await connectNamed(database, scope, packageId, company, async (db, id) => {
    await saveCollectorLogin(db, scope, id, { userName: login.userName, passwordHash });
    await afterwards(db, id);
  });
  return { ...named, login };
}

/**
 * Makes a new password; the one before opens nothing from then on, and a visit that is under way ends.
 * @throws {Refusal} where the client has no such connection
 */
export async function renewPassword(database: Database, scope: ClientScope): Promise<CollectorLogin> {
  const password = newPassword();
  const passwordHash = await hashPassword(password);
  return database.inScope(scope, async (db) => {
    const connection = await findConnection(db, scope);
    const known = connection && (await findCollectorLogin(db, scope, connection.id));
    if (!known) throw new Refusal("No program signs in for this client.");
    await saveCollectorLogin(db, scope, connection.id, { ...known, passwordHash });
    await endOpenVisit(db, scope, connection.id);
    await audit(db, scope, { action: "collector.renewed", subject: known.userName });
    return { userName: known.userName, password };
  });
}

/** Takes away what the program signs in with, in the transaction that ends the connection, before it ends. */
export async function endCollector(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<void> {
  await endOpenVisit(db, scope, connectionId);
  await deleteCollectorLogin(db, scope, connectionId);
}

async function endOpenVisit(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<void> {
  const open = await lockOpenVisit(db, scope, connectionId);
  if (open && open !== "no connection") await endVisit(db, open.id, "another");
}
