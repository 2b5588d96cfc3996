import type { ClientScope, ScopedDb } from "#db/client.ts";
import { clientLocale } from "#db/queries/imports/file-imports.ts";
import {
  listContactCountries,
  listContactsIn,
  listDatedCodes,
  listProductTax,
  listTaxLevels,
  saveTaxLevel,
} from "#db/queries/mapping/tax-levels.ts";
import { formatDate, type PlainDate } from "#lib/common/dates.ts";
import { type Exact, exactToText, percentOf } from "#lib/common/exact.ts";
import { formatMoney } from "#lib/common/money.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import { abroadOf, type RateChange, RateChanges, type ResolvedTax, resolveTax, type TaxLevel } from "#lib/tax/levels.ts";
import type { Credited } from "./credited.ts";
import type { Asking, QuestionOption, SettledQuestion } from "./questions.ts";

// A line's own tax code is carried as it stands. Here is what stands for one that a file leaves blank: levels and changes of rate are of
// lib/tax/levels.ts; what neither the file nor the client tells is gathered while lines are read, and asked once for the file.

const TREATMENT = "vat-treatment:";
const CREDIT_RATE = "credit-rate:";
const TAX_POINT = "tax-point";
/** The answer that leaves one abroad to the other levels. */
const AT_HOME = "as-at-home";

const treatmentQuestion = (side: DocumentSide, reference: string) => `${TREATMENT}${side}:${reference}`;
export const isTreatmentQuestion = (id: string): boolean => id.startsWith(TREATMENT);

/** What the client says of lines that bring no tax code. */
export interface LineTax {
  readonly changes: RateChanges;
  /** Whether the contact is abroad, by the line's country or its own. */
  isAbroad(reference: string, country: string): boolean;
  sources(line: { side: DocumentSide; product: string; contact: string; isAbroad: boolean }): {
    readonly levels: Parameters<typeof resolveTax>[0];
    /** Abroad, and nobody has said what that comes to. */
    readonly asks: boolean;
  };
  /** What was said of credit notes after a change of rate, for this upload. */
  creditRate(change: RateChange): string | null;
}

/** Reads what each level says; answers given with the upload stand before what is kept. */
export async function lineTax(db: ScopedDb, scope: ClientScope, asking: Asking | null): Promise<LineTax> {
  const away = abroadOf(await clientLocale(db, scope));
  const said = new Map<string, string | null>();
  for (const { level, side, subject, taxCode } of await listTaxLevels(db, scope))
    said.set(`${level} ${side} ${subject}`, taxCode);
  const products = new Map((await listProductTax(db, scope)).map((one) => [one.reference, one]));
  const countries = (await listContactCountries(db, scope)).filter(away);
  const abroad = new Set((await listContactsIn(db, scope, countries)).map((one) => one.reference));
  return {
    changes: new RateChanges(await listDatedCodes(db, scope)),
    isAbroad: (reference, country) => (country === "" ? abroad.has(reference) : away(country)),
    sources({ side, product, contact, isAbroad }) {
      const own = said.get(`contact ${side} ${contact}`) ?? null;
      const answer = isAbroad ? (asking?.answerTo(treatmentQuestion(side, contact)) ?? null) : null;
      const before = said.get(`abroad ${side} ${contact}`);
      const kept = answer === null ? before : answer === AT_HOME ? null : answer;
      const item = products.get(product);
      return {
        levels: {
          // What a product says is how it is sold at home: a code of the contact's own stands before it where the contact is abroad.
          abroad: isAbroad ? (kept === undefined ? own : kept) : null,
          product: item?.product ?? null,
          productGroup: item?.productGroup ?? null,
          contact: own,
          default: said.get(`default ${side} `) ?? null,
        },
        // Also where it was answered with this upload: so the answer is taken, and kept with the commit.
        asks: isAbroad && before === undefined && own === null,
      };
    },
    creditRate: (change) => asking?.answerTo(creditRateQuestion(change)) ?? null,
  };
}

const creditRateQuestion = ({ to, on }: RateChange): string => `${CREDIT_RATE}${to}:${on}`;

interface Sums {
  lines: number;
  readonly first: number[];
  /** By currency: the net, and the tax where the file gives it; minor units. */
  readonly money: Map<string, { net: bigint; open: bigint; tax: bigint }>;
}

/** How the reading of a file's lines took their tax codes, and what it could not tell. */
export interface LineTaxTally {
  readonly levels: Map<string, Sums & { readonly level: TaxLevel; readonly code: string }>;
  readonly treatments: Map<
    string,
    Sums & { readonly side: DocumentSide; readonly reference: string; name: string; country: string }
  >;
  readonly credits: Map<string, Sums & { readonly change: RateChange }>;
  readonly taxPoints: { lines: number; first: { line: number; taxPoint: PlainDate; issuedOn: PlainDate } | null };
}

export const lineTaxTally = (): LineTaxTally => ({
  levels: new Map(),
  treatments: new Map(),
  credits: new Map(),
  taxPoints: { lines: 0, first: null },
});

const noSums = (): Sums => ({ lines: 0, first: [], money: new Map() });

/** One line that brings no tax code, as far as it matters. */
export interface BareLine {
  readonly side: DocumentSide;
  readonly isCredit: boolean;
  readonly product: string;
  readonly contact: string;
  readonly contactName: string;
  readonly country: string;
  readonly issuedOn: PlainDate;
  /** As the file names it; null where it does not. */
  readonly taxPoint: PlainDate | null;
  readonly credited: Credited | null;
}

export interface TakenTax {
  readonly resolved: ResolvedTax | null;
  /** Questions that hang on this line, by id. */
  readonly treatment: string | null;
  readonly credit: RateChange | null;
}

/** The tax code that a line without one takes, and what nobody knows of it yet. */
export function taxOfLine(line: BareLine, of: LineTax): TakenTax {
  const { side, isCredit, credited, taxPoint, issuedOn } = line;
  const nothing = { treatment: null, credit: null };
  if (isCredit && taxPoint === null && credited?.code)
    return { ...nothing, resolved: { code: credited.code, level: "credited" } };
  const isAbroad = of.isAbroad(line.contact, line.country);
  const { levels, asks } = of.sources({ side, product: line.product, contact: line.contact, isAbroad });
  const treatment = asks ? treatmentQuestion(side, line.contact) : null;
  const on = taxPoint ?? (isCredit ? (credited?.on ?? issuedOn) : issuedOn);
  const resolved = resolveTax(levels, on, of.changes);
  if (!resolved || !isCredit || taxPoint !== null || credited !== null) return { treatment, resolved, credit: null };
  const change = of.changes.changeWithinYear(resolved.code, issuedOn);
  if (change === null) return { treatment, resolved, credit: null };
  const said = of.creditRate(change);
  return { treatment, resolved: said === null ? resolved : { ...resolved, code: said }, credit: change };
}

/** Counts what one line took, and what it asks. */
export function countLineTax(
  tally: LineTaxTally,
  taken: TakenTax,
  of: BareLine & { line: number; currency: string; netMinor: bigint; taxMinor: bigint; taxGiven: boolean },
): void {
  const add = (sums: Sums) => {
    sums.lines += 1;
    if (sums.first.length < 5) sums.first.push(of.line);
    const money = sums.money.get(of.currency) ?? { net: 0n, open: 0n, tax: 0n };
    sums.money.set(of.currency, money);
    money.net += of.netMinor;
    if (of.taxGiven) money.tax += of.taxMinor;
    else money.open += of.netMinor;
  };
  const { resolved, treatment, credit } = taken;
  if (resolved) {
    const key = `${resolved.level} ${resolved.code}`;
    const row = tally.levels.get(key) ?? { ...noSums(), level: resolved.level, code: resolved.code };
    tally.levels.set(key, row);
    add(row);
  }
  if (treatment !== null) {
    const row = tally.treatments.get(treatment) ?? { ...noSums(), side: of.side, reference: of.contact, name: "", country: "" };
    tally.treatments.set(treatment, row);
    row.name ||= of.contactName;
    row.country ||= of.country;
    add(row);
  }
  if (credit !== null) {
    const id = creditRateQuestion(credit);
    const row = tally.credits.get(id) ?? { ...noSums(), change: credit };
    tally.credits.set(id, row);
    add(row);
  }
}

/** Tax codes that a file's lines may take, with what they charge. */
export interface KnownTax {
  readonly code: string;
  readonly name: string;
  readonly side: "sales" | "purchase" | "both" | null;
}

/** Asks, once all lines were read, what neither the file nor the client tells of their tax. */
export async function settleLineTax(
  tally: LineTaxTally,
  asking: Asking,
  codes: readonly KnownTax[],
  charged: ReadonlyMap<string, Exact>,
): Promise<void> {
  const told = ({ money }: Sums, code: string): string => {
    const rate = charged.get(code);
    return [...money]
      .map(([currency, { net, open, tax }]) => {
        const show = (minor: bigint) => formatMoney(minor, currency, "en-GB");
        return `net ${show(net)}, VAT ${show(rate ? tax + percentOf(open, rate) : tax)}`;
      })
      .join("; ");
  };
  const lineWords = ({ lines, first }: Sums): string =>
    `${lines.toLocaleString("en-GB")} ${lines === 1 ? "line" : "lines"} (${first.join(", ")}${lines > first.length ? " and others" : ""})`;
  const option = (sums: Sums, code: string, label: string): QuestionOption => ({ value: code, label, comesTo: told(sums, code) });

  for (const [id, row] of [...tally.treatments].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const fits = codes.filter(({ side }) => side === null || side === "both" || side === row.side);
    const who = row.side === "sales" ? "customer" : "supplier";
    const named = row.name === "" ? row.reference : `${row.reference}, ${row.name}`;
    await asking.settle({
      id,
      text: `Which tax code do lines of ${named} take, a ${who} abroad${row.country === "" ? "" : ` (${row.country})`}?`,
      why: `${lineWords(row)} name no tax code, and no VAT treatment of this ${who} is known.`,
      remember: "client",
      options: [
        ...fits.map(({ code, name }) => option(row, code, `${code} ${name}${rateWords(charged.get(code))}`)),
        { value: AT_HOME, label: `As at home: by product, ${who} and default`, comesTo: "" },
      ],
    });
  }
  for (const [id, row] of tally.credits) {
    const { from, to, on } = row.change;
    const labelled = (code: string, when: string) =>
      option(row, code, `${code}${rateWords(charged.get(code))}: the invoice is of ${when} ${formatDate(on)}`);
    await asking.settle({
      id,
      text: `Which rate do credit notes take that name no invoice, within a year of the change from ${from} to ${to} on ${formatDate(on)}?`,
      why: `${lineWords(row)} name neither a tax code nor an invoice that is known: a credit note takes the rate of the invoice that it credits.`,
      remember: "no",
      options: [labelled(from, "before"), labelled(to, "on or after")],
    });
  }
  const { first, lines } = tally.taxPoints;
  if (first !== null)
    await asking.settle({
      id: TAX_POINT,
      text: "Some tax points lie in another month than their document’s date. Do both fall in one VAT period?",
      why: `Line ${first.line}: tax point ${formatDate(first.taxPoint)}, document of ${formatDate(first.issuedOn)}${lines > 1 ? `, and ${lines - 1} more` : ""}. The package takes the VAT into the period of the document’s date.`,
      remember: "no",
      options: [
        { value: "one-period", label: "Yes: take them by the document’s date; the rate is that of the tax point", comesTo: "" },
      ],
    });
}

const rateWords = (rate: Exact | undefined): string => (rate === undefined ? "" : ` (${exactToText(rate)}%)`);

/** A tax code that lines of a file took which brought none, as the preview shows it. Amounts are minor units, as text. */
export interface TaxTaken {
  readonly level: TaxLevel;
  readonly code: string;
  /** What it charges, per cent. */
  readonly rate: string;
  readonly lines: number;
  /** The first of them. */
  readonly first: readonly number[];
  readonly net: readonly { readonly currency: string; readonly minor: string }[];
}

export function taxTaken(tally: LineTaxTally, charged: ReadonlyMap<string, Exact>): TaxTaken[] {
  return [...tally.levels.values()]
    .map(({ level, code, lines, first, money }) => {
      const rate = charged.get(code);
      const net = [...money].map(([currency, sums]) => ({ currency, minor: sums.net.toString() }));
      return { level, code, rate: rate ? exactToText(rate) : "", lines, first, net };
    })
    .sort((a, b) => b.lines - a.lines || (a.code < b.code ? -1 : 1));
}

/** Keeps with the client what was said of contacts abroad, once the file that asked is committed. */
export async function saveTreatments(db: ScopedDb, scope: ClientScope, settled: readonly SettledQuestion[]): Promise<void> {
  for (const { id, value } of settled) {
    const [, side, subject] = /^vat-treatment:(sales|purchase):(.+)$/s.exec(id) ?? [];
    if ((side !== "sales" && side !== "purchase") || subject === undefined) continue;
    await saveTaxLevel(db, scope, { level: "abroad", side, subject, taxCode: value === AT_HOME ? null : value });
  }
}
