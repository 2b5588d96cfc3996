import { z } from "zod";
import { findAttachment } from "#db/queries/operational/attachments.ts";
import { clientRoute, json } from "#lib/auth/route.ts";

/** One attached file, to be kept or looked at: never run as a page of ours. */
export const GET = clientRoute({
  name: "attachment.read",
  allow: "view",
  method: "GET",
  run: async ({ scope, params, inScope }) => {
    const id = z.uuid().safeParse(params.attachment);
    const file = id.success ? await inScope((db) => findAttachment(db, scope, id.data)) : null;
    if (!file) return json({ error: { code: "not-found", message: "There is no such file." } }, 404);
    return new Response(Uint8Array.from(file.content), {
      headers: {
        "Content-Type": file.mediaType,
        "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(file.fileName)}`,
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
      },
    });
  },
});
