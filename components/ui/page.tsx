import type { ReactNode } from "react";
import { HelpLink } from "./help-link.tsx";
import classes from "./ui.module.css";

/** The page's one `h1`, the way to its help, a dim aside ("as of 09:41"), and at most one primary button. */
export function PageTitle({
  title,
  aside,
  actions,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly actions?: ReactNode;
}) {
  return (
    <div className={classes.pageTitle}>
      <h1>{title}</h1>
      <HelpLink />
      {aside !== undefined && <span className={classes.pageAside}>{aside}</span>}
      {actions !== undefined && <div className={classes.pageActions}>{actions}</div>}
    </div>
  );
}

/** A white panel with a one-pixel line. `padded` for text; grids and tables bring their own padding. */
export function Panel({
  title,
  aside,
  actions,
  padded = false,
  children,
}: {
  readonly title?: string;
  readonly aside?: ReactNode;
  readonly actions?: ReactNode;
  readonly padded?: boolean;
  readonly children: ReactNode;
}) {
  return (
    <section className={classes.panel} aria-label={title}>
      {title !== undefined && (
        <header className={classes.panelHeader}>
          <h2>{title}</h2>
          {aside !== undefined && <span className={classes.panelAside}>{aside}</span>}
          {actions !== undefined && <div className={classes.panelActions}>{actions}</div>}
        </header>
      )}
      {padded ? <div className={classes.panelBody}>{children}</div> : children}
    </section>
  );
}

/** A plain table in the product's rows of 34 px, for short lists; grids are `components/grid`. Cells that hold figures take `data-align="end"`. */
export function PlainTable({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // A keyboard must be able to scroll what does not fit.
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region takes focus
    <section className={classes.scroll} aria-label={label} tabIndex={0}>
      <table className={classes.table}>{children}</table>
    </section>
  );
}

/** The headings of a plain table's columns. @param figures those that hold figures, which stand at the end of their cells */
export function Heads({ columns, figures = [] }: { readonly columns: readonly string[]; readonly figures?: readonly string[] }) {
  return (
    <thead>
      <tr>
        {columns.map((name) => (
          <th key={name} scope="col" data-align={figures.includes(name) ? "end" : undefined}>
            {name}
          </th>
        ))}
      </tr>
    </thead>
  );
}
