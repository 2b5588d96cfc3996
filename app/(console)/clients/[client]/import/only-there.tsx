"use client";

import Link from "next/link";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import type { NotOurs, PackageDocument } from "#db/queries/payments/package-documents.ts";
import { countWords } from "#lib/common/count-words.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import classes from "./import.module.css";
import type { Wording } from "./words.ts";

/** Documents that are only in the package: counted with their amounts, and never imported as a sale. Nothing where there are none. */
export function OnlyThere({
  totals,
  documents,
  wording,
}: {
  readonly totals: NotOurs;
  /** The first of them. */
  readonly documents: readonly PackageDocument[];
  readonly wording: Wording;
}) {
  const { possible } = totals;
  if (totals.count + possible.count === 0) return null;
  const { locale, packageName } = wording;
  const parts = [
    `${formatCount(totals.count, locale)} not ours${totals.amounts.length > 0 ? `: ${sumsInWords(totals.amounts, locale)}` : ""}`,
    ...(possible.count > 0
      ? [`${formatCount(possible.count, locale)} may be ours: ${sumsInWords(possible.amounts, locale)}`]
      : []),
  ];
  const more = totals.count + possible.count - documents.length;
  return (
    <div className={classes.banks} id="only-there">
      <Panel title={`Only in ${packageName}`} aside={<span className={classes.sums}>{parts.join(" · ")}</span>}>
        <p className={classes.note}>
          {packageName} owns the accounts: invoices and bills made there are counted here and never imported.
        </p>
        <PlainTable label={`Documents that are only in ${packageName}`}>
          <thead>
            <tr>
              <th scope="col">Number</th>
              <th scope="col" className={classes.wideCell}>
                Type
              </th>
              <th scope="col">Company</th>
              <th scope="col" className={classes.wideCell}>
                Date
              </th>
              <th scope="col" data-align="end">
                Gross
              </th>
              <th scope="col" data-align="end" className={classes.wideCell}>
                Open there
              </th>
              <th scope="col">Ours?</th>
            </tr>
          </thead>
          <tbody>
            {documents.map((document) => (
              <tr key={document.externalId}>
                <td className={classes.strong}>{document.number ?? "No number"}</td>
                <td className={classes.wideCell}>{document.kind === "other" ? "Other" : KIND_LABELS[document.kind]}</td>
                <td>{document.company}</td>
                <td className={classes.wideCell}>{document.issuedOn && <DateText date={document.issuedOn} locale={locale} />}</td>
                <td data-align="end">
                  <Amount minor={document.grossMinor} currency={document.currency} locale={locale} withCurrency />
                </td>
                <td data-align="end" className={classes.wideCell}>
                  <Amount minor={document.dueMinor} currency={document.currency} locale={locale} />
                </td>
                <td>
                  {document.possibleMatchId ? (
                    <Link
                      href={`${wording.base}/documents/${document.possibleMatchId}`}
                      title="One of ours has the same number"
                      prefetch={false}
                    >
                      May be ours
                    </Link>
                  ) : (
                    <span className={classes.dim}>Not ours</span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
        {more > 0 && <p className={classes.note}>And {countWords(more, "more", locale, "more")}.</p>}
      </Panel>
    </div>
  );
}
