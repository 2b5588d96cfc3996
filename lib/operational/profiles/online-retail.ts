import { DATE_FORMATS } from "../fields.ts";
import type { ImportProfileInput } from "../profile.ts";

/**
 * The invoice lines of a UK wholesaler, as the "Online Retail" data set of the UCI Machine Learning Repository has them.
 * Prices are net; nothing in the file says a rate: United Kingdom standard rate by date (17.5 % until 3 January 2011, then
 * 20 %), zero for every other country. The document's country decides.
 */
export const ONLINE_RETAIL = {
  name: "online-retail",
  title: "Online Retail (wholesale invoice lines)",
  description:
    "InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country. Numbers that begin with C are credit notes; blank customers are counter sales; sterling, prices without VAT.",
  version: 1,
  columns: {
    number: { headers: ["InvoiceNo", "Invoice"], required: true },
    product: { headers: ["StockCode"], required: true },
    description: { headers: ["Description"], required: true },
    quantity: { headers: ["Quantity"], required: true },
    date: { headers: ["InvoiceDate"], required: true },
    unitPrice: { headers: ["UnitPrice", "Price"], required: true },
    contactReference: { headers: ["CustomerID", "Customer ID"], required: true },
    country: { headers: ["Country"], required: true },
  },
  dateFormats: [...DATE_FORMATS],
  kinds: { by: "number", creditNotePrefix: "C" },
  creditNoteAmounts: "negative",
  contact: {
    wholeNumbers: true,
    nameTemplate: "Customer {reference}",
    fallback: { reference: "COUNTER", name: "Counter sales" },
  },
  product: {
    upperCase: true,
    notProducts: ["POST", "DOT", "C2", "M", "D", "S", "B", "ADJUST*", "TEST*", "AMAZONFEE", "CRUK", "BANK CHARGES"],
  },
  nominalRules: [
    { products: ["POST", "DOT", "C2"], code: "4100" },
    { products: ["M", "ADJUST*"], code: "4200" },
    { products: ["D"], code: "4300" },
    { products: ["S"], code: "4400" },
    { code: "4000" },
  ],
  taxRules: [
    { countries: ["United Kingdom"], until: "2011-01-03", code: "UK17.5" },
    { countries: ["United Kingdom"], from: "2011-01-04", code: "UK20" },
    { notCountries: ["United Kingdom"], code: "ZERO" },
  ],
  nominalCodes: [
    { code: "4000", name: "Sales of goods", kind: "sales" },
    { code: "4100", name: "Carriage charged", kind: "sales" },
    { code: "4200", name: "Manual charges and adjustments", kind: "sales" },
    { code: "4300", name: "Discounts allowed", kind: "sales" },
    { code: "4400", name: "Samples", kind: "sales" },
  ],
  taxCodes: [
    { code: "UK17.5", name: "UK standard rate until 3 January 2011", rate: "17.5", kind: "standard", side: "sales" },
    { code: "UK20", name: "UK standard rate", rate: "20", kind: "standard", side: "sales" },
    { code: "ZERO", name: "Outside the United Kingdom, zero", rate: "0", kind: "zero", side: "sales" },
  ],
  setAside: {
    products: [
      { products: ["AMAZONFEE", "CRUK", "BANK CHARGES"], reason: "a cost: enter as a bill" },
      { products: ["B"], reason: "bad debt, not a sale: enter as a journal" },
    ],
    zeroDocument: "total is zero: nothing to post",
    zeroStockAdjustment: "stock adjustment, not a sale",
  },
  dueDays: 30,
  currency: "GBP",
} satisfies ImportProfileInput;
