import type { PackageEvents } from "./types.ts";

/** How a package's own messages about changes are told from others', and read. */
export interface PackageWebhooks {
  /** A delivery larger than this is none of the package's, in bytes. */
  readonly mostBytes: number;
  /** The header that carries the signature, in lower case. */
  readonly signatureHeader: string;
  /** Whether the package signed these very bytes under the app's webhook key. */
  isSigned(body: Uint8Array, signature: string | null, key: string): boolean;
  /** What a delivery says; a body that is none says nothing. */
  readEvents(body: string): PackageEvents;
}
