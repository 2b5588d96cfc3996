import { and, asc, desc, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";

/** One column of a list's order. */
export interface KeyPart {
  readonly column: PgColumn | SQL;
  readonly type: "text" | "date" | "bigint" | "timestamptz" | "uuid";
}

/** What a list is ordered by: the sorted value, what breaks its ties, and at last the row's id. An index serves it. */
export interface SortKey {
  readonly parts: readonly [KeyPart, ...KeyPart[]];
  /** Rows may lack the first part: they come last in either direction. */
  readonly optional?: boolean;
}

export interface KeysetAsk {
  readonly direction: "asc" | "desc";
  /** The key of the row before, a text for each part as {@link keyOf} gave it; null for the first page. */
  readonly after: readonly (string | null)[] | null;
  readonly limit: number;
}

/** A row's own key, to be selected with it. */
export function keyOf({ parts }: SortKey): SQL<(string | null)[]> {
  return sql`array[${sql.join(
    parts.map((part) => sql`${part.column}::text`),
    sql`, `,
  )}]`;
}

/**
 * One page by key, never by offset: the index is entered where the page before ended. Rows without the sorted value are found by a second
 * read of the same index when the first does not fill the page.
 */
export async function readByKey<Row extends { readonly key: readonly (string | null)[] }>(
  key: SortKey,
  ask: KeysetAsk,
  read: (more: SQL | undefined, order: SQL[], limit: number) => Promise<Row[]>,
): Promise<{ readonly rows: Row[]; readonly next: readonly (string | null)[] | null }> {
  const { parts, optional = false } = key;
  const [first, ...rest] = parts;
  const order = (by: readonly KeyPart[]) => by.map(({ column }) => (ask.direction === "asc" ? asc(column) : desc(column)));
  const beyond = (by: readonly KeyPart[], values: readonly (string | null)[]) => {
    const columns = sql.join(
      by.map((part) => sql`${part.column}`),
      sql`, `,
    );
    const ends = sql.join(
      by.map((part, at) => sql`${values[at] ?? null}::${sql.raw(part.type)}`),
      sql`, `,
    );
    // The row-value form is a range of the index; "a < x or (a = x and b < y)" is not.
    return sql`(${columns}) ${sql.raw(ask.direction === "asc" ? ">" : "<")} (${ends})`;
  };

  const { after } = ask;
  const amongTheLast = optional && after !== null && after[0] === null;
  const wanted = ask.limit + 1;
  const found = amongTheLast
    ? []
    : await read(
        and(optional ? isNotNull(first.column) : undefined, after === null ? undefined : beyond(parts, after)),
        order(parts),
        wanted,
      );
  if (optional && found.length < wanted) {
    const more = amongTheLast && after !== null ? beyond(rest, after.slice(1)) : undefined;
    // Ordered by the part that they all lack too: by the rest alone no index of this list gives the order, and the planner
    // walks the primary key of every client's rows instead.
    found.push(...(await read(and(isNull(first.column), more), order(parts), wanted - found.length)));
  }
  const rows = found.slice(0, ask.limit);
  return { rows, next: found.length > ask.limit ? (rows.at(-1)?.key ?? null) : null };
}

/** A page as it leaves the queries: a row's key is its cursor's business. */
export function withoutKeys<Row extends { readonly key: unknown }, Next>(page: {
  readonly rows: readonly Row[];
  readonly next: Next;
}) {
  return { rows: page.rows.map(({ key: _, ...row }) => row), next: page.next };
}
