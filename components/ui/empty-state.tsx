import type { ReactNode } from "react";
import classes from "./ui.module.css";

/** An empty panel that says what would fill it, and how to begin. */
export function EmptyState({
  title,
  body,
  action,
  dense = false,
}: {
  readonly title: string;
  readonly body?: ReactNode;
  readonly action?: ReactNode;
  /** Where several panels share a screen. */
  readonly dense?: boolean;
}) {
  return (
    <div className={classes.empty} data-dense={dense || undefined}>
      <p className={classes.emptyTitle}>{title}</p>
      {body !== undefined && <p className={classes.emptyBody}>{body}</p>}
      {action !== undefined && <div className={classes.emptyAction}>{action}</div>}
    </div>
  );
}
