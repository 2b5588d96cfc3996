import { absolute, type Exact, exactToMinor, isWithin, multiply } from "#lib/common/exact.ts";
import { isNoAmount, readWritten } from "./amounts.ts";
import { readNumber } from "./numbers.ts";
import type { ImportProfile } from "./profile.ts";
import { folded, type Layout } from "./records.ts";

// A column of money that nobody reads is how an invoice becomes another one: a discount, a freight charge, a total that would have told.
// Each column that the profile does not know is looked at: it holds no amounts, or its amounts are figures that are known anyway, or somebody
// says what it is.

/** A figure of the line that an unknown column may repeat. */
const FIGURES = ["nil", "net", "tax", "gross", "worth", "price", "quantity", "rate", "one"] as const;
type Figure = (typeof FIGURES)[number];

/** A figure of the whole document that it may repeat. */
export type DocumentFigure = "net" | "tax" | "gross";

const FIGURE_LABELS: Readonly<Record<Figure, string>> = {
  nil: "nil on every line",
  net: "the line's net",
  tax: "the line's tax",
  gross: "the line's net and tax",
  worth: "quantity times price",
  price: "the unit price",
  quantity: "the quantity",
  rate: "the tax code's rate",
  one: "1 on every line",
};
export const DOCUMENT_FIGURE_LABELS: Readonly<Record<DocumentFigure, string>> = {
  net: "the document's net",
  tax: "the document's tax",
  gross: "the document's total",
};

/** What takes from, or adds to, what a document comes to. Words of other languages stand where files of their ledgers are common here. */
const CHANGES =
  "discount disc rebate reduction allowance deduction deductions deducted adjustment adjustments freight carriage postage shipping delivery charge charges fee fees surcharge levy duty deposit retention withholding withheld cis rounding tip insurance packing handling rabatt korting remise sconto descuento skonto nachlass abzug anzahlung acompte aanbetaling zuschlag toeslag porto versand versandkosten fracht verzendkosten vracht frais preiseinheit prijseenheid";
/** What repeats an amount of a line or a document. */
const TOTALS =
  "total totals amount amt net gross value sum subtotal price tax vat gst hst pst btw mwst tva iva betrag bedrag montant importe summe totaal netto brutto bruto prijs preis prix steuer";
/** What says something about an amount and changes no document. */
const BESIDE =
  "paid balance outstanding due owing open exchange fx rate cost costs margin profit commission rrp list weight received receipt unallocated";
const words = (text: string) => new Set(text.split(" "));
const CHANGING = words(CHANGES);
const REPEATING = words(TOTALS);
const STANDING_BESIDE = words(BESIDE);
/** A heading that ends so names something, however much its other words speak of money: "VAT number", "Discount code". */
const NAMES = words(
  "number no nr num id code ref reference date name type reason status method terms key group category account currency uom year month period week day time line row seq sequence page phone tel postcode zip description note notes comment comments narrative by user email country region site branch store depot warehouse location department dept project job order centre center version revision barcode ean sku lines registration reg address town city county",
);

type Speaks = "changes" | "repeats" | "beside" | "nothing";

/** Postage and packing, and what a price is for: each changes what a line comes to. */
const CHANGING_HEADING = /^\W*p\s*[&+]\s*p\b|^\W*(?:price\s+)?per\W*$|^\W*price\s+(?:unit|basis)\W*$/i;
/** "Discount per line" and "Tax on order" speak of amounts: what follows says only what they are of. */
const OF_WHAT = /\s(?:per|on|each)\s+\p{L}+\s*$/u;

function speaksOf(heading: string): Speaks {
  if (CHANGING_HEADING.test(heading)) return "changes";
  const found = heading
    .replace(OF_WHAT, "")
    .normalize("NFKC")
    .toLowerCase()
    .split(/[^\p{L}\p{N}%]+/u)
    .filter((word) => word !== "");
  if (NAMES.has(found.at(-1) ?? "")) return "nothing";
  if (found.some((word) => STANDING_BESIDE.has(word)) && !found.some((word) => CHANGING.has(word))) return "beside";
  if (found.some((word) => CHANGING.has(word))) return "changes";
  if (found.some((word) => REPEATING.has(word) || word.includes("%"))) return "repeats";
  return "nothing";
}

interface Watched {
  readonly heading: string;
  readonly at: number;
  readonly speaks: Speaks;
  readonly left: Set<Figure>;
  /** Whether it holds words: then it is no column of amounts. */
  isText: boolean;
  hasDecimals: boolean;
  /** The first line that holds an amount other than nil, or what cannot be read as one. */
  first: { readonly line: number; readonly value: string } | null;
  filled: number;
}

/** A column whose amounts no line explains. */
interface UnknownMoney {
  readonly heading: string;
  /** Its place among what each line keeps of such columns. */
  readonly place: number;
  /** Whether it may change what documents come to; otherwise it may be put aside by somebody who has looked at it. */
  readonly changes: boolean;
  /** Whether it may be a figure of whole documents: a discount that happens to equal one is none. */
  readonly mayRepeat: boolean;
  readonly line: number;
  readonly value: string;
}

export interface MoneyColumns {
  /** Looks at one line's unknown columns; answers their amounts in minor units, null where blank or no amount. */
  take(line: number, values: readonly string[], money: MoneyBeside): readonly (bigint | null)[];
  /** Columns whose amounts are known figures, with which. */
  checked(): readonly { readonly heading: string; readonly is: string }[];
  /** Columns of money that are left. */
  open(): readonly UnknownMoney[];
}

/** What is known of a line that an unknown column may repeat. */
export interface MoneyBeside {
  /** Decimals of its currency. */
  readonly digits: number;
  readonly net: bigint;
  readonly tax: bigint;
  readonly rate: Exact;
  readonly quantity: Exact;
  readonly unitPrice: Exact | null;
}

/** What is known of a line that has one amount and no more: a payment, a leg of a journal. */
export function besideAmount(minor: bigint, digits: number): MoneyBeside {
  return { digits, net: minor, tax: 0n, rate: NIL, quantity: ONE, unitPrice: null };
}

const NIL: Exact = { units: 0n, scale: 0 };
const ONE: Exact = { units: 1n, scale: 0 };

/** Watches the columns of a file of documents that its profile does not know; null where there are none. */
export function moneyColumns(profile: ImportProfile, layout: Layout): MoneyColumns | null {
  const notUsed = new Set(profile.notUsed.map(folded));
  const known = new Set(Object.values(layout.at));
  const watched: Watched[] = layout.headers.flatMap((heading, at) => {
    if (known.has(at) || heading.trim() === "" || notUsed.has(folded(heading))) return [];
    const speaks = speaksOf(heading);
    return [
      {
        heading,
        at,
        speaks,
        left: new Set(figuresOf(heading, speaks)),
        isText: false,
        hasDecimals: false,
        first: null,
        filled: 0,
      },
    ];
  });
  if (watched.length === 0) return null;
  const isMoney = (column: Watched) =>
    column.filled > 0 && column.first !== null && !column.isText && (column.speaks !== "nothing" || column.hasDecimals);
  return {
    take: (line, values, money) => watched.map((column) => look(column, layout, line, values, money)),
    checked: () =>
      watched.flatMap((column) => {
        const [figure] = column.left;
        return isMoney(column) && figure !== undefined ? [{ heading: column.heading, is: FIGURE_LABELS[figure] }] : [];
      }),
    open: () =>
      watched.flatMap((column, place) =>
        isMoney(column) && column.left.size === 0
          ? [
              {
                heading: column.heading,
                place,
                changes: column.speaks === "changes" || column.speaks === "repeats",
                mayRepeat: column.speaks !== "changes" && !column.heading.includes("%"),
                line: column.first?.line ?? 0,
                value: column.first?.value ?? "",
              },
            ]
          : [],
      ),
  };
}

/** What a column may repeat, by its heading: that ten of something cost 10 % less is no proof that the column is the quantity. */
function figuresOf(heading: string, speaks: Speaks): readonly Figure[] {
  const name = heading.toLowerCase();
  // A price for one changes nothing.
  if (speaks === "changes")
    return /per\W*$|price\s+(?:unit|basis)|preiseinheit|prijseenheid/.test(name) ? ["nil", "one"] : ["nil"];
  if (name.includes("%")) return ["nil", "rate"];
  const figures: Figure[] = ["nil", "net", "tax", "gross", "worth"];
  if (/price|value|cost|preis|prijs|prix/.test(name)) figures.push("price");
  if (/rate/.test(name)) figures.push("rate");
  if (/rate|exchange|fx/.test(name)) figures.push("one");
  if (speaks === "nothing") figures.push("quantity", "price");
  return figures;
}

function look(
  column: Watched,
  layout: Layout,
  line: number,
  values: readonly string[],
  { digits, net, tax, rate, quantity, unitPrice }: MoneyBeside,
): bigint | null {
  if (column.isText) return null;
  const text = (values[column.at] ?? "").trim();
  if (text === "") return null;
  let value = readNumber(text, layout.decimalMark);
  if (value === null) {
    const written = readWritten(text, layout.decimalMark);
    value = isNoAmount(written) ? null : written.value;
  }
  if (value === null) {
    // Words are no amount; words with a figure in them, under a heading that speaks of money, are not left out unseen.
    if (column.speaks === "nothing") column.isText = true;
    else if (/\d/.test(text)) {
      column.filled += 1;
      column.left.clear();
      column.first ??= { line, value: text };
    }
    return null;
  }
  column.filled += 1;
  column.hasDecimals ||= value.scale > 0 || /[.,]\d+\D*$/.test(text);
  if (value.units !== 0n) column.first ??= { line, value: text };
  const minor = exactToMinor(value, digits);
  if (column.left.size > 0) {
    const size = absolute(value);
    const is = (exact: Exact) => isWithin(size, absolute(exact), NIL);
    const amount = (known: bigint) => value.scale <= digits && (minor === known || minor === -known);
    const still: Record<Figure, () => boolean> = {
      nil: () => value.units === 0n,
      net: () => amount(net),
      tax: () => amount(tax),
      gross: () => amount(net + tax),
      worth: () => unitPrice !== null && amount(exactToMinor(multiply(quantity, unitPrice), digits)),
      price: () => unitPrice !== null && is(unitPrice),
      quantity: () => is(quantity),
      rate: () => is(rate),
      one: () => is(ONE),
    };
    for (const figure of column.left) if (!still[figure]()) column.left.delete(figure);
  }
  return minor;
}
