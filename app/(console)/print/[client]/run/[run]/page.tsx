import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { z } from "zod";
import { elapsedWords, outcomeOf, outcomes, RUN_STATES, RUN_WORDS } from "#app/(console)/clients/[client]/runs/words.ts";
import { formatCount } from "#components/grid/words.ts";
import { findRun, listRunRows, sumRun } from "#db/queries/runs.ts";
import { scopeFor } from "#lib/auth/scope.ts";
import { requireStaff } from "#lib/auth/staff.ts";
import { formatDate, formatMoment } from "#lib/common/dates.ts";
import { formatAmount } from "#lib/common/money.ts";
import { personWords } from "#lib/common/person-words.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { database } from "#lib/web.ts";
import classes from "../../print.module.css";
import { PrintSheet } from "../../sheet.tsx";

export const metadata: Metadata = { title: "Batch control sheet" };

const MOST_PRINTED = 5_000;

/** The batch control sheet of a run: who asked for it, what came of it, totals by type and currency, and its rows. */
export default async function PrintRunPage({ params }: { readonly params: Promise<{ client: string; run: string }> }) {
  const staff = await requireStaff();
  const { client: slug, run: id } = await params;
  const access = await scopeFor(staff, slug, "console");
  if (!access || !z.uuid().safeParse(id).success) notFound();
  const { scope, client } = access;
  const found = await database().inScope(scope, async (db) => {
    const run = await findRun(db, scope, id);
    return run && { run, sums: await sumRun(db, scope, id), rows: await listRunRows(db, scope, id, MOST_PRINTED) };
  });
  if (!found) notFound();
  const { run, sums, rows } = found;
  const { locale, timeZone } = client;
  const moment = (at: Date | null) => (at === null ? "in progress" : formatMoment(at, timeZone, locale));
  const facts = [
    ["Run", String(run.number)],
    ["Kind", RUN_WORDS[run.kind]],
    ["State", RUN_STATES[run.state].words],
    ["Person", personWords(run.startedBy)],
    ["Start", moment(run.startedAt)],
    ["End", moment(run.endedAt)],
    ["Took", elapsedWords(run.elapsedMs)],
    ["Records requested", formatCount(run.counts.total, locale)],
    ...outcomes(run).map(({ words, count }) => [`Of which ${words}`, formatCount(count, locale)] as const),
  ] as const;
  return (
    <PrintSheet title="Batch control sheet" client={client} by={staff.name}>
      <dl className={classes.facts}>
        {facts.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <section className={classes.totals} aria-label="Totals">
        <h2 className={classes.title}>Totals by type and currency</h2>
        <table className={classes.table}>
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col">Currency</th>
              <th scope="col" data-figure>
                Records
              </th>
              <th scope="col" data-figure>
                Gross
              </th>
              <th scope="col" data-figure>
                Confirmed in the package
              </th>
              <th scope="col" data-figure>
                Gross confirmed
              </th>
            </tr>
          </thead>
          <tbody>
            {sums.map((sum) => (
              <tr key={`${sum.kind} ${sum.currency}`}>
                <th scope="row">{KIND_LABELS[sum.kind]}</th>
                <td>{sum.currency}</td>
                <td data-figure>{formatCount(sum.count, locale)}</td>
                <td data-figure>{sum.currency && formatAmount(BigInt(sum.grossMinor), sum.currency, locale)}</td>
                <td data-figure>{formatCount(sum.seen, locale)}</td>
                <td data-figure>{sum.currency && formatAmount(BigInt(sum.seenMinor), sum.currency, locale)}</td>
              </tr>
            ))}
            {sums.length === 0 && (
              <tr>
                <td colSpan={6}>No records in this run.</td>
              </tr>
            )}
          </tbody>
        </table>
      </section>
      {rows.length > 0 && (
        <>
          <h2 className={classes.title}>
            Records
            {rows.length < run.counts.total &&
              `: ${formatCount(rows.length, locale)} of ${formatCount(run.counts.total, locale)}, needs attention first`}
          </h2>
          <table className={classes.table} aria-label="Records of this run">
            <thead>
              <tr>
                <th scope="col">Outcome</th>
                <th scope="col">Type</th>
                <th scope="col">Number</th>
                <th scope="col">Date</th>
                <th scope="col">Customer, supplier, product</th>
                <th scope="col" data-figure>
                  Gross
                </th>
                <th scope="col">Currency</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td>{outcomeOf(row.outcome)}</td>
                  <td>{KIND_LABELS[row.kind]}</td>
                  <td>{row.reference}</td>
                  <td>{formatDate(row.issuedOn, locale)}</td>
                  <td>{row.party}</td>
                  <td data-figure>
                    {row.currency && row.grossMinor !== null && formatAmount(BigInt(row.grossMinor), row.currency, locale)}
                  </td>
                  <td>{row.currency}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <div className={classes.signatures}>
        <div>Checked by, date</div>
        <div>Approved by, date</div>
      </div>
    </PrintSheet>
  );
}
