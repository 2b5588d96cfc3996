import { createHash } from "node:crypto";
import type { HandedData } from "#db/queries/operational/handover.ts";
import type { Handed } from "#db/schema/handover.ts";
import { CSV_BEGIN, csvCell, csvLine } from "#lib/common/csv.ts";
import { minorToDecimal } from "#lib/common/money.ts";

interface HandedRow {
  readonly position: number;
  readonly what: Handed;
  readonly data: HandedData;
}

const money = (minor: string | null, currency: string | null) =>
  minor === null || currency === null ? null : minorToDecimal(BigInt(minor), currency);

/** The columns, in their order, which does not change: programs read them. */
const COLUMNS: readonly { readonly title: string; readonly type?: "number"; readonly of: (row: HandedRow) => string | null }[] = [
  { title: "Line", type: "number", of: ({ position }) => String(position) },
  { title: "What", of: ({ what }) => what },
  { title: "Status", of: ({ data }) => data.status },
  { title: "Kind", of: ({ data }) => data.kind },
  { title: "Reference", of: ({ data }) => data.reference },
  { title: "Number", of: ({ data }) => data.number },
  { title: "Package", of: ({ data }) => data.package },
  { title: "Package id", of: ({ data }) => data.packageId },
  { title: "Date", of: ({ data }) => data.date },
  { title: "Currency", of: ({ data }) => data.currency },
  { title: "Amount", type: "number", of: ({ data }) => money(data.amountMinor, data.currency) },
  { title: "Payment id", of: ({ data }) => data.paymentId },
  { title: "Bank nominal code", of: ({ data }) => data.bankNominalCode },
  { title: "Document reference", of: ({ data }) => data.documentReference },
  { title: "Document number", of: ({ data }) => data.documentNumber },
  { title: "Allocated", type: "number", of: ({ data }) => money(data.allocatedMinor, data.currency) },
];

/** The file's bytes: of the same lines always the same, so that its hash says whether it arrived whole. */
export function handoverCsv(rows: readonly HandedRow[]): Buffer {
  const lines = rows.map((row) => csvLine(COLUMNS.map(({ type, of }) => csvCell(of(row), type))));
  return Buffer.from(`${CSV_BEGIN}${csvLine(COLUMNS.map(({ title }) => csvCell(title)))}${lines.join("")}`, "utf8");
}

export const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
