"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { resume } from "#lib/posting/resume.ts";
import { previewSynchronise as preview, synchronise } from "#lib/posting/synchronise.ts";

const clientId = z.string().min(1).max(100);

export const previewSynchronise = clientAction({
  name: "synchronise.preview",
  allow: "synchronise",
  input: z.object({ clientId }),
  run: (_, { db, scope, staff }) => preview(db, scope, staff.userId),
  audit: (_, { hash, changes, blocked }) => ({
    detail: { hash, ready: changes.reduce((sum, group) => sum + group.count, 0), blocked: blocked.count },
  }),
});

export const resumeSync = clientAction({
  name: "synchronise.resume",
  allow: "export",
  input: z.object({ clientId }),
  run: async (_, { db, scope, client }) => {
    const resumed = await resume(db, scope);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return resumed;
  },
  audit: (_, { connectionId }) => ({ subject: connectionId }),
});

export const synchroniseNow = clientAction({
  name: "synchronise.start",
  allow: "synchronise",
  input: z.object({ clientId, hash: z.string().regex(/^[0-9a-f]{64}$/) }),
  run: async ({ hash }, { db, scope, client }) => {
    const result = await synchronise(db, scope, hash);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return result;
  },
  audit: ({ hash }, result) => ({
    subject: result.run.id,
    detail: result.started ? { hash, chosen: result.chosen } : { hash, alreadyRunning: result.run.number },
  }),
});
