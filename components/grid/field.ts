import type { GridColumnMeta } from "./features.ts";

/**
 * One column of a list, for the screen, a file and paper alike. `value` gives text: as it is, a decimal string (`number`), minor units of
 * `currency` (`money`), `YYYY-MM-DD` (`date`) or ISO 8601 (`moment`).
 */
export interface ListField<Row> {
  readonly id: string;
  readonly label: string;
  readonly type: "text" | "number" | "money" | "date" | "moment";
  readonly value: (row: Row) => string | null;
  /** Of `money`: the currency that `value` counts in. */
  readonly currency?: (row: Row) => string | null;
  /** How it stands in a grid; absent where a file alone has it. */
  readonly look?: Omit<GridColumnMeta, "label" | "align">;
}
