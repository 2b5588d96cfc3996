import type { Field } from "#lib/lists/field.ts";
import type { GridColumnMeta } from "./features.ts";

/** A column of a list with how it stands in a grid. */
export interface ListField<Row> extends Field<Row> {
  readonly look: Omit<GridColumnMeta, "label" | "align">;
}
