import type { Database } from "#db/client.ts";
import { lockStaleGrants, saveResealed } from "#db/queries/connections/connections.ts";
import { lockStaleWebhooks, saveWebhookSecret } from "#db/queries/practice/alerts.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { grantPlace, type SecretKeys, seal, unseal, VERSION, webhookPlace } from "#lib/common/secrets.ts";

const BATCH = 1_000;

/**
 * Encrypts every token, and every secret of a webhook, anew that is not under the current key, a thousand a transaction; afterwards the old keys may be dropped
 * from `APP_SECRETS`. May run beside everything else, and again. Answers how many rows it changed.
 */
export async function rotateSecrets(database: Database, keys: SecretKeys): Promise<number> {
  const scope = jobPracticeScope();
  let changed = 0;
  for (;;) {
    const batch = await database.inScope(scope, async (db) => {
      const stale = await lockStaleGrants(db, scope, `${VERSION}.${keys.current}.`, BATCH);
      const resealed = stale.map(({ id, access, refresh }) => {
        const again = (sealed: string, column: "access_token_sealed" | "refresh_token_sealed") =>
          seal(unseal(sealed, grantPlace(id, column), keys), grantPlace(id, column), keys);
        return {
          id,
          access: again(access, "access_token_sealed"),
          refresh: refresh === null ? null : again(refresh, "refresh_token_sealed"),
        };
      });
      if (resealed.length > 0) await saveResealed(db, scope, resealed);
      return resealed.length;
    });
    changed += batch;
    if (batch < BATCH) break;
  }
  return changed + (await rotateWebhooks(database, keys));
}

/** There are a handful of them. */
async function rotateWebhooks(database: Database, keys: SecretKeys): Promise<number> {
  const scope = jobPracticeScope();
  return database.inScope(scope, async (db) => {
    const stale = await lockStaleWebhooks(db, scope, `${VERSION}.${keys.current}.`, BATCH);
    for (const { id, secretSealed } of stale) {
      await saveWebhookSecret(db, scope, id, seal(unseal(secretSealed, webhookPlace(id), keys), webhookPlace(id), keys));
    }
    return stale.length;
  });
}
