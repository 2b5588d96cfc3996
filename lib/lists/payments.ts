import { z } from "zod";
import { listPayments, PAYMENT_KEYS, sumPayments } from "#db/queries/payments/payment-pages.ts";
import { PAYMENT_KINDS } from "#lib/common/records.ts";
import { searchWords } from "#lib/common/search.ts";
import { defineList, plainDay } from "./source.ts";

export const paymentsList = defineList({
  filter: {
    q: searchWords,
    kind: z.enum(PAYMENT_KINDS).optional(),
    origin: z.enum(["operational", "package"]).optional(),
    from: plainDay,
    to: plainDay,
  },
  keys: PAYMENT_KEYS,
  opensWith: "date.desc",
  page: (db, scope, { filter, key, ask }) => listPayments(db, scope, filter, key, ask),
  totals: (db, scope, filter) => sumPayments(db, scope, filter),
});
