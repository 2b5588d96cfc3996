import { sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import { field, VOID } from "./import-lines.ts";

/** The lines of one tax code on one staged document. Amounts are positive, for credit notes too, as text in minor units. */
export interface StagedTax {
  readonly line: number;
  readonly kind: DocumentKind;
  readonly number: string;
  readonly currency: string;
  readonly code: string;
  readonly lines: number;
  readonly netMinor: string;
  readonly taxMinor: string;
  /** What the code charges, rounded line by line. */
  readonly byLineMinor: string;
}

/**
 * Staged documents on which the lines of a code carry another amount than the code charges on their net, or whose code is among `also`.
 *
 * @param charged per cent by code
 */
export async function listStagedTax(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  charged: readonly { readonly code: string; readonly charged: string }[],
  also: readonly string[],
): Promise<StagedTax[]> {
  const { rows } = await db.execute<{
    line: number;
    kind: DocumentKind;
    number: string;
    currency: string;
    code: string;
    lines: number;
    net: string;
    tax: string;
    by_line: string;
  }>(sql`
    with rate as materialized (select * from jsonb_to_recordset(${JSON.stringify(charged)}::jsonb) as r (code text, charged numeric))
    select g.line, g.kind, g.number, g.currency, g.code, g.lines, g.net::text as net, g.tax::text as tax, g.by_line::text as by_line
    from (
      select i.kind, i.number, i.currency, r.code, r.charged, min(l.line_number)::int as line, count(*)::int as lines,
        sum(i.sign * l.net_minor) as net, sum(i.sign * l.tax_minor) as tax, sum(round(i.sign * l.net_minor * r.charged / 100)) as by_line
      from import_documents i join import_lines l on l.client_id = ${scope.clientId} and l.import_id = ${importId}
        and l.kind = i.line_kind and l.reference = i.reference and l.set_aside is null
      join rate r on r.code = ${field("l.content", 6)}
      where i.client_id = ${scope.clientId} and i.import_id = ${importId} and i.set_aside is null and i.content_sha <> ${VOID}
      group by i.first_line, i.kind, i.number, i.currency, r.code, r.charged
    ) g
    where (g.tax <> g.by_line and g.tax <> round(g.net * g.charged / 100)) or g.code = any (${sql.param([...also])}::text[])
    order by g.line`);
  return rows.map(({ net, tax, by_line, ...row }) => ({ ...row, netMinor: net, taxMinor: tax, byLineMinor: by_line }));
}
