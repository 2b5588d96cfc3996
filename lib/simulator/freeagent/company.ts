import type { BookPolicy } from "#lib/simulator/core/books/policy.ts";
import type { AccountRole } from "#lib/simulator/core/books/records.ts";

/** What a company here can be set to beside what all organisations can. */
export type FreeAgentSettings = {
  /** The level of access of whoever authorised, 1 to 8. */
  accessLevel: number;
  companyType: string;
  /** The last day of a VAT return that was filed. */
  vatFiledTo: string | null;
  startDate: string | null;
};

const row = (code: string, name: string, role: AccountRole) => ({ id: code, code, name, role });

/** The bank account that every company begins with; its number is no nominal code. */
const BANK_ID = "9001";

/** A company as FreeAgent sets it up, as far as it is of use here. An account's id is its nominal code. */
const CHART = [
  row("001", "Sales", "income"),
  row("002", "Consultancy", "income"),
  row("051", "Interest Received", "income"),
  row("101", "Cost of Sales", "cost-of-sales"),
  row("102", "Materials", "cost-of-sales"),
  row("285", "Accommodation and Meals", "expense"),
  row("359", "Books and Journals", "expense"),
  row("365", "Travel", "expense"),
  row("602-1", "Computer Equipment Purchase", "fixed-asset"),
  row("681", "Trade Debtors", "receivable"),
  row("796", "Trade Creditors", "payable"),
  row("813", "Pension Creditor", "liability"),
  row("814", "PAYE/NI", "liability"),
  row("819", "VAT Charged", "tax"),
  row("901", "Capital Introduced", "equity"),
  { id: BANK_ID, code: "750-1", name: "Business Current Account", role: "bank" as const },
];

/** FreeAgent's rules: numbers for ids, tax by the line, and no name or number that must be unique when it is saved. */
export const freeAgentPolicy: BookPolicy<FreeAgentSettings> = {
  chart: () => ({ accounts: CHART, taxRates: [] }),
  ids: "numbers",
  nameSpaces: [],
  // A reference that is there already is refused when the document is marked as sent.
  uniqueNumbers: () => "no",
  taxPer: "line",
  notOnLines: ["receivable", "payable", "tax", "bank"],
  ownSettings: { accessLevel: 8, companyType: "UkLimitedCompany", vatFiledTo: null, startDate: null },
};
