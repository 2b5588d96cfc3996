import Link from "next/link";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import type { DocumentAllocation } from "#db/queries/payments/payments.ts";
import { formatMoney } from "#lib/common/money.ts";
import { personWords } from "#lib/common/person-words.ts";
import classes from "./import.module.css";
import { MOVEMENT_LABELS, type Wording } from "./words.ts";

/** A document's allocations with what is left open: for the document's own page. Amounts in minor units. */
export function DocumentAllocations({
  allocations,
  openMinor,
  currency,
  isCredit,
  ofCorrection = false,
  wording,
}: {
  readonly allocations: readonly DocumentAllocation[];
  readonly openMinor: bigint;
  readonly currency: string;
  /** A credit note: where it is allocated must be said. */
  readonly isCredit: boolean;
  /** A credit note that was made by a correction, which allocates it. */
  readonly ofCorrection?: boolean;
  readonly wording: Wording;
}) {
  const { locale } = wording;
  return (
    <Panel title="Allocations" aside={`${formatMoney(openMinor, currency, locale)} open`}>
      {isCredit && (
        <p className={classes.note}>
          {ofCorrection
            ? `The correction allocates this credit note in ${wording.packageName}.`
            : `Allocate this credit note here and in ${wording.packageName} yourself; allocations don't sync.`}
        </p>
      )}
      {allocations.length === 0 ? (
        <EmptyState title="No allocations" body="Create and allocate payments made in the accounting package from Import." />
      ) : (
        <PlainTable label="Payments and credits">
          <thead>
            <tr>
              <th scope="col">Payment</th>
              <th scope="col">Date</th>
              <th scope="col">Reference</th>
              <th scope="col">Bank nominal</th>
              <th scope="col" data-align="end">
                Amount
              </th>
              <th scope="col">Created by</th>
            </tr>
          </thead>
          <tbody>
            {allocations.map((allocation) => (
              <tr key={allocation.id}>
                <td>
                  <Link href={`${wording.base}/payments/${allocation.paymentId}`} prefetch={false}>
                    {MOVEMENT_LABELS[allocation.kind]}
                  </Link>
                  {allocation.takenBack && <span className={classes.deleted}> undone</span>}
                </td>
                <td>
                  <DateText date={allocation.paidOn} locale={locale} />
                </td>
                <td>{allocation.reference}</td>
                <td>{allocation.bankNominalCode}</td>
                <td data-align="end">
                  <Amount minor={allocation.amountMinor} currency={allocation.currency} locale={locale} withCurrency />
                </td>
                <td>{personWords(allocation.createdBy)}</td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
    </Panel>
  );
}
