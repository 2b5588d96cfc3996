import { formatAmount } from "#lib/common/money.ts";
import classes from "./ui.module.css";

export interface AmountProps {
  /** Minor units of `currency`; a string when it came as JSON. Null draws nothing. */
  readonly minor: bigint | string | null;
  readonly currency: string;
  /** BCP 47. */
  readonly locale?: string;
  /** Also draws a plus sign before what is above nil. */
  readonly signed?: boolean;
  /** Draws the currency's code after it, dim. */
  readonly withCurrency?: boolean;
}

/** Money in tabular figures, with a true minus sign; credits are negative. */
export function Amount({ minor, currency, locale = "en-GB", signed = false, withCurrency = false }: AmountProps) {
  if (minor === null) return null;
  const value = typeof minor === "string" ? BigInt(minor) : minor;
  return (
    <span className={classes.amount}>
      {signed && value > 0n ? "+" : ""}
      {formatAmount(value, currency, locale)}
      {withCurrency && <span className={classes.currency}>{currency}</span>}
    </span>
  );
}
