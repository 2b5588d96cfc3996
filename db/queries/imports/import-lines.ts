import { hash } from "node:crypto";
import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { FaultyLine, ReadLine, Said } from "#lib/operational/read-line.ts";
import type { ReadRecord } from "#lib/operational/read-record.ts";

/** What parts the fields of a staged line's `head` and `content`. */
export const UNIT = "\u001f";
/** What parts lines, and the parts of a document's hash. */
export const RECORD = "\u001e";
const GROUP = "\u001d";

/** What stands for the content of a document that was voided: there is nothing else to compare. */
export const VOID = "void";

/** One field of a staged line's `head` or `content`. */
export const field = (column: string, at: number) => sql.raw(`split_part(${column}, E'\\x1f', ${at})`);

/** Turns a decimal string's sign round. */
function negated(quantity: string): string {
  return quantity === "0" ? "0" : quantity.startsWith("-") ? quantity.slice(1) : `-${quantity}`;
}

function digestOf(text: string): readonly [bigint, bigint] {
  const digest = hash("sha256", text, "buffer");
  return [digest.readBigInt64BE(0), digest.readBigInt64BE(8)];
}

function hashOf(text: string): string {
  return digestOf(text).join(GROUP);
}

/** What a staged line's hashes are made of. */
export interface StagedAmounts {
  /** As it is staged: product, description, quantity, unit price, nominal code, tax code. */
  readonly content: string;
  readonly netMinor: bigint;
  readonly taxMinor: bigint;
  readonly mayTurn: boolean;
}

/** The hashes of a staged line, as {@link packedForStaging} makes them; turned ones where it may belong to a credit note. */
export function stagedHashes({ content, netMinor, taxMinor, mayTurn }: StagedAmounts) {
  const [product = "", description = "", quantity = "", ...after] = content.split(UNIT);
  const turned = [product, description, negated(quantity), ...after].join(UNIT);
  return {
    hash: digestOf(`${content}${UNIT}${netMinor}${UNIT}${taxMinor}`),
    turned: mayTurn ? digestOf(`${turned}${UNIT}${-netMinor}${UNIT}${-taxMinor}`) : null,
  };
}

function packedSaid(said: Said): string {
  const { netMinor, taxMinor, grossMinor, taxByRateMinor, taxGiven, slackMinor, unproven, others } = said;
  return [netMinor ?? "", taxMinor ?? "", grossMinor ?? "", taxByRateMinor, taxGiven ? 1 : 0, slackMinor, unproven ? 1 : 0]
    .concat(others.map((one) => one ?? ""))
    .join(UNIT);
}

/** One line as a row of text: its fields hold no control character but a line break, so that parting it by some is safe. */
function packed(line: ReadLine): string {
  const { kind, reference, netMinor, taxMinor, productReference, description, quantity, unitPrice, nominalCode, taxCode } = line;
  const head = `${line.number}${UNIT}${line.issuedOn}${UNIT}${line.dueOn}${UNIT}${line.currency}${UNIT}${line.contactReference}${UNIT}${line.country ?? ""}${line.isVoid ? `${UNIT}void` : ""}`;
  const before = `${productReference ?? ""}${UNIT}${description}${UNIT}`;
  const after = `${UNIT}${unitPrice}${UNIT}${nominalCode}${UNIT}${taxCode}`;
  const content = `${before}${quantity}${after}`;
  const turned = line.mayTurn ? hashOf(`${before}${negated(quantity)}${after}${UNIT}${-netMinor}${UNIT}${-taxMinor}`) : GROUP;
  const raw = line.setAside !== null || line.isVoid || netMinor === 0n ? JSON.stringify(line.raw) : "";
  return [
    `${line.line}${GROUP}${kind}${GROUP}${reference}${GROUP}${head}${GROUP}${content}${GROUP}${netMinor}${GROUP}${taxMinor}`,
    hashOf(`${content}${UNIT}${netMinor}${UNIT}${taxMinor}`),
    turned,
    `${line.contactName ?? ""}${GROUP}${line.contactEmail ?? ""}${GROUP}${line.setAside ?? ""}${GROUP}${raw}${GROUP}${line.said === null ? "" : packedSaid(line.said)}`,
  ].join(GROUP);
}

/** Why a line of words alone becomes no line of its document. */
export const COMMENT = "words without an amount: nothing to post";

/** What stands for a reason while nobody has decided about a faulty line. */
export const FAULTY = "has a fault";

/** A faulty line, kept so that it can be left out with its amount. */
function packedFaulty({ line, kind, reference, number, currency, netMinor, taxMinor = 0n, raw }: FaultyLine): string {
  const safe = (text: string) => withoutControls(text).slice(0, 255);
  const head = `${safe(number)}${UNIT}${UNIT}${UNIT}${safe(currency)}${UNIT}${UNIT}`;
  const content = `${UNIT}${UNIT}${UNIT}${UNIT}${UNIT}`;
  const fields = [line, kind, safe(reference), head, content, netMinor, taxMinor, 0, 0, "", "", "", "", FAULTY];
  return [...fields, JSON.stringify(raw.map(withoutControls))].join(GROUP);
}

function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters part the fields of a staged line
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, " ");
}

/** A record that stands for itself: its values are the line's content. */
function packedRecord({ line, kind, reference, name, values, raw }: ReadRecord): string {
  const fields = [line, kind, reference, "", JSON.stringify({ ...values, name }), 0, 0, 0, 0, "", "", "", "", ""];
  return [...fields, JSON.stringify(raw)].join(GROUP);
}

/** One line as the text that {@link stageLines} takes: made while the file is read, so that a batch is small. */
export function packedForStaging(read: ReadLine | ReadRecord | FaultyLine): string {
  if ("faults" in read) return packedFaulty(read);
  return "values" in read ? packedRecord(read) : packed(read);
}

/** Appends lines in one statement, handed over as one text that the database takes apart: a fifth of the work of an array a column. */
export async function stageLines(db: ScopedDb, scope: ClientScope, importId: string, lines: readonly string[]): Promise<void> {
  const part = (at: number) => sql.raw(`split_part(t, E'\\x1d', ${at})`);
  const optional = (at: number) => sql`nullif(${part(at)}, '')`;
  await db.execute(sql`
    insert into import_lines (client_id, import_id, line_number, kind, reference, head, content, net_minor, tax_minor, hash_a, hash_b,
      turned_a, turned_b, contact_name, contact_email, set_aside, raw, said)
    select ${scope.clientId}::uuid, ${importId}::uuid, ${part(1)}::int, ${part(2)}, ${part(3)}, ${part(4)}, ${part(5)}, ${part(6)}::bigint,
      ${part(7)}::bigint, ${part(8)}::bigint, ${part(9)}::bigint, ${optional(10)}::bigint, ${optional(11)}::bigint, ${optional(12)},
      ${optional(13)}, ${optional(14)}, ${optional(15)}, ${optional(16)}
    from string_to_table(${lines.join(RECORD)}, ${RECORD}) as t`);
}

/**
 * Sets aside every line with a fault, and with it every other line of its document: an invoice without one of its lines would be another
 * invoice. Where its document is told by the number alone, all lines of that number go; where not even that is known, the documents
 * above and below it do. Answers how many lines; the documents are to be put together again.
 */
export async function leaveOutFaulty(db: ScopedDb, scope: ClientScope, importId: string, reason: string): Promise<number> {
  const staged = sql`l.client_id = ${scope.clientId} and l.import_id = ${importId}`;
  const out = await db.execute(sql`
    with faulty as materialized (
      select l.line_number, l.kind, l.reference, ${field("l.head", 1)} as number from import_lines l
      where ${staged} and exists (
        select from import_faults f where f.client_id = ${scope.clientId} and f.import_id = ${importId} and f.line_number = l.line_number)
    ), beside as (
      select near.line_number from faulty f
        cross join lateral (
          (select l.line_number from import_lines l where ${staged} and l.line_number < f.line_number and l.reference <> ''
            order by l.line_number desc limit 1)
          union all
          (select l.line_number from import_lines l where ${staged} and l.line_number > f.line_number and l.reference <> ''
            order by l.line_number limit 1)
        ) near
      where f.reference = '' and f.number = ''
    ), gone as materialized (
      select kind, reference from faulty where reference <> ''
      union select l.kind, l.reference from import_lines l
        where ${staged} and l.reference <> '' and ${field("l.head", 1)} in (select number from faulty where reference = '' and number <> '')
      union select l.kind, l.reference from import_lines l where ${staged} and l.line_number in (select line_number from beside)
    )
    update import_lines l set set_aside = ${reason}
    where ${staged} and (l.set_aside is null or l.set_aside in (${FAULTY}, ${COMMENT})) and (
      l.line_number in (select line_number from faulty)
      or exists (select from gone g where g.reference <> '' and g.kind = l.kind and g.reference = l.reference and l.head <> ''))`);
  await db.execute(sql`delete from import_documents where client_id = ${scope.clientId} and import_id = ${importId}`);
  return out.rowCount ?? 0;
}

export async function countStagedLines(db: ScopedDb, scope: ClientScope, importId: string): Promise<number> {
  const { rows } = await db.execute<{ count: number }>(
    sql`select count(*)::int as count from import_lines where client_id = ${scope.clientId} and import_id = ${importId}`,
  );
  return rows[0]?.count ?? 0;
}
