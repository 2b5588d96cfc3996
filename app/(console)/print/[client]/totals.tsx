import { formatCount } from "#components/grid/words.ts";
import { formatAmount } from "#lib/common/money.ts";
import type { SideSum } from "#lib/common/sums.ts";
import classes from "./print.module.css";

const SIDES = { sales: "Sales", purchase: "Purchases", payments: "Payments, in less out", journals: "Journals" } as const;

/** What a list comes to: its rows, and its amount by side and currency. */
export function PrintTotals({
  count,
  sums,
  locale,
}: {
  readonly count: number;
  readonly sums: readonly SideSum[];
  readonly locale: string;
}) {
  return (
    <section className={classes.totals} aria-label="Totals">
      <h2 className={classes.title}>Totals</h2>
      <table className={classes.table}>
        <tbody>
          <tr>
            <th scope="row">Rows</th>
            <td />
            <td data-figure>{formatCount(count, locale)}</td>
          </tr>
          {sums.map((sum) => (
            <tr key={`${sum.side} ${sum.currency}`}>
              <th scope="row">{sum.side === null ? "Neither sales nor purchases" : SIDES[sum.side]}</th>
              <td>{sum.currency}</td>
              <td data-figure>{formatAmount(BigInt(sum.minor), sum.currency, locale)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
