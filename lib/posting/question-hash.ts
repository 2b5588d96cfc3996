import { createHash } from "node:crypto";

/**
 * Names what a question showed, so that an answer is taken only while all of it still stands.
 *
 * @param shown every fact that the answer turns on, in a fixed order; plain data
 */
export function questionHash(shown: readonly unknown[]): string {
  return createHash("sha256").update(JSON.stringify(shown)).digest("hex").slice(0, 32);
}
