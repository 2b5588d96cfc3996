import { DATE_FORMATS } from "../fields.ts";
import type { ImportProfileInput } from "../profile.ts";

const CONTACT_COLUMNS = {
  contactReference: {
    headers: ["Reference", "Customer reference", "Supplier reference", "Account reference", "Account"],
    required: true,
  },
  contactName: { headers: ["Name", "Customer name", "Supplier name", "Company"], required: true },
  email: { headers: ["Email", "E-mail"] },
  taxNumber: {
    headers: ["VAT number", "VAT no", "VAT no.", "VAT registration number", "VAT reg no", "VAT reg. no.", "Tax number", "Tax ID"],
  },
  country: { headers: ["Country"] },
  terms: { headers: ["Terms"] },
} as const satisfies ImportProfileInput["columns"];

const CODES = {
  nominalCode: { headers: ["Sales nominal code", "Nominal code"] },
  purchaseNominalCode: { headers: ["Purchase nominal code"] },
  taxCode: { headers: ["Tax code", "VAT code"] },
} as const satisfies ImportProfileInput["columns"];

const mutable = <T>(columns: T) => structuredClone(columns);

/** Files of records that stand for themselves, of payments and of journals, under plain headings. */
export const RECORD_PROFILES: readonly ImportProfileInput[] = [
  {
    name: "nominal-codes",
    title: "Nominal codes",
    description: "Code, Name, Type. Types: sales, purchase, bank, control, stock, cost of sale, tax, other.",
    version: 1,
    kind: "nominal-codes",
    columns: {
      code: { headers: ["Code", "Nominal code"], required: true },
      name: { headers: ["Name", "Description"], required: true },
      type: { headers: ["Type", "Kind"], required: true },
    },
  },
  {
    name: "tax-codes",
    title: "Tax codes",
    description:
      "Code, Name, Rate (per cent), Kind (standard, domestic reverse charge, exempt …), Side (sales, purchases, both). Blank cells leave the existing value.",
    version: 2,
    kind: "tax-codes",
    columns: {
      code: { headers: ["Code", "Tax code"], required: true },
      name: { headers: ["Name", "Description"], required: true },
      rate: { headers: ["Rate", "Percent"], required: true },
      kind: { headers: ["Kind", "Kind of tax code", "Tax kind"] },
      side: { headers: ["Side", "Sales or purchases"] },
    },
  },
  {
    name: "customers",
    title: "Customers",
    description: "Reference, Name, Email, VAT number, Country, Terms (credit or cash). Blank cells leave the existing value.",
    version: 2,
    kind: "customers",
    columns: mutable(CONTACT_COLUMNS),
  },
  {
    name: "suppliers",
    title: "Suppliers",
    description: "Reference, Name, Email, Country. Blank cells leave the existing value.",
    version: 1,
    kind: "suppliers",
    columns: mutable(CONTACT_COLUMNS),
  },
  {
    name: "product-groups",
    title: "Product groups",
    description: "Code, Name, Sales nominal code, Purchase nominal code, Tax code.",
    version: 1,
    kind: "product-groups",
    columns: {
      code: { headers: ["Code", "Group"], required: true },
      name: { headers: ["Name"], required: true },
      ...mutable(CODES),
    },
  },
  {
    name: "products",
    title: "Products",
    description: "Code, Name, Description, Group, Sales nominal code, Purchase nominal code, Stock nominal code, Tax code.",
    version: 1,
    kind: "products",
    columns: {
      product: { headers: ["Code", "Product", "Product code", "Stock code"], required: true },
      name: { headers: ["Name"], required: true },
      description: { headers: ["Description"] },
      group: { headers: ["Group", "Product group"] },
      stockNominalCode: { headers: ["Stock nominal code"] },
      ...mutable(CODES),
    },
  },
  {
    name: "payments",
    title: "Payments",
    description:
      "Number, Date, Document (the number of what is paid), Amount, Bank nominal code; and, where they are needed, Type, Customer/Supplier reference, Currency, Reference. Payments from credit customers are refused while the integration is on.",
    version: 1,
    kind: "payments",
    columns: {
      number: { headers: ["Number", "Payment number", "Payment"], required: true },
      date: { headers: ["Date", "Payment date"], required: true },
      allocateTo: { headers: ["Document", "Document number", "Invoice number", "Invoice"], required: true },
      amount: { headers: ["Amount"], required: true },
      bankNominalCode: { headers: ["Bank nominal code", "Bank", "Nominal code"], required: true },
      type: { headers: ["Type", "Document type"] },
      contactReference: {
        headers: ["Customer/Supplier reference", "Customer reference", "Supplier reference", "Account reference"],
      },
      currency: { headers: ["Currency"] },
      reference: { headers: ["Reference"] },
    },
    dateFormats: [...DATE_FORMATS],
  },
  {
    name: "journals",
    title: "Journals (one line per row)",
    description:
      "Number, Date, Narration, Nominal code, Debit, Credit (or Amount, below zero for a credit), Description. Rows with one number make one journal, and must balance.",
    version: 1,
    kind: "journals",
    columns: {
      number: { headers: ["Number", "Journal number", "Journal", "Reference"], required: true },
      date: { headers: ["Date", "Journal date"], required: true },
      narration: { headers: ["Narration"] },
      nominalCode: { headers: ["Nominal code", "Nominal"], required: true },
      debit: { headers: ["Debit"] },
      credit: { headers: ["Credit"] },
      amount: { headers: ["Amount"] },
      description: { headers: ["Description"] },
    },
    dateFormats: [...DATE_FORMATS],
  },
];
