import type { ImportProfileInput } from "../profile.ts";

/**
 * One line per row, all four kinds of document. A line's own tax code, net and tax are carried as they are; where net or tax is
 * blank it is worked out per line, half up.
 */
export const STANDARD = {
  name: "standard",
  title: "Standard (one line per row)",
  description:
    "Type, Number, Date, Due date, Customer/Supplier reference, Name, Email, Country, Currency, Product, Description, Quantity, Unit price, Net, Tax, Nominal code, Tax code, Status. Types: sales invoice, sales credit note, bill, supplier credit note. Status void or deleted voids a document that is here.",
  version: 2,
  columns: {
    type: { headers: ["Type", "Document type"], required: true },
    number: { headers: ["Number", "Document number", "Invoice number"], required: true },
    reference: { headers: ["Reference"] },
    date: { headers: ["Date", "Document date", "Invoice date"], required: true },
    dueDate: { headers: ["Due date"] },
    contactReference: {
      headers: [
        "Customer/Supplier reference",
        "Customer reference",
        "Supplier reference",
        "Contact reference",
        "Account reference",
      ],
      required: true,
    },
    contactName: { headers: ["Name", "Customer/Supplier name", "Contact name"] },
    email: { headers: ["Email", "E-mail"] },
    country: { headers: ["Country"] },
    currency: { headers: ["Currency"] },
    product: { headers: ["Product", "Product code", "Stock code"] },
    description: { headers: ["Description"] },
    quantity: { headers: ["Quantity"] },
    unitPrice: { headers: ["Unit price", "Price"] },
    net: { headers: ["Net", "Net amount"] },
    tax: { headers: ["Tax", "Tax amount", "VAT"] },
    nominalCode: { headers: ["Nominal code"], required: true },
    taxCode: { headers: ["Tax code", "VAT code"], required: true },
    status: { headers: ["Status"] },
  },
  dateFormats: ["yyyy-mm-dd", "dd/mm/yyyy", "dd.mm.yyyy", "dd-mm-yyyy", "dd mmm yyyy"],
  kinds: {
    by: "column",
    values: {
      "sales invoice": "sales-invoice",
      invoice: "sales-invoice",
      "sales credit note": "sales-credit-note",
      bill: "bill",
      "purchase invoice": "bill",
      "supplier credit note": "supplier-credit-note",
      "purchase credit note": "supplier-credit-note",
    },
  },
  creditNoteAmounts: "either",
  contact: {},
  product: { upperCase: true },
  nominalCodes: [
    { code: "4000", name: "Sales", kind: "sales" },
    { code: "4905", name: "Carriage charged", kind: "sales" },
    { code: "5000", name: "Purchases", kind: "purchase" },
    { code: "5100", name: "Carriage paid", kind: "purchase" },
  ],
  taxCodes: [
    { code: "S", name: "Standard rate", rate: "20", kind: "standard" },
    { code: "R", name: "Reduced rate", rate: "5", kind: "reduced" },
    { code: "Z", name: "Zero rate", rate: "0", kind: "zero" },
    { code: "E", name: "Exempt", rate: "0", kind: "exempt" },
    { code: "N", name: "No VAT", rate: "0", kind: "outside-scope" },
  ],
  setAside: {},
  dueDays: 30,
  currency: "GBP",
} satisfies ImportProfileInput;
