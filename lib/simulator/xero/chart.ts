import { fixedId } from "#lib/simulator/core/ids.ts";
import type { Account, TaxRate } from "#lib/simulator/xero/records.ts";

type AccountRow = [code: string | null, name: string, type: string, taxType: string, system?: string];

/** A new UK organisation's chart, with a bank account without code and a clearing account that takes payments. */
const UK_ACCOUNTS: readonly AccountRow[] = [
  ["090", "Business Bank Account", "BANK", "NONE"],
  ["091", "Business Savings Account", "BANK", "NONE"],
  [null, "Till Deposit Account", "BANK", "NONE"],
  ["200", "Sales", "REVENUE", "OUTPUT2"],
  ["260", "Other Revenue", "REVENUE", "OUTPUT2"],
  ["270", "Interest Income", "REVENUE", "NONE"],
  ["310", "Cost of Goods Sold", "DIRECTCOSTS", "INPUT2"],
  ["320", "Direct Wages", "DIRECTCOSTS", "NONE"],
  ["325", "Direct Expenses", "DIRECTCOSTS", "INPUT2"],
  ["400", "Advertising & Marketing", "OVERHEADS", "INPUT2"],
  ["401", "Audit & Accountancy fees", "OVERHEADS", "INPUT2"],
  ["404", "Bank Fees", "OVERHEADS", "EXEMPTINPUT"],
  ["408", "Cleaning", "OVERHEADS", "INPUT2"],
  ["412", "Consulting", "OVERHEADS", "INPUT2"],
  ["416", "Depreciation Expense", "DEPRECIATN", "NONE"],
  ["418", "Charitable and Political Donations", "OVERHEADS", "NONE"],
  ["420", "Entertainment-100% business", "OVERHEADS", "INPUT2"],
  ["424", "Entertainment - 0%", "OVERHEADS", "NONE"],
  ["425", "Postage, Freight & Courier", "OVERHEADS", "INPUT2"],
  ["429", "General Expenses", "OVERHEADS", "INPUT2"],
  ["433", "Insurance", "OVERHEADS", "EXEMPTINPUT"],
  ["437", "Interest Paid", "OVERHEADS", "NONE"],
  ["441", "Legal Expenses", "OVERHEADS", "INPUT2"],
  ["445", "Light, Power, Heating", "OVERHEADS", "RRINPUT"],
  ["449", "Motor Vehicle Expenses", "OVERHEADS", "INPUT2"],
  ["457", "Operating Lease Payments", "OVERHEADS", "INPUT2"],
  ["461", "Printing & Stationery", "OVERHEADS", "INPUT2"],
  ["463", "IT Software and Consumables", "OVERHEADS", "INPUT2"],
  ["465", "Rates", "OVERHEADS", "NONE"],
  ["469", "Rent", "OVERHEADS", "INPUT2"],
  ["473", "Repairs & Maintenance", "OVERHEADS", "INPUT2"],
  ["477", "Salaries", "OVERHEADS", "NONE"],
  ["478", "Directors' Remuneration", "OVERHEADS", "NONE"],
  ["479", "Employers National Insurance", "OVERHEADS", "NONE"],
  ["480", "Staff Training", "OVERHEADS", "INPUT2"],
  ["482", "Pensions Costs", "OVERHEADS", "NONE"],
  ["485", "Subscriptions", "OVERHEADS", "INPUT2"],
  ["489", "Telephone & Internet", "OVERHEADS", "INPUT2"],
  ["493", "Travel - National", "OVERHEADS", "ZERORATEDINPUT"],
  ["494", "Travel - International", "OVERHEADS", "ZERORATEDINPUT"],
  ["497", "Bank Revaluations", "EXPENSE", "NONE", "BANKCURRENCYGAIN"],
  ["498", "Unrealised Currency Gains", "EXPENSE", "NONE", "UNREALISEDCURRENCYGAIN"],
  ["499", "Realised Currency Gains", "EXPENSE", "NONE", "REALISEDCURRENCYGAIN"],
  ["500", "Corporation Tax", "OVERHEADS", "NONE"],
  ["610", "Accounts Receivable", "CURRENT", "NONE", "DEBTORS"],
  ["611", "Less Provision for Doubtful Debts", "CURRENT", "NONE"],
  ["620", "Prepayments", "CURRENT", "NONE"],
  ["630", "Inventory", "INVENTORY", "NONE"],
  ["650", "Card Clearing", "CURRENT", "NONE"],
  ["710", "Office Equipment", "FIXED", "INPUT2"],
  ["711", "Less Accumulated Depreciation on Office Equipment", "FIXED", "NONE"],
  ["720", "Computer Equipment", "FIXED", "INPUT2"],
  ["721", "Less Accumulated Depreciation on Computer Equipment", "FIXED", "NONE"],
  ["740", "Buildings", "FIXED", "INPUT2"],
  ["760", "Motor Vehicles", "FIXED", "INPUT2"],
  ["764", "Plant and Machinery", "FIXED", "INPUT2"],
  ["770", "Intangibles", "FIXED", "INPUT2"],
  ["800", "Accounts Payable", "CURRLIAB", "NONE", "CREDITORS"],
  ["801", "Unpaid Expense Claims", "CURRLIAB", "NONE", "UNPAIDEXPCLM"],
  ["805", "Accruals", "CURRLIAB", "NONE"],
  ["810", "Income in Advance", "CURRLIAB", "NONE"],
  ["811", "Credit Card Control Account", "CURRLIAB", "NONE"],
  ["814", "Wages Payable - Payroll", "CURRLIAB", "NONE", "WAGEPAYABLES"],
  ["820", "VAT", "CURRLIAB", "NONE", "GST"],
  ["825", "PAYE Payable", "CURRLIAB", "NONE"],
  ["826", "NIC Payable", "CURRLIAB", "NONE"],
  ["830", "Provision for Corporation Tax", "CURRLIAB", "NONE"],
  ["835", "Directors' Loan Account", "CURRLIAB", "NONE"],
  ["840", "Historical Adjustment", "CURRLIAB", "NONE", "HISTORICAL"],
  ["850", "Suspense", "CURRLIAB", "NONE"],
  ["858", "Pensions Payable", "CURRLIAB", "NONE"],
  ["860", "Rounding", "CURRLIAB", "NONE", "ROUNDING"],
  ["877", "Tracking Transfers", "CURRLIAB", "NONE", "TRACKINGTRANSFERS"],
  ["900", "Loan", "TERMLIAB", "NONE"],
  ["910", "Hire Purchase Loan", "TERMLIAB", "NONE"],
  ["947", "Student Loan Deductions Payable", "CURRLIAB", "NONE"],
  ["950", "Capital - x,xxx Ordinary Shares", "EQUITY", "NONE"],
  ["960", "Retained Earnings", "EQUITY", "NONE", "RETAINEDEARNINGS"],
  ["970", "Owner A Funds Introduced", "EQUITY", "NONE"],
  ["980", "Owner A Drawings", "EQUITY", "NONE"],
];

const CLASSES: Record<string, string> = {
  BANK: "ASSET",
  CURRENT: "ASSET",
  FIXED: "ASSET",
  INVENTORY: "ASSET",
  NONCURRENT: "ASSET",
  PREPAYMENT: "ASSET",
  CURRLIAB: "LIABILITY",
  LIABILITY: "LIABILITY",
  TERMLIAB: "LIABILITY",
  PAYG: "LIABILITY",
  EQUITY: "EQUITY",
  DEPRECIATN: "EXPENSE",
  DIRECTCOSTS: "EXPENSE",
  EXPENSE: "EXPENSE",
  OVERHEADS: "EXPENSE",
  REVENUE: "REVENUE",
  SALES: "REVENUE",
  OTHERINCOME: "REVENUE",
};

/** The class of an account type, or undefined for a type that Xero does not have. */
export function classOf(type: string): string | undefined {
  return CLASSES[type];
}

export function ukAccounts(tenantId: string, currency: string, createdAt: number): Account[] {
  return UK_ACCOUNTS.map(([code, name, type, taxType, system], position) => ({
    id: fixedId(`${tenantId}:account:${name}`),
    updatedAt: createdAt,
    position,
    code,
    name,
    type,
    class: CLASSES[type] ?? "ASSET",
    status: "ACTIVE",
    taxType,
    enablePayments: name === "Card Clearing",
    system: system ?? null,
    currency: type === "BANK" ? currency : null,
    bankNumber: type === "BANK" ? `2050${String(10_000_000 + position * 1111)}` : null,
    description: null,
  }));
}

type RateRow = [taxType: string, name: string, rate: string, use: string, report: string, shown?: string];

/** Use: A assets, Q equity, E expenses, L liabilities, R revenue. */
const UK_RATES: readonly RateRow[] = [
  ["OUTPUT2", "20% (VAT on Income)", "20", "AQLR", "OUTPUT"],
  ["INPUT2", "20% (VAT on Expenses)", "20", "AQEL", "INPUT"],
  ["RROUTPUT", "5% (VAT on Income)", "5", "AQLR", "OUTPUT"],
  ["RRINPUT", "5% (VAT on Expenses)", "5", "AQEL", "INPUT"],
  ["ZERORATEDOUTPUT", "Zero Rated Income", "0", "AQLR", "ZERORATEDOUTPUT"],
  ["ZERORATEDINPUT", "Zero Rated Expenses", "0", "AQEL", "ZERORATEDINPUT"],
  ["EXEMPTOUTPUT", "Exempt Income", "0", "AQLR", "EXEMPTOUTPUT"],
  ["EXEMPTINPUT", "Exempt Expenses", "0", "AQEL", "EXEMPTINPUT"],
  ["NONE", "No VAT", "0", "AQELR", "NONE"],
  ["ECZROUTPUT", "Zero Rated EC Goods Income", "0", "AQLR", "ECOUTPUT"],
  ["ECZROUTPUTSERVICES", "Zero Rated EC Services", "0", "AQLR", "ECOUTPUTSERVICES"],
  ["ECACQUISITIONS", "EC Acquisitions (20%)", "0", "AQEL", "ECACQUISITIONS", "20"],
  ["ECZRACQUISITIONS", "EC Acquisitions (Zero Rated)", "0", "AQEL", "ECINPUT"],
  ["REVERSECHARGES", "Reverse Charge Expenses (20%)", "0", "AQEL", "REVERSECHARGES", "20"],
  ["DRCHARGESUPPLY20", "Domestic Reverse Charge @ 20% (VAT on Income)", "0", "AQLR", "DRCHARGESUPPLY", "20"],
  ["DRCHARGESUPPLY5", "Domestic Reverse Charge @ 5% (VAT on Income)", "0", "AQLR", "DRCHARGESUPPLY", "5"],
  ["DRCHARGE20", "Domestic Reverse Charge @ 20% (VAT on Expenses)", "0", "AQEL", "DRCHARGE", "20"],
  ["DRCHARGE5", "Domestic Reverse Charge @ 5% (VAT on Expenses)", "0", "AQEL", "DRCHARGE", "5"],
  ["CAPEXOUTPUT2", "20% (VAT on Capital Sales)", "20", "A", "CAPEXOUTPUT"],
  ["CAPEXINPUT2", "20% (VAT on Capital Purchases)", "20", "A", "CAPEXINPUT"],
  ["GSTONIMPORTS", "VAT on Imports", "0", "L", "GSTONIMPORTS"],
  ["TAX001", "17.5% (VAT on Income)", "17.5", "AQLR", "OUTPUT"],
  ["TAX002", "17.5% (VAT on Expenses)", "17.5", "AQEL", "INPUT"],
  ["TAX003", "15% (VAT on Income)", "15", "AQLR", "OUTPUT"],
  ["TAX004", "15% (VAT on Expenses)", "15", "AQEL", "INPUT"],
];

export function ukTaxRates(): TaxRate[] {
  return UK_RATES.map(([id, name, rate, use, report, shown]) => ({
    id,
    updatedAt: 0,
    name,
    rate,
    ...(shown === undefined ? {} : { shown }),
    use,
    report,
    status: "ACTIVE",
  }));
}

const USES: Record<string, string> = { ASSET: "A", EQUITY: "Q", EXPENSE: "E", LIABILITY: "L", REVENUE: "R" };

/** Whether a tax rate may be used on an account of this class. */
export function mayTax(rate: TaxRate, accountClass: string): boolean {
  return rate.use.includes(USES[accountClass] ?? "?");
}
