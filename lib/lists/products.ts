import { z } from "zod";
import { countProducts, listProducts, PRODUCT_KEYS } from "#db/queries/operational/products.ts";
import { searchWords } from "#lib/common/search.ts";
import { defineList } from "./source.ts";

export const productsList = defineList({
  filter: { q: searchWords, excluded: z.enum(["yes", "no"]).optional() },
  keys: PRODUCT_KEYS,
  opensWith: "number.asc",
  page: (db, scope, { filter, key, ask }) => listProducts(db, scope, filter, key, ask),
  totals: async (db, scope, filter) => ({ count: await countProducts(db, scope, filter), sums: [] }),
});
