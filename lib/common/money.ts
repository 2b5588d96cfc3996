// Its type alone: screens print amounts, and the library would be a twentieth of what they load.
import type { Decimal } from "decimal.js";

/** Currencies whose minor unit is not a hundredth (ISO 4217); every other currency has two decimals. */
export const MINOR_DIGITS: Readonly<Record<string, number>> = {
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
  CLP: 0,
  ISK: 0,
  JPY: 0,
  KRW: 0,
  PYG: 0,
  UGX: 0,
  VND: 0,
  XAF: 0,
  XOF: 0,
};

/** Decimal places of a currency's minor unit: 2 for GBP, 0 for JPY, 3 for KWD. */
export function minorDigits(currency: string): number {
  return MINOR_DIGITS[currency] ?? 2;
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;
/** As `Decimal.ROUND_HALF_UP`. */
const HALF_UP = 4;

/**
 * Reads a plain decimal string ("-1234.5") into minor units.
 * @throws {RangeError} when the text is no plain decimal or has more decimals than the currency holds
 */
export function parseMinor(text: string, currency: string): bigint {
  const minor = decimalToMinor(text, currency);
  if (minor === null) throw new RangeError(`"${text}" is not an amount in ${currency}`);
  return minor;
}

/** As {@link parseMinor}, answering null instead of throwing. */
export function decimalToMinor(text: string, currency: string): bigint | null {
  const [, sign, whole, fraction = ""] = DECIMAL.exec(text) ?? [];
  if (whole === undefined) return null;
  const digits = minorDigits(currency);
  if (/[^0]/.test(fraction.slice(digits))) return null;
  const minor = BigInt(whole + fraction.slice(0, digits).padEnd(digits, "0"));
  return sign === "-" ? -minor : minor;
}

/** Rounds an exact decimal to minor units, halves away from zero, as Xero, HMRC and the packages round money. */
export function roundToMinor(value: Decimal, currency: string): bigint {
  return BigInt(
    value
      .times(`1e${minorDigits(currency)}`)
      .toDecimalPlaces(0, HALF_UP)
      .toFixed(0),
  );
}

/** Writes minor units as a plain decimal string: 123450n GBP is "1234.50". */
export function minorToDecimal(minor: bigint, currency: string): string {
  const digits = minorDigits(currency);
  const sign = minor < 0n ? "-" : "";
  const all = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, "0");
  return digits === 0 ? sign + all : `${sign}${all.slice(0, -digits)}.${all.slice(-digits)}`;
}

/** One formatter for each locale and currency, since making one costs far more than writing an amount with it. */
const made = new Map<string, Intl.NumberFormat>();
/** A few locales by the currencies that occur; whatever else comes must not fill the memory. */
const MOST = 500;

function formatter(key: string, locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const whole = `${key}\u0000${locale}`;
  const known = made.get(whole);
  if (known) return known;
  const format = new Intl.NumberFormat(locale, options);
  if (made.size >= MOST) made.clear();
  made.set(whole, format);
  return format;
}

/** Writes minor units for a reader: "1,234.50", with a proper minus sign and without a currency mark. */
export function formatAmount(minor: bigint, currency: string, locale = "en-GB"): string {
  const digits = minorDigits(currency);
  const text = formatter(String(digits), locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    minorToDecimal(minor < 0n ? -minor : minor, currency) as Intl.StringNumericLiteral,
  );
  return minor < 0n ? `\u2212${text}` : text;
}

/** Writes minor units with the currency's own mark: "£1,234.50". */
export function formatMoney(minor: bigint, currency: string, locale = "en-GB"): string {
  const digits = minorDigits(currency);
  const text = formatter(currency, locale, {
    style: "currency",
    currency,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(minorToDecimal(minor < 0n ? -minor : minor, currency) as Intl.StringNumericLiteral);
  return minor < 0n ? `\u2212${text}` : text;
}
