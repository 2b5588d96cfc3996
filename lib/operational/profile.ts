import { z } from "zod";
import { NOMINAL_KINDS } from "#db/schema/operational.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { parseExact } from "#lib/common/exact.ts";
import { DOCUMENT_KINDS } from "#lib/common/records.ts";
import { TAX_KINDS, TAX_SIDES } from "#lib/tax/kinds.ts";
import { DATE_FORMATS, FIELDS, FILE_KINDS } from "./fields.ts";

const plainDate = z.string().refine(isPlainDate, "must be a date, YYYY-MM-DD");
const code = z.string().min(1).max(50);
/** Product codes in upper case; a `*` at the end stands for anything that follows. Never a regular expression: a file can't make it slow. */
const productPattern = z.string().regex(/^[^*]+\*?$/, "must be a product code, with * at most at its end");

/** The first rule that fits gives the code. A rule that names nothing fits all. */
const nominalRule = z.strictObject({
  products: z.array(productPattern).optional(),
  side: z.enum(["sales", "purchase"]).optional(),
  code,
});

const taxRule = z.strictObject({
  /** Countries as the file writes them, compared without case. */
  countries: z.array(z.string()).optional(),
  notCountries: z.array(z.string()).optional(),
  products: z.array(productPattern).optional(),
  side: z.enum(["sales", "purchase"]).optional(),
  /** Both days belong to the rule. */
  from: plainDate.optional(),
  until: plainDate.optional(),
  code,
});

/** How one operational system's file makes contacts, products and documents. */
export const importProfile = z.strictObject({
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,48}$/, "must be lower-case letters, digits and hyphens"),
  title: z.string().min(1).max(100),
  description: z.string().max(500),
  version: z.int().min(1),
  /** What its lines are; the rules about documents count for documents alone. */
  kind: z.enum(FILE_KINDS).default("documents"),
  encoding: z.enum(["detect", "utf-8", "utf-16le", "utf-16be", "windows-1252"]).default("detect"),
  separator: z.enum(["detect", ",", ";", "\t"]).default("detect"),
  /** The line that the headings stand in, from 1; null where they are looked for. */
  headerRow: z.int().min(1).max(1_000).nullable().default(null),
  /** The headers under which each field is found, compared without case, spaces and punctuation. */
  columns: z.partialRecord(
    z.enum(FIELDS),
    z.strictObject({
      headers: z.array(z.string().min(1)).min(1),
      required: z.boolean().default(false),
      /** Taken where none of `headers` is there, and no other field's own heading claims the column. */
      otherwise: z.array(z.string().min(1)).default([]),
    }),
  ),
  /**
   * In order; the first that reads the text wins. Formats of several orders of day and month are no choice: the file's own dates decide, or a
   * person does. A time of day after the date is left out, unless it names its offset: then the date is that moment's in the client's zone.
   */
  dateFormats: z.array(z.enum(DATE_FORMATS)).min(1).default(["yyyy-mm-dd", "dd/mm/yyyy", "dd.mm.yyyy"]),
  /** `detect` looks at all of the file's own numbers, and asks where they cannot tell. Thousands separators are taken where they stand at every third digit. */
  decimalMark: z.enum(["detect", ".", ","]).default("detect"),
  /** Which of the amounts marked CR and DR are below zero: `sides` is CR on sales and DR on purchases. `detect` asks where the file cannot tell. */
  belowZero: z.enum(["detect", "cr", "dr", "sides"]).default("detect"),
  /**
   * Whether the head of a document stands on its first line alone: lines that leave it blank belong to the document above. `detect` takes a
   * line so where all that it leaves blank stands above, and all that it fills in stands there too.
   */
  headOnce: z.enum(["detect", "no"]).default("detect"),
  /** Headings of columns that somebody has looked at and that are none of a document's money, compared as all headings are. */
  notUsed: z.array(z.string().min(1)).default([]),
  /** What a document is. */
  kinds: z
    .discriminatedUnion("by", [
      z.strictObject({
        by: z.literal("column"),
        values: z.record(z.string(), z.enum(DOCUMENT_KINDS)),
      }),
      z.strictObject({
        by: z.literal("number"),
        /** Numbers that begin so are credit notes. */
        creditNotePrefix: z.string().min(1).optional(),
        /** Whether a document that comes to less than nothing is a credit note, whatever its number. */
        negativeTotalIsCreditNote: z.boolean().default(false),
      }),
    ])
    .default({ by: "number", negativeTotalIsCreditNote: false }),
  /** What the status column holds for a document that was voided or deleted, compared without case. */
  voidStatuses: z.array(z.string().min(1)).default(["void", "voided", "deleted", "cancelled", "canceled"]),
  /** How the file writes a credit note's amounts. */
  creditNoteAmounts: z.enum(["negative", "positive", "either"]).default("either"),
  contact: z
    .strictObject({
      /** Leaves out a `.0` that a spreadsheet put behind a whole number. */
      wholeNumbers: z.boolean().default(false),
      /** Where the file names no contact: `{reference}` stands for its number. */
      nameTemplate: z.string().default("{reference}"),
      /** Who a sales document without a contact belongs to: a cash customer. Without it such a line is a fault. */
      fallback: z.strictObject({ reference: code, name: z.string().min(1) }).optional(),
    })
    .prefault({}),
  product: z
    .strictObject({
      /** Packages compare item codes without case: two spellings of one code are one product. */
      upperCase: z.boolean().default(true),
      /** Charges: lines with a code that is no product. */
      notProducts: z.array(productPattern).default([]),
    })
    .prefault({}),
  nominalRules: z.array(nominalRule).default([]),
  taxRules: z.array(taxRule).default([]),
  /** Made on commit where the client lacks them. */
  nominalCodes: z.array(z.strictObject({ code, name: z.string().min(1), kind: z.enum(NOMINAL_KINDS) })).default([]),
  taxCodes: z
    .array(
      z.strictObject({
        code,
        name: z.string().min(1),
        rate: z.string().refine((text) => parseExact(text) !== null, "must be per cent, a decimal"),
        /** What kind of code it is, and on which side it stands, where the profile knows. */
        kind: z.enum(TAX_KINDS).optional(),
        side: z.enum(TAX_SIDES).optional(),
      }),
    )
    .default([]),
  setAside: z
    .strictObject({
      products: z.array(z.strictObject({ products: z.array(productPattern).min(1), reason: z.string().min(1) })).default([]),
      /** For documents that come to zero; without it they come in as they are. */
      zeroDocument: z.string().min(1).optional(),
      /** For those of them whose every quantity is negative and that name no contact. */
      zeroStockAdjustment: z.string().min(1).optional(),
    })
    .prefault({}),
  dueDays: z.int().min(0).max(365).default(30),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, "must be a currency's three letters")
    .default("GBP"),
});

export type ImportProfile = z.output<typeof importProfile>;
export type ImportProfileInput = z.input<typeof importProfile>;

/** Whether a product code, already in the case it is kept in, fits one of the patterns. */
export function fitsProduct(patterns: readonly string[], product: string): boolean {
  const upper = product.toUpperCase();
  return patterns.some((pattern) => {
    const wanted = pattern.toUpperCase();
    return wanted.endsWith("*") ? upper.startsWith(wanted.slice(0, -1)) : upper === wanted;
  });
}

export interface TaxQuestion {
  readonly issuedOn: string;
  readonly country: string;
  readonly product: string;
  readonly side: "sales" | "purchase";
}

/** The tax code that the profile's rules give a line, by the document's own date and country; null when none fits. */
export function taxCodeFor(profile: ImportProfile, { issuedOn, country, product, side }: TaxQuestion): string | null {
  const folded = country.trim().toLowerCase();
  const rule = profile.taxRules.find(
    (candidate) =>
      (candidate.side === undefined || candidate.side === side) &&
      (candidate.from === undefined || issuedOn >= candidate.from) &&
      (candidate.until === undefined || issuedOn <= candidate.until) &&
      (candidate.countries === undefined || candidate.countries.some((name) => name.toLowerCase() === folded)) &&
      (candidate.notCountries === undefined || !candidate.notCountries.some((name) => name.toLowerCase() === folded)) &&
      (candidate.products === undefined || fitsProduct(candidate.products, product)),
  );
  return rule?.code ?? null;
}

/** The nominal code that the profile's rules give a line; null when none fits. */
export function nominalCodeFor(profile: ImportProfile, product: string, side: "sales" | "purchase"): string | null {
  const rule = profile.nominalRules.find(
    (candidate) =>
      (candidate.side === undefined || candidate.side === side) &&
      (candidate.products === undefined || fitsProduct(candidate.products, product)),
  );
  return rule?.code ?? null;
}

/** Why lines of this product are set aside, or null. */
export function setAsideReason(profile: ImportProfile, product: string): string | null {
  return profile.setAside.products.find((rule) => fitsProduct(rule.products, product))?.reason ?? null;
}
