import {
  absolute,
  add,
  divideRounded,
  type Exact,
  exactToMinor,
  exactToText,
  isWithin,
  multiply,
  negate,
  percentOf,
  tenTo,
} from "#lib/common/exact.ts";
import { minorToDecimal } from "#lib/common/money.ts";
import type { Field } from "./fields.ts";

// What a line comes to, from whatever its file gives of it: quantity and price, prices with tax, discounts, net, tax, totals. What the file
// gives as a total counts; what is worked out beside it is only held against it.

/** How a discount may be meant; a file's own totals, or a person, say which. */
export type DiscountMode = "percent" | "amount" | "included";

/** The amounts of one line as its file gives them; null or not there where blank. */
type LineAmounts = Readonly<
  Partial<
    Record<
      "quantity" | "unitPrice" | "unitPriceGross" | "net" | "tax" | "discountPercent" | "discount" | "lineTotal" | "lineGross",
      Exact | null
    >
  >
>;

export interface MoneyOf {
  readonly amounts: LineAmounts;
  /** Per cent, charged on the net; null where the line's tax code is not known. */
  readonly rate: Exact | null;
  readonly currency: string;
  /** Decimals of the currency. */
  readonly digits: number;
  readonly isCredit: boolean;
  /** Decimals of a price as it is written, trailing zeros counted. */
  readonly written: (field: "unitPrice" | "unitPriceGross") => number;
  /** Whether a discount is written with a per cent sign. */
  readonly isPercent: (field: "discountPercent" | "discount") => boolean;
  /** How discounts are meant that no total proves. */
  readonly discountMode: DiscountMode;
}

export interface LineMoney {
  readonly quantity: Exact;
  /** Null where the file gives neither price nor net. */
  readonly unitPrice: Exact | null;
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
  readonly taxGiven: boolean;
  /** By how much the net may be off, minor units: nil where the file gives it. */
  readonly slackMinor: bigint;
  /** What the line comes to by each meaning of its discount; null where it has none, or where its net is given. */
  readonly discounted: ReadonlyMap<DiscountMode, bigint> | null;
  /** The meanings of its discount that its own total allows; null where it has none, or no total. */
  readonly proven: readonly DiscountMode[] | null;
  readonly faults: readonly { readonly field: Field; readonly rule: string }[];
}

const ONE: Exact = { units: 1n, scale: 0 };
const HUNDRED: Exact = { units: 100n, scale: 0 };
/** As many as packages keep; a price with more informs, and the file's net amount counts. */
const MAX_DECIMALS = 4;

/** Works out a line's net and tax. With faults in it, as far as can be told. */
export function moneyOf(line: MoneyOf): LineMoney {
  const { amounts, rate, currency, digits, isCredit } = line;
  const faults: { field: Field; rule: string }[] = [];
  const fault = (field: Field, rule: string) => faults.push({ field, rule });
  const show = (minor: bigint) => minorToDecimal(minor, currency);
  const minorOf = (value: Exact) => exactToMinor(value, digits);
  for (const field of ["net", "tax", "lineTotal", "lineGross"] as const) {
    const value = amounts[field];
    if (value && value.scale > digits) fault(field, `has at most ${digits} decimals in ${currency}`);
  }
  const price = amounts.unitPrice ?? null;
  const grossPrice = price === null ? (amounts.unitPriceGross ?? null) : null;
  let quantity = amounts.quantity ?? ONE;

  // What the file says the line comes to.
  let said = amounts.net ?? amounts.lineTotal ?? null;
  if (amounts.net && amounts.lineTotal && minorOf(amounts.net) !== minorOf(amounts.lineTotal))
    fault("lineTotal", `is the line's net, ${exactToText(amounts.net)}: the two columns say two amounts`);
  const gross = amounts.lineGross ?? null;
  let grossTaken = false;
  /** A total with tax says the tax too. */
  const taxGiven = Boolean(amounts.tax) || gross !== null;
  if (said === null && gross && amounts.tax) {
    said = add(gross, negate(amounts.tax));
    grossTaken = true;
  }
  if (said === null && price === null && grossPrice === null && gross && rate) {
    const net = withoutTax(minorOf(gross), rate);
    return {
      quantity,
      unitPrice: divided({ units: net, scale: digits }, quantity),
      netMinor: net,
      taxMinor: minorOf(gross) - net,
      taxGiven: true,
      slackMinor: 0n,
      discounted: null,
      proven: null,
      faults,
    };
  }
  if (said === null) {
    for (const [field, value] of [
      ["unitPrice", price],
      ["quantity", amounts.quantity ?? null],
    ] as const) {
      if (value && value.scale > MAX_DECIMALS && (price !== null || grossPrice !== null))
        fault(field, `has at most ${MAX_DECIMALS} decimals where the file gives no net amount`);
    }
  }

  const unit = price ?? grossPrice;
  if (unit === null) {
    const net = said === null ? 0n : minorOf(said);
    const taxMinor = amounts.tax ? minorOf(amounts.tax) : rate ? percentOf(net, rate) : 0n;
    const unitPrice = said === null ? null : divided(said, quantity);
    const done = { quantity, unitPrice, taxGiven, slackMinor: 0n, discounted: null, proven: null };
    return { ...done, ...withGross({ net, tax: taxMinor, slack: 0n }), faults };
  }

  const base = multiply(quantity, unit);
  const half: Exact = { units: 5n, scale: Math.max(line.written(price === null ? "unitPriceGross" : "unitPrice"), digits) + 1 };
  const tolerance = add(multiply(absolute(quantity), half), { units: 5n, scale: digits + 1 });
  const slack = slackOf(tolerance, digits);
  const meanings = meaningsOf(base, quantity, line);
  const hasDiscount = meanings.size > 1;
  if (said === null && hasDiscount) {
    const field = amounts.discountPercent ? "discountPercent" : "discount";
    const value = absolute(amounts[field] ?? ONE);
    if (field === "discountPercent" && !line.isPercent(field) && value.units < tenTo(value.scale))
      fault(
        field,
        `is per cent: ${exactToText(value)} may be as much, or a hundredfold as spreadsheets keep it, and the line has no total that says which`,
      );
    if ((field === "discountPercent" || line.isPercent(field)) && value.units > 100n * tenTo(value.scale))
      fault(field, "is per cent, at most 100");
  }
  const wantedMode: DiscountMode = hasDiscount && meanings.has(line.discountMode) ? line.discountMode : firstOf(meanings);

  if (price !== null && said !== null && amounts.quantity === undefined) {
    // No column says how many: the price of one cannot be held against what they come to.
    const net = minorOf(said);
    const taxMinor = amounts.tax ? minorOf(amounts.tax) : rate ? percentOf(net, rate) : 0n;
    const checked = withGross({ net, tax: taxMinor, slack: 0n });
    return { quantity, unitPrice: said, taxGiven, slackMinor: 0n, discounted: null, proven: null, ...checked, faults };
  }
  if (price !== null && said !== null) {
    const fits = (value: Exact) =>
      [...meanings].filter(([, ways]) => ways.some((one) => isWithin(one, value, tolerance))).map(([mode]) => mode);
    let proven = fits(said);
    if (proven.length === 0 && isCredit) {
      // A credit note's amounts may stand below zero beside a quantity and a price that do not.
      proven = fits(negate(said));
      if (proven.length > 0) quantity = negate(quantity);
    }
    if (proven.length === 0) {
      const ways = [
        ...new Set([...meanings].flatMap(([mode, values]) => values.slice(0, 1).map((value) => tellWay(mode, value)))),
      ];
      fault(saidBy(), `is quantity times price: ${amountText(said)} here, and ${ways.join(" or ")}`);
    }
    const net = minorOf(said);
    const taxMinor = amounts.tax ? minorOf(amounts.tax) : rate ? percentOf(net, rate) : 0n;
    const checked = withGross({ net, tax: taxMinor, slack: 0n });
    return {
      quantity,
      unitPrice: price,
      taxGiven,
      slackMinor: 0n,
      discounted: null,
      proven: hasDiscount ? proven : null,
      ...checked,
      faults,
    };
  }
  const [amount = base] = meanings.get(wantedMode) ?? [];
  if (amounts.discountPercent && amounts.discount && hasDiscount && said === null) {
    const [byPercent, byAmount] = [meanings.get("percent") ?? [], meanings.get("amount") ?? []];
    if (!byPercent.some((one) => byAmount.some((other) => isWithin(one, other, tolerance))))
      fault("discount", "is the discount per cent in money: the two say two discounts");
  }
  if (price !== null) {
    const net = minorOf(amount);
    const taxMinor = amounts.tax ? minorOf(amounts.tax) : rate ? percentOf(net, rate) : 0n;
    const checked = withGross({ net, tax: taxMinor, slack });
    const others = hasDiscount ? new Map([...meanings].map(([mode, [value = base]]) => [mode, minorOf(value)] as const)) : null;
    const slackMinor = checked.netMinor === net && gross === null ? slack : 0n;
    return {
      quantity,
      unitPrice: price,
      taxGiven,
      slackMinor,
      discounted: gross ? null : others,
      proven: null,
      ...checked,
      faults,
    };
  }

  // Prices with tax: what the buyer pays is exact, and the net is what is left of it.
  const paid = minorOf(amount);
  let net = said === null ? 0n : minorOf(said);
  if (said === null) net = amounts.tax ? paid - minorOf(amounts.tax) : rate ? withoutTax(paid, rate) : paid;
  const taxMinor = amounts.tax ? minorOf(amounts.tax) : said === null ? paid - net : rate ? percentOf(net, rate) : 0n;
  if (said !== null && !isWithin({ units: net + taxMinor, scale: digits }, amount, add(tolerance, { units: 1n, scale: digits })))
    fault(
      saidBy(),
      `is quantity times price with tax, less tax: ${show(net)} and ${show(taxMinor)} tax here, and ${show(paid)} with tax`,
    );
  const checked = withGross({ net, tax: taxMinor, slack: 0n });
  const others =
    hasDiscount && said === null && gross === null
      ? new Map(
          [...meanings].map(
            ([mode, [value = base]]) => [mode, rate ? withoutTax(minorOf(value), rate) : minorOf(value)] as const,
          ),
        )
      : null;
  return {
    quantity,
    unitPrice: divided({ units: checked.netMinor, scale: digits }, quantity),
    // What is left of a price with tax is no amount that a rate gives anew.
    taxGiven: true,
    slackMinor: 0n,
    discounted: others,
    proven: null,
    ...checked,
    faults,
  };

  function saidBy(): Field {
    return amounts.net ? "net" : amounts.lineTotal ? "lineTotal" : "lineGross";
  }

  function amountText(value: Exact): string {
    return minorToDecimal(exactToMinor(value, digits), currency);
  }

  function tellWay(mode: DiscountMode, value: Exact): string {
    const told = amountText(value);
    if (mode === "included") return hasDiscount ? `${told} without the discount` : told;
    return `${told} with the discount ${mode === "percent" ? "as per cent" : "as an amount"}`;
  }

  /** Holds net and tax against the line's total with tax: the file's total counts, where it lies within what rounding explains. */
  function withGross({ net: ownNet, tax: ownTax, slack: ownSlack }: { net: bigint; tax: bigint; slack: bigint }) {
    const own = { netMinor: ownNet, taxMinor: ownTax };
    if (gross === null || grossTaken) return own;
    const sum = ownNet + ownTax;
    let total = minorOf(gross);
    if (isCredit && total !== 0n && sum !== 0n && total < 0n !== sum < 0n) total = -total;
    const apart = total - sum;
    if (apart === 0n) return own;
    const near = apart <= 1n && apart >= -1n;
    if (near && !amounts.tax && rate && rate.units !== 0n) return { netMinor: ownNet, taxMinor: ownTax + apart };
    if (ownSlack > 0n && rate) {
      const netFromGross = amounts.tax ? total - minorOf(amounts.tax) : withoutTax(total, rate);
      const off = netFromGross - ownNet;
      if (off <= ownSlack && off >= -ownSlack) return { netMinor: netFromGross, taxMinor: total - netFromGross };
    }
    fault(
      "lineGross",
      `is the line's net and tax: ${show(minorOf(gross))} here, and ${show(ownNet)} + ${show(ownTax)} = ${show(sum)}`,
    );
    return own;
  }
}

/** What a total without its tax is, in minor units, halves away from zero. */
function withoutTax(grossMinor: bigint, rate: Exact): bigint {
  const whole = add(HUNDRED, rate);
  return divideRounded(grossMinor * 100n * tenTo(whole.scale), whole.units);
}

function firstOf(meanings: ReadonlyMap<DiscountMode, readonly Exact[]>): DiscountMode {
  for (const mode of meanings.keys()) return mode;
  return "included";
}

function slackOf(tolerance: Exact, digits: number): bigint {
  return (tolerance.units * tenTo(digits)) / tenTo(tolerance.scale);
}

/** What quantity times price comes to by each meaning of the line's discount, the likeliest first. */
function meaningsOf(base: Exact, quantity: Exact, { amounts, isPercent }: MoneyOf): Map<DiscountMode, Exact[]> {
  const meanings = new Map<DiscountMode, Exact[]>();
  const percents: Exact[] = [];
  const inMoney: Exact[] = [];
  const discountIsPercent = isPercent("discount");
  const perCent = (value: Exact, isSure: boolean) => {
    const taken = absolute(value);
    if (taken.units === 0n) return;
    percents.push(taken);
    // A spreadsheet keeps ten per cent as 0.1.
    if (!isSure && taken.units < tenTo(taken.scale)) percents.push(multiply(taken, HUNDRED));
  };
  if (amounts.discountPercent) perCent(amounts.discountPercent, isPercent("discountPercent"));
  if (amounts.discount) {
    perCent(amounts.discount, discountIsPercent);
    if (!discountIsPercent && amounts.discount.units !== 0n) {
      const sign = base.units < 0n ? 1n : -1n;
      const off = absolute(amounts.discount);
      inMoney.push({ units: sign * off.units, scale: off.scale });
      const each = multiply(absolute(quantity), off);
      inMoney.push({ units: sign * each.units, scale: each.scale });
    }
  }
  const byPercent = percents.map((percent) => {
    const left = add(HUNDRED, negate(percent));
    const product = multiply(base, left);
    return { units: product.units, scale: product.scale + 2 };
  });
  const byAmount = inMoney.map((off) => add(base, off));
  if (amounts.discountPercent || discountIsPercent) {
    if (byPercent.length > 0) meanings.set("percent", byPercent);
    if (byAmount.length > 0) meanings.set("amount", byAmount);
  } else {
    if (byAmount.length > 0) meanings.set("amount", byAmount);
    if (byPercent.length > 0) meanings.set("percent", byPercent);
  }
  meanings.set("included", [base]);
  return meanings;
}

/** What one costs, to four decimals: only where the file gives a net amount and no net price, and then the net amount is what counts. */
function divided(net: Exact, quantity: Exact): Exact | null {
  if (quantity.units === 0n) return null;
  const sign = quantity.units < 0n ? -1n : 1n;
  const units = divideRounded(sign * net.units * tenTo(quantity.scale + MAX_DECIMALS), sign * quantity.units * tenTo(net.scale));
  return { units, scale: MAX_DECIMALS };
}
