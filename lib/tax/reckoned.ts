import type { OutgoingDocument, OutgoingLine } from "#lib/common/records.ts";

/**
 * Who reckons a document's tax, where it is not ours: the package, so that the net alone is promised, or the package line by line.
 * @param tax the package's own rule, of `Capabilities.tax`
 */
export function taxByOf(
  tax: "ours" | "theirs" | "by-line" | "either",
  taxMinor: bigint,
  lines: readonly Pick<OutgoingLine, "tax">[],
): OutgoingDocument["taxBy"] {
  switch (tax) {
    case "ours":
      return undefined;
    case "theirs":
      return "package";
    case "by-line":
      return "lines";
    case "either":
      return taxMinor === 0n && lines.some((line) => line.tax.rate === null) ? "package" : undefined;
  }
}
