"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { longClientAction } from "#lib/auth/action.ts";
import { countWords } from "#lib/common/count-words.ts";
import { leaveMatch as leave, linkMatch as link } from "#lib/posting/answer-match.ts";
import { createOffers, linkAllOffers, linkOffer, ruleOutOffer } from "#lib/posting/answer-offers.ts";
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

const offer = z.object({ clientId: z.string().min(1).max(100), offerId: z.uuid() });
const theirs = z.string().min(1).max(100);

/** One click for all sure ones, or for all archived ones; `hash` names the list that was shown. */
export const linkAllAtOffers = longClientAction({
  name: "match.link-all",
  allow: "export",
  input: z.object({
    clientId: z.string().min(1).max(100),
    group: z.enum(["sure", "archived"]),
    hash: z.string().regex(/^[0-9a-f]{32}$/),
  }),
  run: async ({ group, hash }, { scope, client }) => {
    const answer = await linkAllOffers(database(), scope, { group, hash });
    refresh(client.slug);
    return answer;
  },
  audit: ({ group }, { linked }) => ({ subject: group, detail: { linked } }),
});

/** "Link": ours is this one of the package's. */
export const linkAtOffer = longClientAction({
  name: "match.link-one",
  allow: "export",
  input: offer.extend({ externalId: theirs }),
  run: async ({ offerId, externalId }, { scope, client }) => {
    const answer = await linkOffer(database(), scope, { offerId, externalId });
    refresh(client.slug);
    return answer;
  },
  audit: ({ offerId, externalId }, { name }) => ({ subject: name, detail: { offerId, externalId } }),
});

/** "Create": ours is none of them. */
export const createAtOffers = longClientAction({
  name: "match.create",
  allow: "export",
  input: z.object({ clientId: z.string().min(1).max(100), offerIds: z.array(z.uuid()).min(1).max(2_000) }),
  run: async ({ offerIds }, { scope, client }) => {
    const answer = await createOffers(database(), scope, { offerIds });
    refresh(client.slug);
    return answer;
  },
  audit: ({ offerIds }, { created }) => ({ subject: countWords(created, "record"), detail: { offerIds } }),
});

/** "Not this one". */
export const ruleOutAtOffer = longClientAction({
  name: "match.not-this-one",
  allow: "export",
  input: offer.extend({ externalId: theirs }),
  run: async ({ offerId, externalId }, { scope, client }) => {
    const answer = await ruleOutOffer(database(), scope, { offerId, externalId });
    refresh(client.slug);
    return answer;
  },
  audit: ({ offerId, externalId }, { name }) => ({ subject: name, detail: { offerId, externalId } }),
});
