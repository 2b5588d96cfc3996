import type { FieldRules } from "../types.ts";

/**
 * Their own limits, in characters, of Intuit's schema; those of notes, of e-mail addresses and of a payment's words are widely reported
 * and stand in no schema.
 */
export const LONGEST = {
  contactName: 500,
  reference: 100,
  email: 100,
  itemName: 100,
  documentNumber: 21,
  description: 4_000,
  quantity: 15,
  paymentReference: 3_900,
  narration: 3_500,
} as const;

/** The largest line or document amount, in hundredths. */
const LARGEST_MINOR = 9_999_999_999_999n;

/** What `map.ts` and its like refuse about texts and numbers, as data. */
export const QUICKBOOKS_FIELDS: FieldRules = {
  texts: {
    "contact.name": { longest: LONGEST.contactName, needed: true, oneBlank: true, without: ":" },
    "contact.reference": { longest: LONGEST.reference, needed: true },
    "contact.email": { longest: LONGEST.email },
    "document.number": { longest: LONGEST.documentNumber, needed: true },
    "line.description": { longest: LONGEST.description, needed: true, breaks: true },
    "payment.reference": { longest: LONGEST.paymentReference, needed: true },
    "journal.narration": { longest: LONGEST.narration, needed: true },
    "leg.description": { longest: LONGEST.description, breaks: true },
  },
  lines: { mostDecimals: 4, quantityLongest: LONGEST.quantity, largestMinor: LARGEST_MINOR },
};
