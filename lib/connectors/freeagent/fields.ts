import type { FieldRules } from "../types.ts";

/** FreeAgent documents no lengths: 255 is what a name or reference of one line keeps everywhere, and not confirmed. */
export const LONGEST = { line: 255, text: 4_000, quantity: 20 } as const;

/** Lines of one bill; more are refused. */
export const MOST_BILL_LINES = 40;
/** A price of four decimals is the finest that its screens take. */
export const MOST_DECIMALS = 4;
/** The largest line, in hundredths: not documented, so what no company's books reach. */
export const LARGEST_MINOR = 99_999_999_999_999n;

/** What `map.ts` refuses about texts and numbers, as data. */
export const FREEAGENT_FIELDS: FieldRules = {
  texts: {
    "contact.name": { longest: LONGEST.line, needed: true, oneBlank: true },
    "contact.email": { longest: LONGEST.line },
    "contact.taxNumber": { longest: LONGEST.line },
    "document.number": { longest: LONGEST.line, needed: true },
    "line.description": { longest: LONGEST.text, needed: true, breaks: true },
    "payment.reference": { longest: LONGEST.line, needed: true },
    "journal.narration": { longest: LONGEST.line, needed: true },
    "leg.description": { longest: LONGEST.line, breaks: true },
  },
  lines: { mostDecimals: MOST_DECIMALS, quantityLongest: LONGEST.quantity, largestMinor: LARGEST_MINOR },
};
