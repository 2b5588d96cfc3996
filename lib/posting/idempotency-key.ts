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
 * What decides a call's key, as bytes: what it carries, so that a repeat of the same has the same key, and nothing else has. Each package
 * writes its key in a form of its own (`keyOf` of its connector).
 * @param bytes of a change, or of a step that follows from answers, the hash of its request without a key: it follows from what was read
 *   there, and one key never stands for two requests
 * @param step its place in the conversation: no two steps share a key
 * @returns 32 bytes
 */
export function keyDigest(
  connectionId: string,
  carried: readonly { recordId: string; revision: number; generation: number }[],
  bytes: string | null = null,
  step = 0,
): Uint8Array {
  const parts = [
    connectionId,
    carried.map((one) => [one.recordId, one.revision, one.generation]),
    ...(bytes === null ? [] : [bytes]),
    ...(step === 0 ? [] : [step]),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest();
}
