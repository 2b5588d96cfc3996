import { z } from "zod";
import { errorOf } from "#lib/auth/action.ts";
import { clientRoute } from "#lib/auth/route.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { readFile } from "#lib/operational/file-import.ts";
import { OtherProfile } from "#lib/operational/fitting-profile.ts";
import { getProfile } from "#lib/operational/profiles.ts";
import { receiveUpload } from "#lib/operational/receive.ts";
import { listSheets } from "#lib/operational/source.ts";
import { database } from "#lib/web.ts";

/**
 * Takes a file's bytes as the body, whole and streamed, and reads it. Answers lines of JSON as it goes: `{"lines":4000}` while reading,
 * then `{"importId":"…"}`, `{"error":{…}}` (with `profile` where another one fits), or
 * `{"sheets":[…]}` where a workbook has several and none was named: send it again with one of them. A file that cannot be taken at all is a 422 with `{error}`.
 */
export const POST = clientRoute({
  name: "file.upload",
  allow: "export",
  method: "POST",
  search: z.object({
    name: z.string().min(1).max(300),
    profile: z.string().min(1).max(50),
    sheet: z.string().min(1).max(100).optional(),
  }),
  run: async ({ scope, search, request, inScope }) => {
    await inScope((db) => getProfile(db, scope, search.profile));
    const received = await receiveUpload({
      body: request.body,
      contentLength: request.headers.get("content-length"),
      contentType: request.headers.get("content-type"),
      fileName: search.name,
    });
    const away = new AbortController();
    const encoder = new TextEncoder();
    const stream = new ReadableStream<Uint8Array>({
      start: async (controller) => {
        const say = (line: object) => {
          if (!away.signal.aborted) controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
        };
        try {
          const preview = await readFile(database(), scope, {
            path: received.path,
            fileName: search.name,
            profileName: search.profile,
            sheet: search.sheet ?? null,
            onProgress: (lines) => say({ lines }),
            signal: away.signal,
          });
          say({ importId: preview.importId });
        } catch (thrown) {
          if (thrown instanceof Refusal && thrown.code === "choose-sheet" && search.sheet === undefined)
            say({ sheets: await listSheets(received.path) });
          else if (!away.signal.aborted)
            say({
              error: errorOf(thrown, "file.upload"),
              ...(thrown instanceof OtherProfile ? { profile: thrown.profile } : {}),
            });
        } finally {
          await received.remove();
          if (!away.signal.aborted) controller.close();
        }
      },
      cancel: () => away.abort(),
    });
    return new Response(stream, {
      headers: { "Content-Type": "application/x-ndjson; charset=utf-8", "X-Accel-Buffering": "no" },
    });
  },
});
