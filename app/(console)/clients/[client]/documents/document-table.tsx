import Link from "next/link";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import { PlainTable } from "#components/ui/page.tsx";
import type { DocumentRow } from "#db/queries/operational/documents.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { standingWords } from "#lib/posting/standing.ts";
import { openThere } from "./fields.ts";
import classes from "./records.module.css";

/** Documents in a plain table; credit notes are negative. */
export function DocumentTable({ rows, base, locale }: { rows: readonly DocumentRow[]; base: string; locale: string }) {
  return (
    <PlainTable label="List of documents">
      <thead>
        <tr>
          <th scope="col">Number</th>
          <th scope="col">Type</th>
          <th scope="col">Customer or supplier</th>
          <th scope="col">Date</th>
          <th scope="col">Due</th>
          <th scope="col">State</th>
          <th scope="col" data-align="end">
            Gross
          </th>
          <th scope="col" data-align="end">
            Open
          </th>
          <th scope="col">Open there</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.id}>
            <th scope="row" className={classes.name}>
              <Link href={`${base}/documents/${row.id}`} prefetch={false}>
                {row.number}
              </Link>
            </th>
            <td>
              {KIND_LABELS[row.kind]}
              {row.status === "void" && <span className={classes.dim}> · void</span>}
            </td>
            <td>{row.contactName}</td>
            <td>
              <DateText date={row.issuedOn} locale={locale} />
            </td>
            <td>
              <DateText date={row.dueOn} locale={locale} />
            </td>
            <td>{standingWords(row.standing)}</td>
            <td data-align="end">
              <Amount minor={row.grossMinor} currency={row.currency} locale={locale} withCurrency />
            </td>
            <td data-align="end">
              <Amount minor={row.openMinor} currency={row.currency} locale={locale} />
            </td>
            <td>{openThere(row)}</td>
          </tr>
        ))}
      </tbody>
    </PlainTable>
  );
}
