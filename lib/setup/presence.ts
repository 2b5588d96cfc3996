import type { Present } from "#db/queries/people/presence.ts";

const PAGES: readonly (readonly [string, string])[] = [
  ["/export", "Export"],
  ["/import", "Import"],
  ["/mapping", "Mapping"],
  ["/documents", "Documents"],
  ["/customers", "Customers"],
  ["/suppliers", "Suppliers"],
  ["/products", "Products"],
  ["/payments", "Payments"],
  ["/journals", "Journals"],
  ["/runs", "Runs"],
  ["/setup", "Setup"],
];

/** A page as the navigation names it; "Overview" for the client's first one. */
function pageName(page: string): string {
  return PAGES.find(([path]) => page === path || page.startsWith(`${path}/`))?.[1] ?? "Overview";
}

/** "Anna Smith (Export, Mapping)". */
export function presentWords({ name, pages }: Pick<Present, "name" | "pages">): string {
  return `${name} (${[...new Set(pages.map(pageName))].join(", ")})`;
}
