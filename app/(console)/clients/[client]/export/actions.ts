"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import { listHeldPostings } from "#db/queries/held-changes.ts";
import { listUnknown } from "#db/queries/posting-grid.ts";
import { clientAction, longClientAction } from "#lib/auth/action.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { chooseLock, type LockChosen, type LockQuestion, undoLockChoice } from "#lib/posting/choose-lock.ts";
import { lookNow as look } from "#lib/posting/look-now.ts";
import { markExported as mark, withdraw as takeBack, undoMark as unmark } from "#lib/posting/mark.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { retry as sendAgain } from "#lib/posting/retry.ts";
import { postingSelection, selectionWhere } from "#lib/posting/selection.ts";
import { noteOf } from "#lib/posting/selection-note.ts";
import { precheckForStaff } from "#lib/posting/staff-precheck.ts";
import { stopRun as stop } from "#lib/posting/stop-run.ts";
import { createThere } from "#lib/posting/unlink.ts";
import { database } from "#lib/web.ts";

const clientId = z.string().min(1).max(100);
const chosen = z.object({ clientId, selection: postingSelection });

const refresh = (slug: string) => revalidatePath(`/clients/${slug}/export`);

const SHOWN_CHANGES = 10;

export const uploadData = clientAction({
  name: "export.upload",
  allow: "export",
  /** `changesSeen`: somebody was shown what this changes in the package. */
  input: chosen.extend({ changesSeen: z.boolean().optional() }),
  run: async ({ selection, changesSeen }, { db, scope, client }) => {
    const changes =
      changesSeen === true ? null : await listHeldPostings(db, scope, selectionWhere(selection, scope), SHOWN_CHANGES);
    if (changes !== null && changes.count > 0) return { asks: changes };
    const run = await queueUpload(db, scope, selection);
    refresh(client.slug);
    return run;
  },
  audit: ({ selection }, result) => noteOf(selection, "asks" in result ? { asked: result.asks.count } : result),
});

export const runPrecheck = longClientAction({
  name: "export.precheck",
  allow: "export",
  input: z.object({ clientId, selection: postingSelection.nullable() }),
  run: ({ selection }, { scope }) => precheckForStaff(database(), scope, selection),
  audit: ({ selection }, result) => (selection ? noteOf(selection, result) : { detail: { result } }),
});

export const markExported = clientAction({
  name: "export.mark",
  allow: "export",
  input: chosen.extend({ reason: z.string().trim().min(1, "Enter a reason.").max(500) }),
  run: async ({ selection, reason }, { db, scope, client }) => {
    const result = await mark(db, scope, selection, reason);
    refresh(client.slug);
    return result;
  },
  audit: ({ selection, reason }, result) => noteOf(selection, { ...result, reason }),
});

export const undoMark = clientAction({
  name: "export.undo-mark",
  allow: "export",
  input: chosen,
  run: async ({ selection }, { db, scope, client }) => {
    const result = await unmark(db, scope, selection);
    refresh(client.slug);
    return result;
  },
  audit: ({ selection }, result) => noteOf(selection, result),
});

export const withdraw = clientAction({
  name: "export.withdraw",
  allow: "export",
  input: chosen,
  run: async ({ selection }, { db, scope, client }) => {
    const result = await takeBack(db, scope, selection);
    refresh(client.slug);
    return result;
  },
  audit: ({ selection }, result) => noteOf(selection, result),
});

export const retry = clientAction({
  name: "export.retry",
  allow: "export",
  input: chosen,
  run: async ({ selection }, { db, scope, client }) => {
    const result = await sendAgain(db, scope, selection);
    refresh(client.slug);
    return result;
  },
  audit: ({ selection }, result) => noteOf(selection, result),
});

/** `hash` names the question that was shown; null to be shown one. */
const lockAnswer = chosen.extend({ hash: z.string().max(64).nullable() });
const lockDetail = (answer: { readonly asks: LockQuestion } | LockChosen) =>
  "asks" in answer ? { asked: answer.asks.count, goNow: answer.asks.goNow } : answer;

/** Keeps chosen rows on hold for their lock date, or sends them as drafts. */
export const chooseForLock = clientAction({
  name: "export.lock-choice",
  allow: "export",
  input: lockAnswer.extend({ what: z.enum(["hold", "draft"]) }),
  run: async ({ selection, what, hash }, { db, scope, client }) => {
    const answer = await chooseLock(db, scope, selection, what, hash);
    if (!("asks" in answer)) refresh(client.slug);
    return answer;
  },
  audit: ({ selection, what }, answer) => ({ subject: what, ...noteOf(selection, lockDetail(answer)) }),
});

/** Re-dates chosen rows to the first open day: it moves their tax point, so an adviser agrees to it. */
export const redateForLock = clientAction({
  name: "export.lock-redate",
  allow: "lock-policy",
  input: lockAnswer,
  run: async ({ selection, hash }, { db, scope, client }) => {
    const answer = await chooseLock(db, scope, selection, "redate", hash);
    if (!("asks" in answer)) refresh(client.slug);
    return answer;
  },
  audit: ({ selection }, answer) => ({
    subject: "redate",
    ...noteOf(selection, { ...lockDetail(answer), ...("asks" in answer ? { goesOn: answer.asks.goesOn } : {}) }),
  }),
});

export const undoLock = clientAction({
  name: "export.lock-undo",
  allow: "export",
  input: chosen,
  run: async ({ selection }, { db, scope, client }) => {
    const result = await undoLockChoice(db, scope, selection);
    refresh(client.slug);
    return result;
  },
  audit: ({ selection }, result) => noteOf(selection, result),
});

/** Has customers, suppliers and products created whose link was cleared, or is in another organisation; asks first. */
export const createParties = clientAction({
  name: "export.create-parties",
  allow: "export",
  input: lockAnswer,
  run: async ({ selection, hash }, { db, scope, client }) => {
    const answer = await createThere(db, scope, selection, hash);
    if (!("asks" in answer)) revalidatePath(`/clients/${client.slug}`, "layout");
    return answer;
  },
  audit: ({ selection }, answer) => noteOf(selection, "asks" in answer ? { asked: answer.asks.count } : answer),
});

/** As many rows as one press looks up; the others keep their turn. */
const MOST_LOOKS = 200;

export const lookNow = clientAction({
  name: "export.look-now",
  allow: "export",
  input: chosen,
  run: async ({ selection }, { db, scope }) => {
    const ids = await listUnknown(db, scope, selection, MOST_LOOKS);
    if (ids.length === 0) throw new Refusal("The outcome of these rows is already known.");
    for (const id of ids) await look(db, scope, id);
    return { looking: ids.length };
  },
  audit: ({ selection }, result) => noteOf(selection, result),
});

export const stopRun = clientAction({
  name: "export.stop",
  allow: "export",
  input: z.object({ clientId, runId: z.uuid() }),
  run: async ({ runId }, { db, scope, client }) => {
    const result = await stop(db, scope, runId);
    refresh(client.slug);
    return result;
  },
  audit: ({ runId }, result) => ({ subject: runId, detail: { ...result } }),
});
