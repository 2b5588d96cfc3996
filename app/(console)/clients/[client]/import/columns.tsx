"use client";

import { createColumnHelper } from "@tanstack/react-table";
import type { GridColumns, GridFeatures } from "#components/grid/features.ts";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import type { IncomingRow } from "#db/queries/payments/incoming-grid.ts";
import { AllocatedTo, StatusCell } from "./cells.tsx";
import classes from "./import.module.css";
import { companiesOf, isRefund, movedMinor, SIDE_LABELS, type Wording } from "./words.ts";

const column = createColumnHelper<GridFeatures, IncomingRow>();

/** The columns of the Import grid, as the staff know them. */
export function importColumns(wording: Wording): GridColumns<IncomingRow> {
  return column.columns([
    column.accessor("company", {
      header: "Company",
      meta: { label: "Company", width: "minmax(140px, 1fr)", narrow: "b" },
      cell: ({ row }) => {
        const [first, ...others] = companiesOf(row.original);
        return (
          <span title={row.original.company}>
            {first}
            {others.length > 0 && <span className={classes.dim}> and {others.length} more</span>}
          </span>
        );
      },
    }),
    column.accessor("paidOn", {
      header: "Date",
      meta: { label: "Date", width: "104px", sort: "date", firstDirection: "desc", narrow: "d" },
      cell: ({ getValue }) => <DateText date={getValue()} locale={wording.locale} />,
    }),
    column.accessor("reference", {
      header: "Reference",
      meta: { label: "Reference", width: "minmax(84px, 0.6fr)" },
      cell: ({ getValue }) => <span title={getValue() ?? undefined}>{getValue()}</span>,
    }),
    column.display({
      id: "documents",
      header: "Allocated to",
      meta: { label: "Allocated to", width: "minmax(116px, 1fr)", narrow: "a" },
      cell: ({ row }) => <AllocatedTo row={row.original} base={wording.base} />,
    }),
    column.accessor("side", {
      header: "Sales or purchase",
      meta: { label: "Sales or purchase", width: "128px" },
      cell: ({ row: { original } }) => (
        <span>
          {original.side ? SIDE_LABELS[original.side] : "Neither"}
          {isRefund(original) && <span className={classes.dim}> refund</span>}
        </span>
      ),
    }),
    column.accessor("amountMinor", {
      id: "amount",
      header: "Amount",
      meta: { label: "Amount", width: "96px", align: "end", narrow: "c" },
      cell: ({ row: { original } }) => (
        <>
          <Amount minor={movedMinor(original)} currency={original.currency} locale={wording.locale} />
          <span className={classes.narrowCurrency}>{original.currency}</span>
        </>
      ),
    }),
    column.accessor("currency", {
      header: () => <span className={classes.hidden}>Currency</span>,
      meta: { label: "Currency", width: "54px" },
      cell: ({ getValue }) => <span className={classes.dim}>{getValue()}</span>,
    }),
    column.accessor("status", {
      header: "Status",
      meta: { label: "Status", width: "minmax(270px, 2.4fr)", narrow: "r" },
      cell: ({ row }) => <StatusCell row={row.original} wording={wording} />,
    }),
  ]);
}
