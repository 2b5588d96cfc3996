// biome-ignore-all lint/a11y/useSemanticElements: the list belongs to an input, which a select cannot be
"use client";

import { type FocusEvent, type KeyboardEvent, useCallback, useEffect, useId, useMemo, useState } from "react";
import { searchTargets, type Target } from "./search-targets.ts";
import type { TableRow } from "./table-row.ts";
import { TargetList } from "./targets-popover.tsx";

export interface RowListProps {
  readonly listId: string;
}

interface ActiveRow {
  readonly key: string;
  readonly input: HTMLInputElement;
}

/** Which row the list is open under, what was typed there, and what that finds. */
function useOpenList(offeredTo: (key: string) => readonly Target[]) {
  const listId = useId();
  const [active, setActive] = useState<ActiveRow | null>(null);
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const { found, more } = useMemo(
    () => searchTargets(active === null ? [] : offeredTo(active.key), typed),
    [offeredTo, active, typed],
  );
  const chooseable = useMemo(() => found.flatMap((target, index) => (target.disabled === null ? [index] : [])), [found]);
  // Nothing is taken by Enter before something was typed or pointed at.
  const current = at < 0 ? -1 : chooseable.includes(at) ? at : (chooseable[0] ?? -1);

  const close = useCallback((restore: boolean) => {
    setActive((before) => {
      if (before) {
        before.input.setAttribute("aria-expanded", "false");
        before.input.removeAttribute("aria-activedescendant");
        if (restore) before.input.value = before.input.dataset.label ?? "";
      }
      return null;
    });
  }, []);

  const open = useCallback((input: HTMLInputElement, text: string) => {
    setActive({ key: input.dataset.row ?? "", input });
    setTyped(text);
    setAt(text === "" ? -1 : 0);
    input.setAttribute("aria-expanded", "true");
  }, []);

  useEffect(() => {
    if (!active) return;
    if (current >= 0) active.input.setAttribute("aria-activedescendant", `${listId}-${current}`);
    else active.input.removeAttribute("aria-activedescendant");
  }, [active, current, listId]);

  return { listId, active, found, more, chooseable, current, setAt, open, close };
}

/**
 * One list of targets shared by all rows: it opens under the row that has the focus, with what that row may choose from. Rows stay
 * untouched while it is typed into.
 */
export function useTargetList(
  offeredTo: (key: string) => readonly Target[],
  targetById: ReadonlyMap<string, Target>,
  choose: (key: string, targetId: string | null) => void,
  body: React.RefObject<HTMLDivElement | null>,
) {
  const { listId, active, found, more, chooseable, current, setAt, open, close } = useOpenList(offeredTo);

  const take = (key: string, targetId: string | null) => {
    close(false);
    choose(key, targetId);
    focusRow(body.current, key, 1);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.dataset.row === undefined) return;
    const key = input.dataset.row;
    const isOpen = active?.input === input;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (event.altKey && !isOpen && !input.readOnly) return open(input, "");
        if (!isOpen) return focusRow(body.current, key, step);
        const place = chooseable.indexOf(current);
        const next = chooseable[Math.min(Math.max(place + step, 0), chooseable.length - 1)];
        if (next !== undefined) setAt(next);
        return;
      }
      case "Enter": {
        event.preventDefault();
        if (input.readOnly) return;
        if (!isOpen) {
          if (input.dataset.suggestion !== undefined && input.value === "") return take(key, input.dataset.suggestion);
          return open(input, "");
        }
        const target = found[current];
        if (target) return take(key, target.id);
        if (input.value === "" && input.dataset.label !== "") return take(key, null);
        return close(true);
      }
      case "Escape":
        if (!isOpen) return;
        event.preventDefault();
        close(true);
        input.select();
        return;
      case "Delete":
        if (isOpen || input.readOnly || input.selectionStart !== 0 || input.selectionEnd !== input.value.length) return;
        event.preventDefault();
        input.value = "";
        choose(key, null);
        return;
    }
  };

  const bodyProps = {
    onKeyDown,
    onInput: (event: React.FormEvent<HTMLDivElement>) => {
      const input = event.target;
      if (input instanceof HTMLInputElement && input.dataset.row !== undefined && !input.readOnly) open(input, input.value);
    },
    onFocus: (event: FocusEvent<HTMLDivElement>) => {
      if (event.target instanceof HTMLInputElement) event.target.select();
    },
    onBlur: (event: FocusEvent<HTMLDivElement>) => {
      const input = event.target;
      if (!(input instanceof HTMLInputElement) || input.dataset.row === undefined) return;
      input.value = input.dataset.label ?? "";
      close(false);
    },
    onDoubleClick: (event: React.MouseEvent<HTMLDivElement>) => {
      if (event.target instanceof HTMLInputElement && !event.target.readOnly) open(event.target, "");
    },
    onClick: (event: React.MouseEvent<HTMLDivElement>) => {
      if (event.target instanceof HTMLInputElement && !event.target.readOnly && active?.input !== event.target)
        open(event.target, "");
    },
  };

  const popover = (takenBy: ReadonlyMap<string, readonly TableRow[]>, oneToOne: boolean) =>
    active && (
      <TargetList
        listId={listId}
        anchor={active.input}
        found={found}
        more={more}
        current={current}
        chosen={targetById.get(takenTarget(takenBy, active.key) ?? "")?.id ?? null}
        reasonOf={(target) => {
          const other = oneToOne ? takenBy.get(target.id)?.find((row) => row.key !== active.key) : undefined;
          return target.disabled ?? (other ? `mapped from ${other.name}` : null);
        }}
        onChoose={(target) => take(active.key, target.id)}
      />
    );
  return { bodyProps, popover, rowProps: useMemo<RowListProps>(() => ({ listId }), [listId]) };
}

function takenTarget(takenBy: ReadonlyMap<string, readonly TableRow[]>, key: string): string | null {
  for (const [id, rows] of takenBy) if (rows.some((row) => row.key === key)) return id;
  return null;
}

/** The input of a row; null when it is not shown. */
export function inputOf(body: HTMLElement | null, key: string): HTMLInputElement | null {
  return body?.querySelector<HTMLInputElement>(`input[data-row="${CSS.escape(key)}"]`) ?? null;
}

/** Puts the focus `step` rows on from a row, staying at the ends. */
function focusRow(body: HTMLElement | null, from: string, step: number): void {
  const inputs = [...(body?.querySelectorAll<HTMLInputElement>("input[data-row]") ?? [])];
  const index = inputs.findIndex((input) => input.dataset.row === from);
  const next = inputs[Math.min(Math.max(index + step, 0), inputs.length - 1)];
  next?.focus();
  next?.select();
}
