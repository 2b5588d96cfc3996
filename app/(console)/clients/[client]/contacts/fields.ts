import type { ListField } from "#components/grid/field.ts";
import type { listContacts } from "#db/queries/contacts.ts";
import type { Wire } from "#lib/common/wire.ts";
import { standingWords } from "#lib/posting/standing.ts";

export type ContactRow = Wire<Awaited<ReturnType<typeof listContacts>>["rows"][number]>;

/** Customers and suppliers as the screen, a file and paper list them. */
export const contactFields: readonly ListField<ContactRow>[] = [
  {
    id: "name",
    label: "Name",
    type: "text",
    value: (row) => row.name,
    look: { width: "minmax(180px, 1.6fr)", sort: "name", narrow: "b" },
  },
  {
    id: "number",
    label: "Number",
    type: "text",
    value: (row) => row.reference,
    look: { width: "minmax(110px, 0.7fr)", sort: "number", narrow: "a" },
  },
  { id: "email", label: "E-mail", type: "text", value: (row) => row.email, look: { width: "minmax(160px, 1.3fr)", narrow: "e" } },
  {
    id: "taxNumber",
    label: "VAT number",
    type: "text",
    value: (row) => row.taxNumber,
    look: { width: "minmax(110px, 0.7fr)" },
  },
  { id: "country", label: "Country", type: "text", value: (row) => row.country, look: { width: "minmax(90px, 0.6fr)" } },
  {
    id: "terms",
    label: "Terms",
    type: "text",
    value: (row) => (row.terms === "cash" ? "Cash" : "Credit"),
    look: { width: "100px", narrow: "c" },
  },
  {
    id: "state",
    label: "State",
    type: "text",
    value: (row) => standingWords(row.standing),
    look: { width: "minmax(120px, 0.8fr)", narrow: "d" },
  },
  {
    id: "integration",
    label: "Integration",
    type: "text",
    value: (row) => (row.excluded ? "Excluded" : "Included"),
    look: { width: "110px", narrow: "f" },
  },
];
