"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { acceptTheirs as accept, sendOursAgain as sendAgain } from "#lib/posting/decide-drift.ts";
import { askAboutDrift, decideDrift as decide, MOST_DECIDED } from "#lib/posting/decide-many.ts";
import { dismissWork, creditAndReissue as reissue } from "#lib/posting/reissue.ts";
import { postingSelection } from "#lib/posting/selection.ts";
import { noteOf } from "#lib/posting/selection-note.ts";

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

const way = z.enum(["accept", "resend"]);

/** What "Keep Xero's version" or "Send ours again" would do to a selection. Nothing is done. */
export const askDrift = clientAction({
  name: "drift.ask",
  allow: "export",
  input: z.object({ clientId, way, selection: postingSelection }),
  run: ({ way, selection }, { db, scope }) => askAboutDrift(db, scope, way, selection),
  audit: ({ way, selection }, { count, refused }) => ({
    subject: way,
    ...noteOf(selection, { asked: count, refused: refused.length }),
  }),
});

/** Does it to the rows as they were shown; those that are others by now are left alone and named. */
export const decideDrift = clientAction({
  name: "drift.decide",
  allow: "export",
  input: z.object({
    clientId,
    way,
    shown: z
      .array(z.object({ id: z.uuid(), mark: z.string().regex(/^[0-9a-f]{32}$/) }))
      .min(1)
      .max(MOST_DECIDED),
  }),
  run: async ({ way, shown }, { db, scope, client }) => {
    const result = await decide(db, scope, way, shown);
    refresh(client.slug);
    return result;
  },
  audit: ({ way, shown }, { done, run, refused }) => ({
    subject: way,
    ...noteOf({ ids: shown.map((one) => one.id) }, { done, run: run?.number ?? null, refused: refused.slice(0, 50) }),
  }),
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

/** Takes what a correction leaves to do off the list, with the reason. */
export const dismissCorrection = clientAction({
  name: "correction.dismiss",
  allow: "export",
  input: z.object({ clientId, correctionId: z.uuid(), reason: z.string().max(500) }),
  run: async ({ correctionId, reason }, { db, scope, client }) => {
    const number = await dismissWork(db, scope, correctionId, reason);
    refresh(client.slug);
    return { number };
  },
  audit: ({ correctionId, reason }, { number }) => ({ subject: number, detail: { correctionId, reason } }),
});
