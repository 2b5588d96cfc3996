import { NOMINAL_KINDS } from "#db/schema/operational.ts";
import { exactToText, tenTo } from "#lib/common/exact.ts";
import { kindFault, readTaxKind, readTaxSide, TAX_KIND_ROWS, TAX_KINDS, type TaxKind } from "#lib/tax/kinds.ts";
import { isOverlong, isShortened, ROUNDED_RULE, SHORTENED_RULE } from "./amounts.ts";
import { plainBlanks, type ReferenceMarks, spoiltLetters, unmarked } from "./cell-texts.ts";
import { surplusFault } from "./entered-lines.ts";
import type { Field, FileKind } from "./fields.ts";
import { readNumber } from "./numbers.ts";
import type { ImportProfile } from "./profile.ts";
import type { FaultyLine, KnownCodes, LineFault } from "./read-line.ts";
import type { Layout } from "./records.ts";

/** Files of records that stand for themselves, one to a line. */
const RECORD_FILES = ["nominal-codes", "tax-codes", "customers", "suppliers", "product-groups", "products"] as const;
export type RecordFile = (typeof RECORD_FILES)[number];

export function isRecordFile(kind: FileKind): kind is RecordFile {
  return RECORD_FILES.some((one) => one === kind);
}

/** One record of a file, understood. Null stands for what the file leaves blank: that stays as it is. */
export interface ReadRecord {
  readonly line: number;
  readonly kind: Exclude<FileKind, "documents">;
  /** Its code or number, unique among its kind. */
  readonly reference: string;
  readonly name: string;
  readonly values: Readonly<Record<string, string | null>>;
  readonly raw: readonly string[];
}

/** What else the client has that a record of a file may name. */
export interface KnownRecords extends KnownCodes {
  readonly groups: ReadonlySet<string>;
  /** Kinds of the client's tax codes; null where nobody has said. */
  readonly taxKinds: ReadonlyMap<string, TaxKind | null>;
}

/** References that a spreadsheet may have taken for numbers. */
const IDENTIFIERS = new Set<Field>(["code", "contactReference", "product", "group", "taxNumber"]);
/** A letter lost in what names something or somebody makes another of it. */
const NAMING = new Set<Field>([...IDENTIFIERS, "contactName", "name"]);
const MAX_TEXT = 255;
const MAX_TAX_NUMBER = 50;
/** Letters and figures, as countries write it: "GB 123 4567 89", "ATU12345678", "12-3456789"; one figure at least. */
export const TAX_NUMBER = /^(?=.*\d)[\p{L}\d][\p{L}\d ./-]*$/u;
const TAX_NUMBER_RULE = "is a VAT or tax number: letters and figures";
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
const NOMINAL_WORDS: Readonly<Record<string, (typeof NOMINAL_KINDS)[number]>> = {
  sale: "sales",
  income: "sales",
  revenue: "sales",
  purchases: "purchase",
  expense: "purchase",
  overhead: "purchase",
  "bank account": "bank",
  "cost of sales": "cost-of-sale",
  "cost of sale": "cost-of-sale",
  vat: "tax",
};

/** Makes the function that understands one line of a file of records: the record, or every fault in it. */
export function recordReader(
  kind: RecordFile,
  profile: ImportProfile,
  layout: Layout,
  known: KnownRecords,
  marks: ReferenceMarks = { seen: new Map(), off: new Set() },
): (line: number, values: readonly string[], isNumber?: readonly boolean[]) => ReadRecord | FaultyLine {
  return (line, values, isNumber) => {
    const faults: LineFault[] = [];
    const text = (field: Field, limit = MAX_TEXT): string => {
      const at = layout.at[field];
      let value = at === undefined ? "" : (values[at] ?? "").trim().normalize("NFC").replace(/\r\n?/g, "\n");
      if (CONTROL.test(value)) fault(field, value.replace(CONTROL, "\ufffd"), "holds a control character");
      if (value.includes("\n") && field !== "description") fault(field, value, "is on one line");
      if (value.length > limit) fault(field, value, `is no longer than ${limit} characters`);
      if (NAMING.has(field)) {
        value = plainBlanks(value);
        const spoilt = spoiltLetters(value, field === "contactName");
        if (spoilt !== null) fault(field, value, spoilt);
      }
      if (IDENTIFIERS.has(field)) {
        const isWhole = field === "contactReference" && profile.contact.wholeNumbers;
        if (!isWhole) value = unmarked(value, marks, { line, field: headerOf(field) });
        if (isShortened(value)) fault(field, value, SHORTENED_RULE);
        else if (at !== undefined && isNumber?.[at] && isOverlong(value)) fault(field, value, ROUNDED_RULE);
      }
      return value;
    };
    const headerOf = (field: Field): string => {
      const at = layout.at[field];
      return (at === undefined ? undefined : layout.headers[at]) ?? profile.columns[field]?.headers[0] ?? field;
    };
    const fault = (field: Field, value: string, rule: string) => {
      faults.push({ line, field: headerOf(field), value: value.slice(0, 200), rule, fixer: "operations" });
    };
    const wanted = (field: Field, limit = MAX_TEXT): string => {
      const value = text(field, limit);
      if (value === "") fault(field, "", "required");
      return value;
    };
    const optional = (field: Field, limit = MAX_TEXT): string | null => text(field, limit) || null;
    const codeOf = (
      field: Field,
      among: { has(code: string): boolean },
      what: NonNullable<LineFault["lacks"]>,
    ): string | null => {
      const value = optional(field, 50);
      if (value !== null && !among.has(value)) {
        const rule = `is a ${what.replace("-", " ")} that this client has`;
        faults.push({ line, field: headerOf(field), value: value.slice(0, 200), rule, fixer: "bookkeeper", lacks: what });
      }
      return value;
    };
    const surplus = surplusFault(line, values, layout);
    if (surplus) {
      faults.push(surplus);
      return { line, faults, kind, reference: "", number: "", currency: profile.currency, netMinor: 0n, raw: values };
    }

    const read = (): { reference: string; name: string; values: ReadRecord["values"] } => {
      switch (kind) {
        case "nominal-codes": {
          const type = wanted("type").toLowerCase();
          const named = NOMINAL_KINDS.find((one) => one === type || one.replaceAll("-", " ") === type) ?? NOMINAL_WORDS[type];
          if (type !== "" && named === undefined) fault("type", type, `is one of: ${NOMINAL_KINDS.join(", ")}`);
          return { reference: wanted("code", 50), name: wanted("name"), values: { kind: named ?? null } };
        }
        case "tax-codes": {
          const given = wanted("rate").replace(/\s*%$/, "");
          const rate = given === "" ? null : readNumber(given, layout.decimalMark);
          if (given !== "" && (rate === null || rate.units < 0n)) {
            fault("rate", given, "is per cent, a decimal, nil or above");
          } else if (rate !== null && rate.units > 0n && rate.units < tenTo(rate.scale) && !text("rate").includes("%")) {
            // A spreadsheet keeps twenty per cent as 0.2.
            const rule = `is per cent: ${given} may be as much, or a hundredfold as spreadsheets keep it. Write 20 for twenty per cent, and "${given}%" where it is less than one`;
            fault("rate", given, rule);
          }
          const kindText = optional("kind");
          const taxKind = kindText === null ? null : readTaxKind(kindText);
          if (kindText !== null && taxKind === null) {
            fault("kind", kindText, `is one of: ${TAX_KINDS.map((one) => TAX_KIND_ROWS[one].label).join(", ")}`);
          }
          const sideText = optional("side");
          const side = sideText === null ? null : readTaxSide(sideText);
          if (sideText !== null && side === null) fault("side", sideText, "is sales, purchases or both");
          const code = wanted("code", 50);
          const standing = taxKind ?? known.taxKinds.get(code) ?? null;
          const against = rate === null ? null : kindFault({ rate: exactToText(rate), kind: standing, side });
          // Where the kind was said before, it is the file's rate that has become another one.
          if (against)
            fault(taxKind === null && against.field === "kind" ? "rate" : against.field, kindText ?? given, against.words);
          return {
            reference: code,
            name: wanted("name"),
            values: { rate: rate === null ? "" : exactToText(rate), taxKind, side },
          };
        }
        case "customers":
        case "suppliers": {
          let reference = wanted("contactReference");
          if (profile.contact.wholeNumbers) reference = reference.replace(/^(\d+)\.0+$/, "$1");
          const email = optional("email");
          if (email !== null && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email)) fault("email", email, "is an e-mail address");
          // The screens and their files say credit; older files say account.
          const terms =
            optional("terms")
              ?.toLowerCase()
              .replace(/^credit$/, "account") ?? null;
          if (terms !== null && terms !== "account" && terms !== "cash") fault("terms", terms, "is credit or cash");
          const taxNumber = optional("taxNumber", MAX_TAX_NUMBER);
          if (taxNumber !== null && !isShortened(taxNumber) && !TAX_NUMBER.test(taxNumber))
            fault("taxNumber", taxNumber, TAX_NUMBER_RULE);
          return {
            reference,
            name: wanted("contactName"),
            values: { email, taxNumber, country: optional("country"), terms },
          };
        }
        case "product-groups":
          return {
            reference: wanted("code", 50),
            name: wanted("name"),
            values: {
              sales: codeOf("nominalCode", known.nominal, "nominal-code"),
              purchase: codeOf("purchaseNominalCode", known.nominal, "nominal-code"),
              tax: codeOf("taxCode", known.tax, "tax-code"),
            },
          };
        case "products": {
          const code = wanted("product", 100);
          return {
            reference: profile.product.upperCase ? code.toUpperCase() : code,
            name: wanted("name"),
            values: {
              description: optional("description", 4_000),
              group: codeOf("group", known.groups, "product-group"),
              sales: codeOf("nominalCode", known.nominal, "nominal-code"),
              purchase: codeOf("purchaseNominalCode", known.nominal, "nominal-code"),
              stock: codeOf("stockNominalCode", known.nominal, "nominal-code"),
              tax: codeOf("taxCode", known.tax, "tax-code"),
            },
          };
        }
      }
    };
    const { reference, name, values: understood } = read();
    if (faults.length > 0) {
      return { line, faults, kind, reference, number: reference, currency: profile.currency, netMinor: 0n, raw: values };
    }
    return { line, kind, reference, name, values: understood, raw: values };
  };
}
