import type { PullRequest } from "#lib/connectors/types.ts";
import { xero } from "#lib/connectors/xero/index.ts";

/** The cursor of a connection that was read to its end and had nothing. */
export function readCursor(stream: string): string {
  const connection = { id: "", tenantId: "", apiUrl: "", baseCurrency: "GBP", options: {} };
  let cursor: string | null = null;
  for (;;) {
    const request: PullRequest = { connection, stream, cursor, light: true };
    const body = JSON.stringify({ DateTimeUTC: `/Date(${Date.parse("2027-02-01T13:00:00Z")})/` });
    const page = xero.pull.read(xero.pull.ask(request, connection), { status: 200, headers: {}, body }, request);
    cursor = page.cursor;
    if (!page.more && page.same) return cursor;
  }
}
