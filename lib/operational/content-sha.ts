import { createHash } from "node:crypto";

/** Says whether two records are the same in every field; the order of fields does not matter. */
export function contentSha(content: Readonly<Record<string, unknown>>): string {
  const ordered = Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
  const text = JSON.stringify(ordered, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
  return createHash("sha256").update(text).digest("hex");
}
