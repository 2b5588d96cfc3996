"use client";

import Link from "next/link";
import { type ReactNode, useCallback, useMemo } from "react";
import type { Place } from "#lib/lists/field.ts";
import type { GridRow } from "./features.ts";
import type { ListField } from "./field.ts";
import { fieldColumns } from "./field-columns.tsx";
import classes from "./grid.module.css";
import { RecordList, type RecordListProps } from "./record-list.tsx";

/** What the pages of lists hand on: whose list it is, what the server drew, and how to bring the first rows in. */
export type ListOf<Row extends GridRow> = Pick<RecordListProps<Row>, "slug" | "first"> & {
  readonly place: Place;
  readonly emptyAction?: ReactNode;
};

/** A list of records made from its fields: one of them names the row and links to its page, `/clients/<slug>/<list>/<id>`. */
export function FieldList<Row extends GridRow>({
  fields,
  opens,
  linkWords,
  cells,
  place,
  empty,
  emptyAction,
  href: hrefOf,
  ...list
}: Omit<RecordListProps<Row>, "columns" | "locale" | "href"> &
  ListOf<Row> & {
    readonly fields: readonly ListField<Row>[];
    /** The field whose words lead to the row's page; `No …` stands where a row has none. */
    readonly opens: string;
    /** What the link says, where it is more than the field. */
    readonly linkWords?: (row: Row) => string;
    /** Where a row leads, when that is no page of this list's own. */
    readonly href?: (row: Row) => string;
    /** Fields that are drawn with more than their value. */
    readonly cells?: Readonly<Record<string, (row: Row) => ReactNode>>;
  }) {
  const base = `/clients/${list.slug}/${list.list}`;
  const href = useCallback((row: Row) => hrefOf?.(row) ?? `${base}/${row.id}`, [base, hrefOf]);
  const columns = useMemo(() => {
    const named = fields.find((field) => field.id === opens);
    return fieldColumns(fields, place, {
      ...(named && {
        [opens]: (row: Row) => (
          <Link href={href(row)} prefetch={false} className={classes.opens}>
            {(linkWords ?? named.value)(row) || `No ${named.label.toLowerCase()}`}
          </Link>
        ),
      }),
      ...cells,
    });
  }, [fields, place, opens, linkWords, cells, href]);
  return (
    <RecordList<Row>
      {...list}
      columns={columns}
      locale={place.locale}
      href={href}
      empty={emptyAction === undefined ? empty : { ...empty, action: emptyAction }}
    />
  );
}
