"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { enterJournal, voidJournals } from "#lib/operational/journals.ts";

const clientId = z.string().min(1).max(100);

/** Enters one journal, whole or not at all. */
export const addJournal = clientAction({
  name: "journals.enter",
  allow: "export",
  input: z.object({
    clientId,
    reference: z.string().trim().max(60),
    narration: z.string().trim().min(1, "Enter a narration.").max(500),
    journalOn: z.string().refine(isPlainDate, "Enter the journal's date."),
    lines: z
      .array(
        z.object({
          nominalCode: z.string().trim().max(50),
          description: z.string().trim().max(500),
          /** Minor units as text, a credit negative. */
          amountMinor: z.string().regex(/^-?\d{1,15}$/),
        }),
      )
      .min(2, "A journal needs at least two lines.")
      .max(500),
  }),
  run: async ({ reference, narration, journalOn, lines }, { db, scope, client }) => {
    const made = await enterJournal(db, scope, {
      reference: reference || null,
      narration,
      journalOn,
      lines: lines.map((line) => ({ ...line, amountMinor: BigInt(line.amountMinor) })),
    });
    revalidatePath(`/clients/${client.slug}`, "layout");
    return { id: made.id, reference: made.reference };
  },
  audit: ({ journalOn, lines }, { reference }) => ({ subject: reference, detail: { journalOn, legs: lines.length } }),
});

/** Takes back a journal that never left. */
export const voidJournal = clientAction({
  name: "journals.void",
  allow: "export",
  input: z.object({ clientId, journalId: z.uuid() }),
  run: async ({ journalId }, { db, scope, client }) => {
    await voidJournals(db, scope, [journalId]);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return null;
  },
  audit: ({ journalId }) => ({ subject: journalId }),
});
