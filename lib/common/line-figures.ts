import { Decimal } from "decimal.js";
import { minorToDecimal, roundToMinor } from "./money.ts";

/** Which figures of a line a package can be given beside its amount, where it holds the three against each other. */
export type LineFigures =
  /** Quantity and price multiply out to the net. */
  | { readonly say: "price" }
  /** They do not (a discount, another unit): the quantity goes with the amount, and with the price that the two come to, to four decimals. */
  | { readonly say: "quantity"; readonly price: string }
  /** No price of four decimals makes the amount of this quantity: it goes as one of its amount. */
  | { readonly say: "amount" };

const PRICE_DIGITS = 4;

/** @param line quantity and price as decimal strings, the net in minor units of `currency` */
export function lineFigures(
  line: { readonly quantity: string; readonly unitPrice: string; readonly netMinor: bigint },
  currency: string,
): LineFigures {
  const quantity = new Decimal(line.quantity);
  const unit = new Decimal(line.unitPrice);
  // A file may give a net beside a price or quantity of more decimals than packages keep: the net counts, and neither is rounded to it.
  const fits = unit.decimalPlaces() <= PRICE_DIGITS;
  if (fits && quantity.decimalPlaces() <= PRICE_DIGITS && roundToMinor(quantity.times(unit), currency) === line.netMinor)
    return { say: "price" };
  if (quantity.isZero() || quantity.decimalPlaces() > PRICE_DIGITS) return { say: "amount" };
  const net = new Decimal(minorToDecimal(line.netMinor, currency));
  const price = net.dividedBy(quantity).toDecimalPlaces(PRICE_DIGITS, Decimal.ROUND_HALF_UP);
  if (roundToMinor(quantity.times(price), currency) !== line.netMinor) return { say: "amount" };
  return { say: "quantity", price: price.toFixed(Math.max(2, price.decimalPlaces())) };
}
