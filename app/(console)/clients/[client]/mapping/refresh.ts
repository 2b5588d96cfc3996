"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { longClientAction } from "#lib/auth/action.ts";
import { refreshLists } from "#lib/setup/refresh-lists.ts";
import { database } from "#lib/web.ts";

export const refreshAccounts = longClientAction({
  name: "mapping.refresh",
  allow: "export",
  input: z.object({ clientId: z.string() }),
  run: async (_, { scope, client }) => {
    const read = await refreshLists(database(), scope);
    revalidatePath(`/clients/${client.slug}`, "layout");
    return read;
  },
  audit: (_, read) => ({ detail: { ...read } }),
});
