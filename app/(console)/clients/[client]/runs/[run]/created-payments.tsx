import Link from "next/link";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import type { PaymentRow } from "#db/queries/payment-pages.ts";
import { recordPath } from "#lib/common/record-paths.ts";
import { PAYMENT_WORDS } from "../../payments/words.ts";
import classes from "../runs.module.css";
import { UndoRun } from "./undo-run.tsx";

/** The payments that a run of Create & allocate made, and their undo in one. */
export function CreatedPayments({
  runId,
  rows,
  all,
  exact,
  mayUndo,
  place,
  packageName,
}: {
  readonly runId: string;
  readonly rows: readonly PaymentRow[];
  /** How many the run created; more than `rows` where they are many. */
  readonly all: number;
  /** Created without a click, since they agreed in everything. */
  readonly exact: boolean;
  readonly mayUndo: boolean;
  readonly place: { readonly slug: string; readonly locale: string; readonly timeZone: string };
  readonly packageName: string;
}) {
  const base = `/clients/${place.slug}`;
  const undone = rows.every((row) => row.status === "deleted");
  return (
    <Panel
      title="Payments"
      aside={rows.length < all ? `The first ${rows.length} of ${all}` : undefined}
      actions={
        mayUndo &&
        !undone && (
          <UndoRun
            runId={runId}
            slug={place.slug}
            wording={{ base, packageName, locale: place.locale, timeZone: place.timeZone }}
          />
        )
      }
    >
      {exact && (
        <p className={classes.note}>
          Created automatically: number, customer or supplier and currency agreed, and each document was paid in full. You can
          turn this off in Setup.
        </p>
      )}
      <PlainTable label="Payments of this run">
        <thead>
          <tr>
            <th scope="col">Date</th>
            <th scope="col">Type</th>
            <th scope="col">Reference</th>
            <th scope="col">Customer, supplier</th>
            <th scope="col">Allocated to</th>
            <th scope="col">Now</th>
            <th scope="col" data-align="end">
              Amount
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id}>
              <td>
                <DateText date={row.paidOn} locale={place.locale} />
              </td>
              <td>{PAYMENT_WORDS[row.kind]}</td>
              <td className={classes.number}>
                <Link href={`${base}${recordPath("payment", row.id)}`} prefetch={false}>
                  {row.reference === "" ? "No reference" : row.reference}
                </Link>
              </td>
              <td>{row.contactName}</td>
              <td>{row.documents}</td>
              <td>{row.status === "deleted" ? "Undone" : "Allocated"}</td>
              <td data-align="end">
                <Amount minor={row.amountMinor} currency={row.currency} locale={place.locale} withCurrency />
              </td>
            </tr>
          ))}
        </tbody>
      </PlainTable>
    </Panel>
  );
}
