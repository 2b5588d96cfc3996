import { z } from "zod";
import { CORRECTION_KEYS, countCorrections, listCorrections } from "#db/queries/export/corrections.ts";
import { CORRECTIONS } from "#db/schema/work.ts";
import { searchWords } from "#lib/common/search.ts";
import { defineList, plainDay } from "./source.ts";

export const correctionsList = defineList({
  filter: { q: searchWords, what: z.enum(CORRECTIONS).optional(), from: plainDay, to: plainDay },
  keys: CORRECTION_KEYS,
  opensWith: "at.desc",
  page: (db, scope, { filter, key, ask }) => listCorrections(db, scope, filter, key, ask),
  totals: async (db, scope, filter) => ({ count: await countCorrections(db, scope, filter), sums: [] }),
});
