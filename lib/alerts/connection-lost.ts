import type { ScopedDb } from "#db/client.ts";
import { queueForClient } from "#db/queries/alerts.ts";
import { findLostConnection } from "#db/queries/connections.ts";
import { formatMoment } from "#lib/common/dates.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { env } from "#lib/env.ts";
import { isPackage, packageName } from "#lib/setup/packages.ts";

/** Tells at once that a connection is lost, in the transaction that marks it so: each loss once, whoever notices it. */
export async function alertLost(db: ScopedDb, scope: ClientScope, connectionId: string): Promise<void> {
  const lost = await findLostConnection(db, scope, connectionId);
  if (!lost) return;
  const name = isPackage(lost.package) ? packageName(lost.package) : lost.package;
  const url = `${env().APP_URL}/clients/${lost.slug}/setup`;
  await queueForClient(db, scope, scope.clientId, {
    event: "connection-lost",
    eventKey: `lost:${connectionId}:${lost.lostAt.toISOString()}`,
    clientId: scope.clientId,
    subject: `${lost.client}: the connection to ${name} is lost`,
    text: [
      `The connection of ${lost.client} to ${name} (${lost.tenant}) was lost on ${formatMoment(lost.lostAt.toISOString(), lost.timeZone, lost.locale)}.`,
      lost.reason,
      "",
      "Queued records are sent once an administrator reconnects it under Setup:",
      url,
      "",
    ].join("\n"),
    body: {
      client: { name: lost.client, slug: lost.slug },
      package: lost.package,
      organisation: lost.tenant,
      lostAt: lost.lostAt.toISOString(),
      reason: lost.reason,
      url,
    },
  });
}
