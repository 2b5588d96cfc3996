/**
 * A key of so many hexadecimal characters, for packages that take any text.
 * @param digest 32 bytes that stand for what the call carries
 * @param most characters that the package takes, 64 at most
 */
export function hexKey(digest: Uint8Array, most = 64): string {
  return Buffer.from(digest).toString("hex").slice(0, most);
}
