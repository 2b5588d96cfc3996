import { createHash } from "node:crypto";
import type { Message } from "#lib/connectors/types.ts";

/**
 * What one request is, as a hash: method, path, query and body, since a package may take a record's id in the path and no body at all.
 * One key never stands for two of these (I6). The mark before it parts it from hashes of the body alone, which older calls have.
 */
export function requestSha({ method, path, query, body, file }: Message): string {
  const parts = [method, path, Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1)), body];
  const hash = createHash("sha256").update(JSON.stringify(parts));
  if (file) hash.update(file.mediaType).update(file.bytes);
  return `r2:${hash.digest("hex")}`;
}

/**
 * The key of a call: what it carries decides it, so a repeat of the same has the same key, and nothing else has.
 * @param bytes of a change: they follow from what was read there too, and one key never stands for two requests
 * @returns 52 characters of base32, within Xero's 128
 */
export function idempotencyKey(
  connectionId: string,
  carried: readonly { recordId: string; revision: number; generation: number }[],
  bytes: string | null = null,
): string {
  const hash = createHash("sha256").update(
    JSON.stringify([
      connectionId,
      carried.map((one) => [one.recordId, one.revision, one.generation]),
      ...(bytes === null ? [] : [bytes]),
    ]),
  );
  const digits = "abcdefghijklmnopqrstuvwxyz234567";
  let bits = 0;
  let value = 0;
  let text = "";
  for (const byte of hash.digest()) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      text += digits[(value >>> (bits - 5)) & 31];
      bits -= 5;
    }
    value &= (1 << bits) - 1;
  }
  return bits > 0 ? text + digits[(value << (5 - bits)) & 31] : text;
}
