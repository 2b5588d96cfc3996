import type { ClientScope, ScopedDb } from "#db/client.ts";
import { UNIT } from "#db/queries/import-lines.ts";
import {
  type BornFigure,
  changeStagedAmounts,
  listSettledLines,
  listUnsettled,
  type SettledLine,
  type UnsettledDocument,
} from "#db/queries/import-settle.ts";
import { minorToDecimal } from "#lib/common/money.ts";
import { isCreditNote } from "#lib/common/records.ts";
import { type Exact, percentOf } from "./exact.ts";
import type { Field } from "./fields.ts";
import type { LineFault } from "./read-line.ts";

// Figures of a whole document are held against its lines once they are put together. What rounding explains goes where it was made, so
// that the document comes to what its file says, to the penny; anything more is a fault with both figures.

/** How many documents' lines are looked at at once. */
const BATCH = 2_000;

export interface Settled {
  readonly faults: readonly LineFault[];
  /** By how much the net of the file's lines has changed, by currency. */
  readonly netShift: ReadonlyMap<string, bigint>;
}

interface Plan {
  readonly document: UnsettledDocument;
  /** What its lines' net shall come to; null where it stays. */
  readonly net: bigint | null;
  /** What its lines' tax shall come to, null for what they come to anyway; and whether the tax on the file's lines is the whole document's. */
  readonly tax: { readonly target: bigint | null; readonly isWhole: boolean } | null;
}

/**
 * Settles the staged documents of an upload.
 *
 * @param headerOf a field's column as the file heads it
 * @param rates per cent by tax code
 */
export async function settleDocuments(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  headerOf: (field: Field) => string,
  rates: ReadonlyMap<string, Exact>,
): Promise<Settled> {
  const faults: LineFault[] = [];
  const plans: Plan[] = [];
  for (const document of await listUnsettled(db, scope, importId)) {
    const plan = judge(document, headerOf, faults);
    if (plan) plans.push(plan);
  }
  const netShift = new Map<string, bigint>();
  for (let at = 0; at < plans.length; at += BATCH) {
    const batch = plans.slice(at, at + BATCH);
    const lines = Map.groupBy(
      await listSettledLines(
        db,
        scope,
        importId,
        batch.map((plan) => plan.document),
      ),
      (line) => `${line.kind}${UNIT}${line.reference}`,
    );
    const changed: SettledLine[] = [];
    for (const plan of batch) {
      const { document } = plan;
      const done = settle(plan, lines.get(`${document.kind}${UNIT}${document.reference}`) ?? [], rates);
      if (typeof done === "string") {
        const field =
          plan.net !== null ? "documentNet" : document.said.tax ? "documentTax" : document.said.gross ? "documentGross" : "tax";
        faults.push(faultOf(document, headerOf(field), "", document.firstLine, done));
        continue;
      }
      changed.push(...done);
      if (plan.net !== null) netShift.set(document.currency, (netShift.get(document.currency) ?? 0n) + plan.net - document.net);
    }
    if (changed.length > 0) await changeStagedAmounts(db, scope, importId, changed);
  }
  return { faults, netShift };
}

function faultOf(document: UnsettledDocument, field: string, value: string, line: number, rule: string): LineFault {
  return { line, field, value, rule: rule.replace("{number}", document.number), fixer: "operations" };
}

const size = (minor: bigint) => (minor < 0n ? -minor : minor);

/** Pennies by which tax worked out line by line may differ from tax worked out once: half a penny a line, and half for the whole. */
const roundingOf = (lines: number) => BigInt(Math.floor((lines + 2) / 2));

/** What is to be done with one document; null when nothing, or when it has faults, which are added. */
function judge(document: UnsettledDocument, headerOf: (field: Field) => string, faults: LineFault[]): Plan | null {
  const { said, currency, lines } = document;
  const isCredit = isCreditNote(document.kind);
  const show = (minor: bigint) => minorToDecimal(minor, currency);
  const before = faults.length;

  const taxIsWhole = wholeTax(document);
  const taxNow = taxIsWhole ?? document.tax;
  /** The figure that the file means, in the lines' sign; null where none stands there or where it is faulty. */
  const figureOf = (field: Field, born: BornFigure | null, ours: bigint, near: bigint): bigint | null => {
    if (born === null) return null;
    const turned = (minor: bigint) => (isCredit && minor !== 0n && ours !== 0n && minor < 0n !== ours < 0n ? -minor : minor);
    const close = (minor: bigint) => size(turned(minor) - ours) <= near;
    if (born.least === born.most && (close(born.least) || lines === 1 || born.count < lines || !close(born.sum)))
      return turned(born.least);
    // On every line another amount: the column is the lines' own, and their sum the document's.
    if (born.count === lines) return turned(born.sum);
    const rule = `is the same on every line of document {number} that has it: ${show(born.least)} and ${show(born.most)} are there`;
    faults.push(faultOf(document, headerOf(field), show(born.least), born.line, rule));
    return null;
  };
  const disagree = (field: Field, born: BornFigure | null, said: bigint, ours: string) =>
    faults.push(
      faultOf(
        document,
        headerOf(field),
        show(said),
        born?.line ?? document.firstLine,
        `is what the lines of document {number} total: ${show(said)} here, and ${ours}`,
      ),
    );

  // A penny a line beyond what prices explain is looked at when it is spread.
  const net = figureOf("documentNet", said.net, document.net, BigInt(lines));
  const tax = figureOf("documentTax", said.tax, taxNow, roundingOf(lines));
  const gross = figureOf("documentGross", said.gross, document.net + taxNow, roundingOf(lines));
  if (faults.length > before) return null;

  const netTarget = net !== null && net !== document.net ? net : null;
  const netThen = netTarget ?? document.net;
  if (tax !== null && gross !== null && netThen + tax !== gross) {
    disagree("documentGross", said.gross, gross, `${show(netThen)} net + ${show(tax)} tax = ${show(netThen + tax)}`);
    return null;
  }
  const target = tax ?? (gross === null ? taxIsWhole : gross - netThen);
  // With its net changed, what its lines' tax comes to is only known once they are.
  if (netTarget === null && target !== null && size(target - taxNow) > roundingOf(lines)) {
    if (tax !== null) disagree("documentTax", said.tax, tax, `${show(taxNow)} of tax`);
    else if (gross !== null)
      disagree(
        "documentGross",
        said.gross,
        gross,
        `${show(document.net)} net + ${show(taxNow)} tax = ${show(document.net + taxNow)}`,
      );
    return null;
  }
  const changes = taxIsWhole !== null || (target !== null && (target !== document.tax || netTarget !== null));
  if (netTarget === null && !changes) return null;
  return { document, net: netTarget, tax: changes ? { target, isWhole: taxIsWhole !== null } : null };
}

/**
 * The tax of the whole document where it stands in the column of the lines' tax, on the first line alone or on each; null where the lines'
 * tax is their own.
 */
function wholeTax({ lines, given, taxByRate }: UnsettledDocument): bigint | null {
  if (given.count === 0 || lines < 2) return null;
  const near = roundingOf(lines);
  if (size(given.tax - given.byRate) <= near) return null;
  if (given.count < lines && size(given.tax - taxByRate) <= near) return given.tax;
  if (given.count === lines && given.least === given.most && size(given.least - taxByRate) <= near) return given.least;
  return null;
}

/** The changed lines of a document; a sentence where its figures cannot be spread over them. */
function settle(
  { document, net, tax }: Plan,
  lines: readonly SettledLine[],
  rates: ReadonlyMap<string, Exact>,
): SettledLine[] | string {
  const show = (minor: bigint) => minorToDecimal(minor, document.currency);
  const now = lines.map((line) => ({ ...line }));
  const changed = new Set<number>();
  if (net !== null) {
    const apart = net - document.net;
    const best = largest(now, (line) => line.slack);
    const line = best === null ? undefined : now[best];
    if (best === null || !line || size(apart) > line.slack)
      return `says ${show(net)} for document {number}, whose lines total ${show(document.net)}`;
    line.netMinor += apart;
    const rate = rates.get(line.content.split(UNIT)[5] ?? "");
    line.taxByRate = rate ? percentOf(line.netMinor, rate) : line.taxByRate;
    if (!line.taxGiven) line.taxMinor = line.taxByRate;
    changed.add(best);
  }
  if (tax !== null) {
    if (tax.isWhole) {
      for (const [at, line] of now.entries()) {
        if (line.taxMinor === line.taxByRate) continue;
        line.taxMinor = line.taxByRate;
        changed.add(at);
      }
    }
    const sum = now.reduce((total, line) => total + line.taxMinor, 0n);
    const apart = (tax.target ?? sum) - sum;
    if (apart !== 0n) {
      const best = largest(now, (line) => (line.taxGiven && !tax.isWhole ? 0n : size(line.taxByRate)));
      const line = best === null ? undefined : now[best];
      if (best === null || !line || size(apart) > roundingOf(lines.length))
        return `says ${show(sum + apart)} of tax for document {number}, whose lines total ${show(sum)}`;
      line.taxMinor += apart;
      changed.add(best);
    }
  }
  return now.filter((_, at) => changed.has(at));
}

function largest<Item>(items: readonly Item[], of: (item: Item) => bigint): number | null {
  let best: number | null = null;
  let most = 0n;
  for (const [at, item] of items.entries()) {
    const value = of(item);
    if (value > most) {
      most = value;
      best = at;
    }
  }
  return best;
}
