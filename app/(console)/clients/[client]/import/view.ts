import { parseAsString, parseAsStringLiteral } from "nuqs/server";
import { INCOMING_VIEWS, type IncomingFilter } from "#lib/allocating/selection.ts";

const options = { history: "replace", clearOnDefault: true } as const;

/** Filter and order of the Import grid as they stand in the address. */
export const VIEW = {
  view: parseAsStringLiteral(INCOMING_VIEWS).withDefault("all").withOptions(options),
  q: parseAsString.withDefault("").withOptions(options),
  side: parseAsStringLiteral(["both", "sales", "purchase"]).withDefault("both").withOptions(options),
  date: parseAsStringLiteral(["desc", "asc"]).withDefault("desc").withOptions(options),
};

export interface ImportView {
  readonly view: (typeof INCOMING_VIEWS)[number];
  readonly q: string;
  readonly side: "both" | "sales" | "purchase";
  readonly date: "desc" | "asc";
}

export function filterOf(view: ImportView): IncomingFilter {
  const search = view.q.trim().slice(0, 100);
  return { view: view.view, ...(search ? { search } : {}), ...(view.side === "both" ? {} : { side: view.side }) };
}

/** The filter as the grid's handlers read it from an address. */
export function queryOf(filter: IncomingFilter): string {
  return new URLSearchParams({
    view: filter.view ?? "all",
    ...(filter.search ? { search: filter.search } : {}),
    ...(filter.side ? { side: filter.side } : {}),
  }).toString();
}
