"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { removeAttachment, retryAttachment } from "#lib/operational/attachments.ts";

const file = z.object({ clientId: z.string().min(1).max(100), attachmentId: z.uuid() });
const refresh = (slug: string) => revalidatePath(`/clients/${slug}/documents`, "layout");

/** Has a file that the package refused tried again. */
export const retryFile = clientAction({
  name: "attachment.retry",
  allow: "export",
  input: file,
  run: async ({ attachmentId }, { db, scope, client }) => {
    const found = await retryAttachment(db, scope, attachmentId);
    refresh(client.slug);
    return found;
  },
  audit: ({ attachmentId }, { fileName }) => ({ subject: fileName, detail: { attachmentId } }),
});

/** Takes a file back of which nothing was sent. */
export const removeFile = clientAction({
  name: "attachment.remove",
  allow: "export",
  input: file,
  run: async ({ attachmentId }, { db, scope, client }) => {
    const gone = await removeAttachment(db, scope, attachmentId);
    refresh(client.slug);
    return gone;
  },
  audit: ({ attachmentId }, { fileName }) => ({ subject: fileName, detail: { attachmentId } }),
});
