"use client";

import { createColumnHelper } from "@tanstack/react-table";
import type { GridColumns, GridFeatures } from "#components/grid/features.ts";
import { Amount } from "#components/ui/amount.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { dateIn } from "#lib/common/dates.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { type ExportRow, PrecheckCell, TickCell } from "./cells.tsx";
import classes from "./export.module.css";
import { asksEach, fixerWords, howWords, reasonWords, stoppedCode, type Wording } from "./words.ts";

const column = createColumnHelper<GridFeatures, ExportRow>();

const kind = (narrow?: "c") =>
  column.accessor("kind", {
    header: "Type",
    meta: { label: "Type", width: "minmax(124px, 0.7fr)", ...(narrow ? { narrow } : {}) },
    cell: ({ getValue }) => <span className={narrow && classes.narrowDim}>{KIND_LABELS[getValue()]}</span>,
  });
const number = column.accessor("reference", {
  id: "number",
  header: "Number",
  meta: { label: "Number", width: "minmax(116px, 0.65fr)", sort: "number", narrow: "a" },
  cell: ({ getValue }) => <span className={classes.number}>{getValue()}</span>,
});
const date = (wording: Wording) =>
  column.accessor("issuedOn", {
    id: "date",
    header: "Date",
    meta: { label: "Date", width: "minmax(104px, 0.6fr)", sort: "date", firstDirection: "desc", narrow: "d" },
    cell: ({ getValue }) => <DateText date={getValue()} locale={wording.locale} />,
  });
const party = (header: string, width = "minmax(150px, 1.25fr)") =>
  column.accessor("party", {
    id: "party",
    header,
    meta: { label: header, width, sort: "party", narrow: "b" },
    cell: ({ getValue }) => <span title={getValue()}>{getValue()}</span>,
  });
const gross = (wording: Wording) =>
  column.accessor("grossMinor", {
    id: "gross",
    header: "Gross",
    meta: { label: "Gross", width: "112px", align: "end", sort: "gross", firstDirection: "desc", narrow: "f" },
    cell: ({ row }) =>
      row.original.currency === null ? null : (
        <>
          <Amount minor={row.original.grossMinor} currency={row.original.currency} locale={wording.locale} />
          <span className={classes.narrowCurrency}>{row.original.currency}</span>
        </>
      ),
  });
const currency = column.accessor("currency", {
  id: "currency",
  header: () => <span className={classes.hidden}>Currency</span>,
  meta: { label: "Currency", width: "54px" },
  cell: ({ getValue }) => <span className={classes.currency}>{getValue()}</span>,
});

export function pendingColumns(wording: Wording): GridColumns<ExportRow> {
  return column.columns([
    kind("c"),
    number,
    date(wording),
    party("Customer or supplier"),
    gross(wording),
    currency,
    column.accessor("precheck", {
      id: "precheck",
      header: "Pre-check",
      meta: { label: "Pre-check", width: "minmax(230px, 2.1fr)", narrow: "r" },
      cell: ({ row }) => <PrecheckCell row={row.original} wording={wording} />,
    }),
  ]);
}

/** Room for the longest words of a tick: "Agrees with", and the package's name. */
const tickWidth = (packageName: string): string => `minmax(${Math.max(150, 118 + 7 * packageName.length)}px, 0.8fr)`;

export function exportedColumns(wording: Wording): GridColumns<ExportRow> {
  return column.columns([
    column.accessor("state", {
      id: "tick",
      header: `In ${wording.packageName}`,
      meta: { label: `In ${wording.packageName}`, width: tickWidth(wording.packageName), sort: "tick", narrow: "e" },
      cell: ({ row }) => <TickCell row={row.original} wording={wording} />,
    }),
    kind("c"),
    number,
    party("Customer, supplier, product", "minmax(150px, 1fr)"),
    gross(wording),
    currency,
    column.accessor("exportedAt", {
      id: "exported",
      header: "Exported",
      meta: { label: "Exported", width: "minmax(152px, 0.8fr)", sort: "exported", firstDirection: "desc", narrow: "d" },
      cell: ({ getValue }) => {
        const at = getValue();
        return (
          at !== null && (
            <>
              <span className={classes.wideOnly}>
                <Moment at={at} timeZone={wording.timeZone} locale={wording.locale} />
              </span>
              <span className={classes.narrowOnly}>
                <DateText date={dateIn(wording.timeZone, new Date(at))} locale={wording.locale} />
              </span>
            </>
          )
        );
      },
    }),
    column.display({
      id: "how",
      header: "How",
      meta: { label: "How", width: "minmax(170px, 1.4fr)" },
      cell: ({ row }) => (
        <span className={classes.how} title={row.original.markReason ?? undefined}>
          {howWords(row.original)}
          {row.original.markReason && `: ${row.original.markReason}`}
        </span>
      ),
    }),
  ]);
}

const LEFT = {
  held: "Nothing was sent",
  rejected: "Refused",
  conflict: "Different record there",
  dead: "Given up",
  unknown: "Checking",
} as const;

/** The rows of one cause in Error Feedback. */
export function causeColumns(wording: Wording): GridColumns<ExportRow> {
  return column.columns([
    kind("c"),
    number,
    date(wording),
    party("Customer or supplier"),
    gross(wording),
    currency,
    column.display({
      id: "error",
      header: "What stops it",
      meta: { label: "What stops it", width: "minmax(230px, 1.7fr)", narrow: "r" },
      cell: ({ row: { original } }) => {
        const state =
          original.state === "held" && original.externalId !== null
            ? "The change was not sent"
            : original.state in LEFT
              ? LEFT[original.state as keyof typeof LEFT]
              : "";
        const code = stoppedCode({ ...original, panel: "errors" });
        const isQuestion = code !== null && asksEach(code);
        const subject = isQuestion
          ? reasonWords(code, original.errorDetail, original.kind, wording)
          : original.errorDetail?.subject;
        return (
          <span
            className={classes.state}
            data-look="dim"
            title={
              code ? `${reasonWords(code, original.errorDetail, original.kind, wording)} (${fixerWords(code, wording)})` : state
            }
          >
            <span>{[subject && `${subject.charAt(0).toUpperCase()}${subject.slice(1)}`, state].filter(Boolean).join(" · ")}</span>
          </span>
        );
      },
    }),
  ]);
}
