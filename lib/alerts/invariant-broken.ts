import type { ScopedDb } from "#db/client.ts";
import { queueForClient } from "#db/queries/alerts.ts";
import { findClientNames } from "#db/queries/clients.ts";
import type { FailedCheck } from "#db/queries/invariants.ts";
import type { PracticeScope } from "#lib/common/scope.ts";
import { env } from "#lib/env.ts";

/**
 * Tells at once, for each client, which checks fail that did not at the check before: whoever sees the client must stop uploading. A
 * check that goes on failing is told of once.
 * @param checkId the check that found it; names the event
 */
export async function alertFailed(
  db: ScopedDb,
  scope: PracticeScope,
  checkId: string,
  found: readonly FailedCheck[],
  before: readonly FailedCheck[],
): Promise<void> {
  const known = new Set(before.flatMap(({ id, clients }) => clients.map((client) => `${id} ${client}`)));
  const news = found.flatMap((check) =>
    check.clients.filter((client) => !known.has(`${check.id} ${client}`)).map((client) => ({ client, check })),
  );
  const names = await findClientNames(db, scope, [...new Set(news.map(({ client }) => client))]);
  for (const { id, name, slug } of names) {
    const own = news.filter(({ client }) => client === id).map(({ check }) => check);
    const url = `${env().APP_URL}/settings/invariants`;
    await queueForClient(db, scope, id, {
      event: "invariant-broken",
      eventKey: `invariant:${checkId}:${id}`,
      clientId: id,
      subject: `${name}: ${own.length === 1 ? "a check has failed" : `${own.length} checks have failed`}`,
      text: [
        `A check of ${name} failed:`,
        ...own.map((check) => `- ${check.id}: ${check.rule}`),
        "",
        "Stop uploading for this client, keep the database as it is, and tell whoever looks after Greentick. An administrator can see the records here:",
        url,
        "",
      ].join("\n"),
      body: { client: { name, slug }, failed: own.map(({ id: check, rule, count }) => ({ id: check, rule, count })), url },
    });
  }
}
