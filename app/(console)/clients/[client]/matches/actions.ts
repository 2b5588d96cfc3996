"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { longClientAction } from "#lib/auth/action.ts";
import { leaveMatch as leave, linkMatch as link } from "#lib/posting/answer-match.ts";
import { database } from "#lib/web.ts";

const asked = z.object({ clientId: z.string().min(1).max(100), questionId: z.uuid() });
const refresh = (slug: string) => revalidatePath(`/clients/${slug}`, "layout");

/** "The same": links ours to the package's document. */
export const linkMatch = longClientAction({
  name: "match.link",
  allow: "export",
  input: asked.extend({ externalId: z.string().min(1).max(100) }),
  run: async ({ questionId, externalId }, { scope, client }) => {
    const answer = await link(database(), scope, { questionId, externalId });
    refresh(client.slug);
    return answer;
  },
  audit: ({ questionId, externalId }, { outcome, reference }) => ({
    subject: reference,
    detail: { questionId, externalId, outcome },
  }),
});

/** "Not the same", or "decide later". */
export const leaveMatch = longClientAction({
  name: "match.leave",
  allow: "export",
  input: asked.extend({ as: z.enum(["not-same", "skipped"]) }),
  run: async ({ questionId, as }, { scope, client }) => {
    const answer = await leave(database(), scope, { questionId, as });
    refresh(client.slug);
    return answer;
  },
  audit: ({ questionId, as }, { reference }) => ({ subject: reference, detail: { questionId, as } }),
});
