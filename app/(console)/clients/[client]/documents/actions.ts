"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { commitImport, discardImport } from "#lib/operational/file-import.ts";

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
