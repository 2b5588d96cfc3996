import { z } from "zod";
import { clientRoute, json } from "#lib/auth/route.ts";
import { handOut } from "#lib/posting/files-by-hand.ts";

/** Hands a batch file out: the first time it is noted who has it, so that this is no GET; each time the same bytes. */
export const POST = clientRoute({
  name: "file.download",
  allow: "export",
  method: "POST",
  run: async ({ scope, params, inScope }) => {
    const fileId = z.uuid().safeParse(params.file);
    const file = fileId.success ? await inScope((db) => handOut(db, scope, fileId.data)) : null;
    if (!file) return json({ error: { code: "not-found", message: "There is no such file." } }, 404);
    const name = file.name.replaceAll(/[^\w.-]/g, "_");
    return new Response(new Uint8Array(file.bytes), {
      headers: {
        "Content-Type": file.mediaType,
        "Content-Disposition": `attachment; filename="${file.isAgain ? "again-" : ""}${name}"`,
        "Cache-Control": "no-store",
      },
    });
  },
});
