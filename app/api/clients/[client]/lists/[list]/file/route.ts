import { z } from "zod";
import { findSheet, splitSearch } from "#app/(console)/clients/[client]/sheets.ts";
import { wordingFor } from "#app/(console)/clients/[client]/wording.ts";
import { audit } from "#lib/audit.ts";
import { can, listPermission } from "#lib/auth/permissions.ts";
import { clientRoute, json } from "#lib/auth/route.ts";
import { now } from "#lib/clock.ts";
import { dateIn } from "#lib/common/dates.ts";
import { MOST_FILE_ROWS } from "#lib/common/limits.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { FILE_FORMATS, fileHeaders } from "#lib/lists/file.ts";
import { anySearch } from "#lib/lists/source.ts";

const whole = new Intl.NumberFormat("en-GB");

/** All rows of a list that match, as CSV or XLSX: read and sent a page at a time. */
export const GET = clientRoute({
  name: "lists.file",
  allow: "view",
  method: "GET",
  search: anySearch,
  run: async ({ scope, client, staff, params, search, inScope }) => {
    const format = z.enum(FILE_FORMATS).safeParse(search.format ?? "csv");
    const sheet = can(staff.role, listPermission(params.list)) ? findSheet(params.list) : undefined;
    if (!sheet || !format.success) return json({ error: { code: "not-found", message: "There is no such file." } }, 404);
    const { choice, own } = splitSearch(search);
    const ask = { scope, inScope, search: own, choice, wording: await inScope((db) => wordingFor(db, scope, client)) };
    const { count } = await sheet.totals(ask);
    if (count > MOST_FILE_ROWS) {
      throw new Refusal(
        `${whole.format(count)} rows match, and a file holds at most ${whole.format(MOST_FILE_ROWS)}. Narrow the list by words, days or a filter.`,
      );
    }
    await inScope((db) =>
      audit(db, scope, { action: "lists.file", subject: sheet.title, detail: { format: format.data, rows: count, filter: own } }),
    );
    const chunks = sheet.file(format.data, ask);
    const body = new ReadableStream<Uint8Array>({
      pull: async (stream) => {
        const { done, value } = await chunks.next();
        if (done) stream.close();
        else stream.enqueue(value);
      },
      cancel: async () => {
        await chunks.return(undefined);
      },
    });
    return new Response(body, {
      headers: fileHeaders(format.data, [client.slug, params.list ?? "", dateIn(client.timeZone, now())]),
    });
  },
});
