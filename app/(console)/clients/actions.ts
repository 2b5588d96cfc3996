"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { practiceAction } from "#lib/auth/action.ts";
import { makeClient } from "#lib/setup/new-client.ts";

export const addClient = practiceAction({
  name: "client.add",
  allow: "clients",
  input: z.object({
    name: z.string().trim().min(1, "Give the client's name.").max(200),
    slug: z.string().trim().max(100),
    baseCurrency: z.string().max(10),
    timeZone: z.string().max(100),
    locale: z.string().max(35),
  }),
  run: async (input, { db, scope }) => {
    const made = await makeClient(db, scope, input);
    revalidatePath("/clients");
    return made;
  },
  audit: ({ baseCurrency, timeZone, locale }, { slug, name }) => ({
    subject: slug,
    detail: { name, baseCurrency, timeZone, locale },
  }),
});
