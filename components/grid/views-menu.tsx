"use client";

import { ActionIcon, Button, Menu, Modal, TextInput } from "@mantine/core";
import { IconBookmark, IconX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { type SavedView, useGridSettings } from "./settings.tsx";

/** The most views that a person keeps of one list. */
const MOST_VIEWS = 20;
const LONGEST_NAME = 60;

/** Filters, order and columns under names of the person's own. */
export function ViewsMenu({
  grid,
  current,
  onApply,
}: {
  readonly grid: string;
  /** What the address says now, as it would be kept. */
  readonly current: () => string;
  readonly onApply: (view: SavedView) => void;
}) {
  const [{ views }, keep] = useGridSettings(grid);
  const [naming, setNaming] = useState<string | null>(null);
  const name = naming?.trim() ?? "";
  const save = (event: FormEvent) => {
    event.preventDefault();
    if (name === "") return;
    keep({ views: [...views.filter((view) => view.name !== name), { name, search: current() }] });
    setNaming(null);
  };
  return (
    <>
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon variant="default" size={30} aria-label="Views" title="Views">
            <IconBookmark size={17} stroke={1.8} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => onApply({ name: "", search: "" })}>All rows, default view</Menu.Item>
          {views.map((view) => (
            <Menu.Item key={view.name} onClick={() => onApply(view)}>
              {view.name}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item disabled={views.length >= MOST_VIEWS} onClick={() => setNaming("")}>
            Save this view…
          </Menu.Item>
          {views.length > 0 && <Menu.Label>Forget</Menu.Label>}
          {views.map((view) => (
            <Menu.Item
              key={view.name}
              leftSection={<IconX size={14} stroke={1.8} aria-hidden />}
              aria-label={`Delete ${view.name}`}
              onClick={() => keep({ views: views.filter((one) => one.name !== view.name) })}
            >
              {view.name}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Modal opened={naming !== null} onClose={() => setNaming(null)} title="Save this view" size="sm">
        <form onSubmit={save}>
          <TextInput
            label="Name"
            description="Saves the current filters, order and columns. Only you can see it."
            value={naming ?? ""}
            maxLength={LONGEST_NAME}
            onChange={(event) => setNaming(event.currentTarget.value)}
            data-autofocus
          />
          <Button type="submit" mt="sm" disabled={name === ""}>
            Keep
          </Button>
        </form>
      </Modal>
    </>
  );
}
