import { randomUUID } from "node:crypto";
import { schema } from "#db/client.ts";
import { now } from "#lib/clock.ts";
import { type ClientScope, jobPracticeScope } from "#lib/common/scope.ts";
import { grantPlace, seal } from "#lib/common/secrets.ts";
import type { Connector, Message, RawAnswer } from "#lib/connectors/types.ts";
import { refreshCatalogue } from "#lib/pulling/catalogue.ts";
import { mapByKind } from "../map-codes.ts";
import type { ScratchProduct } from "../product.ts";

/** How long the one consent holds, in ms on the one clock: longer than any campaign, so that nobody has to renew it. */
const LASTS_MS = 365 * 86_400_000;

/**
 * Connects a client to a throwaway, which has no consent page, and maps its codes.
 * @param apiUrl where its books answer; null for one that cannot be called
 * @param answer what the books answer to a reading of their lists
 * @returns the connection's id
 */
export async function connectToy(
  { database, settings }: ScratchProduct,
  scope: ClientScope,
  connector: Connector,
  at: { readonly tenantId: string; readonly name: string; readonly apiUrl: string | null },
  answer: (message: Message) => Promise<RawAnswer>,
): Promise<string> {
  const connectionId = randomUUID();
  const grantId = at.apiUrl === null ? null : randomUUID();
  if (grantId !== null) {
    await database.inScope(jobPracticeScope(), (db) =>
      db.insert(schema.grants).values({
        id: grantId,
        package: connector.id,
        accessTokenSealed: seal("campaign", grantPlace(grantId, "access_token_sealed"), settings.keys),
        accessExpiresAt: new Date(now().getTime() + LASTS_MS),
      }),
    );
  }
  await database.inScope(scope, (db) =>
    db.insert(schema.connections).values({
      id: connectionId,
      clientId: scope.clientId,
      package: connector.id,
      state: "live",
      tenantId: at.tenantId,
      tenantName: at.name,
      grantId,
      apiUrl: at.apiUrl,
      connectedByName: "Campaign",
      connectedAt: now(),
      listsAsOf: now(),
      locksAsOf: now(),
    }),
  );
  const connection = { id: connectionId, tenantId: at.tenantId, apiUrl: "", baseCurrency: "GBP", options: {} };
  await refreshCatalogue({
    database,
    scope,
    connectionId,
    connector,
    exchange: async (of, ask) => {
      const message = of.ask(ask, connection);
      return of.read(message, await answer(message), ask);
    },
    release: false,
  });
  await database.inScope(scope, (db) => mapByKind(db, scope, connectionId));
  return connectionId;
}
