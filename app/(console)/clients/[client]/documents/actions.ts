"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { addCodes, isNewCode } from "#lib/operational/add-codes.ts";
import { recordEdit } from "#lib/operational/edit-records.ts";
import { answerQuestions, commitImport, discardImport, leaveOut } from "#lib/operational/file-import.ts";
import { deleteProfile, saveProfile } from "#lib/operational/profiles.ts";
import { undoImport } from "#lib/operational/undo.ts";

const input = z.object({ clientId: z.string().min(1).max(100), importId: z.uuid() });

/** Commits a previewed upload, all of it or nothing. */
export const commitUpload = clientAction({
  name: "file.commit",
  allow: "export",
  input,
  run: async ({ importId }, { scope, db, client }) => {
    const commit = await commitImport(db, scope, importId);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return commit;
  },
  audit: (_, { note }) => note,
});

/** Forgets a previewed upload. */
export const discardUpload = clientAction({
  name: "file.discard",
  allow: "export",
  input,
  run: async ({ importId }, { scope, db, client }) => {
    await discardImport(db, scope, importId);
    revalidatePath(`/clients/${client.slug}/documents/upload`);
    return null;
  },
  audit: ({ importId }) => ({ subject: importId }),
});

/** Answers what a file cannot tell; it is read again with the answers. A null asks anew what is remembered. */
export const answerUpload = clientAction({
  name: "file.answer",
  allow: "export",
  input: input.extend({
    answers: z.record(z.string().min(1).max(300), z.string().min(1).max(300).nullable()),
  }),
  run: async ({ importId, answers }, { scope, db, client }) => {
    const { state, note } = await answerQuestions(db, scope, importId, answers);
    revalidatePath(`/clients/${client.slug}/documents/upload`);
    return { state, note };
  },
  audit: (_, { note }) => note,
});

/** Makes codes that a file lacks; it is read again with them from its kept bytes. */
export const addUnknownCodes = clientAction({
  name: "file.add-codes",
  allow: "export",
  input: input.extend({ codes: z.array(recordEdit).max(200) }),
  run: async ({ importId, codes }, { scope, db, client }) => {
    const { state, note } = await addCodes(db, scope, importId, codes.filter(isNewCode));
    revalidatePath(`/clients/${client.slug}`, "layout");
    return { state, note };
  },
  audit: (_, { note }) => note,
});

/** Leaves the faulty lines of a refused upload out, each with its document; the rest waits for Commit. */
export const leaveOutLines = clientAction({
  name: "file.leave-out",
  allow: "export",
  input,
  run: async ({ importId }, { scope, db, client }) => {
    const left = await leaveOut(db, scope, importId);
    revalidatePath(`/clients/${client.slug}/documents/upload`);
    return { lines: left.summary.leftOut?.lines ?? 0, note: left.note };
  },
  audit: (_, { note }) => note,
});

/** Takes a committed upload back while nothing of it was sent. */
export const undoUpload = clientAction({
  name: "file.undo",
  allow: "export",
  input,
  run: async ({ importId }, { scope, db, client }) => {
    const { note } = await undoImport(db, scope, importId);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return { note };
  },
  audit: (_, { note }) => note,
});

/** Saves a profile as the client's own. */
export const saveImportProfile = clientAction({
  name: "profile.save",
  allow: "export",
  input: z.object({ clientId: input.shape.clientId, profile: z.record(z.string(), z.unknown()), isNew: z.boolean() }),
  run: async ({ profile, isNew }, { scope, db, client }) => {
    const { name, title, version } = await saveProfile(db, scope, profile, isNew);
    revalidatePath(`/clients/${client.slug}/documents/upload`, "layout");
    return { name, title, version };
  },
  audit: (_, { name, title, version }) => ({ subject: title, detail: { name, version } }),
});

/** Takes away a profile of the client's own; uploads that were read with it stay. */
export const deleteImportProfile = clientAction({
  name: "profile.delete",
  allow: "export",
  input: z.object({ clientId: input.shape.clientId, name: z.string().min(1).max(50) }),
  run: async ({ name }, { scope, db, client }) => {
    await deleteProfile(db, scope, name);
    revalidatePath(`/clients/${client.slug}/documents/upload`, "layout");
    return null;
  },
  audit: ({ name }) => ({ subject: name }),
});
