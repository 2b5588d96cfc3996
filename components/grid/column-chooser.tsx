"use client";

import { ActionIcon, Button, Checkbox, Popover } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconColumns3 } from "@tabler/icons-react";
import { type ColumnChoice, choiceOf, listed, moved } from "./columns.ts";
import classes from "./grid.module.css";

/** Which columns a grid shows, and in what order; at least one stays. */
export function ColumnChooser({
  columns,
  choice,
  onChange,
}: {
  readonly columns: readonly { readonly id: string; readonly label: string }[];
  readonly choice: ColumnChoice;
  readonly onChange: (next: ColumnChoice) => void;
}) {
  const ids = columns.map((column) => column.id);
  const list = listed(ids, choice);
  const shown = list.filter((one) => one.shown).length;
  const labelOf = (id: string) => columns.find((column) => column.id === id)?.label ?? id;
  const change = (next: typeof list) => onChange(choiceOf(ids, next));
  return (
    <Popover position="bottom-end" trapFocus withinPortal>
      <Popover.Target>
        <ActionIcon variant="default" size={30} aria-label="Choose columns" title="Choose columns">
          <IconColumns3 size={17} stroke={1.8} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <ul className={classes.chooser}>
          {list.map(({ id, shown: on }, at) => (
            <li key={id}>
              <Checkbox
                size="xs"
                label={labelOf(id)}
                checked={on}
                disabled={on && shown === 1}
                onChange={() => change(list.map((one) => (one.id === id ? { id, shown: !on } : one)))}
              />
              <span className={classes.chooserMoves}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={24}
                  aria-label={`Move ${labelOf(id)} up`}
                  disabled={at === 0}
                  onClick={() => change(moved(list, at, -1))}
                >
                  <IconArrowUp size={14} stroke={1.8} aria-hidden />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size={24}
                  aria-label={`Move ${labelOf(id)} down`}
                  disabled={at === list.length - 1}
                  onClick={() => change(moved(list, at, 1))}
                >
                  <IconArrowDown size={14} stroke={1.8} aria-hidden />
                </ActionIcon>
              </span>
            </li>
          ))}
        </ul>
        <Button variant="subtle" size="compact-xs" disabled={choice === null} onClick={() => onChange(null)}>
          Default columns
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
