import type { OutgoingLine } from "#lib/common/records.ts";

/**
 * Whether the package reckons a document's tax by itself, so that its net alone is promised.
 * @param tax the package's own rule, of `Capabilities.tax`
 */
export function isReckonedThere(
  tax: "ours" | "theirs" | "either",
  taxMinor: bigint,
  lines: readonly Pick<OutgoingLine, "tax">[],
): boolean {
  if (tax !== "either") return tax === "theirs";
  return taxMinor === 0n && lines.some((line) => line.tax.rate === null);
}
