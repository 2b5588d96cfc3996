import type { NominalKind } from "#db/schema/operational.ts";

export const NOMINAL_KIND_LABELS: Readonly<Record<NominalKind, string>> = {
  sales: "Sales",
  purchase: "Purchase",
  bank: "Bank",
  control: "Control",
  stock: "Stock",
  "cost-of-sale": "Cost of sale",
  tax: "Tax",
  other: "Other",
};
