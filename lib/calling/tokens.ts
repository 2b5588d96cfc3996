import type { Database } from "#db/client.ts";
import { findGrantOf, type GrantRow, lockGrant, saveTokens } from "#db/queries/connections/connections.ts";
import { now } from "#lib/clock.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { grantPlace, seal, unseal } from "#lib/common/secrets.ts";
import { connectorFor, consentOf } from "#lib/connectors/registry.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { countRefresh } from "#lib/watching/metrics.ts";
import { type AppSettings, appSettings } from "./app-settings.ts";
import { type AccessToken, ConnectionLost, PackagePause, PackageUnavailable } from "./call.ts";
import { takeRefresh } from "./limits.ts";
import { loseGrant } from "./lost.ts";
import { GrantRefused, refreshTokens, type Tokens } from "./oauth.ts";

export interface TokenOptions {
  /** Refresh whatever its age: the package has just refused it. */
  readonly force?: boolean;
  /** The version that was refused; when another one has come since, that one is answered. */
  readonly refused?: number;
  readonly settings?: AppSettings;
}

/**
 * A connection's present access token and its version. When it is about to expire it is refreshed under the lock of the grant's
 * row, looked at again after the lock, and the new pair is committed before anyone uses it: one refresh at a time for a grant,
 * however many processes and clients share it. A kill between the package's answer and our commit leaves the old refresh token,
 * which the package takes for half an hour more.
 *
 * @throws {ConnectionLost} when only a new consent helps; every client that uses the grant is marked
 * @throws {PackageUnavailable} when the token address gave no clear answer
 */
export async function tokenFor(database: Database, connectionId: string, options: TokenOptions = {}): Promise<AccessToken> {
  const settings = options.settings ?? appSettings();
  const practice = jobPracticeScope();
  const known = await database.inScope(practice, (db) => findGrantOf(db, practice, connectionId));
  if (!known || known.endedAt) throw lost();
  const refused = options.force ? (options.refused ?? known.version) : null;
  if (known.version !== refused && isFresh(known)) return opened(known, settings);

  const outcome = await database.inScope(practice, async (db) => {
    const grant = await lockGrant(db, practice, known.id);
    if (!grant || grant.endedAt) return "ended";
    if (grant.version !== refused && isFresh(grant)) return opened(grant, settings);
    if (grant.refresh === null) return "refused";
    const packageId = grant.package as PackageId;
    const wait = await takeRefresh(database, packageId, connectorFor(packageId).limits, grant.id);
    if (wait) throw new PackagePause(wait, "minute");
    const tokens = await refreshed(grant, grant.refresh, settings);
    if (tokens === null) return "refused";
    const sealed = (secret: string, column: "access_token_sealed" | "refresh_token_sealed") =>
      seal(secret, grantPlace(grant.id, column), settings.keys);
    const version = await saveTokens(db, practice, grant.id, {
      access: sealed(tokens.accessToken, "access_token_sealed"),
      refresh: tokens.refreshToken === null ? null : sealed(tokens.refreshToken, "refresh_token_sealed"),
      accessExpiresAt: tokens.accessExpiresAt,
    });
    return { value: tokens.accessToken, version };
  });
  if (typeof outcome !== "string") return outcome;
  if (outcome === "refused")
    await loseGrant(database, known.id, new SyncError("connection.token-expired", { said: ["invalid_grant"] }));
  throw lost();
}

/** The package's new pair; null when it refused the old one for good. @throws {PackageUnavailable} */
async function refreshed(grant: GrantRow, sealedRefresh: string, settings: AppSettings): Promise<Tokens | null> {
  const packageId = grant.package as PackageId;
  const app = settings.appAt(packageId);
  const refreshToken = unseal(sealedRefresh, grantPlace(grant.id, "refresh_token_sealed"), settings.keys);
  try {
    const tokens = await refreshTokens(packageId, app, refreshToken);
    countRefresh(packageId, "ok");
    return tokens;
  } catch (error) {
    countRefresh(packageId, error instanceof GrantRefused ? "refused" : "failed");
    if (error instanceof GrantRefused) return null;
    const said = error instanceof Error ? error.message : String(error);
    throw new PackageUnavailable(new SyncError("transient.server-error", { said: [said] }));
  }
}

function isFresh(grant: GrantRow): boolean {
  return grant.accessExpiresAt.getTime() - now().getTime() > consentOf(grant.package as PackageId).refreshWhenLeftMs;
}

function opened(grant: GrantRow, { keys }: AppSettings): AccessToken {
  return { value: unseal(grant.access, grantPlace(grant.id, "access_token_sealed"), keys), version: grant.version };
}

function lost(): ConnectionLost {
  return new ConnectionLost(new SyncError("connection.token-expired"));
}
