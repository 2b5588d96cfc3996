import { answered } from "#lib/simulator/quickbooks-online/answered.ts";
import { type Entity, isEntity, NAME_LISTS } from "#lib/simulator/quickbooks-online/fields.ts";
import type { Kept, Tenant } from "#lib/simulator/quickbooks-online/tenant.ts";
import { isObject, Refused, type Wire, type WireObject } from "#lib/simulator/quickbooks-online/wire.ts";

const MOST = 1_000;
const SHAPE =
  /^\s*select\s+\*\s+from\s+(\w+)(?:\s+where\s+(.+?))?(?:\s+order\s*by\s+([\w.]+)(?:\s+(asc|desc))?)?(?:\s+startposition\s+(\d+))?(?:\s+maxresults\s+(\d+))?\s*$/is;
const CONDITION =
  /([\w.]+)\s*(=|<=|>=|<|>|in)\s*(\((?:[^()']|'(?:\\.|[^'\\])*')*\)|'(?:\\.|[^'\\])*'|true|false)\s*(?:and\s+|$)/iy;

const parseError = (why: string) => new Refused("4000", "Error parsing query", `QueryParserError: ${why}`);

type Condition = { field: string; operator: string; values: string[] };

/** @throws {Refused} 4000, 4001 */
function conditionsOf(text: string): Condition[] {
  const found: Condition[] = [];
  CONDITION.lastIndex = 0;
  while (CONDITION.lastIndex < text.length) {
    const match = CONDITION.exec(text);
    if (!match) throw parseError(`Encountered "${text.slice(0, 40)}"`);
    const [, field = "", operator = "", said = ""] = match;
    const values = [...said.matchAll(/'((?:\\.|[^'\\])*)'|true|false/gi)].map(([whole, inner]) =>
      inner === undefined ? whole.toLowerCase() : inner.replace(/\\(.)/g, "$1"),
    );
    if (field === "Id" && !["=", "in"].includes(operator.toLowerCase()))
      throw new Refused("4001", "Invalid query", "QueryValidationError: Property Id is not filterable by this operator");
    found.push({ field, operator: operator.toLowerCase(), values });
  }
  return found;
}

/** A field's value by its path; of a reference the id that it names. */
function fieldOf(object: WireObject, path: string): string {
  let value: Wire | undefined = object;
  for (const name of path.split(".")) value = isObject(value) ? value[name] : undefined;
  if (isObject(value)) value = value.value;
  return value === undefined || value === null ? "" : String(value);
}

function holds(object: WireObject, { field, operator, values }: Condition): boolean {
  const said = fieldOf(object, field);
  const isTime = field.endsWith("Time");
  const of = (text: string) => (isTime ? Date.parse(text) : text);
  const [value = ""] = values;
  const [ours, theirs] = [of(said), of(value)];
  switch (operator) {
    case "=":
      return said === value;
    case "in":
      return values.includes(said);
    case "<":
      return ours < theirs;
    case "<=":
      return ours <= theirs;
    case ">":
      return ours > theirs;
    default:
      return ours >= theirs;
  }
}

/** Answers one query. @throws {Refused} */
export function answerQuery(tenant: Tenant, text: string): WireObject {
  const match = SHAPE.exec(text);
  if (!match) throw parseError("Encountered an unexpected token");
  const [, name = "", where, order, direction, from = "1", most = "100"] = match;
  if (name === "CompanyCurrency") {
    const foreign = tenant.info.currencies.filter((one) => one !== tenant.info.currency);
    return { CompanyCurrency: foreign.map((Code) => ({ Code, Active: true })) };
  }
  if (!isEntity(name)) throw new Refused("4001", "Invalid query", `QueryValidationError: metadata not found for ${name}`);
  if (Number(from) < 1)
    throw new Refused("4001", "Invalid query", `QueryValidationError: value ${from} is too small. Min allowed value is 1`);
  if (order === "Id") throw new Refused("4001", "Invalid query", "QueryValidationError: property Id is not sortable");
  const conditions = where === undefined ? [] : conditionsOf(where);
  const asksActive = conditions.some(({ field }) => field === "Active");
  const found = shown(tenant, name)
    .filter((one) => asksActive || !NAME_LISTS.includes(name) || one.body.Active !== false)
    .map((one) => answered(tenant, name, one))
    .filter((one) => conditions.every((condition) => holds(one, condition)));
  const sorted = order === undefined ? found : found.toSorted((a, b) => (fieldOf(a, order) < fieldOf(b, order) ? -1 : 1));
  if (direction?.toLowerCase() === "desc") sorted.reverse();
  const page = sorted.slice(Number(from) - 1).slice(0, Math.min(MOST, Number(most)));
  return page.length === 0 ? {} : { [name]: page, startPosition: from, maxResults: String(page.length) };
}

const shown = (tenant: Tenant, entity: Entity): Kept[] =>
  tenant
    .part(entity)
    .all()
    .filter((one) => tenant.shows(one.id));

/** What changed of these entities since a moment: whole objects, and of what was deleted its id. */
export function changesSince(tenant: Tenant, entities: readonly string[], since: number): WireObject[] {
  let left = MOST;
  return entities.filter(isEntity).map((entity): WireObject => {
    const changed = shown(tenant, entity)
      .filter((one) => one.updatedAt >= since)
      .map((one) => answered(tenant, entity, one));
    const gone = tenant
      .part("Gone")
      .all()
      .filter((one) => one.entity === entity && one.updatedAt >= since)
      .map(
        (one): WireObject => ({
          domain: "QBO",
          status: "Deleted",
          Id: one.id,
          MetaData: { LastUpdatedTime: new Date(one.updatedAt).toISOString() },
        }),
      );
    const all = [...changed, ...gone].slice(0, left);
    left -= all.length;
    return all.length === 0 ? {} : { [entity]: all, startPosition: "1", maxResults: String(all.length) };
  });
}
