import { DOCUMENT_KINDS, familyOf, type RecordKind } from "./records.ts";

const OWN_KINDS: ReadonlySet<string> = new Set([...DOCUMENT_KINDS, "payment", "customer", "supplier"]);

/** Whether a record of this kind has a page that a client's own person sees: all others are of the staff's console. */
export const isOwnKind = (kind: string): boolean => OWN_KINDS.has(kind);

/** Where a record's own page is, below `/clients/slug`. */
export function recordPath(kind: RecordKind, recordId: string): string {
  switch (familyOf(kind)) {
    case "contact":
      return `/${kind === "supplier" ? "suppliers" : "customers"}/${recordId}`;
    case "product":
      return `/products/${recordId}`;
    case "payment":
      return `/payments/${recordId}`;
    case "journal":
      return `/journals/${recordId}`;
    case "allocation":
      return `/corrections/${recordId}`;
    case "helper":
      return "/mapping";
    case "document":
      return `/documents/${recordId}`;
  }
}
