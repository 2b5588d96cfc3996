import { countWords } from "#lib/common/count-words.ts";
import { minorToDecimal } from "#lib/common/money.ts";
import type { OutgoingDocument, OutgoingLine } from "#lib/common/records.ts";

/** What a line's words may be in any package. */
const LONGEST_WORDS = 1_000;

/**
 * The document with one line for each account and tax code, in the order in which they first appear: net and tax are the sums of its
 * lines to the penny, the tax sent as it is. Its own lines stay here, where the drill-down is.
 */
export function summarised(document: OutgoingDocument): OutgoingDocument {
  const groups = Map.groupBy(document.lines, (line) => JSON.stringify([line.target, line.tax]));
  return { ...document, lines: [...groups.values()].map((lines) => sumOf(lines, document.currency)) };
}

function sumOf(lines: readonly OutgoingLine[], currency: string): OutgoingLine {
  const [first] = lines;
  if (!first) throw new RangeError("A group has at least one line");
  if (lines.length === 1) return { ...first, productReference: null };
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0n);
  const taxMinor = lines.reduce((sum, line) => sum + line.taxMinor, 0n);
  return {
    description: wordsOf(lines),
    quantity: "1",
    unitPrice: minorToDecimal(netMinor, currency),
    netMinor,
    taxMinor,
    target: first.target,
    tax: first.tax,
    productReference: null,
  };
}

/** "3 lines: Mug, Plate, Delivery": each once, as far as there is room. */
function wordsOf(lines: readonly OutgoingLine[]): string {
  const said = [
    ...new Set(lines.map((line) => line.description.trim() || (line.productReference ?? "")).filter((one) => one !== "")),
  ];
  const words = `${countWords(lines.length, "line")}${said.length === 0 ? "" : `: ${said.join(", ")}`}`;
  return words.length <= LONGEST_WORDS ? words : `${words.slice(0, LONGEST_WORDS - 1)}…`;
}
