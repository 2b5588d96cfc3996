/**
 * Exact decimals for the simulated ledger: an integer and how many of its digits stand after the point.
 *
 * The simulator's own on purpose: if it shared the product's arithmetic, a fault there would agree with itself.
 */
export type Decimal = { units: bigint; scale: number };

const SHAPE = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,2}))?$/;

/** Reads `12`, `-0.50` or `1.5e3`; null when it is no number. */
export function parseDecimal(text: string): Decimal | null {
  const match = SHAPE.exec(text.trim());
  if (match === null) return null;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  if (whole === "" && fraction === "") return null;
  let units = BigInt(`${whole}${fraction}`);
  let scale = fraction.length - Number(exponent);
  if (scale < 0) {
    units *= 10n ** BigInt(-scale);
    scale = 0;
  }
  return { units: sign === "-" ? -units : units, scale };
}

/** Divides, rounding a half away from zero. */
function divide(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = (n * 2n + d) / (d * 2n);
  return negative ? -quotient : quotient;
}

/** To `scale` digits after the point, a half away from zero. */
export function round(value: Decimal, scale: number): Decimal {
  if (value.scale <= scale) return { units: value.units * 10n ** BigInt(scale - value.scale), scale };
  return { units: divide(value.units, 10n ** BigInt(value.scale - scale)), scale };
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

/** a ÷ b to `scale` digits. `b` must not be zero. */
export function quotient(a: Decimal, b: Decimal, scale: number): Decimal {
  const up = 10n ** BigInt(scale + b.scale);
  return { units: divide(a.units * up, b.units * 10n ** BigInt(a.scale)), scale };
}

export function formatDecimal(value: Decimal): string {
  const negative = value.units < 0n;
  const digits = (negative ? -value.units : value.units).toString().padStart(value.scale + 1, "0");
  const cut = digits.length - value.scale;
  const text = value.scale === 0 ? digits : `${digits.slice(0, cut)}.${digits.slice(cut)}`;
  return negative ? `-${text}` : text;
}

/** How many digits after the point are not trailing zeros. */
export function significantScale(value: Decimal): number {
  let { units, scale } = value;
  while (scale > 0 && units % 10n === 0n) {
    units /= 10n;
    scale -= 1;
  }
  return scale;
}

/** Without trailing zeros, but with at least `least` digits after the point. */
export function trimDecimal(value: Decimal, least: number): string {
  return formatDecimal(round(value, Math.max(least, significantScale(value))));
}

/** A stored amount such as `24.30` in hundredths. @throws {RangeError} when it is no number: stored amounts always are */
export function minor(amount: string): bigint {
  const value = parseDecimal(amount);
  if (value === null) throw new RangeError(`Not an amount: ${amount}`);
  return round(value, 2).units;
}

/** Hundredths as a stored amount. */
export function amount(hundredths: bigint): string {
  return formatDecimal({ units: hundredths, scale: 2 });
}

/** The tax on `net` hundredths at `percent`, a half penny up. */
export function taxOn(net: bigint, percent: string): bigint {
  const rate = parseDecimal(percent);
  if (rate === null) return 0n;
  return round({ units: net * rate.units, scale: rate.scale + 2 }, 0).units;
}

/** The tax inside `gross` hundredths at `percent`. */
export function taxWithin(gross: bigint, percent: string): bigint {
  const rate = parseDecimal(percent);
  if (rate === null) return 0n;
  return divide(gross * rate.units, 100n * 10n ** BigInt(rate.scale) + rate.units);
}
