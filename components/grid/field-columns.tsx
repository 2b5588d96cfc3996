"use client";

import { createColumnHelper } from "@tanstack/react-table";
import type { ReactNode } from "react";
import { Amount } from "#components/ui/amount.tsx";
import { DateText, Moment } from "#components/ui/date-text.tsx";
import { isFigure, type Place } from "#lib/lists/field.ts";
import type { GridColumns, GridFeatures, GridRow } from "./features.ts";
import type { ListField } from "./field.ts";

function plainCell<Row>(field: ListField<Row>, row: Row, { locale, timeZone }: Place): ReactNode {
  const value = field.value(row);
  if (value === null) return null;
  switch (field.type) {
    case "money": {
      const currency = field.currency?.(row);
      return currency ? <Amount minor={value} currency={currency} locale={locale} /> : null;
    }
    case "date":
      return <DateText date={value} locale={locale} />;
    case "moment":
      return <Moment at={value} timeZone={timeZone} locale={locale} />;
    default:
      return <span title={value}>{value}</span>;
  }
}

/** A list's fields as columns of the grid; `cells` draws those that are more than their value. */
export function fieldColumns<Row extends GridRow>(
  fields: readonly ListField<Row>[],
  place: Place,
  cells: Readonly<Record<string, (row: Row) => ReactNode>> = {},
): GridColumns<Row> {
  const column = createColumnHelper<GridFeatures, Row>();
  return column.columns(
    fields.map((field) => {
      const draw = cells[field.id];
      return column.display({
        id: field.id,
        header: field.label,
        meta: { ...field.look, label: field.label, ...(isFigure(field) ? { align: "end" as const } : {}) },
        cell: ({ row }) => (draw ? draw(row.original) : plainCell(field, row.original, place)),
      });
    }),
  );
}
