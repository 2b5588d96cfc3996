// biome-ignore-all lint/a11y/useSemanticElements: the list belongs to an input, which a select cannot be
"use client";

import { useEffect, useLayoutEffect, useRef } from "react";
import { plainRate } from "#lib/tax/charged.ts";
import classes from "./mapping.module.css";
import type { Target } from "./search-targets.ts";

/** The targets that were found, under the input that looks for them. */
export function TargetList({
  listId,
  anchor,
  found,
  more,
  current,
  chosen,
  reasonOf,
  onChoose,
}: {
  listId: string;
  anchor: HTMLInputElement;
  found: readonly Target[];
  more: number;
  current: number;
  chosen: string | null;
  reasonOf: (target: Target) => string | null;
  onChoose: (target: Target) => void;
}) {
  const list = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = list.current;
    if (!element) return;
    element.showPopover();
    const place = () => {
      const box = anchor.getBoundingClientRect();
      const below = window.innerHeight - box.bottom;
      const up = below < 260 && box.top > below;
      element.style.left = `${Math.max(8, Math.min(box.left, window.innerWidth - 388))}px`;
      element.style.width = `${Math.min(Math.max(box.width, 300), window.innerWidth - 16)}px`;
      element.style.maxHeight = `${Math.min(320, (up ? box.top : below) - 12)}px`;
      element.style.top = up ? "auto" : `${box.bottom + 4}px`;
      element.style.bottom = up ? `${window.innerHeight - box.top + 4}px` : "auto";
    };
    place();
    window.addEventListener("scroll", place, { capture: true, passive: true });
    window.addEventListener("resize", place);
    return () => {
      window.removeEventListener("scroll", place, { capture: true });
      window.removeEventListener("resize", place);
      if (element.matches(":popover-open")) element.hidePopover();
    };
  }, [anchor]);

  useEffect(() => {
    document.getElementById(`${listId}-${current}`)?.scrollIntoView({ block: "nearest" });
  }, [current, listId]);

  return (
    <div ref={list} id={listId} role="listbox" tabIndex={-1} aria-label="Targets" popover="manual" className={classes.list}>
      {found.map((target, index) => {
        const reason = reasonOf(target);
        const before = found[index - 1];
        return (
          <div key={target.id}>
            {before?.group !== target.group && (
              <div className={classes.group} role="presentation">
                {target.group}
              </div>
            )}
            <div
              id={`${listId}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === current}
              aria-disabled={reason !== null}
              className={classes.option}
              onPointerDown={(event) => {
                event.preventDefault();
                if (reason === null) onChoose(target);
              }}
            >
              <span className={classes.optionCode}>{target.code ?? "–"}</span>
              <span className={classes.optionName}>{target.name}</span>
              {target.tax !== null && (
                <span className={classes.optionNote}>
                  {target.tax.rate === null ? "reckoned there" : `${plainRate(target.tax.rate)}%`}
                  {target.tax.selfAccounts === true && ", buyer accounts"}
                </span>
              )}
              {reason !== null && <span className={classes.optionNote}>{reason}</span>}
              {chosen === target.id && <span className={classes.optionNote}>now</span>}
            </div>
          </div>
        );
      })}
      {found.length === 0 && <div className={classes.group}>No match. If it is new in the package, press Refresh accounts.</div>}
      {more > 0 && <div className={classes.group}>{more} more: keep typing</div>}
    </div>
  );
}
