import type { ClientScope, ScopedDb } from "#db/client.ts";
import type { ImportProfile } from "./profile.ts";
import type { Asking } from "./questions.ts";
import { askQueuedRows } from "./queued-rows.ts";

/** Looks at the documents that were put together in the database, and raises what they cannot tell. */
export type SummaryQuestion = (
  db: ScopedDb,
  scope: ClientScope,
  upload: { readonly importId: string; readonly profile: ImportProfile; readonly asking: Asking },
) => Promise<void>;

/** Asked in this order each time that an upload without faults is summarised. */
export const SUMMARY_QUESTIONS: readonly SummaryQuestion[] = [askQueuedRows];
