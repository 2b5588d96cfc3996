import { type SQL, sql } from "drizzle-orm";

/** How many merges in a row are followed. */
const MOST_STEPS = 8;

/**
 * Two parts of a `with recursive`, of which `survivors (found, id)` names for each contact of the package the one that stands for it
 * today: itself, or the one that it was merged into there, and so on.
 * @param from a query of the contacts' ids
 */
export const survivorsOf = (connectionId: string, from: SQL): SQL => sql`
    chain (found, id, step) as (
      select f.external_id, f.external_id, 0 from (${from}) as f(external_id)
      union all
      select c.found, k.merged_into, c.step + 1 from chain c
      join package_contacts k on k.connection_id = ${connectionId} and k.external_id = c.id and k.status = 'merged' and k.merged_into is not null
      where c.step < ${MOST_STEPS}
    ),
    survivors as materialized (select distinct on (found) found, id from chain order by found, step desc)`;

/** A tax number by its letters and figures alone; null where it has none. */
export const bare = (text: SQL): SQL => sql`nullif(regexp_replace(upper(${text}), '[^A-Z0-9]', '', 'g'), '')`;
