import { formatDate, isPlainDate } from "#lib/common/dates.ts";
import { formatAmount } from "#lib/common/money.ts";
import { KIND_LABELS, type RecordKind } from "#lib/common/records.ts";
import type { Names } from "./compare.ts";

/** A record as it was sent, for a reader: a list of fields, and a table where it has lines. */
export interface SentWords {
  readonly fields: readonly { readonly label: string; readonly value: string; readonly link?: boolean }[];
  readonly lines: {
    readonly columns: readonly { readonly label: string; readonly figure: boolean }[];
    readonly rows: readonly (readonly string[])[];
  } | null;
}

/** Keys of the neutral record in the order in which a reader wants them; what is not named comes after, by its own key. */
const LABELS: Readonly<Record<string, string>> = {
  kind: "Type",
  direction: "Type",
  number: "Number",
  reference: "Reference",
  packageReference: "Reference in the package",
  name: "Name",
  email: "E-mail",
  taxNumber: "VAT number",
  creditNoteNumber: "Credit note",
  documentNumber: "Allocated to",
  narration: "Narration",
  description: "Description",
  contactExternalId: "Contact",
  documentExternalId: "Document",
  issuedOn: "Date",
  paidOn: "Date",
  journalOn: "Date",
  allocatedOn: "Date",
  dueOn: "Due",
  productReference: "Product",
  quantity: "Quantity",
  unitPrice: "Unit price",
  accountExternalId: "Account",
  itemExternalId: "Item",
  taxExternalId: "Tax rate",
  taxAttributes: "Tax details",
  currency: "Currency",
  amountMinor: "Amount",
  netMinor: "Net",
  taxMinor: "Tax",
  grossMinor: "Gross",
  taxBy: "Tax reckoned by",
  postAs: "Posted as",
  voided: "Voided",
  fileName: "File",
  mediaType: "File type",
  size: "Bytes",
  sha256: "SHA-256 of the file",
  url: "Our page",
};
const ORDER = Object.keys(LABELS);
/** What the engine keeps for itself beside the record. */
const OURS = new Set([
  "recordId",
  "revision",
  "held",
  "lines",
  "legs",
  "documentId",
  "creditNoteKind",
  "creditNoteExternalId",
  "partyExternalId",
]);
const FIGURES = new Set(["quantity", "unitPrice"]);

function labelOf(key: string): string {
  return (
    LABELS[key] ??
    key
      .replace(/(?:ExternalId|Minor)$/, "")
      .replace(/([A-Z])/g, " $1")
      .replace(/^./, (first) => first.toUpperCase())
  );
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A line in the keys above: what it goes to and its tax, which older versions kept flat. */
function flatLine(row: Record<string, unknown>): Record<string, unknown> {
  const { target, tax, ...rest } = row;
  const flat: Record<string, unknown> = { ...rest };
  if (isPlainObject(target)) {
    if (isPlainObject(target.account)) flat.accountExternalId = target.account.externalId;
    if (isPlainObject(target.item)) flat.itemExternalId = target.item.externalId;
  }
  if (isPlainObject(tax)) {
    flat.taxExternalId = tax.externalId;
    if (isPlainObject(tax.attributes)) flat.taxAttributes = Object.values(tax.attributes).join(", ");
  }
  return flat;
}

/** Puts a record as it was stored at sending into a reader's words: ids named, amounts and dates the reader's way. */
export function sentWords(sent: Record<string, unknown>, names: Names, locale: string): SentWords {
  const currency = typeof sent.currency === "string" ? sent.currency : "GBP";
  const say = (key: string, value: unknown): string => {
    if (value === null || value === undefined) return "";
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value === "number") return String(value);
    if (typeof value !== "string") return JSON.stringify(value);
    if (key === "taxBy") return "the package";
    if (key === "kind") return KIND_LABELS[value as RecordKind] ?? value;
    if (key.endsWith("Minor") && /^-?\d+$/.test(value)) return formatAmount(BigInt(value), currency, locale);
    if (key === "accountExternalId") return names.account(value);
    if (key === "taxExternalId") return names.taxRate(value);
    if (key === "contactExternalId" || key === "documentExternalId") return names.contact(value);
    return key.endsWith("On") && isPlainDate(value) ? formatDate(value, locale) : value;
  };
  const rank = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  const keysOf = (record: Record<string, unknown>) =>
    Object.keys(record)
      .filter((key) => !OURS.has(key) && record[key] !== null && record[key] !== "")
      .sort((a, b) => rank(a) - rank(b));
  const listed = [sent.lines, sent.legs].find((value): value is unknown[] => Array.isArray(value));
  const rows = (listed ?? []).filter(isPlainObject).map(flatLine);
  const columns = [...new Set(rows.flatMap(keysOf))].sort((a, b) => rank(a) - rank(b));
  return {
    fields: keysOf(sent)
      .filter((key) => key !== "reference" || sent.reference !== sent.number)
      .map((key) => ({ label: labelOf(key), value: say(key, sent[key]), ...(key === "url" ? { link: true } : {}) })),
    lines:
      rows.length === 0
        ? null
        : {
            columns: columns.map((key) => ({ label: labelOf(key), figure: key.endsWith("Minor") || FIGURES.has(key) })),
            rows: rows.map((row) => columns.map((key) => say(key, row[key]))),
          },
  };
}
