import { z } from "zod";
import { DOCUMENT_KEYS, listDocuments, sumDocuments } from "#db/queries/operational/documents.ts";
import { DOCUMENT_KINDS } from "#lib/common/records.ts";
import { searchWords } from "#lib/common/search.ts";
import { defineList, plainDay } from "./source.ts";

export const documentsList = defineList({
  filter: {
    q: searchWords,
    kind: z.enum(DOCUMENT_KINDS).optional(),
    state: z.enum(["open", "settled", "void", "apart"]).optional(),
    from: plainDay,
    to: plainDay,
    contactId: z.uuid().optional(),
  },
  keys: DOCUMENT_KEYS,
  opensWith: "date.desc",
  page: (db, scope, { filter, key, ask }) => listDocuments(db, scope, filter, key, ask),
  totals: (db, scope, filter) => sumDocuments(db, scope, filter),
});
