import { familyOf, type RecordKind } from "./records.ts";

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
    case "document":
      return `/documents/${recordId}`;
  }
}
