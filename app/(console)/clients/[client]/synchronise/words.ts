import { sumsInWords } from "#components/grid/words.ts";
import type { ChangeGroup } from "#db/queries/postings/synchronise.ts";
import { KIND_LABELS, RECORD_KINDS } from "#lib/common/records.ts";
import { addUp } from "#lib/common/sums.ts";

/** One row a kind, in the order in which kinds are sent; sums stay apart by currency. */
export function changeRows(changes: readonly ChangeGroup[], locale: string) {
  return RECORD_KINDS.flatMap((kind) => {
    const own = changes.filter((group) => group.kind === kind);
    if (own.length === 0) return [];
    const count = (change: ChangeGroup["change"]) =>
      own.filter((group) => group.change === change).reduce((sum, group) => sum + group.count, 0);
    const amounts = addUp(
      own.flatMap(({ side, currency, grossMinor }) =>
        currency === null || grossMinor === null ? [] : { side, currency, minor: BigInt(grossMinor) },
      ),
    );
    return {
      label: KIND_LABELS[kind],
      create: count("create"),
      update: count("update"),
      amount: sumsInWords(amounts, locale, true),
    };
  });
}
