import { parseAsString, parseAsStringLiteral } from "nuqs/server";
import { FIRST_KINDS, type RecordKind } from "#lib/common/records.ts";
import type { PanelFilter } from "#lib/pending/selection.ts";

export const PRECHECK_FILTERS = ["all", "ready", "warning", "blocked", "none"] as const;
const TICK_FILTERS = ["all", "seen", "sent", "differs", "draft", "marked"] as const;
export type TickFilter = (typeof TICK_FILTERS)[number];

const pendingSorts = [
  "date.desc",
  "date.asc",
  "number.asc",
  "number.desc",
  "party.asc",
  "party.desc",
  "gross.asc",
  "gross.desc",
] as const;
const exportedSorts = [...pendingSorts, "exported.desc", "exported.asc", "tick.asc", "tick.desc"] as const;
const options = { history: "replace", clearOnDefault: true } as const;

/** Filter and order of the panels as they stand in the address: `p_` for Pending Export, `e_` for Exported Successfully. */
export const VIEW = {
  p_q: parseAsString.withDefault("").withOptions(options),
  p_check: parseAsStringLiteral(PRECHECK_FILTERS).withDefault("all").withOptions(options),
  p_sort: parseAsStringLiteral(pendingSorts).withDefault("date.desc").withOptions(options),
  /** "open": the customers, suppliers and products that go first are listed one by one. */
  p_first: parseAsStringLiteral(["folded", "open"]).withDefault("folded").withOptions(options),
  e_q: parseAsString.withDefault("").withOptions(options),
  e_tick: parseAsStringLiteral(TICK_FILTERS).withDefault("all").withOptions(options),
  e_sort: parseAsStringLiteral(exportedSorts).withDefault("exported.desc").withOptions(options),
};
export interface ExportView {
  readonly p_q: string;
  readonly p_check: (typeof PRECHECK_FILTERS)[number];
  readonly p_sort: (typeof pendingSorts)[number];
  readonly p_first: "folded" | "open";
  readonly e_q: string;
  readonly e_tick: TickFilter;
  readonly e_sort: (typeof exportedSorts)[number];
}

const MAX_SEARCH = 100;

const TICKS: Readonly<Record<Exclude<TickFilter, "all">, Pick<PanelFilter, "states" | "draft">>> = {
  seen: { states: ["confirmed"] },
  sent: { states: ["posted"], draft: false },
  differs: { states: ["drifted"] },
  draft: { states: ["posted"], draft: true },
  marked: { states: ["skipped"] },
};

const search = (text: string) => (text.trim() === "" ? {} : { search: text.trim().slice(0, MAX_SEARCH) });

export function pendingFilter(view: ExportView): PanelFilter {
  return { panel: "pending", ...search(view.p_q), ...(view.p_check === "all" ? {} : { precheck: [view.p_check] }) };
}

export function exportedFilter(view: ExportView): PanelFilter {
  return { panel: "exported", ...search(view.e_q), ...(view.e_tick === "all" ? {} : TICKS[view.e_tick]) };
}

/** With so few of them the documents are in view anyway: a panel shows at least eight rows. */
const FEW_FIRST = 4;

/** "12 customers and 3 products", and whether the screen shows them as one row; null where there is nothing to fold. */
export function firstToGo(
  view: ExportView,
  pending: {
    readonly count: number;
    readonly kinds: Readonly<Partial<Record<RecordKind, number>>>;
    readonly blockedFirst: number;
  },
  locale: string,
): { readonly words: string; readonly blocked: string | null; readonly count: number; readonly folded: boolean } | null {
  // Who looks for something looks at what was found.
  if (view.p_q.trim() !== "" || view.p_check !== "all") return null;
  const found = FIRST_KINDS.map((kind) => ({ kind, count: pending.kinds[kind] ?? 0 })).filter((one) => one.count > 0);
  const count = found.reduce((sum, one) => sum + one.count, 0);
  if (count <= FEW_FIRST || count >= pending.count) return null;
  const figure = new Intl.NumberFormat(locale);
  const parts = found.map((one) => `${figure.format(one.count)} ${one.kind}${one.count === 1 ? "" : "s"}`);
  const words = new Intl.ListFormat("en-GB", { type: "conjunction" }).format(parts);
  return {
    words: `${words} go first`,
    blocked: pending.blockedFirst === 0 ? null : `${figure.format(pending.blockedFirst)} blocked`,
    count,
    folded: view.p_first === "folded",
  };
}

export interface ReadSort {
  readonly by: "date" | "number" | "party" | "gross" | "exported" | "tick";
  readonly direction: "asc" | "desc";
}

export function readSort(text: ExportView["e_sort"]): ReadSort {
  const [by, direction] = text.split(".") as [ReadSort["by"], ReadSort["direction"]];
  return { by, direction };
}

/** A panel's filter, and its order if given, as the grid's handler reads them from an address. */
export function filterQuery(filter: PanelFilter, sort?: ReadSort, folded = false): string {
  const query = new URLSearchParams({ panel: filter.panel });
  if (filter.search) query.set("search", filter.search);
  if (filter.kinds?.length) query.set("kinds", filter.kinds.join(","));
  if (filter.states?.length) query.set("states", filter.states.join(","));
  if (filter.precheck?.length) query.set("precheck", filter.precheck.join(","));
  if (filter.draft !== undefined) query.set("draft", filter.draft ? "yes" : "no");
  if (filter.code !== undefined) query.set("code", filter.code);
  if (filter.value !== undefined) query.set("value", filter.value);
  if (filter.runId !== undefined) query.set("runId", filter.runId);
  if (sort) {
    query.set("sort", sort.by);
    query.set("direction", sort.direction);
    if (folded) query.set("folded", "yes");
  }
  return query.toString();
}
