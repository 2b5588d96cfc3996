import type { NominalKind } from "#db/schema/operational.ts";
import type { TaxKind, TaxSide } from "#lib/tax/kinds.ts";

/** The nominal codes of each client of the demo. */
export const NOMINAL_CODES: readonly (readonly [code: string, name: string, kind: NominalKind])[] = [
  ["1000", "Stock", "stock"],
  ["1100", "Sales ledger control", "control"],
  ["1200", "Bank current account", "bank"],
  ["1210", "Clearing account", "bank"],
  ["2100", "Purchase ledger control", "control"],
  ["2200", "VAT on sales", "tax"],
  ["2201", "VAT on purchases", "tax"],
  ["4000", "Sales", "sales"],
  ["4010", "Postage charged", "sales"],
  ["4020", "Sales of services", "sales"],
  ["4090", "Discounts allowed", "sales"],
  ["5000", "Purchases", "purchase"],
  ["5010", "Carriage inwards", "purchase"],
  ["5100", "Cost of goods sold", "cost-of-sale"],
];

/** Their tax codes. */
export const TAX_CODES: readonly (readonly [code: string, name: string, rate: string, kind: TaxKind, side?: TaxSide])[] = [
  ["STD20", "Standard rate 20%", "20", "standard"],
  ["STD175", "Standard rate 17.5%", "17.5", "standard"],
  ["RED5", "Reduced rate 5%", "5", "reduced"],
  ["ZERO", "Zero rated", "0", "zero"],
  ["BUY20", "Standard rate 20%, purchases", "20", "standard", "purchase"],
  ["BUY0", "Zero rated, purchases", "0", "zero", "purchase"],
];
