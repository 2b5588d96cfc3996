import { createHash } from "node:crypto";
import type { PostingSelection } from "#lib/pending/selection.ts";

/** A bulk action's one audit event: the predicate, how many were meant, and a hash of what was named. */
export function noteOf(selection: PostingSelection, result: object) {
  const what =
    "ids" in selection
      ? {
          count: selection.ids.length,
          sha256: createHash("sha256")
            .update([...selection.ids].sort().join(" "))
            .digest("hex"),
        }
      : {
          filter: selection.filter,
          asOf: selection.asOf,
          count: selection.count,
          grossByCurrency: selection.grossByCurrency,
          except: selection.exceptIds.length,
          sha256: createHash("sha256")
            .update(JSON.stringify([selection.filter, selection.asOf, [...selection.exceptIds].sort()]))
            .digest("hex"),
        };
  return { detail: { selection: what, result: { ...result } } };
}
