"use server";

import { createHash } from "node:crypto";
import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { addBankNominal } from "#lib/mapping/bank-accounts.ts";
import { saveEdits } from "#lib/mapping/save-edits.ts";
import { DOCUMENT_SIDES } from "#lib/tax/kinds.ts";

const code = z.string().min(1).max(200);

export const saveMapping = clientAction({
  name: "mapping.save",
  allow: "export",
  input: z.object({
    clientId: z.string(),
    edits: z
      .array(
        z.object({
          kind: z.enum(["nominal", "tax", "bank"]),
          key: code,
          side: z.enum(DOCUMENT_SIDES).nullable().default(null),
          to: code.nullable(),
          // Of a code that is mapped by side by now: both targets.
          was: z.string().min(1).max(500).nullable(),
        }),
      )
      .min(1)
      .max(5000),
  }),
  run: async ({ edits }, { db, scope, client }) => {
    const answer = await saveEdits(db, scope, edits);
    if (answer.outcome === "saved") revalidatePath(`/clients/${client.slug}`, "layout");
    return answer;
  },
  // What a bulk change comes to: how many, and a hash of which.
  audit: ({ edits }, answer) => ({
    subject: [...new Set(edits.map((edit) => edit.kind))].join(", "),
    detail: {
      ...(answer.outcome === "saved"
        ? {
            version: answer.saved.version,
            saved: answer.saved.saved,
            cleared: answer.saved.cleared,
            released: answer.saved.released,
          }
        : { saved: 0, changedMeanwhile: answer.meanwhile.length }),
      sha256: createHash("sha256").update(JSON.stringify(edits)).digest("hex"),
      changes: edits.slice(0, 50),
    },
  }),
});

export const addBank = clientAction({
  name: "mapping.add-bank-nominal",
  allow: "export",
  input: z.object({ clientId: z.string(), code: z.string().max(50), name: z.string().max(200) }),
  run: async (given, { db, scope, client }) => {
    await addBankNominal(db, scope, given);
    revalidatePath(`/clients/${client.slug}/mapping`);
    return null;
  },
  audit: (given) => ({ subject: given.code, detail: { name: given.name } }),
});
