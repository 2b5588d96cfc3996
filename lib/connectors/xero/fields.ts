import type { FieldRules } from "../types.ts";

/** Xero's own limits, in characters. It documents none of a payment's reference: its other references end there. */
export const LONGEST = {
  contactName: 255,
  contactNumber: 50,
  email: 255,
  taxNumber: 50,
  itemCode: 30,
  itemName: 50,
  documentNumber: 255,
  description: 4000,
  quantity: 13,
  reference: 255,
} as const;

/** Decimals that Xero keeps of a price or a quantity; more come back as "Account must be valid." */
export const MOST_DECIMALS = 4;

/** The largest line or document amount, in hundredths. */
export const LARGEST_MINOR = 999_999_999_999n;

/** What `map.ts` refuses about texts and numbers, as data. */
export const XERO_FIELDS: FieldRules = {
  texts: {
    "contact.name": { longest: LONGEST.contactName, needed: true, oneBlank: true, without: "<>" },
    "contact.reference": { longest: LONGEST.contactNumber, needed: true },
    "contact.email": { longest: LONGEST.email },
    "contact.taxNumber": { longest: LONGEST.taxNumber },
    "product.reference": { longest: LONGEST.itemCode, needed: true },
    "product.name": { longest: LONGEST.itemName },
    "product.description": { longest: LONGEST.description, breaks: true },
    "document.number": { longest: LONGEST.documentNumber, needed: true, plainOnSales: true },
    "line.description": { longest: LONGEST.description, needed: true, breaks: true },
    "payment.reference": { longest: LONGEST.reference, needed: true },
    "journal.narration": { longest: LONGEST.description, needed: true },
    "leg.description": { longest: LONGEST.description, breaks: true },
  },
  lines: {
    mostDecimals: MOST_DECIMALS,
    quantityLongest: LONGEST.quantity,
    largestMinor: LARGEST_MINOR,
  },
};
