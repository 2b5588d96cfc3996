import { auditSearch } from "#app/(console)/settings/audit/filter.ts";
import { listAuditEvents } from "#db/queries/people/audit.ts";
import { audit } from "#lib/audit.ts";
import { staffRoute } from "#lib/auth/route.ts";
import { practiceScopeFor } from "#lib/auth/scope.ts";
import { now } from "#lib/clock.ts";
import { CSV_BEGIN, csvCell, csvLine } from "#lib/common/csv.ts";
import { dateIn } from "#lib/common/dates.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { database } from "#lib/web.ts";

const PAGE = 1000;
const HEAD = ["Number", "Time (UTC)", "Person", "Client", "Client's address", "Action", "Subject", "Detail", "Hash"];

/** All events that match as CSV, newest first, read and sent a thousand at a time. */
export const GET = staffRoute({
  name: "audit.export",
  allow: "audit",
  method: "GET",
  search: auditSearch,
  run: async ({ staff, search }) => {
    const scope = await practiceScopeFor(staff, "audit");
    if (!scope) throw new Refusal("Your role may not read the audit.");
    const { before: _, ...filter } = search;
    const asked = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== ""));
    await database().inScope(scope, (db) => audit(db, scope, { action: "audit.export", detail: asked }));
    const page = (before: bigint | null) =>
      database().inScope(scope, (db) => listAuditEvents(db, scope, filter, { before, limit: PAGE }));
    const encoder = new TextEncoder();
    let before: bigint | null = null;
    const body = new ReadableStream<Uint8Array>({
      start: (stream) => stream.enqueue(encoder.encode(`${CSV_BEGIN}${csvLine(HEAD.map((title) => csvCell(title)))}`)),
      pull: async (stream) => {
        const rows = await page(before);
        const lines = rows.map((row) =>
          csvLine([
            csvCell(row.seq, "number"),
            csvCell(row.at.toISOString()),
            csvCell(row.actor),
            csvCell(row.client_name),
            csvCell(row.client_slug),
            csvCell(row.action),
            csvCell(row.subject),
            csvCell(JSON.stringify(row.detail)),
            csvCell(row.hash),
          ]),
        );
        if (lines.length > 0) stream.enqueue(encoder.encode(lines.join("")));
        const last = rows.at(-1);
        if (rows.length < PAGE || last === undefined) stream.close();
        else before = BigInt(last.seq);
      },
    });
    return new Response(body, {
      headers: {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": `attachment; filename="audit-${dateIn("UTC", now())}.csv"`,
      },
    });
  },
});
