"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { createAndAllocate } from "#lib/allocating/create.ts";
import { type IncomingSelection, incomingSelection } from "#lib/allocating/selection.ts";
import { previewUndo, undoCreate } from "#lib/allocating/undo.ts";
import { clientAction } from "#lib/auth/action.ts";
import { requestPull, stopPull } from "#lib/pulling/request.ts";

/** A selection as the audit keeps it: its predicate and counts. */
function chosen(selection: IncomingSelection) {
  if ("ids" in selection) return { ids: selection.ids.length };
  return "run" in selection ? selection : { ...selection, exceptIds: selection.exceptIds.length };
}

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
    detail: { ...counts, selection: chosen(selection) },
  }),
});

export const lookAtUndo = clientAction({
  name: "import.look-at-undo",
  allow: "export",
  input: z.object({ clientId: z.string(), selection: incomingSelection }),
  run: ({ selection }, { db, scope }) => previewUndo(db, scope, selection),
  audit: ({ selection }, { payments, documents, refused }) => ({
    detail: { payments, documents, refused, selection: chosen(selection) },
  }),
});

export const undoPayments = clientAction({
  name: "import.undo",
  allow: "export",
  input: z.object({ clientId: z.string(), selection: incomingSelection }),
  run: async ({ selection }, { db, scope, client }) => {
    const result = await undoCreate(db, scope, selection);
    revalidatePath(`/clients/${client.slug}/import`);
    return result;
  },
  audit: ({ selection }, { payments, amounts, documents, refused }) => ({
    detail: { payments, worth: amounts, documents, refused, selection: chosen(selection) },
  }),
});

export const readPaymentsNow = clientAction({
  name: "import.read",
  allow: "export",
  input: z.object({ clientId: z.string() }),
  run: (_input, { db, scope }) => requestPull(db, scope),
  audit: (_input, { runId }) => ({ subject: runId }),
});

export const stopReading = clientAction({
  name: "import.stop",
  allow: "export",
  input: z.object({ clientId: z.string() }),
  run: (_input, { db, scope }) => stopPull(db, scope),
  audit: (_input, { stopped }) => ({ detail: { stopped } }),
});
