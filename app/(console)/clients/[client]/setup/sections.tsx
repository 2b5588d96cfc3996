"use client";

import { Button } from "@mantine/core";
import { usePathname } from "next/navigation";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { useUnsaved } from "#components/ui/unsaved.tsx";
import classes from "./setup.module.css";

export interface Section {
  /** The anchor. */
  readonly id: string;
  readonly title: string;
}

interface Unsaved {
  readonly ids: ReadonlySet<string>;
  readonly mark: (id: string, dirty: boolean) => void;
}
const UnsavedContext = createContext<Unsaved>({ ids: new Set(), mark: () => {} });

/** Setup's sections beside a list of them. Which of them hold something unsaved is said in the list, and asked about on leaving. */
export function Sections({ sections, children }: { readonly sections: readonly Section[]; readonly children: ReactNode }) {
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set());
  const mark = useCallback((id: string, dirty: boolean) => {
    setIds((before) => {
      if (before.has(id) === dirty) return before;
      const after = new Set(before);
      if (dirty) after.add(id);
      else after.delete(id);
      return after;
    });
  }, []);
  const path = usePathname();
  const stays = useCallback((to: URL) => to.pathname === path, [path]);
  const leaving = useUnsaved(ids.size, stays, null);
  const unsaved = useMemo(() => ({ ids, mark }), [ids, mark]);
  return (
    <UnsavedContext value={unsaved}>
      <div className={classes.sections}>
        <nav className={classes.sectionList} aria-label="Sections of Setup">
          {sections.map(({ id, title }) => (
            <a key={id} href={`#${id}`} className={classes.sectionLink}>
              {title}
              {ids.has(id) && <span className={classes.changed}>not saved</span>}
            </a>
          ))}
        </nav>
        <div className={classes.stack}>{children}</div>
      </div>
      {leaving}
    </UnsavedContext>
  );
}

/**
 * The one way in which a section is saved: nothing by itself, and by a button that appears with the first change.
 * @param id the section's anchor
 * @param label what the button says: "Save locks"
 * @param onSave where the section is no form of its own
 */
export function SaveLine({
  id,
  dirty,
  busy,
  label,
  blocked = false,
  onSave,
  onUndo,
}: {
  readonly id: string;
  readonly dirty: boolean;
  readonly busy: boolean;
  readonly label: string;
  /** What was filled in cannot be saved as it is. */
  readonly blocked?: boolean;
  readonly onSave?: () => void;
  readonly onUndo: () => void;
}) {
  const { mark } = useContext(UnsavedContext);
  useEffect(() => {
    mark(id, dirty);
    return () => mark(id, false);
  }, [mark, id, dirty]);
  if (!dirty && !busy) return null;
  return (
    <div className={classes.saveLine}>
      <Button type={onSave ? "button" : "submit"} loading={busy} disabled={blocked} {...(onSave ? { onClick: onSave } : {})}>
        {label}
      </Button>
      <Button variant="default" disabled={busy} onClick={onUndo}>
        Undo
      </Button>
      <span className={classes.dim}>Not saved yet</span>
    </div>
  );
}
