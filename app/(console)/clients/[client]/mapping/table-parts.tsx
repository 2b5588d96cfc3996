// biome-ignore-all lint/a11y/useSemanticElements: on a narrow screen a row is two lines, which a table cannot be
"use client";

import { EmptyState } from "#components/ui/empty-state.tsx";
import { Kbd } from "#components/ui/kbd.tsx";
import { Panel } from "#components/ui/page.tsx";
import classes from "./mapping.module.css";
import { type Target, targetLabel } from "./search-targets.ts";
import type { TableRow, TableWords } from "./table-row.ts";

/** The heads of the editor's columns. */
export function TableHead({ words }: { readonly words: TableWords }) {
  return (
    <div role="row" tabIndex={-1} className={`${classes.row} ${classes.head}`}>
      <span role="columnheader" tabIndex={-1}>
        {words.source}
      </span>
      <span role="columnheader" tabIndex={-1}>
        Name
      </span>
      <span role="columnheader" tabIndex={-1} className={classes.end}>
        Waiting
      </span>
      <span role="columnheader" tabIndex={-1}>
        {words.target}
      </span>
      <span role="columnheader" tabIndex={-1}>
        Set at
      </span>
    </div>
  );
}

/** Stands where no row does: none at all, none that is open, or none that the filter finds. */
export function NoRows({
  isEmpty,
  isAllMapped,
  words,
}: {
  readonly isEmpty: boolean;
  readonly isAllMapped: boolean;
  readonly words: TableWords;
}) {
  return (
    <EmptyState
      title={isEmpty ? "Nothing to map yet" : isAllMapped ? "Everything is mapped" : "No row matches"}
      body={isEmpty ? words.empty : isAllMapped ? "New codes appear here once a document uses them." : "Change the filter above."}
    />
  );
}

/** The keys that the editor knows, or who may use it. */
export function TableFoot({ mayEdit, editedBy }: { readonly mayEdit: boolean; readonly editedBy: string }) {
  return (
    <footer className={classes.foot}>
      {mayEdit ? (
        <>
          <span>
            <Kbd>↑</Kbd> <Kbd>↓</Kbd> rows
          </span>
          <span>type to search</span>
          <span>
            <Kbd>Enter</Kbd> choose, or accept the suggestion
          </span>
          <span>
            <Kbd>Del</Kbd> clear
          </span>
          <span>
            <Kbd>Ctrl S</Kbd> save
          </span>
        </>
      ) : (
        <span>Read only: {editedBy} may change it.</span>
      )}
    </footer>
  );
}

/** Targets with the codes that share them: many codes to one account, seen from the account. */
export function Shared({
  targets,
  takenBy,
  heading,
}: {
  targets: readonly Target[];
  takenBy: ReadonlyMap<string, readonly TableRow[]>;
  heading: string;
}) {
  const used = targets.filter((target) => takenBy.has(target.id));
  if (used.length === 0) return null;
  return (
    <div className={classes.shared}>
      <Panel title={`${heading}, and what goes there`} aside={String(used.length)} padded>
        <ul className={classes.sharedList}>
          {used.map((target) => (
            <li key={target.id} data-target={target.code ?? target.id}>
              <strong>{targetLabel(target)}:</strong>{" "}
              {(takenBy.get(target.id) ?? []).map((row) => row.code ?? row.name).join(", ")}
            </li>
          ))}
        </ul>
      </Panel>
    </div>
  );
}
