"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { acceptTheirs as accept, sendOursAgain as sendAgain } from "#lib/posting/decide-drift.ts";
import { creditAndReissue as reissue } from "#lib/posting/reissue.ts";

const clientId = z.string().min(1).max(100);
const chosen = z.object({ clientId, postingIds: z.array(z.uuid()).min(1).max(500) });
const refresh = (slug: string) => revalidatePath(`/clients/${slug}`, "layout");

/** Lets what the package holds stand, though it differs. */
export const acceptTheirs = clientAction({
  name: "drift.accept",
  allow: "export",
  input: chosen,
  run: async ({ postingIds }, { db, scope, client }) => {
    const result = await accept(db, scope, postingIds);
    refresh(client.slug);
    return result;
  },
  audit: ({ postingIds }, result) => ({ detail: { postingIds, ...result } }),
});

/** Sends ours again over what the package holds, or as a new record where it holds it no longer. */
export const sendOursAgain = clientAction({
  name: "drift.send-again",
  allow: "export",
  input: chosen,
  run: async ({ postingIds }, { db, scope, client }) => {
    const result = await sendAgain(db, scope, postingIds);
    refresh(client.slug);
    return result;
  },
  audit: ({ postingIds }, result) => ({ detail: { postingIds, ...result } }),
});

/** Credits what the package holds and does not let us change, and sends the document as it is now under a number of its own. */
export const creditAndReissue = clientAction({
  name: "correction.reissue",
  allow: "export",
  input: z.object({ clientId, postingId: z.uuid() }),
  run: async ({ postingId }, { db, scope, client }) => {
    const result = await reissue(db, scope, postingId, client.timeZone);
    refresh(client.slug);
    return result;
  },
  audit: ({ postingId }, result) => ({ subject: result.creditNote, detail: { postingId, ...result } }),
});
