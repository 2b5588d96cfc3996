import type { ClientScope, ScopedDb } from "#db/client.ts";
import { findJournalsTwice, findTwice } from "#db/queries/import-settle.ts";
import type { ImportProfile } from "./profile.ts";
import type { Asking } from "./questions.ts";
import { askQueuedRows } from "./queued-rows.ts";

/** Looks at the documents that were put together in the database, and raises what they cannot tell. */
export type SummaryQuestion = (
  db: ScopedDb,
  scope: ClientScope,
  upload: { readonly importId: string; readonly profile: ImportProfile; readonly asking: Asking },
) => Promise<void>;

/** Lines that all stand more than once may be so many lines, or one page of them twice: nothing in them tells. */
async function askTwice(
  db: ScopedDb,
  scope: ClientScope,
  { importId, profile, asking }: Parameters<SummaryQuestion>[2],
): Promise<void> {
  const find = profile.kind === "documents" ? findTwice : profile.kind === "journals" ? findJournalsTwice : null;
  const twice = find === null ? null : await find(db, scope, importId);
  if (twice === null) return;
  const { number, firstLine, lastLine, documents } = twice;
  await asking.settle({
    id: "lines-twice",
    text: "Every line of some documents appears in the file more than once. Does each count every time?",
    why: `${profile.kind === "journals" ? "Journal" : "Document"} ${number}, lines ${firstLine} to ${lastLine}${documents > 1 ? `, and ${documents - 1} more` : ""}. This can mean that rows were exported or pasted twice: if so, remove them from the file.`,
    remember: "no",
    options: [{ value: "charged", label: "Yes: each line counts every time", comesTo: "" }],
  });
}

/** Asked in this order each time that an upload without faults is summarised. */
export const SUMMARY_QUESTIONS: readonly SummaryQuestion[] = [askTwice, askQueuedRows];
