"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { acknowledgeFile, takeFile } from "#lib/handover/handover.ts";

const clientId = z.string().min(1).max(100);

export const takeHandover = clientAction({
  name: "handover.take",
  allow: "export",
  input: z.object({ clientId }),
  run: async (_, { db, scope, client }) => {
    const file = await takeFile(db, scope);
    revalidatePath(`/clients/${client.slug}/handover`);
    return file;
  },
  audit: (_, { number, sha256, rowCount, made }) => ({ subject: String(number), detail: { sha256, rows: rowCount, made } }),
});

export const acknowledgeHandover = clientAction({
  name: "handover.acknowledge",
  allow: "export",
  input: z.object({ clientId, fileId: z.uuid(), rowCount: z.number().int().min(1).max(1_000_000) }),
  run: async ({ fileId, rowCount }, { db, scope, client }) => {
    const file = await acknowledgeFile(db, scope, { fileId, rowCount });
    revalidatePath(`/clients/${client.slug}/handover`);
    return file;
  },
  audit: (_, { number, sha256, rowCount }) => ({ subject: String(number), detail: { sha256, rows: rowCount } }),
});
