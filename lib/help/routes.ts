/**
 * The addresses of each screen that help has a page for, as `app/` has them. Apart from the pages' texts, which are loaded with the page
 * that shows them: every page's head finds its own help by this table. A test walks all routes and asks for each.
 */
export const SCREEN_ROUTES = {
  clients: ["/clients"],
  overview: ["/clients/[client]"],
  export: ["/clients/[client]/export"],
  "not-in-pending-export": ["/clients/[client]/export/aside"],
  import: ["/clients/[client]/import"],
  mapping: ["/clients/[client]/mapping"],
  documents: ["/clients/[client]/documents"],
  document: ["/clients/[client]/documents/[document]"],
  upload: ["/clients/[client]/documents/upload"],
  "upload-profiles": ["/clients/[client]/documents/upload/profiles", "/clients/[client]/documents/upload/profiles/[profile]"],
  payments: ["/clients/[client]/payments", "/clients/[client]/payments/new", "/clients/[client]/payments/[payment]"],
  journals: ["/clients/[client]/journals", "/clients/[client]/journals/new", "/clients/[client]/journals/[journal]"],
  customers: ["/clients/[client]/customers", "/clients/[client]/customers/[contact]"],
  suppliers: ["/clients/[client]/suppliers", "/clients/[client]/suppliers/[contact]"],
  products: [
    "/clients/[client]/products",
    "/clients/[client]/products/[product]",
    "/clients/[client]/product-groups",
    "/clients/[client]/product-groups/[group]",
  ],
  "nominal-codes": ["/clients/[client]/nominal-codes", "/clients/[client]/nominal-codes/[code]"],
  "tax-codes": ["/clients/[client]/tax-codes", "/clients/[client]/tax-codes/[code]"],
  runs: ["/clients/[client]/runs", "/clients/[client]/runs/[run]"],
  corrections: ["/clients/[client]/corrections", "/clients/[client]/corrections/[correction]"],
  matches: ["/clients/[client]/matches"],
  handover: ["/clients/[client]/handover"],
  setup: ["/clients/[client]/setup", "/clients/[client]/setup/choose"],
  "nightly-runs": ["/settings/nights", "/settings/nights/[night]"],
  usage: ["/settings/usage"],
  users: ["/settings/users", "/settings/users/[user]"],
  audit: ["/settings/audit"],
  invariants: ["/settings/invariants"],
  workers: ["/settings/workers"],
  alerts: ["/settings/alerts"],
  profile: ["/settings/profile"],
  sessions: ["/settings/sessions"],
  print: ["/print/[client]/[list]", "/print/[client]/run/[run]"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type ScreenId = keyof typeof SCREEN_ROUTES;

export const SCREEN_IDS = Object.keys(SCREEN_ROUTES) as readonly ScreenId[];

export const isScreenId = (id: string): id is ScreenId => Object.hasOwn(SCREEN_ROUTES, id);

const OWN_SCREENS: ReadonlySet<string> = new Set<ScreenId>([
  "overview",
  "documents",
  "document",
  "payments",
  "customers",
  "suppliers",
  "profile",
  "sessions",
]);

/** Whether a client's own person has this screen, and so its help. */
export const isOwnScreen = (id: string): boolean => OWN_SCREENS.has(id);

const parts = (path: string): readonly string[] => path.split("/").filter(Boolean);
const isParameter = (part: string) => part.startsWith("[");

function fits(route: readonly string[], path: readonly string[]): boolean {
  return route.length === path.length && route.every((part, at) => isParameter(part) || part === path[at]);
}

/** The screen at an address; of two routes that fit, the one that names more of it. Null where no screen of ours is. */
export function screenAt(pathname: string): ScreenId | null {
  const path = parts(pathname);
  let best: { readonly id: ScreenId; readonly parameters: number } | null = null;
  for (const id of SCREEN_IDS) {
    for (const route of SCREEN_ROUTES[id].map(parts)) {
      const parameters = route.filter(isParameter).length;
      if (fits(route, path) && (best === null || parameters < best.parameters)) best = { id, parameters };
    }
  }
  return best?.id ?? null;
}

/** The client in a screen's address. */
const clientIn = (pathname: string): string | null => {
  const [first, client] = parts(pathname);
  return (first === "clients" || first === "print") && client !== undefined ? client : null;
};

/** An address of help, for the client that is open. */
export function helpHref(path: "" | `/${string}`, client: string | null): string {
  return `/help${path}${client === null ? "" : `?client=${encodeURIComponent(client)}`}`;
}

/** The help page of the screen at an address: the list of all of them where the screen is not known; null on help itself. */
export function helpOf(pathname: string): string | null {
  const screen = screenAt(pathname);
  if (screen !== null) return helpHref(`/screens/${screen}`, clientIn(pathname));
  return /^\/(clients|settings|print)(\/|$)/.test(pathname) ? helpHref("", clientIn(pathname)) : null;
}

/** The list of all help, for the client whose screen is open. */
export const allHelpFrom = (pathname: string): string => helpHref("", clientIn(pathname));

/**
 * The page of an error's code. A code that the catalogue lacks has an address too: there stands the checklist that serves every record.
 *
 * @param packageId of the client's package; null where none is connected
 */
export function errorHelpHref(code: string, packageId: string | null, client: string | null): string {
  return helpHref(`/errors/${packageId ?? NO_PACKAGE}/${encodeURIComponent(code)}`, client);
}

/** Stands in an address where no package is connected. */
const NO_PACKAGE = "any";
