import { type SQL, sql } from "drizzle-orm";
import type { ClientScope } from "#db/client.ts";

/**
 * Stock and cost-of-sale nominals are never posted, even if mapped: a line that names one posts its full value to its product's own
 * sales nominal (purchase nominal on bills), the product's group's failing that. A line without such a product has no other nominal.
 */
const isStock = (kind: SQL) => sql`${kind} in ('stock', 'cost-of-sale')`;

/** Joins for a statement with lines as `l`: which of them name a stock or cost-of-sale nominal, and the product behind it. */
export const stockJoins = (scope: ClientScope): SQL => sql`
  left join nominal_codes sn on sn.client_id = ${scope.clientId} and sn.code = l.nominal_code and ${isStock(sql`sn.kind`)}
  left join products sp on sn.id is not null and sp.client_id = ${scope.clientId} and sp.id = l.product_id
  left join product_groups sg on sg.id = sp.group_id`;

const ownNominal = (documentKind: SQL) => sql`case when ${documentKind} in ('bill', 'supplier-credit-note')
  then coalesce(sp.purchase_nominal_code, sg.purchase_nominal_code) else coalesce(sp.sales_nominal_code, sg.sales_nominal_code) end`;

const usable = (scope: ClientScope, documentKind: SQL) => sql`(select o.code from (select ${ownNominal(documentKind)} as code) o
  where o.code is not null and not exists (
    select from nominal_codes x where x.client_id = ${scope.clientId} and x.code = o.code and ${isStock(sql`x.kind`)}))`;

/** The nominal code that a line posts to. Needs {@link stockJoins}. */
export const postedNominal = (scope: ClientScope, documentKind: SQL): SQL =>
  sql`case when sn.id is null then l.nominal_code else coalesce(${usable(scope, documentKind)}, l.nominal_code) end`;

/** Whether a line has no nominal but a stock or cost-of-sale one. Needs {@link stockJoins}. */
export const hasOnlyStock = (scope: ClientScope, documentKind: SQL): SQL =>
  sql`(sn.id is not null and ${usable(scope, documentKind)} is null)`;
