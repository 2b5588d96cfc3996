import { randomUUID } from "node:crypto";
import type { Database } from "#db/client.ts";
import { findConnection, findEarlierNamed } from "#db/queries/connections/connections.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { type Afterwards, bind, tied } from "../bind.ts";

const LONGEST_NAME = 120;

/** A company that is connected by its name. */
export interface Named {
  readonly connectionId: string;
  readonly tenantName: string;
}

/**
 * Connects a package that nobody signs in to: a person names the company. The name is no id: two
 * clients may have companies of one name. The same name takes up this client's earlier connection.
 * @param afterwards in the transaction that ties client and company
 * @throws {Refusal} without a name, and where the client is connected already
 */
export async function connectNamed(
  database: Database,
  scope: ClientScope,
  packageId: PackageId,
  company: string,
  afterwards: Afterwards,
): Promise<Named> {
  const name = company.normalize("NFC").replace(/\s+/g, " ").trim();
  if (name === "") throw new Refusal("Enter the company's name.", { field: "company" });
  if ([...name].length > LONGEST_NAME) {
    throw new Refusal(`Use at most ${LONGEST_NAME} characters.`, { field: "company" });
  }
  const { current, earlier } = await database.inScope(scope, async (db) => ({
    current: await findConnection(db, scope),
    earlier: await findEarlierNamed(db, scope, packageId, name),
  }));
  if (current) throw tied(current.tenantName);
  const tenant = { id: earlier ?? randomUUID(), name, remoteConnectionId: null };
  const to = { package: packageId, tenant, grantId: null };
  const { connectionId } = await bind(database, scope, to, afterwards);
  return { connectionId, tenantName: name };
}
