"use client";

import { useEffect, useState } from "react";
import { Kbd } from "#components/ui/kbd.tsx";
import type { GridRow } from "./features.ts";
import classes from "./grid.module.css";
import { type AmountOf, countSelected, type GridSelection, sumSelected } from "./selection.ts";
import { formatCount, sumsInWords } from "./words.ts";

export interface SelectionFootProps<Row extends GridRow> {
  readonly selection: GridSelection<Row>;
  readonly amountOf: AmountOf<Row>;
  /** Rows that match the filter. */
  readonly total: number;
  readonly locale: string;
  readonly onSelectAll: () => void;
  readonly onClear: () => void;
}

/** The grid's foot: how many rows are green and what they are worth, per side and currency; said aloud as it changes. */
export function SelectionFoot<Row extends GridRow>(props: SelectionFootProps<Row>) {
  const { selection, amountOf, total, locale } = props;
  const count = countSelected(selection);
  const sums = sumsInWords(sumSelected(selection, amountOf), locale);
  const words = `${formatCount(count, locale)} selected${sums ? `, ${sums}` : ""}`;
  const [said, setSaid] = useState("");
  useEffect(() => {
    // Shift and arrow select a row at a time: only where it comes to rest is worth saying.
    const timer = setTimeout(() => setSaid((before) => (count === 0 && before === "" ? "" : words)), 350);
    return () => clearTimeout(timer);
  }, [words, count]);
  return (
    <div className={classes.foot} data-grid-foot>
      <span className={classes.footCount}>
        {count > 0 ? (
          <strong>{formatCount(count, locale)} selected</strong>
        ) : (
          <span className={classes.footDim}>None selected</span>
        )}
        {sums && ` · ${sums}`}
      </span>
      {count > 0 && count >= total ? (
        <button type="button" className={classes.footLink} onClick={props.onClear}>
          Clear
        </button>
      ) : (
        total > 0 && (
          <button type="button" className={classes.footLink} onClick={props.onSelectAll}>
            Select all {formatCount(total, locale)} that match
          </button>
        )
      )}
      <span className={classes.footKeys} aria-hidden>
        <Kbd>Space</Kbd> select <Kbd>Shift ↓</Kbd> extend <Kbd>Ctrl A</Kbd> all <Kbd>Esc</Kbd> clear
      </span>
      <output className={classes.hidden} aria-live="polite">
        {said}
      </output>
    </div>
  );
}
