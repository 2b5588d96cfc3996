"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { clientAction } from "#lib/auth/action.ts";
import { postingSelection } from "#lib/pending/selection.ts";
import { excludePartiesOf, hold, previewExclusion, releaseHold, setExcluded } from "#lib/pending/withheld.ts";
import { noteOf } from "#lib/posting/selection-note.ts";

const clientId = z.string().min(1).max(100);
const chosen = z.object({ clientId, selection: postingSelection });
const refresh = (slug: string) => revalidatePath(`/clients/${slug}`, "layout");

export const excludeRecords = clientAction({
  name: "integration.exclude",
  allow: "export",
  input: z.object({
    clientId,
    family: z.enum(["contact", "product"]),
    ids: z.array(z.uuid()).min(1).max(500),
    excluded: z.boolean(),
  }),
  run: async ({ family, ids, excluded }, { db, scope, client }) => {
    const result = await setExcluded(db, scope, family, ids, excluded);
    refresh(client.slug);
    return result;
  },
  audit: ({ excluded }, { names, ...moves }) => ({
    subject: names.slice(0, 20).join(", "),
    detail: { excluded, records: names.length, ...moves },
  }),
});

export const previewParties = clientAction({
  name: "integration.exclude-preview",
  allow: "export",
  input: chosen,
  run: ({ selection }, { db, scope }) => previewExclusion(db, scope, selection),
  audit: ({ selection }, { count }) => noteOf(selection, { count }),
});

export const excludeParties = clientAction({
  name: "integration.exclude-parties",
  allow: "export",
  input: chosen,
  run: async ({ selection }, { db, scope, client }) => {
    const result = await excludePartiesOf(db, scope, selection);
    refresh(client.slug);
    return result;
  },
  audit: ({ selection }, result) => noteOf(selection, result),
});

export const holdRows = clientAction({
  name: "export.hold",
  allow: "export",
  input: chosen.extend({ reason: z.string().trim().min(1, "Enter a reason.").max(500) }),
  run: async ({ selection, reason }, { db, scope, client }) => {
    const result = await hold(db, scope, selection, reason);
    refresh(client.slug);
    return result;
  },
  audit: ({ selection, reason }, result) => noteOf(selection, { ...result, reason }),
});

export const releaseRows = clientAction({
  name: "export.release",
  allow: "export",
  input: chosen,
  run: async ({ selection }, { db, scope, client }) => {
    const result = await releaseHold(db, scope, selection);
    refresh(client.slug);
    return result;
  },
  audit: ({ selection }, result) => noteOf(selection, result),
});
