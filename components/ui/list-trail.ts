/** The list that a person looked at last in this tab: where it is, and its rows' pages in the order in which they were shown. */
export interface ListTrail {
  /** Path and query: the list as it was narrowed and sorted. */
  readonly at: string;
  readonly hrefs: readonly string[];
}

const KEY = "greentick-list";
/** Beyond it nobody steps one by one. */
const MOST = 1_000;

export function keepTrail(trail: ListTrail): void {
  try {
    window.sessionStorage.setItem(KEY, JSON.stringify({ at: trail.at, hrefs: trail.hrefs.slice(0, MOST) }));
  } catch {
    // A browser that keeps nothing has no previous and next.
  }
}

export function readTrail(): ListTrail | null {
  try {
    const kept: unknown = JSON.parse(window.sessionStorage.getItem(KEY) ?? "null");
    if (!(kept instanceof Object) || !("at" in kept) || !("hrefs" in kept)) return null;
    const { at, hrefs } = kept;
    if (typeof at !== "string" || !Array.isArray(hrefs)) return null;
    return { at, hrefs: hrefs.filter((one): one is string => typeof one === "string") };
  } catch {
    return null;
  }
}

export interface Steps {
  readonly previous: string | null;
  readonly next: string | null;
  /** From 1. */
  readonly place: number;
  readonly count: number;
}

/** What stands before and after a page in the list; null when the list does not hold it. */
export function stepsAt(trail: ListTrail | null, path: string): Steps | null {
  const index = trail?.hrefs.indexOf(path) ?? -1;
  if (!trail || index < 0) return null;
  return {
    previous: trail.hrefs[index - 1] ?? null,
    next: trail.hrefs[index + 1] ?? null,
    place: index + 1,
    count: trail.hrefs.length,
  };
}

/** The list's own address, as the person left it, where that was the list that a breadcrumb leads to. */
export const wayBack = (trail: ListTrail | null, list: string): string =>
  trail !== null && trail.at.split("?")[0] === list ? trail.at : list;
