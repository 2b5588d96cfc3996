"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { setTaxLevel } from "#lib/operational/tax-levels.ts";
import { DOCUMENT_SIDES } from "#lib/tax/kinds.ts";

/** Says which tax code lines take that bring none; null takes it away. */
export const saveTaxLevel = clientAction({
  name: "tax-level.save",
  allow: "export",
  input: z.object({
    clientId: z.string().min(1).max(100),
    level: z.enum(["default", "contact", "abroad"]),
    subject: z.string().trim().max(255),
    side: z.enum(DOCUMENT_SIDES, "Choose sales or purchases."),
    taxCode: z.string().min(1, "Choose a tax code.").max(50).nullable(),
  }),
  run: async ({ clientId: _, ...edit }, { db, scope, client }) => {
    await setTaxLevel(db, scope, edit);
    revalidatePath(`/clients/${client.slug}/tax-codes`);
    return null;
  },
  audit: ({ clientId: _, ...edit }) => ({ subject: edit.subject || edit.level, detail: { ...edit } }),
});
