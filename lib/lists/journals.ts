import { countJournals, JOURNAL_KEYS, listJournals } from "#db/queries/operational/journals.ts";
import { searchWords } from "#lib/common/search.ts";
import { defineList, plainDay } from "./source.ts";

export const journalsList = defineList({
  filter: { q: searchWords, from: plainDay, to: plainDay },
  keys: JOURNAL_KEYS,
  opensWith: "date.desc",
  page: (db, scope, { filter, key, ask }) => listJournals(db, scope, filter, key, ask),
  totals: async (db, scope, filter) => ({ count: await countJournals(db, scope, filter), sums: [] }),
});
