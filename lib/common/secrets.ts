import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/** The keys that tokens are encrypted under at rest: the first encrypts, all of them decrypt. */
export interface SecretKeys {
  readonly current: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

/** Where a secret stands: a sealed text that is copied to another row or column does not open there. */
export interface SecretPlace {
  readonly table: string;
  readonly rowId: string;
  readonly column: string;
}

/** A sealed text did not open: wrong key, wrong place, or changed. */
export class SecretError extends Error {}

/**
 * Reads `APP_SECRETS`: comma-separated `id:base64key`, each key 32 bytes, the first one current.
 * @throws {SecretError} when a key has another length
 */
export function parseSecretKeys(list: string): SecretKeys {
  const keys = new Map<string, Buffer>();
  for (const entry of list.split(",")) {
    const [id = "", key = ""] = entry.trim().split(":");
    const bytes = Buffer.from(key, "base64");
    if (id === "" || bytes.length !== 32) throw new SecretError(`The key "${id}" of APP_SECRETS is not 32 bytes`);
    keys.set(id, bytes);
  }
  const [current] = keys.keys();
  if (current === undefined) throw new SecretError("APP_SECRETS is empty");
  return { current, keys };
}

export const VERSION = "v1";

function additional(place: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify([place.table, place.rowId, place.column]));
}

/** Encrypts with AES-256-GCM under the current key and a random 96-bit nonce: `v1.<key id>.<nonce>.<ciphertext and tag>`. */
export function seal(secret: string, place: SecretPlace, { current, keys }: SecretKeys): string {
  const key = keys.get(current);
  if (!key) throw new SecretError(`There is no key "${current}"`);
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(additional(place));
  const bytes = Buffer.concat([cipher.update(secret, "utf8"), cipher.final(), cipher.getAuthTag()]);
  return [VERSION, current, nonce.toString("base64url"), bytes.toString("base64url")].join(".");
}

/** Decrypts what {@link seal} made for the same place. @throws {SecretError} */
export function unseal(sealed: string, place: SecretPlace, { keys }: SecretKeys): string {
  const [version, id = "", nonce = "", bytes = ""] = sealed.split(".");
  const key = keys.get(id);
  if (version !== VERSION || !key) throw new SecretError(`There is no key "${id}" in APP_SECRETS for a secret in ${place.table}`);
  const all = Buffer.from(bytes, "base64url");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(nonce, "base64url"), { authTagLength: 16 })
      .setAAD(additional(place))
      .setAuthTag(all.subarray(-16));
    return Buffer.concat([decipher.update(all.subarray(0, -16)), decipher.final()]).toString("utf8");
  } catch (error) {
    throw new SecretError(`A secret in ${place.table}.${place.column} does not open`, { cause: error });
  }
}

/** The two secrets of a grant, and where they stand. */
export const grantPlace = (rowId: string, column: "access_token_sealed" | "refresh_token_sealed"): SecretPlace => ({
  table: "grants",
  rowId,
  column,
});

/** A webhook's signing secret, and where it stands. */
export const webhookPlace = (rowId: string): SecretPlace => ({ table: "alert_webhooks", rowId, column: "secret_sealed" });
