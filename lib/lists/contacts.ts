import { z } from "zod";
import { CONTACT_KEYS, countContacts, listContacts } from "#db/queries/operational/contacts.ts";
import { searchWords } from "#lib/common/search.ts";
import { defineList } from "./source.ts";

function contactsList(role: "customer" | "supplier") {
  return defineList({
    filter: { q: searchWords, terms: z.enum(["account", "cash"]).optional(), excluded: z.enum(["yes", "no"]).optional() },
    keys: CONTACT_KEYS,
    opensWith: "name.asc",
    page: (db, scope, { filter, key, ask }) => listContacts(db, scope, { role, ...filter }, key, ask),
    totals: async (db, scope, filter) => ({ count: await countContacts(db, scope, { role, ...filter }), sums: [] }),
  });
}

export const customersList = contactsList("customer");
export const suppliersList = contactsList("supplier");
