import { DOCUMENT_KINDS, isCreditNote, sideOf } from "#lib/common/records.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import { type BelowZero, type LedgerMark, ledgerMarkIn, ledgerMarkOf } from "./amounts.ts";
import type { Field } from "./fields.ts";
import { readNumber } from "./numbers.ts";
import type { ImportProfile } from "./profile.ts";
import { isFaulty } from "./read-line.ts";
import type { FileRecord, Layout } from "./records.ts";
import type { LineReader } from "./understand.ts";

// Ledgers write 120.00 CR. What that is, above zero or below, hangs on whose books it stands in and on who made the file, so that the file
// must show it: by a quantity below zero beside the mark, or by invoices that bear one mark and credit notes that bear the other. Where
// it makes no difference nothing is asked; where nothing shows it, a person says.

export interface LedgerEvidence {
  /** What holds; while nobody is sure, what the preview shows. */
  readonly below: BelowZero;
  readonly isSure: boolean;
  /** What in the file shows it; null where it makes no difference. */
  readonly why: string | null;
  readonly possible: readonly BelowZero[];
}

/** Where a line's amount may stand, in the order in which it counts. */
const AMOUNT_FIELDS = ["net", "lineTotal", "lineGross", "unitPrice", "unitPriceGross"] as const satisfies readonly Field[];

interface Seen {
  readonly mark: LedgerMark;
  readonly line: number;
}

/** What the lines of one side show. */
interface Votes {
  /** Marks beside a quantity times price below zero, and above. */
  readonly below: Map<LedgerMark, number>;
  readonly above: Set<LedgerMark>;
  readonly invoices: Map<LedgerMark, Seen>;
  readonly credits: Map<LedgerMark, Seen>;
}

/** What the whole file shows of its marks. @param read makes a reader of lines for each way */
export async function ledgerEvidence(
  records: AsyncIterable<FileRecord>,
  layout: Layout,
  profile: ImportProfile,
  read: (below: BelowZero) => Promise<LineReader>,
): Promise<LedgerEvidence> {
  const ways: readonly BelowZero[] = ["cr", "dr", "sides"];
  const readers = await Promise.all(ways.map((below) => read(below)));
  const sums = ways.map(() => new Map<string, { net: bigint; tax: bigint }>());
  const faulty = ways.map(() => 0);
  const votes = new Map<DocumentSide, Votes>();
  const cellOf = (values: readonly string[], field: Field) => (values[layout.at[field] ?? -1] ?? "").trim();

  for await (const { line, values, isNumber } of records) {
    const lines = readers.map((reader) => reader(line, values, isNumber));
    for (const [way, one] of lines.entries()) {
      if (isFaulty(one) || !("netMinor" in one)) {
        const amount = !isFaulty(one) && "values" in one ? BigInt(one.values.amountMinor ?? "0") : null;
        if (amount === null) faulty[way] = (faulty[way] ?? 0) + 1;
        else add(sums[way], one.reference, amount, 0n);
        continue;
      }
      const key = `${isCreditNote(one.kind) && profile.creditNoteAmounts === "either" ? "credit" : ""} ${one.kind} ${one.reference}`;
      add(sums[way], key, one.netMinor, one.taxMinor);
    }
    const kind = DOCUMENT_KINDS.find((one) => one === lines[0]?.kind);
    const amountField = AMOUNT_FIELDS.find((field) => cellOf(values, field) !== "");
    if (kind === undefined || amountField === undefined) continue;
    const side = sideOf(kind);
    const inColumn = ledgerMarkOf(values[layout.markColumn ?? -1] ?? "");
    const mark = ledgerMarkIn(cellOf(values, amountField)) ?? inColumn;
    const seen = votes.get(side) ?? { below: new Map(), above: new Set(), invoices: new Map(), credits: new Map() };
    votes.set(side, seen);
    if (mark === null) continue;
    const isCredit = isCreditNote(kind);
    if (profile.kinds.by === "column") {
      const of = isCredit ? seen.credits : seen.invoices;
      if (!of.has(mark)) of.set(mark, { mark, line });
    }
    const quantity = readNumber(cellOf(values, "quantity"), layout.decimalMark);
    // Beside a price a mark would turn what the quantity has turned already.
    if (quantity === null || quantity.units === 0n || isCredit || amountField === "unitPrice" || amountField === "unitPriceGross")
      continue;
    if (quantity.units > 0n) seen.above.add(mark);
    else if (!seen.below.has(mark)) seen.below.set(mark, line);
  }

  const isSame = ways.every((_, way) => faulty[way] === faulty[0] && agree(sums[0], sums[way]));
  const marked = [...votes].filter(([, one]) => one.above.size + one.below.size + one.invoices.size + one.credits.size > 0);
  const sides = marked.map(([side, one]) => [side, shownBy(one)] as const);
  const possible: readonly BelowZero[] = marked.length > 1 ? ways : ["cr", "dr"];
  if (isSame) return { below: "cr", isSure: true, why: null, possible };
  const shown = new Map(sides);
  const first = sides[0]?.[1] ?? null;
  if (first !== null && sides.every(([, one]) => one !== null)) {
    const marks = new Set(sides.map(([, one]) => one?.mark));
    const why = first.why;
    if (marks.size === 1) return { below: first.mark === "CR" ? "cr" : "dr", isSure: true, why, possible };
    if (shown.get("sales")?.mark === "CR") return { below: "sides", isSure: true, why, possible };
  }
  return { below: "cr", isSure: false, why: null, possible };
}

/** Which mark the lines of one side show to be below zero, and what shows it. */
function shownBy({ below, above, invoices, credits }: Votes): { readonly mark: LedgerMark; readonly why: string } | null {
  const [byQuantity, ...more] = below;
  if (byQuantity && more.length === 0 && !above.has(byQuantity[0])) {
    const [mark, line] = byQuantity;
    const contrary = invoices.has(mark) && credits.size > 0 && !credits.has(mark);
    return contrary ? null : { mark, why: `line ${line} has a quantity below zero beside ${mark}` };
  }
  if (below.size > 0) return null;
  const [invoice, otherInvoice] = [...invoices.values()];
  const [credit, otherCredit] = [...credits.values()];
  if (!invoice || !credit || otherInvoice || otherCredit || invoice.mark === credit.mark) return null;
  const why = `invoices say ${invoice.mark} (line ${invoice.line}), credit notes ${credit.mark} (line ${credit.line})`;
  return { mark: credit.mark, why };
}

function add(sums: Map<string, { net: bigint; tax: bigint }> | undefined, key: string, net: bigint, tax: bigint): void {
  const sum = sums?.get(key) ?? { net: 0n, tax: 0n };
  sums?.set(key, { net: sum.net + net, tax: sum.tax + tax });
}

/** Whether two readings make the same documents of the file. A credit note's sign is that of its file where it may be either. */
function agree(
  one: ReadonlyMap<string, { net: bigint; tax: bigint }> | undefined,
  other: ReadonlyMap<string, { net: bigint; tax: bigint }> | undefined,
): boolean {
  if (!one || !other || one.size !== other.size) return false;
  const size = (minor: bigint) => (minor < 0n ? -minor : minor);
  return [...one].every(([key, { net, tax }]) => {
    const there = other.get(key);
    if (!there) return false;
    return key.startsWith("credit ")
      ? size(net) === size(there.net) && size(tax) === size(there.tax)
      : net === there.net && tax === there.tax;
  });
}
