import type { TenantInfo } from "#lib/simulator/core/organisation.ts";
import type { Kept } from "#lib/simulator/quickbooks-online/tenant.ts";
import type { WireObject } from "#lib/simulator/quickbooks-online/wire.ts";

const CHART: readonly (readonly [
  id: string,
  code: string,
  name: string,
  type: string,
  classification: string,
  subType?: string,
])[] = [
  ["35", "090", "Current Account", "Bank", "Asset"],
  ["36", "091", "Savings Account", "Bank", "Asset"],
  ["37", "", "Undeposited Funds", "Other Current Asset", "Asset", "UndepositedFunds"],
  ["38", "610", "Debtors", "Accounts Receivable", "Asset"],
  ["39", "620", "Prepayments", "Other Current Asset", "Asset"],
  ["40", "710", "Office Equipment", "Fixed Asset", "Asset"],
  ["33", "800", "Creditors", "Accounts Payable", "Liability"],
  ["41", "820", "VAT Control", "Other Current Liability", "Liability", "GlobalTaxPayable"],
  ["42", "850", "Suspense", "Other Current Liability", "Liability"],
  ["43", "960", "Retained Earnings", "Equity", "Equity"],
  ["79", "200", "Sales", "Income", "Revenue"],
  ["80", "260", "Other Revenue", "Income", "Revenue"],
  ["81", "270", "Interest Income", "Other Income", "Revenue"],
  ["60", "310", "Cost of Goods Sold", "Cost of Goods Sold", "Expense"],
  ["61", "320", "Direct Wages", "Cost of Goods Sold", "Expense"],
  ["7", "400", "Advertising", "Expense", "Expense"],
  ["62", "404", "Bank Fees", "Expense", "Expense"],
  ["63", "429", "General Expenses", "Expense", "Expense"],
  ["64", "469", "Rent", "Expense", "Expense"],
  ["65", "477", "Salaries", "Expense", "Expense"],
];

const kept = (id: string, { createdAt }: TenantInfo, body: WireObject): Kept => ({
  id,
  updatedAt: createdAt,
  createdAt,
  syncToken: 0,
  body: { Active: true, ...body },
});

export const accounts = (info: TenantInfo): Kept[] =>
  CHART.map(([id, code, name, type, classification, subType]) =>
    kept(id, info, {
      Name: name,
      FullyQualifiedName: name,
      ...(code === "" ? {} : { AcctNum: code }),
      AccountType: type,
      ...(subType === undefined ? {} : { AccountSubType: subType }),
      Classification: classification,
      CurrencyRef: { value: info.currency },
    }),
  );

/** What each rate charges, per cent. */
const RATES: readonly (readonly [id: string, name: string, rate: string])[] = [
  ["4", "20.0% S", "20"],
  ["5", "20.0% P", "20"],
  ["6", "5.0% S", "5"],
  ["7", "5.0% P", "5"],
  ["8", "0.0% S", "0"],
  ["9", "0.0% P", "0"],
  ["10", "RC out", "20"],
  ["11", "RC in", "-20"],
];

/** Each code with its rates on sales and on purchases. */
const CODES: readonly (readonly [id: string, name: string, sales: readonly string[], purchases: readonly string[]])[] = [
  ["6", "20.0% S", ["4"], ["5"]],
  ["7", "5.0% R", ["6"], ["7"]],
  ["8", "0.0% Z", ["8"], ["9"]],
  ["9", "Exempt", ["8"], ["9"]],
  ["10", "20.0% RC", [], ["10", "11"]],
  ["11", "No VAT", ["8"], ["9"]],
];

export const taxRates = (info: TenantInfo): Kept[] =>
  RATES.map(([id, name, rate]) => kept(id, info, { Name: name, RateValue: rate, AgencyRef: { value: "1" } }));

const listed = (ids: readonly string[]): WireObject => ({
  TaxRateDetail: ids.map((id, order) => ({ TaxRateRef: { value: id }, TaxOrder: String(order) })),
});

export const taxCodes = (info: TenantInfo): Kept[] =>
  CODES.map(([id, name, sales, purchases]) =>
    kept(id, info, {
      Name: name,
      Taxable: true,
      TaxGroup: true,
      SalesTaxRateList: listed(sales),
      PurchaseTaxRateList: listed(purchases),
    }),
  );

/** What a code charges on one side, per cent, for each of its rates. */
export function percentsOf(codes: readonly Kept[], rates: readonly Kept[], code: string, side: "Sales" | "Purchase") {
  const found = codes.find((one) => one.id === code)?.body[`${side}TaxRateList`];
  const details = (found as { TaxRateDetail?: { TaxRateRef: { value: string } }[] } | undefined)?.TaxRateDetail ?? [];
  return details.map(({ TaxRateRef: { value } }) => ({
    rateId: value,
    percent: String(rates.find((one) => one.id === value)?.body.RateValue ?? "0"),
  }));
}
