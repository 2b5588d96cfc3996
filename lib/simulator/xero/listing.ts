import { type Collection, compare, type Stored } from "#lib/simulator/core/collection.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { meets, parseWhere, QueryParseError, requiredValues, type Value } from "#lib/simulator/xero/where.ts";
import type { Wire, WireObject } from "#lib/simulator/xero/wire.ts";

/** More than this many records in one answer is refused. */
const MOST_RECORDS = 100_000;

export type Listing<One extends Stored> = {
  plural: string;
  collection: Collection<One>;
  /** Whether page and pageSize work. Where they do not, everything comes at once and whole. */
  paged: boolean;
  /** A field by its lower-case name, for `where` and `order`; undefined when there is none. */
  read(one: One, field: string): Value | undefined;
  /** `where` fields that an index answers: lower-case field → index name, or "id". */
  indices: Record<string, string>;
  /** Narrows by parameters of its own; returns null when it has none of them. */
  select?(query: URLSearchParams): One[] | null;
  /** Drops records by parameters of its own; undefined when every record passes. */
  filter?(query: URLSearchParams): ((one: One) => boolean) | undefined;
  /** True when a parameter other than page and pageSize forces paging. */
  forcesPaging?(query: URLSearchParams): boolean;
  wire(one: One, how: { full: boolean; summary: boolean }): WireObject;
};

/** A list call's members of the envelope. @throws {QueryParseError} */
export function list<One extends Stored>(
  tenant: Tenant,
  listing: Listing<One>,
  query: URLSearchParams,
  since: number | null,
): WireObject {
  const { collection } = listing;
  const where = query.get("where");
  const condition = where === null || where.trim() === "" ? null : parseWhere(where);
  const order = query.get("order");
  const wantsPage = query.has("page") || query.has("pageSize") || (listing.forcesPaging?.(query) ?? false);
  const paged = listing.paged && wantsPage;
  const summary = query.get("summaryOnly")?.toLowerCase() === "true";
  const sinceSecond = since === null ? null : Math.floor(since / 1000) * 1000;

  const filters: ((one: One) => boolean)[] = [];
  const own = listing.filter?.(query);
  if (own !== undefined) filters.push(own);
  if (tenant.hiddenUntil.size > 0) {
    const now = tenant.clock.now();
    for (const [id, until] of tenant.hiddenUntil) if (until <= now) tenant.hiddenUntil.delete(id);
    filters.push((one) => (tenant.hiddenUntil.get(one.id) ?? 0) <= now);
  }
  let narrowed = listing.select?.(query) ?? null;
  if (condition !== null) {
    for (const field in listing.indices) {
      if (narrowed !== null) break;
      const values = requiredValues(condition, field);
      const index = listing.indices[field];
      if (values === null || index === undefined) continue;
      const found = new Map<string, One>();
      for (const value of values) {
        const direct = index === "id" ? collection.get(value.toLowerCase()) : undefined;
        for (const one of index === "id"
          ? direct === undefined
            ? []
            : [direct]
          : collection.find(index, value.trim().toLowerCase())) {
          found.set(one.id, one);
        }
      }
      narrowed = [...found.values()].sort(compare);
    }
    filters.push((one) => meets(condition, (field) => listing.read(one, field)));
  }
  if (narrowed !== null && sinceSecond !== null) filters.push((one) => one.updatedAt >= sinceSecond);

  const all = narrowed ?? collection.all();
  const start = narrowed === null && sinceSecond !== null ? collection.startOf(sinceSecond) : 0;
  const page = Math.max(1, wholeNumber(query.get("page"), 1));
  const pageSize = Math.min(1000, Math.max(1, wholeNumber(query.get("pageSize"), 100)));

  let chosen: readonly One[];
  let count: number;
  if (filters.length === 0 && order === null) {
    count = all.length - start;
    chosen = paged
      ? all.slice(start + (page - 1) * pageSize, start + page * pageSize)
      : all.slice(start, start + MOST_RECORDS + 1);
  } else {
    let kept: One[] = [];
    for (let at = start; at < all.length; at += 1) {
      const one = all[at];
      if (one !== undefined && filters.every((passes) => passes(one))) kept.push(one);
    }
    if (order !== null && order.trim() !== "") kept = sorted(kept, order, listing);
    count = kept.length;
    chosen = paged ? kept.slice((page - 1) * pageSize, page * pageSize) : kept;
  }
  if (!paged && chosen.length > MOST_RECORDS)
    throw new QueryParseError("The request matches more than 100,000 records: use paging and filters");
  const how = { full: paged || !listing.paged, summary };
  const elements: Wire[] = chosen.map((one) => listing.wire(one, how));
  return {
    ...(paged ? { pagination: { page, pageSize, pageCount: Math.ceil(count / pageSize), itemCount: count } } : {}),
    [listing.plural]: elements,
  };
}

function wholeNumber(text: string | null, fallback: number): number {
  return text !== null && /^-?\d{1,9}$/.test(text.trim()) ? Number(text) : fallback;
}

function sorted<One extends Stored>(items: One[], order: string, listing: Listing<One>): One[] {
  const parts = order.split(",").map((part) => {
    const match = /^\s*([A-Za-z_.0-9]+)(?:\s+(asc|desc|ascending|descending))?\s*$/i.exec(part);
    if (match === null) throw new QueryParseError(`Syntax error in order '${part}' (at index 0)`);
    return { field: (match[1] ?? "").toLowerCase(), down: (match[2] ?? "").toLowerCase().startsWith("desc") };
  });
  return items.sort((a, b) => {
    for (const { field, down } of parts) {
      const left = listing.read(a, field);
      const right = listing.read(b, field);
      if (left === undefined || right === undefined)
        throw new QueryParseError(`No property or field '${field}' exists (at index 0)`);
      const difference = left === right ? 0 : left === null ? -1 : right === null ? 1 : left < right ? -1 : 1;
      if (difference !== 0) return down ? -difference : difference;
    }
    return compare(a, b);
  });
}

/** Comma-separated parameter values. */
export function listed(query: URLSearchParams, name: string): string[] | null {
  for (const [key, text] of query) {
    if (key.toLowerCase() !== name.toLowerCase() || text.trim() === "") continue;
    return text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  }
  return null;
}
