/** A screen that help sends its reader to: of the client that is open, or of the practice. */
export interface Place {
  readonly label: string;
  /** Below `/clients/<client>` where `of` is `client`. */
  readonly path: string;
  readonly of: "client" | "practice";
}

const ofClient = (label: string, path: string): Place => ({ label, path, of: "client" });

/** The screens that help links to, each with the words of its link. */
export const PLACES = {
  export: ofClient("Export", "/export"),
  aside: ofClient("Not in Pending Export", "/export/aside"),
  import: ofClient("Import", "/import"),
  "nominal-mapping": ofClient("Mapping, nominal codes", "/mapping?tab=nominal"),
  "tax-mapping": ofClient("Mapping, tax codes", "/mapping?tab=tax"),
  "bank-mapping": ofClient("Mapping, bank accounts", "/mapping?tab=bank"),
  documents: ofClient("Documents", "/documents"),
  upload: ofClient("Upload a file", "/documents/upload"),
  payments: ofClient("Payments", "/payments"),
  journals: ofClient("Journals", "/journals"),
  customers: ofClient("Customers", "/customers"),
  suppliers: ofClient("Suppliers", "/suppliers"),
  products: ofClient("Products", "/products"),
  "nominal-codes": ofClient("Nominal codes", "/nominal-codes"),
  "tax-codes": ofClient("Tax codes", "/tax-codes"),
  matches: ofClient("Matches", "/matches"),
  corrections: ofClient("Corrections", "/corrections"),
  runs: ofClient("Runs", "/runs"),
  setup: ofClient("Setup", "/setup"),
  clients: { label: "Clients", path: "/clients", of: "practice" },
} as const satisfies Readonly<Record<string, Place>>;

const OWN_PLACES: ReadonlySet<string> = new Set(["documents", "payments", "customers", "suppliers"]);

/** Whether a client's own person has this page. */
export const isOwnPlace = (id: string): boolean => OWN_PLACES.has(id);

export type PlaceId = keyof typeof PLACES;

/** Where a place is: of the client that is open, else where one is chosen first. */
export function placeHref(id: PlaceId, client: string | null): string {
  const { of, path } = PLACES[id];
  if (of === "practice") return path;
  return client === null ? "/clients" : `/clients/${client}${path}`;
}
