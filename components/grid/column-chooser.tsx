"use client";

import { ActionIcon, Checkbox, Popover, Stack } from "@mantine/core";
import { IconColumns3 } from "@tabler/icons-react";
import type { ColumnVisibility } from "./use-columns.ts";

/** Which columns a grid shows; at least one stays. */
export function ColumnChooser({
  columns,
  visibility,
  onChange,
}: {
  readonly columns: readonly { readonly id: string; readonly label: string }[];
  readonly visibility: ColumnVisibility;
  readonly onChange: (next: ColumnVisibility) => void;
}) {
  const shown = columns.filter((column) => visibility[column.id] !== false);
  return (
    <Popover position="bottom-end" trapFocus withinPortal>
      <Popover.Target>
        <ActionIcon variant="default" size={30} aria-label="Choose columns" title="Choose columns">
          <IconColumns3 size={17} stroke={1.8} aria-hidden />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap={8}>
          {columns.map((column) => {
            const on = visibility[column.id] !== false;
            return (
              <Checkbox
                key={column.id}
                size="xs"
                label={column.label}
                checked={on}
                disabled={on && shown.length === 1}
                onChange={() => onChange({ ...visibility, [column.id]: !on })}
              />
            );
          })}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
