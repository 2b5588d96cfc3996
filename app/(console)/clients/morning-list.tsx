import Link from "next/link";
import { Amount } from "#components/ui/amount.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { Panel } from "#components/ui/page.tsx";
import type { Night } from "#db/queries/nights/nights.ts";
import type { Morning, Problem } from "#db/queries/practice/morning.ts";
import { formatDate } from "#lib/common/dates.ts";
import classes from "./morning.module.css";

const number = new Intl.NumberFormat("en-GB");
const several = (count: number, one: string, many = `${one}s`) => `${number.format(count)} ${count === 1 ? one : many}`;

/** What a person finds in the morning: what the night did, what waits, and each problem, most money first. */
export function MorningList({ morning, lastNight }: { readonly morning: Morning; readonly lastNight: Night | null }) {
  const { waiting, oldest, problems, count } = morning;
  const severalCurrencies = new Set(problems.map((problem) => problem.currency)).size > 1;
  const tiles = [
    { label: "Error Feedback", of: waiting.errors, href: "/clients?show=errors" },
    { label: "Payments waiting", of: waiting.incoming, href: "/clients?show=incoming" },
    { label: "Drafts waiting", of: waiting.drafts, href: "/clients?show=drafts" },
    { label: "Differ from the package", of: waiting.drifted, href: "/clients?show=drifted" },
    { label: "Pending Export", of: waiting.pending, href: "/clients?show=pending" },
  ];
  return (
    <Panel title="This morning" aside={lastNight && <NightWords morning={morning} night={lastNight} />}>
      <ul className={classes.tiles}>
        {tiles.map(({ label, of, href }) => (
          <li key={label}>
            <Link href={href} prefetch={false} className={classes.tile} data-nil={of.records === 0}>
              <span className={classes.dim}>{label}</span>
              <span className={classes.value}>{number.format(of.records)}</span>
              <span className={classes.dim}>{of.clients === 0 ? "\u00a0" : `in ${several(of.clients, "client")}`}</span>
            </Link>
          </li>
        ))}
        <li>
          {oldest === null ? (
            <span className={classes.tile} data-nil>
              <span className={classes.dim}>Oldest unsent</span>
              <span className={classes.value}>None</span>
              <span className={classes.dim}>{"\u00a0"}</span>
            </span>
          ) : (
            <Link href={`/clients/${oldest.clientSlug}/export?p_sort=date.asc`} prefetch={false} className={classes.tile}>
              <span className={classes.dim}>Oldest unsent</span>
              <span className={classes.value}>
                <DateText date={oldest.on} />
              </span>
              <span className={`${classes.dim} ${classes.cut}`}>{oldest.clientName}</span>
            </Link>
          )}
        </li>
      </ul>
      {problems.length === 0 ? (
        <p className={classes.nothing}>Nothing needs attention.</p>
      ) : (
        <>
          <h3 className={classes.heading}>Needs attention first{severalCurrencies && ", each currency by itself"}</h3>
          <ol className={classes.list} aria-label="Needs attention first">
            {problems.map((problem) => (
              <li key={`${problem.clientSlug} ${problem.what}`} className={classes.item}>
                <Link href={`/clients/${problem.clientSlug}`} prefetch={false} className={classes.client}>
                  {problem.clientName}
                </Link>
                <Link href={`/clients/${problem.clientSlug}${placeOf(problem)}`} prefetch={false} className={classes.what}>
                  {wordsOf(problem)}
                </Link>
                <span className={classes.amount}>
                  {problem.amountMinor > 0n && (
                    <Amount minor={problem.amountMinor} currency={problem.currency} locale={problem.locale} withCurrency />
                  )}
                </span>
              </li>
            ))}
          </ol>
          {count > problems.length && (
            <p className={classes.more}>{several(count - problems.length, "more is", "more are")} in the figures above.</p>
          )}
        </>
      )}
    </Panel>
  );
}

function NightWords({ morning: { night: own }, night }: { readonly morning: Morning; readonly night: Night }) {
  const end = night.endedAt ?? night.finishAt;
  return (
    <>
      <Link href={`/settings/nights/${night.nightOn}`} prefetch={false}>
        Night of {formatDate(night.nightOn)}
      </Link>{" "}
      {night.endedAt === null ? "is running" : "ended"}
      {end !== null && (
        <>
          {night.endedAt === null ? ", expected to end " : " "}
          <Moment at={end} timeZone="UTC" /> UTC
        </>
      )}
      {": "}
      {several(own.changed, "client")} with changes, {several(own.records, "record")} sent for {several(own.sent, "client")},{" "}
      {own.failed === 0 ? "none failed" : `${number.format(own.failed)} failed`}
    </>
  );
}

function placeOf({ what, runId }: Problem): string {
  switch (what) {
    case "errors":
      return "/export";
    case "drafts":
      return "/export?e_tick=draft";
    case "incoming":
      return "/import";
    case "drifted":
      return "/export?e_tick=differs";
    case "corrections":
      return "/corrections";
    case "lost":
      return "/setup";
    case "night":
      return `/runs/${runId}`;
  }
}

function wordsOf({ what, count, why }: Problem): string {
  const waits = count === 0 ? "" : ` ${several(count, "record is waiting", "records are waiting")} for it.`;
  switch (what) {
    case "errors":
      return `${several(count, "record")} in Error Feedback`;
    case "incoming":
      return `${several(count, "payment")} to create in Import`;
    case "drafts":
      return `${several(count, "record")} held as draft in the package`;
    case "drifted":
      return `${several(count, "record differs", "records differ")} from the package`;
    case "corrections":
      return `${several(count, "correction")} to finish`;
    case "lost":
      return `The connection is lost.${waits}`;
    case "night":
      return `The nightly run failed: ${why ?? "no reason was given."}${waits}`;
  }
}
