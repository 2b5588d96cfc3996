"use client";

import { useMemo } from "react";
import { FieldList, type ListOf } from "#components/grid/field-list.tsx";
import { DAY_FILTERS, type ListFilter } from "#components/grid/record-list.tsx";
import { formatCount } from "#components/grid/words.ts";
import { StatusDot } from "#components/ui/status-dot.tsx";
import { personWords } from "#lib/common/person-words.ts";
import { KIND_LABELS } from "#lib/common/records.ts";
import { type RunRow, runFields } from "./fields.ts";
import classes from "./runs.module.css";
import { outcomes, RUN_STATES, RUN_WORDS } from "./words.ts";

const options = (words: Readonly<Record<string, string>>) => Object.entries(words).map(([value, label]) => ({ value, label }));

const filtersFor = (people: readonly string[]): readonly ListFilter[] => [
  { type: "choice", name: "kind", label: "Show by kind", all: "All kinds", options: options(RUN_WORDS), mostPx: 130 },
  {
    type: "choice",
    name: "state",
    label: "Show by state",
    all: "All states",
    options: options(Object.fromEntries(Object.entries(RUN_STATES).map(([state, { words }]) => [state, words]))),
  },
  {
    type: "choice",
    name: "by",
    label: "Show by person",
    all: "Everyone",
    mostPx: 130,
    options: people.map((value) => ({ value, label: personWords(value) })),
  },
  {
    type: "choice",
    name: "record",
    label: "Show by record",
    all: "All records",
    options: options(KIND_LABELS),
    mostPx: 130,
  },
  ...DAY_FILTERS,
];

const isMoving = (row: RunRow) => row.state === "running" || row.state === "stopping";

const runWords = (row: RunRow) => `Run ${row.number}`;

/** The list of runs; while one is under way its counts follow. */
export function RunList({ people, ...props }: ListOf<RunRow> & { readonly people: readonly string[] }) {
  const filters = useMemo(() => filtersFor(people), [people]);
  const { locale } = props.place;
  const cells = useMemo(
    () => ({
      state: (row: RunRow) => <StatusDot kind={RUN_STATES[row.state].kind}>{RUN_STATES[row.state].words}</StatusDot>,
      outcome: (row: RunRow) => (
        <span
          className={classes.outcomes}
          title={outcomes(row)
            .map((one) => `${formatCount(one.count, locale)} ${one.words}`)
            .join(", ")}
        >
          {outcomes(row).map((one) => (
            <span key={one.words}>
              <strong>{formatCount(one.count, locale)}</strong> {one.words}
            </span>
          ))}
        </span>
      ),
    }),
    [locale],
  );
  return (
    <FieldList<RunRow>
      {...props}
      list="runs"
      title="Runs"
      fields={runFields}
      opens="number"
      linkWords={runWords}
      cells={cells}
      opensWith="started.desc"
      search={{ label: "Find by number, person or a record in it", placeholder: "Run, person, document" }}
      filters={filters}
      moving={isMoving}
      empty={{
        title: "No runs yet",
        body: "Each Upload data, Retry, read of payments and Create & allocate appears here with its counts.",
      }}
    />
  );
}
