"use client";

import { SegmentedControl, Select } from "@mantine/core";
import { FilterBox } from "#components/grid/filter-box.tsx";
import { formatCount } from "#components/grid/words.ts";
import type { ImportOverview } from "#lib/allocating/overview.ts";
import { INCOMING_VIEWS } from "#lib/allocating/selection.ts";
import classes from "./import.module.css";
import type { ImportView } from "./view.ts";
import { VIEW_LABELS, type Wording } from "./words.ts";

interface Narrows {
  readonly view: ImportView;
  readonly change: (next: Partial<ImportView>) => void;
}

/** Words and side that narrow the payments. */
export function PaymentFilters({ view, change }: Narrows) {
  return (
    <>
      <FilterBox label="Filter by company, reference or document" value={view.q} onChange={(q) => change({ q })} />
      <Select
        className={classes.side}
        size="xs"
        aria-label="Sales or purchase"
        allowDeselect={false}
        value={view.side}
        onChange={(side) => change({ side: side === "sales" || side === "purchase" ? side : "both" })}
        data={[
          { value: "both", label: "Sales and purchase" },
          { value: "sales", label: "Sales" },
          { value: "purchase", label: "Purchase" },
        ]}
      />
    </>
  );
}

/** Which payments by what became of them, each with its count. */
export function PaymentTabs({
  view,
  change,
  counts,
  wording,
}: Narrows & { readonly counts: ImportOverview["totals"]["counts"]; readonly wording: Wording }) {
  return (
    <SegmentedControl
      size="xs"
      aria-label="Which payments"
      value={view.view}
      onChange={(next) => change({ view: INCOMING_VIEWS.find((one) => one === next) ?? "all" })}
      data={INCOMING_VIEWS.map((one) => ({
        value: one,
        label: `${one === "kept" ? VIEW_LABELS[one].replace("the package", wording.packageName) : VIEW_LABELS[one]} ${formatCount(counts[one], wording.locale)}`,
      }))}
    />
  );
}
