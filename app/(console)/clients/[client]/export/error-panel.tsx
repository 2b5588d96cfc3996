"use client";

import { ListExits } from "#components/grid/list-exits.tsx";
import { formatCount, sumsInWords } from "#components/grid/words.ts";
import { EmptyState } from "#components/ui/empty-state.tsx";
import type { PackageSite } from "#lib/connectors/deep-link.ts";
import { CauseList, MOST_CAUSES } from "./causes.tsx";
import classes from "./export.module.css";
import type { PanelProps } from "./panel-props.ts";
import { slugOf } from "./words.ts";

/** Error Feedback: what was refused or is being checked, by cause. */
export function ErrorPanel({
  clientId,
  mayExport,
  mayRedate,
  wording,
  around: { panels, causes },
  site,
  actions,
  acted,
  onOpen,
}: PanelProps & {
  readonly mayRedate: boolean;
  /** Where the records stand in the package; null without a connection. */
  readonly site: PackageSite | null;
}) {
  const { locale, packageName } = wording;
  return (
    <section className={classes.panel} aria-label="Error Feedback" data-panel="errors">
      <header className={classes.head}>
        <h2>Error Feedback</h2>
        <span className={classes.amount} data-count={panels.errors.count}>
          {formatCount(panels.errors.count, locale)}
          {causes.length > 0 &&
            ` ${panels.errors.count === 1 ? "record" : "records"}, ${causes.length}${causes.length < MOST_CAUSES ? "" : " or more"} ${causes.length === 1 ? "cause" : "causes"}`}
          {panels.errors.sums.length > 0 && ` · ${sumsInWords(panels.errors.sums, locale, true)}`}
        </span>
        <div className={classes.tools}>
          <ListExits
            slug={slugOf(wording)}
            list="errors"
            query="sort=party&direction=asc"
            choice={null}
            count={panels.errors.count}
            locale={locale}
          />
        </div>
      </header>
      {causes.length === 0 ? (
        <EmptyState
          dense
          title="No errors"
          body={`Records that ${packageName} refuses or that are being checked appear here, with the cause and who fixes it.`}
        />
      ) : (
        <CauseList
          causes={causes}
          clientId={clientId}
          wording={wording}
          site={site}
          total={panels.errors.count}
          mayExport={mayExport}
          signature={JSON.stringify([panels.errors, acted])}
          onAct={actions.onCause}
          onLock={actions.onLock}
          onCreate={actions.onCreate}
          mayRedate={mayRedate}
          actions={actions.errorActions}
          rowActions={actions.rowActions}
          onOpen={onOpen}
        />
      )}
    </section>
  );
}
