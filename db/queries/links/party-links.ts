import { type SQL, sql } from "drizzle-orm";

/**
 * Whether a link `r` is that of the party of a document of this kind: where the package keeps customers and suppliers apart, one of ours
 * that buys and sells has a link with each.
 */
export const isPartyOf = (r: string, kind: SQL): SQL =>
  sql`${sql.raw(r)}.entity in ('', case when ${kind} in ('bill', 'supplier-credit-note') then 'supplier' else 'customer' end)`;
