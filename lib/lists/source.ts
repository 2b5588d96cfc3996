import { z } from "zod";
import type { ScopedDb } from "#db/client.ts";
import type { KeyPart, KeysetAsk, SortKey } from "#db/queries/common/keyset.ts";
import { isPlainDate } from "#lib/common/dates.ts";
import { Refusal } from "#lib/common/refusal.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { SideSum } from "#lib/common/sums.ts";

/** What an address says: filters, `sort`, `after`, `limit`. */
export type RawSearch = Readonly<Record<string, string | readonly string[] | undefined>>;

interface ListPage<Row> {
  readonly rows: readonly Row[];
  /** The cursor of the next page; null when there is none. */
  readonly next: string | null;
}

export interface ListTotals {
  readonly count: number;
  readonly sums: readonly SideSum[];
}

/** Rows of one client, read by key from what stands in an address. */
export interface ListReader<Row> {
  /** @throws {Refusal} when the address holds something that is no filter, order or cursor of this list */
  page(db: ScopedDb, scope: ClientScope, search: RawSearch): Promise<ListPage<Row>>;
  /** @throws {Refusal} as {@link page} */
  totals(db: ScopedDb, scope: ClientScope, search: RawSearch): Promise<ListTotals>;
}

/** A list of records. */
export interface ListSource<Row> extends ListReader<Row> {
  /** The orders that an index serves, as they stand in an address: `name.asc`. */
  readonly sorts: readonly string[];
  /** What of an address is this list's own and well formed; the rest is left out: for a page, which a hand-typed address should not break. */
  tidy(search: RawSearch): Readonly<Record<string, string>>;
}

export interface ListQuery<Filter> {
  readonly filter: Filter;
  readonly key: SortKey;
  readonly ask: KeysetAsk;
}

/** An address's parameters as they come: each list reads its own. */
export const anySearch = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** A day that a list is narrowed by. */
export const plainDay = z.string().refine(isPlainDate, "A date is written 2026-11-22.").optional();

const DEFAULT_LIMIT = 100;
const MOST_ROWS = 1_000;

const MOMENT = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?[+-]\d{2}(:?\d{2})?$/;
const VALUE_OF: Readonly<Record<KeyPart["type"], z.ZodType<string>>> = {
  text: z.string().max(1_000),
  date: z.string().refine(isPlainDate),
  bigint: z.string().regex(/^-?\d{1,18}$/),
  timestamptz: z.string().regex(MOMENT),
  uuid: z.uuid(),
};

/** A page's end as it travels in an address. */
function writeCursor(key: readonly (string | null)[]): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

function readCursor(text: string, { parts, optional }: SortKey): (string | null)[] {
  const refused = new Refusal("This page's address is not one of ours.");
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text.slice(0, 10_000), "base64url").toString("utf8"));
  } catch {
    throw refused;
  }
  const values = z.array(z.string().nullable()).length(parts.length).safeParse(parsed);
  if (!values.success) throw refused;
  for (const [at, part] of parts.entries()) {
    const value = values.data[at] ?? null;
    const fits = value === null ? at === 0 && optional === true : VALUE_OF[part.type].safeParse(value).success;
    if (!fits) throw refused;
  }
  return values.data;
}

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0];

/** Makes a list from its filters, its orders and its two queries. The first order is the one that it opens with. */
export function defineList<Shape extends z.ZodRawShape, Row>(definition: {
  readonly filter: Shape;
  readonly keys: Readonly<Record<string, SortKey>>;
  /** `name.asc` */
  readonly opensWith: string;
  readonly page: (
    db: ScopedDb,
    scope: ClientScope,
    query: ListQuery<z.output<z.ZodObject<Shape>>>,
  ) => Promise<{ readonly rows: readonly Row[]; readonly next: readonly (string | null)[] | null }>;
  readonly totals: (db: ScopedDb, scope: ClientScope, filter: z.output<z.ZodObject<Shape>>) => Promise<ListTotals>;
}): ListSource<Row> {
  const { keys, opensWith } = definition;
  const names = Object.keys(definition.filter);
  const filterSchema = z.object(definition.filter);
  const sorts = Object.keys(keys).flatMap((name) => [`${name}.asc`, `${name}.desc`]);
  sorts.sort((a, b) => Number(b === opensWith) - Number(a === opensWith));

  // An empty value is how a form says that a filter is not set.
  const given = (search: RawSearch) =>
    Object.fromEntries(names.map((name) => [name, one(search[name])] as const).filter(([, value]) => value));

  const filterOf = (search: RawSearch) => {
    const filter = filterSchema.safeParse(given(search));
    if (!filter.success) {
      const issue = filter.error.issues[0];
      throw new Refusal("The filter contains something we cannot use.", { field: String(issue?.path[0] ?? "") });
    }
    return filter.data;
  };

  return {
    sorts,
    async page(db, scope, search) {
      const sort = one(search.sort) ?? opensWith;
      const [name = "", direction] = sort.split(".");
      const key = Object.hasOwn(keys, name) ? keys[name] : undefined;
      if (!key || (direction !== "asc" && direction !== "desc")) {
        throw new Refusal("This list has no such order.", { field: "sort" });
      }
      const limit = z.coerce
        .number()
        .int()
        .min(1)
        .max(MOST_ROWS)
        .safeParse(one(search.limit) ?? DEFAULT_LIMIT);
      if (!limit.success) throw new Refusal(`A page holds 1 to ${MOST_ROWS} rows.`, { field: "limit" });
      const cursor = one(search.after);
      const after = cursor === undefined ? null : readCursor(cursor, key);
      const page = await definition.page(db, scope, {
        filter: filterOf(search),
        key,
        ask: { direction, after, limit: limit.data },
      });
      return { rows: page.rows, next: page.next && writeCursor(page.next) };
    },
    totals: async (db, scope, search) => definition.totals(db, scope, filterOf(search)),
    tidy(search) {
      const kept: Record<string, string> = {};
      for (const [name, value] of Object.entries(given(search))) {
        if (value !== undefined && filterSchema.safeParse({ [name]: value }).success) kept[name] = value;
      }
      const sort = one(search.sort);
      if (sort !== undefined && sorts.includes(sort)) kept.sort = sort;
      return kept;
    },
  };
}
