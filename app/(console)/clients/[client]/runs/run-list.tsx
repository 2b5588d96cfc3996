"use client";

import Link from "next/link";
import { useMemo } from "react";
import { fieldColumns } from "#components/grid/field-columns.tsx";
import { type FirstList, type ListFilter, RecordList } from "#components/grid/record-list.tsx";
import { formatCount } from "#components/grid/words.ts";
import { StatusDot } from "#components/ui/status-dot.tsx";
import type { Place } from "#lib/lists/field.ts";
import { type RunRow, runFields } from "./fields.ts";
import classes from "./runs.module.css";
import { outcomes, RUN_STATES, RUN_WORDS } from "./words.ts";

const options = (words: Readonly<Record<string, string>>) => Object.entries(words).map(([value, label]) => ({ value, label }));

const FILTERS: readonly ListFilter[] = [
  { type: "choice", name: "kind", label: "Show by kind", all: "All kinds", options: options(RUN_WORDS) },
  {
    type: "choice",
    name: "state",
    label: "Show by state",
    all: "All states",
    options: options(Object.fromEntries(Object.entries(RUN_STATES).map(([state, { words }]) => [state, words]))),
  },
  { type: "day", name: "from", label: "From this day" },
  { type: "day", name: "to", label: "Up to this day" },
];

/** The list of runs; while one is under way its counts follow. */
export function RunList({
  slug,
  place,
  first,
}: {
  readonly slug: string;
  readonly place: Place;
  readonly first: FirstList<RunRow>;
}) {
  const base = `/clients/${slug}/runs`;
  const columns = useMemo(
    () =>
      fieldColumns(runFields, place, {
        number: (row) => (
          <Link href={`${base}/${row.id}`} className={classes.number} prefetch={false}>
            Run {row.number}
          </Link>
        ),
        state: (row) => <StatusDot kind={RUN_STATES[row.state].kind}>{RUN_STATES[row.state].words}</StatusDot>,
        outcome: (row) => (
          <span className={classes.outcomes}>
            {outcomes(row.counts).map((one) => (
              <span key={one.words}>
                <strong>{formatCount(one.count, place.locale)}</strong> {one.words}
              </span>
            ))}
          </span>
        ),
      }),
    [place, base],
  );
  return (
    <RecordList<RunRow>
      list="runs"
      title="Runs"
      slug={slug}
      columns={columns}
      first={first}
      opensWith="started.desc"
      search={{ label: "Find by number or person", placeholder: "Number or person" }}
      filters={FILTERS}
      locale={place.locale}
      href={(row) => `${base}/${row.id}`}
      moving={(row) => row.state === "running" || row.state === "stopping"}
      empty={{
        title: "No runs yet",
        body: "Each Upload data, Retry, read of payments and Create & allocate stands here with its counts.",
      }}
    />
  );
}
