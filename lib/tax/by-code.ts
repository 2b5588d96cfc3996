import { parseExact, percentOf } from "#lib/common/exact.ts";
import { type Charge, compareCharge, type SelfAccounted, selfAccounted } from "./charged.ts";
import { chargedRate, type DocumentSide, type TaxKind } from "./kinds.ts";

/** A tax code as the client has it. */
export interface KnownTaxCode {
  readonly code: string;
  readonly rate: string;
  readonly kind: TaxKind | null;
}

/** What the lines of one tax code come to on a document. Minor units. */
export interface VatOfCode extends Charge {
  readonly code: string;
  readonly kind: TaxKind | null;
  /** What the code charges, per cent. */
  readonly charged: string;
  readonly lines: number;
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
  readonly selfAccounted: SelfAccounted | null;
}

/** A document's VAT by tax code, in the order of its lines; a code that the client does not have is left out. */
export function vatByCode(
  lines: readonly { readonly taxCode: string; readonly netMinor: bigint; readonly taxMinor: bigint }[],
  codes: readonly KnownTaxCode[],
  side: DocumentSide,
): VatOfCode[] {
  const ofCode = Map.groupBy(lines, (line) => line.taxCode);
  return [...ofCode].flatMap(([code, own]) => {
    const known = codes.find((one) => one.code === code);
    const rate = known && parseExact(chargedRate(known));
    if (!known || !rate) return [];
    const charged = chargedRate(known);
    const total = (of: (line: (typeof own)[number]) => bigint) => own.reduce((sum, line) => sum + of(line), 0n);
    const sum = {
      lines: own.length,
      netMinor: total((line) => line.netMinor),
      taxMinor: total((line) => line.taxMinor),
      byLineMinor: total((line) => percentOf(line.netMinor, rate)),
    };
    return [
      {
        code,
        kind: known.kind,
        charged,
        ...sum,
        ...compareCharge(sum, charged),
        selfAccounted: selfAccounted(known, side, sum.netMinor),
      },
    ];
  });
}
