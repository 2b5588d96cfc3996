import type { ScopedDb } from "#db/client.ts";
import { mappingConnection } from "#db/queries/mapping/mapping.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { packageName } from "#lib/connectors/cards.ts";
import type { Wording } from "./export/words.ts";

/** What the words of a client's lists depend on. */
export async function wordingFor(
  db: ScopedDb,
  scope: ClientScope,
  client: { readonly slug: string; readonly locale: string; readonly timeZone: string },
): Promise<Wording> {
  const connection = await mappingConnection(db, scope);
  return {
    packageName: connection ? packageName(connection.package) : "the package",
    base: `/clients/${client.slug}`,
    locale: client.locale,
    timeZone: client.timeZone,
  };
}
