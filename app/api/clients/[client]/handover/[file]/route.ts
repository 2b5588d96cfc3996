import { z } from "zod";
import { audit } from "#lib/audit.ts";
import { clientRoute, json } from "#lib/auth/route.ts";
import { readFile } from "#lib/handover/handover.ts";

/** A file for the operational system: each time the same bytes. */
export const GET = clientRoute({
  name: "handover.file",
  allow: "export",
  method: "GET",
  run: async ({ scope, client, params, inScope }) => {
    const fileId = z.uuid().safeParse(params.file);
    if (!fileId.success) return json({ error: { code: "not-found", message: "There is no such file." } }, 404);
    const file = await inScope(async (db) => {
      const read = await readFile(db, scope, fileId.data);
      await audit(db, scope, {
        action: "handover.file",
        subject: String(read.number),
        detail: { sha256: read.sha256, rows: read.rowCount },
      });
      return read;
    });
    return new Response(new Uint8Array(file.bytes), {
      headers: {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": `attachment; filename="${client.slug}-handover-${String(file.number).padStart(6, "0")}.csv"`,
        "Greentick-Sha256": file.sha256,
        "Greentick-Rows": String(file.rowCount),
      },
    });
  },
});
