// biome-ignore-all lint/a11y/useSemanticElements: on a narrow screen a row is two lines, which a table cannot be
"use client";

import { IconAlertTriangle, IconSparkles } from "@tabler/icons-react";
import { memo, useLayoutEffect, useRef } from "react";
import { taxFaultWords, taxMappingFault } from "#lib/tax/charged.ts";
import classes from "./mapping.module.css";
import { type Target, targetLabel } from "./search-targets.ts";
import type { TableRow, TableWords } from "./table-row.ts";
import type { RowListProps } from "./target-list.tsx";

interface RowProps {
  readonly row: TableRow;
  readonly words: TableWords;
  readonly edited: boolean;
  readonly label: string;
  readonly target: Target | undefined;
  readonly packageName: string;
  readonly suggested: Target | undefined;
  readonly bad: boolean;
  readonly mayEdit: boolean;
  readonly onAccept: (key: string, targetId: string | null) => void;
  readonly list: RowListProps;
}

/** Drawn again only when its own mapping changes: 500 of them must not slow a keystroke down. */
export const MappingRow = memo(function MappingRow({
  row,
  words,
  edited,
  label,
  target,
  packageName,
  suggested,
  bad,
  mayEdit,
  onAccept,
  list,
}: RowProps) {
  const named = row.code === null ? row.name : `${row.code} ${row.name}`;
  const against = row.tax && target?.tax ? taxMappingFault(row.tax, target.tax) : null;
  const note = edited ? null : row.fault;
  const input = useRef<HTMLInputElement>(null);
  // Uncontrolled, so that typing draws nothing here again; what was chosen is written in.
  useLayoutEffect(() => {
    if (input.current) input.current.value = label;
  }, [label]);
  return (
    <div
      role="row"
      tabIndex={-1}
      className={`${classes.row} ${edited ? classes.edited : ""} ${bad ? classes.bad : ""}`}
      data-key={row.key}
    >
      <span role="rowheader" tabIndex={-1} className={classes.code}>
        {row.code ?? <span className={classes.dim}>No code</span>}
      </span>
      <span role="cell" className={classes.name}>
        {row.name}
        {row.note !== null && <span className={classes.note}>{row.note}</span>}
      </span>
      <span role="cell" className={`${classes.waiting} ${classes.end}`}>
        {row.waiting > 0 && (
          <>
            {row.waiting.toLocaleString("en-GB")} {row.waiting === 1 ? words.waiting[0] : words.waiting[1]}
            <span className={classes.note}>{row.amount}</span>
          </>
        )}
      </span>
      <span role="cell" className={classes.target}>
        {row.notUsed && label === "" ? (
          <span className={classes.dim}>Not used: stock and cost-of-sale codes are never posted</span>
        ) : (
          <input
            className={classes.input}
            role="combobox"
            aria-label={`${words.target} for ${named}`}
            aria-autocomplete="list"
            aria-expanded={false}
            aria-controls={list.listId}
            aria-invalid={bad || note !== null}
            data-row={row.key}
            data-label={label}
            data-suggestion={suggested?.id}
            placeholder={suggested ? `Suggested: ${targetLabel(suggested)}` : mayEdit ? "Type a code or name" : "Not mapped"}
            autoComplete="off"
            spellCheck={false}
            readOnly={!mayEdit}
            ref={input}
            defaultValue={label}
          />
        )}
        {suggested && row.suggestion && mayEdit && (
          <button
            type="button"
            className={classes.chip}
            tabIndex={-1}
            onClick={() => onAccept(row.key, suggested.id)}
            title={`Suggested: ${targetLabel(suggested)}`}
          >
            <IconSparkles size={13} aria-hidden /> {row.suggestion.reason}
          </button>
        )}
        {note !== null && (
          <span className={classes.fault}>
            <IconAlertTriangle size={15} aria-hidden /> {note}
          </span>
        )}
        {against !== null && row.tax && target?.tax && (
          <span className={classes.differs}>
            <IconAlertTriangle size={15} aria-hidden />{" "}
            {taxFaultWords(against, row.tax, { ...target.tax, name: target.name }, packageName)}
          </span>
        )}
      </span>
      <span role="cell" className={classes.level}>
        {edited ? (
          <span className={classes.unsaved}>Unsaved</span>
        ) : row.level !== null ? (
          <span className={classes.badge}>{row.level}</span>
        ) : row.notUsed ? null : (
          <span className={row.waiting > 0 ? classes.open : classes.dim}>Not mapped</span>
        )}
      </span>
    </div>
  );
});
