"use client";

import { type ReactNode, useEffect, useRef } from "react";
import classes from "./timeline.module.css";

/** A fold that is open where the address points at it: from a card, a row, a list or the search. */
export function WhyFold({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const fold = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const open = () => {
      if (window.location.hash !== "#why" || fold.current === null) return;
      fold.current.open = true;
      fold.current.scrollIntoView({ block: "nearest" });
    };
    open();
    window.addEventListener("hashchange", open);
    return () => window.removeEventListener("hashchange", open);
  }, []);
  return (
    <details className={classes.why} id="why" ref={fold}>
      <summary>{title}</summary>
      {children}
    </details>
  );
}
