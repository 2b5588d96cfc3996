import { type Exact, parseExact } from "#lib/common/exact.ts";
import type { DecimalMark } from "./records.ts";

const GROUPED = {
  ".": /^[+-]?\d{1,3}(?:[, '\u00a0\u202f]\d{3})+(?:\.\d+)?$/,
  ",": /^[+-]?\d{1,3}(?:[. '\u00a0\u202f]\d{3})+(?:,\d+)?$/,
} as const;
const GROUPS = { ".": /[, '\u00a0\u202f]/g, ",": /[. '\u00a0\u202f]/g } as const;

/** Reads a number as the file writes it; null when it is none. Thousands separators count only where they stand at every third digit. */
export function readNumber(text: string, mark: DecimalMark): Exact | null {
  if (mark === ".") {
    const plain = parseExact(text);
    if (plain) return plain;
  }
  const ungrouped = GROUPED[mark].test(text) ? text.replace(GROUPS[mark], "") : text;
  if (mark === ".") return parseExact(ungrouped);
  return ungrouped.includes(".") ? null : parseExact(ungrouped.replace(",", "."));
}
