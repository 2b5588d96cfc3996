import { createHash } from "node:crypto";

/** A uuid that is always the same for the same text, so that an untouched chart of accounts needs no storing. */
export function fixedId(text: string): string {
  const hex = createHash("sha1").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Text as names and numbers are compared: without case, and without spaces around it. */
export const fold = (text: string) => text.trim().toLowerCase();
