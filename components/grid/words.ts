import { formatMoney } from "#lib/common/money.ts";
import type { SideSum } from "#lib/common/sums.ts";

/** "1,046", the reader's way. */
export function formatCount(count: number, locale = "en-GB"): string {
  return new Intl.NumberFormat(locale).format(count);
}

const SIDE_WORDS = { sales: "sales", purchase: "purchases", payments: "payments, in less out,", journals: "journals" } as const;

/** "sales £1,637.88 · €20.00 · purchases £640.00"; without the side's word where `plain` and only one side is there. */
export function sumsInWords(sums: readonly SideSum[], locale = "en-GB", plain = false): string {
  const sides = new Set(sums.map((sum) => sum.side));
  let side: SideSum["side"] | undefined;
  return sums
    .map((sum) => {
      const word = sum.side !== null && sum.side !== side && !(plain && sides.size === 1) ? `${SIDE_WORDS[sum.side]} ` : "";
      side = sum.side;
      return `${word}${formatMoney(BigInt(sum.minor), sum.currency, locale)}`;
    })
    .join(" · ");
}
