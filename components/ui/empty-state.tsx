import type { ReactNode } from "react";
import classes from "./ui.module.css";

/** An empty panel that says what would fill it, and how to begin. */
export function EmptyState({
  title,
  body,
  action,
}: {
  readonly title: string;
  readonly body?: ReactNode;
  readonly action?: ReactNode;
}) {
  return (
    <div className={classes.empty}>
      <p className={classes.emptyTitle}>{title}</p>
      {body !== undefined && <p className={classes.emptyBody}>{body}</p>}
      {action !== undefined && <div className={classes.emptyAction}>{action}</div>}
    </div>
  );
}
