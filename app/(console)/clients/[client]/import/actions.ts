"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { createAndAllocate } from "#lib/allocating/create.ts";
import { incomingSelection } from "#lib/allocating/selection.ts";
import { clientAction } from "#lib/auth/action.ts";
import { requestPull } from "#lib/pulling/request.ts";

export const createPayments = clientAction({
  name: "import.create-and-allocate",
  allow: "export",
  input: z.object({ clientId: z.string(), selection: incomingSelection }),
  run: async ({ selection }, { db, scope, client }) => {
    const result = await createAndAllocate(db, scope, selection);
    revalidatePath(`/clients/${client.slug}/import`);
    return result;
  },
  audit: ({ selection }, { runId, ...counts }) => ({
    ...(runId ? { subject: runId } : {}),
    detail: {
      ...counts,
      selection: "ids" in selection ? { ids: selection.ids.length } : { ...selection, exceptIds: selection.exceptIds.length },
    },
  }),
});

export const readPaymentsNow = clientAction({
  name: "import.read",
  allow: "export",
  input: z.object({ clientId: z.string() }),
  run: (_input, { db, scope }) => requestPull(db, scope),
  audit: (_input, { runId }) => ({ subject: runId }),
});
