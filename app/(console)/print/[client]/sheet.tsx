import type { ReactNode } from "react";
import "./paper.css";
import { now } from "#lib/clock.ts";
import { formatMoment } from "#lib/common/dates.ts";
import classes from "./print.module.css";
import { PrintButton } from "./print-button.tsx";

/** One printed sheet: whose, what, when and by whom it was printed, then what it is about. */
export function PrintSheet({
  title,
  client,
  by,
  children,
}: {
  readonly title: string;
  readonly client: { readonly name: string; readonly timeZone: string; readonly locale: string };
  /** Who prints it. */
  readonly by: string;
  readonly children: ReactNode;
}) {
  return (
    <main className={classes.sheet}>
      <div className={classes.tools}>
        <PrintButton />
      </div>
      <header className={classes.head}>
        <h1>{title}</h1>
        <span className={classes.client}>{client.name}</span>
        <span className={classes.made}>
          Printed {formatMoment(now(), client.timeZone, client.locale)} by {by}
        </span>
      </header>
      {children}
    </main>
  );
}
