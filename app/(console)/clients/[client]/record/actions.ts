"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction, longClientAction } from "#lib/auth/action.ts";
import { removeAttachment, retryAttachment } from "#lib/operational/attachments.ts";
import { recordEdit, saveRecord as save } from "#lib/operational/edit-records.ts";
import { linkByPackageId } from "#lib/posting/link-by-id.ts";
import { clearLink } from "#lib/posting/unlink.ts";
import { database } from "#lib/web.ts";

const file = z.object({ clientId: z.string().min(1).max(100), attachmentId: z.uuid() });
const refresh = (slug: string) => revalidatePath(`/clients/${slug}/documents`, "layout");

/** Saves a record that a person entered or changed: a new one, or the next revision. */
export const saveRecord = clientAction({
  name: "record.save",
  allow: "export",
  /** `withdraw`: somebody was told that an upload has chosen it. */
  input: z.object({ clientId: z.string().min(1).max(100), record: recordEdit, withdraw: z.boolean().optional() }),
  run: async ({ record, withdraw }, { db, scope, client }) => {
    const saved = await save(db, scope, record, { withdraw: withdraw === true });
    revalidatePath(`/clients/${client.slug}`, "layout");
    return saved;
  },
  audit: ({ record, withdraw }, { id, reference, outcome, before }) => ({
    subject: reference,
    detail: { what: record.what, recordId: id, outcome, before, after: { ...record }, ...(withdraw ? { withdrawn: true } : {}) },
  }),
});

/** Links a record to what the package holds under a pasted id, once that was read and compared. */
export const linkRecord = longClientAction({
  name: "record.link",
  allow: "export",
  input: z.object({
    clientId: z.string().min(1).max(100),
    postingId: z.uuid(),
    pasted: z.string().trim().min(1, "Paste the record's id or its address.").max(2_000),
    accept: z.boolean(),
  }),
  run: async ({ postingId, pasted, accept }, { scope, client }) => {
    const answer = await linkByPackageId(database(), scope, { postingId, pasted, accept });
    if (answer.outcome !== "differs") revalidatePath(`/clients/${client.slug}`, "layout");
    return answer;
  },
  audit: ({ postingId, accept }, { outcome, externalId, reference }) => ({
    subject: reference,
    detail: { postingId, externalId, outcome, accept },
  }),
});

/** Clears the link of a customer, supplier or product: nothing that names it is sent until it has one again. */
export const clearRecordLink = clientAction({
  name: "record.unlink",
  allow: "export",
  input: z.object({ clientId: z.string().min(1).max(100), postingId: z.uuid() }),
  run: async ({ postingId }, { db, scope, client }) => {
    const cleared = await clearLink(db, scope, postingId);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return cleared;
  },
  audit: ({ postingId }, { reference, externalId, held }) => ({ subject: reference, detail: { postingId, externalId, held } }),
});

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
