import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findCredited } from "#db/queries/mapping/tax-levels.ts";
import type { PlainDate } from "#lib/common/dates.ts";
import { type DocumentKind, sideOf } from "#lib/common/records.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import type { Layout } from "./records.ts";
import type { Source } from "./source.ts";
import { asFarAsItGoes } from "./survey.ts";
import type { LineReader, Understood } from "./understand.ts";

// A credit note takes the rate of the invoice that it credits: found here among those that are in the books, and in the file itself.

/** What is known of the invoices that credit notes name. */
export interface Credited {
  readonly on: PlainDate;
  /** Null where its lines have several. */
  readonly code: string | null;
}

/** How the invoices of one side are told by number: a bill's number is its supplier's own. */
export const creditedKey = (side: DocumentSide, contact: string, number: string): string =>
  side === "sales" ? `sales ${number.toLowerCase()}` : `purchase ${contact} ${number.toLowerCase()}`;

/** The invoices that the file's credit notes name; null where it has no column for them. Reads the file once more. */
export async function creditedOf(
  db: ScopedDb,
  scope: ClientScope,
  source: Source,
  layout: Layout,
  frame: Understood["frame"],
  readerOf: () => Promise<LineReader>,
): Promise<ReadonlyMap<string, Credited> | null> {
  const at = layout.at.credits;
  if (at === undefined) return null;
  const named = new Set<string>();
  for await (const { values } of asFarAsItGoes(source.records(layout.decimalMark))) {
    const number = (values[at] ?? "").trim();
    if (number !== "") named.add(number);
  }
  if (named.size === 0) return null;
  const wanted = new Set([...named].map((number) => number.toLowerCase()));
  const understand = await readerOf();
  const inFile: Parameters<typeof creditedInvoices>[3][number][] = [];
  for await (const { line, values, isNumber } of asFarAsItGoes(source.records(layout.decimalMark))) {
    if (frame.totals.has(line) || frame.repeats.has(line)) continue;
    const read = understand(line, values, isNumber);
    if (!("taxByCode" in read) || read.setAside !== null || read.isVoid || !wanted.has(read.number.toLowerCase())) continue;
    if (read.kind !== "sales-invoice" && read.kind !== "bill") continue;
    const { kind, number, contactReference: contact, issuedOn, taxCode: code } = read;
    inFile.push({ kind, number, contact, issuedOn, code });
  }
  return creditedInvoices(db, scope, named, inFile);
}

/** What the invoices are that credit notes name: those that are here, and those of the file itself, which stand before them. */
async function creditedInvoices(
  db: ScopedDb,
  scope: ClientScope,
  named: ReadonlySet<string>,
  inFile: readonly { kind: DocumentKind; number: string; contact: string; issuedOn: PlainDate; code: string }[],
): Promise<ReadonlyMap<string, Credited>> {
  const found = new Map<string, Credited>();
  const doubtful = new Set<string>();
  for (const { kind, number, contact, issuedOn: on, code } of await findCredited(db, scope, [...named])) {
    const key = creditedKey(sideOf(kind), contact, number);
    // Of several that bear the number nobody can say which is credited.
    if (found.has(key)) doubtful.add(key);
    found.set(key, { on, code });
  }
  for (const key of doubtful) found.delete(key);
  const own = new Map<string, Credited>();
  for (const { kind, number, contact, issuedOn: on, code } of inFile) {
    const key = creditedKey(sideOf(kind), contact, number);
    const before = own.get(key);
    own.set(key, before === undefined || before.code === code ? { on, code } : { on: before.on, code: null });
  }
  for (const [key, credited] of own) found.set(key, credited);
  return found;
}
