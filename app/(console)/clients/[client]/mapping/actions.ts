"use server";

import { createHash } from "node:crypto";
import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { addBankNominal, saveBankAccounts } from "#lib/mapping/bank-accounts.ts";
import { saveMappings } from "#lib/mapping/save.ts";

const code = z.string().min(1).max(200);

/** What a bulk change comes to, for the audit: how many, and a hash of which. */
function noteOf(
  what: string,
  changes: readonly unknown[],
  saved: { version: number; saved: number; cleared: number; released: number },
) {
  return {
    subject: what,
    detail: {
      ...saved,
      sha256: createHash("sha256").update(JSON.stringify(changes)).digest("hex"),
      changes: changes.slice(0, 50),
    },
  };
}

export const saveMapping = clientAction({
  name: "mapping.save",
  allow: "export",
  input: z.object({
    clientId: z.string(),
    kind: z.enum(["nominal", "tax"]),
    changes: z
      .array(z.object({ sourceCode: code, targetExternalId: code.nullable() }))
      .min(1)
      .max(5000),
  }),
  run: async ({ kind, changes }, { db, scope, client }) => {
    const saved = await saveMappings(db, scope, kind, changes);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return saved;
  },
  audit: ({ kind, changes }, { version, saved, cleared, released }) =>
    noteOf(kind, changes, { version, saved, cleared, released }),
});

export const saveBanks = clientAction({
  name: "mapping.save-banks",
  allow: "export",
  input: z.object({
    clientId: z.string(),
    changes: z
      .array(z.object({ accountExternalId: code, bankNominal: code.nullable() }))
      .min(1)
      .max(1000),
  }),
  run: async ({ changes }, { db, scope, client }) => {
    const saved = await saveBankAccounts(db, scope, changes);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return saved;
  },
  audit: ({ changes }, { version, saved, cleared, released }) => noteOf("bank", changes, { version, saved, cleared, released }),
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
