import { formatMoney } from "#lib/common/money.ts";
import { SIDES, type Side } from "#lib/common/records.ts";
import type { SideAmount } from "#lib/common/sums.ts";

const WORDS: Readonly<Record<Side, string>> = {
  sales: "sales ",
  purchase: "purchases ",
  payments: "payments, in less out, ",
  journals: "journals ",
};

/**
 * Sums as a reader sees them: "£48,120.00", "sales £1,637.88 · purchases £640.00". Sales and purchases are named only when there are
 * both; nothing is added up over sides or currencies.
 */
export function amountText(amounts: readonly SideAmount[], locale: string): string {
  const sides = new Set(amounts.map((one) => one.side));
  const money = (side: SideAmount["side"]) =>
    amounts
      .filter((one) => one.side === side)
      .map((one) => formatMoney(one.minor, one.currency, locale))
      .join(" · ");
  if (sides.size <= 1) {
    const [side] = sides;
    return side === undefined ? "" : money(side);
  }
  return [...SIDES, null]
    .filter((side) => sides.has(side))
    .map((side) => `${side === null ? "" : WORDS[side]}${money(side)}`)
    .join(" · ");
}
