import { parseExact, percentOf } from "#lib/common/exact.ts";
import { formatMoney } from "#lib/common/money.ts";
import { sideOf } from "#lib/common/records.ts";
import { sameRate, selfAccounted } from "#lib/tax/charged.ts";
import { namesPlainRate } from "#lib/tax/evidence.ts";
import { type DocumentSide, isTaxKind, TAX_KIND_ROWS, TAX_KINDS, type TaxKind } from "#lib/tax/kinds.ts";
import type { Asking, SettledQuestion } from "./questions.ts";
import type { ReadLine } from "./read-line.ts";

// What kind of code a tax code is decides what a document is payable: a bill of 500.00 under "20%" comes to 600.00, or to 500.00 where the
// buyer accounts for the VAT. It is asked once for a code, and only where the file's own figures do not say.

const ID = "tax-kind:";
const taxKindQuestion = (code: string): string => `${ID}${code}`;

export const isTaxKindQuestion = (id: string): boolean => id.startsWith(ID);

/** The kind that somebody said of a code for this upload, or of a file before it; null where nobody did. */
export function saidTaxKind(asking: Asking | null, code: string): TaxKind | null {
  const said = asking?.answerTo(taxKindQuestion(code)) ?? null;
  return isTaxKind(said) ? said : null;
}

/** The kinds that a commit writes to the codes, by code. */
export function settledTaxKinds(settled: readonly SettledQuestion[]): ReadonlyMap<string, TaxKind> {
  return new Map(
    settled.flatMap(({ id, value }) => (id.startsWith(ID) && isTaxKind(value) ? [[id.slice(ID.length), value] as const] : [])),
  );
}

/** A code whose kind nobody has said, as the client or the profile has it. */
export interface UnsaidCode {
  readonly code: string;
  readonly name: string;
  /** Per cent. */
  readonly rate: string;
}

interface Seen {
  readonly of: UnsaidCode;
  readonly sides: Set<DocumentSide>;
  readonly lines: number[];
  count: number;
  /** Lines whose tax the file leaves to the code, and lines that carry nothing where the rate would charge something. */
  blank: number;
  nil: number;
  /** Lines that carry tax. */
  taxed: number;
  /** By currency and side: net, the tax carried, and the net of lines whose tax is left to the code. Minor units. */
  readonly sums: Map<string, { readonly currency: string; readonly side: DocumentSide; net: bigint; tax: bigint; open: bigint }>;
}

/** Watches the lines of a file for tax codes whose kind would change what a document comes to. */
export class TaxKindEvidence {
  readonly #asking: Asking;
  readonly #unsaid: ReadonlyMap<string, UnsaidCode>;
  readonly #seen = new Map<string, Seen>();

  constructor(asking: Asking, unsaid: readonly UnsaidCode[]) {
    this.#asking = asking;
    // Where the code's rate is nil, no kind charges anything.
    this.#unsaid = new Map(unsaid.filter((one) => !sameRate(one.rate, "0")).map((one) => [one.code, one]));
  }

  add(line: ReadLine): void {
    const of = this.#unsaid.get(line.taxCode);
    if (!of || line.setAside !== null || line.isVoid) return;
    const side = sideOf(line.kind);
    const seen: Seen = this.#seen.get(of.code) ?? {
      of,
      sides: new Set<DocumentSide>(),
      lines: [],
      count: 0,
      blank: 0,
      nil: 0,
      taxed: 0,
      sums: new Map(),
    };
    this.#seen.set(of.code, seen);
    seen.sides.add(side);
    seen.count += 1;
    if (seen.lines.length < 5) seen.lines.push(line.line);
    const key = `${line.currency} ${side}`;
    const sum = seen.sums.get(key) ?? { currency: line.currency, side, net: 0n, tax: 0n, open: 0n };
    seen.sums.set(key, sum);
    sum.net += line.netMinor;
    const rate = parseExact(of.rate);
    if (line.taxByCode) {
      seen.blank += 1;
      sum.open += line.netMinor;
    } else if (line.taxMinor === 0n && rate && percentOf(line.netMinor, rate) !== 0n) seen.nil += 1;
    else {
      if (line.taxMinor !== 0n) seen.taxed += 1;
      sum.tax += line.taxMinor;
    }
  }

  /** Asks, once all lines were read: of each code whose lines read both ways. */
  async settle(): Promise<void> {
    for (const seen of [...this.#seen.values()].sort((a, b) => (a.of.code < b.of.code ? -1 : 1))) {
      if (this.#isOpen(seen)) await this.#ask(seen);
    }
  }

  /**
   * Never where every line carries the tax of its rate, and never where name and code say nothing but a rate: a nil amount under "Standard
   * rate 20%" is no kind of code, it is held. Where lines carry tax, those that carry none are held and say so.
   */
  #isOpen({ of, blank, nil, taxed }: Seen): boolean {
    if (namesPlainRate(of.code, of.name)) return false;
    return blank > 0 || (nil > 0 && taxed === 0);
  }

  async #ask(seen: Seen): Promise<void> {
    const { of, blank, nil, count, lines, sides } = seen;
    const at = `${lines.length === 1 ? "line" : "lines"} ${lines.join(", ")}${count > lines.length ? " and others" : ""}`;
    const left = blank > 0 ? `leave the tax blank` : `carry no tax`;
    const kinds = TAX_KINDS.filter((kind) => {
      const row = TAX_KIND_ROWS[kind];
      return row.rate !== "nil" && [...sides].every((side) => row.sides.includes(side));
    });
    await this.#asking.settle({
      id: taxKindQuestion(of.code),
      text: `What kind of tax code is ${of.code}, “${of.name}”, ${of.rate}%?`,
      why: `${(blank || nil).toLocaleString("en-GB")} of its ${count.toLocaleString("en-GB")} lines (${at}) ${left}: at ${of.rate}% the document charges it, at a reverse charge the buyer accounts for it.`,
      options: kinds.map((kind) => ({ value: kind, label: TAX_KIND_ROWS[kind].label, comesTo: comesTo(seen, kind) })),
      remember: "client",
    });
  }
}

function comesTo(seen: Seen, kind: TaxKind): string {
  const charges = TAX_KIND_ROWS[kind].charges === "rate";
  const rate = parseExact(seen.of.rate);
  const parts = [...seen.sums.values()].map(({ currency, side, net, tax, open }) => {
    const show = (minor: bigint) => formatMoney(minor, currency, "en-GB");
    const charged = charges && rate ? tax + percentOf(open, rate) : tax;
    const own = selfAccounted({ kind, rate: seen.of.rate }, side, net);
    const boxes =
      own === null || own.vatMinor === null ? "" : `, self-accounted ${show(own.vatMinor)} (boxes ${own.vatBoxes.join(" and ")})`;
    return `net ${show(net)}, VAT charged ${show(charged)}, payable ${show(net + charged)}${boxes}`;
  });
  const held = charges ? seen.nil : seen.taxed;
  if (held > 0)
    parts.push(
      `${held.toLocaleString("en-GB")} ${held === 1 ? "line is" : "lines are"} held, since ${held === 1 ? "it carries" : "they carry"} another tax`,
    );
  return parts.join("; ");
}
