import type { ListField } from "#components/grid/field.ts";
import type { listProducts } from "#db/queries/operational/products.ts";
import type { Wire } from "#lib/common/wire.ts";
import { standingWords } from "#lib/posting/standing.ts";

export type ProductRow = Wire<Awaited<ReturnType<typeof listProducts>>["rows"][number]>;

/** Products as the screen, a file and paper list them. */
export const productFields: readonly ListField<ProductRow>[] = [
  {
    id: "number",
    label: "Code",
    type: "text",
    value: (row) => row.reference,
    look: { width: "minmax(120px, 0.7fr)", sort: "number", narrow: "a" },
  },
  {
    id: "name",
    label: "Name",
    type: "text",
    value: (row) => row.name,
    look: { width: "minmax(200px, 2fr)", sort: "name", narrow: "b" },
  },
  { id: "group", label: "Group", type: "text", value: (row) => row.group, look: { width: "minmax(110px, 0.8fr)", narrow: "e" } },
  { id: "sales", label: "Sales code", type: "text", value: (row) => row.salesNominalCode, look: { width: "110px" } },
  { id: "purchase", label: "Purchase code", type: "text", value: (row) => row.purchaseNominalCode, look: { width: "120px" } },
  { id: "tax", label: "Tax code", type: "text", value: (row) => row.taxCode, look: { width: "100px" } },
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
