import type { ReactNode } from "react";
import classes from "./ui.module.css";

export type StatusKind = "good" | "warning" | "bad" | "busy" | "idle";

/** A state in a list: a shape and colour with its words beside it. */
export function StatusDot({ kind, children }: { readonly kind: StatusKind; readonly children: ReactNode }) {
  return (
    <span className={`${classes.status} ${classes[kind]}`}>
      <span className={classes.dot} aria-hidden />
      {children}
    </span>
  );
}
