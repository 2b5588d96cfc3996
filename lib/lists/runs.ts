import { z } from "zod";
import { countRuns, listRuns, RUN_KEYS } from "#db/queries/export/runs.ts";
import { RUN_KINDS, RUN_STATES } from "#db/schema/work.ts";
import { RECORD_KINDS } from "#lib/common/records.ts";
import { searchWords } from "#lib/common/search.ts";
import { defineList, plainDay } from "./source.ts";

export const runsList = defineList({
  filter: {
    q: searchWords,
    kind: z.enum(RUN_KINDS).optional(),
    state: z.enum(RUN_STATES).optional(),
    by: searchWords,
    record: z.enum(RECORD_KINDS).optional(),
    from: plainDay,
    to: plainDay,
  },
  keys: RUN_KEYS,
  opensWith: "started.desc",
  page: (db, scope, { filter, key, ask }) => listRuns(db, scope, filter, key, ask),
  totals: async (db, scope, filter) => ({ count: await countRuns(db, scope, filter), sums: [] }),
});
