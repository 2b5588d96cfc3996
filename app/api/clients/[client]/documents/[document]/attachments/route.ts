import { z } from "zod";
import { audit } from "#lib/audit.ts";
import { clientRoute, json } from "#lib/auth/route.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { addAttachment, fileTooLarge, MOST_BYTES } from "#lib/operational/attachments.ts";

/** Attaches a file to a document: the body is the file, whole. 422 with `{error}` when it cannot be taken. */
export const POST = clientRoute({
  name: "attachment.add",
  allow: "export",
  method: "POST",
  search: z.object({ name: z.string().min(1).max(300) }),
  run: async ({ scope, params, search, request, inScope }) => {
    const id = z.uuid().safeParse(params.document);
    if (!id.success) return json({ error: { code: "not-found", message: "There is no such document." } }, 404);
    const content = await readFile(request);
    return inScope(async (db) => {
      const added = await addAttachment(db, scope, id.data, { fileName: search.name, content });
      await audit(db, scope, {
        action: "attachment.add",
        subject: added.fileName,
        detail: { documentId: id.data, bytes: content.length },
      });
      return added;
    });
  },
});

/** Reads no more than the limit, whatever the header announces. @throws {Refusal} */
async function readFile(request: Request): Promise<Buffer> {
  const announced = Number(request.headers.get("content-length") ?? "0");
  if (announced > MOST_BYTES) throw fileTooLarge(announced);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of request.body ?? []) {
      length += part.length;
      if (length > MOST_BYTES) throw fileTooLarge(length);
      parts.push(part);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal("The upload was cut off. Nothing was attached; try again.", { field: "file", code: "cut-off" });
  }
  return Buffer.concat(parts);
}
