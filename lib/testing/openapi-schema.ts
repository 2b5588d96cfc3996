import { Ajv2019, type AnySchemaObject, type ErrorObject, type ValidateFunction } from "ajv/dist/2019.js";
import addFormats from "ajv-formats";

export type Side = "request" | "answer";

/** A schema of an OpenAPI 3.0 description. What it may say besides, ajv knows, or refuses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly readOnly?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly "x-is-msdate"?: boolean;
  readonly "x-is-msdate-time"?: boolean;
}

/** What is wrong with a value, in the words of a `Departure`. */
export interface Fault {
  readonly rule: Rule;
  /** `Invoice.Url` (schema and property), or where the whole value stands. */
  readonly place: string;
  readonly said: string;
}

const RULES = {
  required: "missing",
  additionalProperties: "no-such-property",
  unevaluatedProperties: "no-such-property",
  onlyTheirs: "read-only",
  type: "type",
  format: "format",
  "x-is-msdate": "format",
  "x-is-msdate-time": "format",
  enum: "enum",
  maxLength: "too-long",
} as const;
/**
 * `other` is what a description may say too, and none of ours has said so far: a smallest number, a
 * pattern, …
 */
export type Rule = (typeof RULES)[keyof typeof RULES] | "other";

/** What says nothing about a value, beside every extension but those for dates. */
const REMARKS = /^(description|title|example|default|externalDocs|deprecated|xml)$/;
const HEEDED = new Set(["x-is-msdate", "x-is-msdate-time"]);
const COMPOSED = ["allOf", "anyOf", "oneOf"];

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const MS_DATE = /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/;
const DAY_MS = 86_400_000;

/** What a keyword of ours is told beside the value. */
interface Context {
  readonly side: Side;
}

function newAjv(): Ajv2019 {
  // Strict: a keyword or a format that would go unheeded throws. Each schema is a function of its
  // own, made when it is first asked for.
  const ajv = new Ajv2019({
    strict: true,
    strictTypes: true,
    allErrors: true,
    verbose: true,
    passContext: true,
    inlineRefs: false,
  });
  addFormats.default(ajv);
  // Words that ajv knows and does nothing about.
  for (const keyword of ["readOnly", "writeOnly", "contentMediaType", "contentEncoding", "contentSchema"]) {
    ajv.removeKeyword(keyword);
  }
  // Narrower than a standard that takes `urn:uuid:` and a blank for the T.
  ajv.addFormat("uuid", UUID);
  const moment = addFormats.default.get("date-time");
  const isMoment = typeof moment === "object" && "validate" in moment ? moment.validate : null;
  if (typeof isMoment !== "function") throw new Error("ajv-formats knows no moment");
  ajv.addFormat("date-time", (text: string) => DATE_TIME.test(text) && isMoment(text) === true);

  // Where a value stands, for whoever reads the fault.
  ajv.addKeyword({ keyword: "place", schemaType: "string" });
  ajv.addKeyword({
    keyword: "onlyTheirs",
    schemaType: "boolean",
    validate(this: Context) {
      return this.side === "answer";
    },
  });
  for (const keyword of HEEDED) {
    ajv.addKeyword({
      keyword,
      type: "string",
      schemaType: "boolean",
      validate(this: Context, applies: boolean, text: string) {
        if (!applies) return true;
        const ms = MS_DATE.exec(text)?.[1];
        if (ms === undefined) return this.side === "request" && DATE.test(text);
        // A calendar date stands at midnight UTC.
        return keyword === "x-is-msdate-time" || Number(ms) % DAY_MS === 0;
      },
    });
  }
  return ajv;
}

/**
 * The schemas of one OpenAPI 3.0 description, as ajv checks them: made when they are first used.
 *
 * Stricter than they say: a property that no schema of an object describes is a fault, also where
 * the object is composed of several.
 */
export class Schemas {
  readonly #described: Readonly<Record<string, Schema>>;
  readonly #ajv = newAjv();
  readonly #made = new Map<string, ValidateFunction>();

  constructor(described: Readonly<Record<string, Schema>>) {
    this.#described = described;
    const $defs: Record<string, AnySchemaObject> = {};
    for (const [name, schema] of Object.entries(described)) {
      if (!isObject(schema)) continue;
      $defs[name] = this.#translated(schema, name);
      $defs[`${name}.part`] = this.#translated(schema, name, true);
    }
    this.#ajv.addSchema({ $id: "described", $defs });
  }

  /**
   * Holds one value against a schema.
   *
   * @param place where the value as a whole stands
   * @throws {Error} when the schema uses a keyword or a format that would go unheeded, or refers to
   * what is not there
   */
  faults(value: unknown, schema: Schema, place: string, side: Side): Fault[] {
    const key = `${place} ${JSON.stringify(schema)}`;
    const made = this.#made.get(key) ?? this.#ajv.compile(this.#translated(schema, place));
    this.#made.set(key, made);
    const context: Context = { side };
    if (made.call(context, value)) return [];
    const errors = made.errors ?? [];
    const ofType = new Set(errors.filter((one) => one.keyword === "type").map(aboutOf));
    return errors.filter((one) => one.keyword === "type" || !ofType.has(aboutOf(one))).flatMap(faultOf);
  }

  /**
   * A schema in ajv's words.
   *
   * @param isPart whether another one adds properties, so that this one cannot tell which there are
   */
  #translated(schema: Schema, place: string, isPart = false): AnySchemaObject {
    const { $ref, nullable, readOnly, ...own } = schema;
    let made: AnySchemaObject;
    if ($ref !== undefined) made = this.#referred($ref, place, isPart);
    else made = this.#withoutRemarks(own, place, isPart);
    if (nullable) made = { if: { type: "null" }, else: { ...made, place } };
    return { ...made, ...(readOnly ? { onlyTheirs: true } : {}), place };
  }

  /**
   * An object's own places are named by its schema; any other value by the property that it is of.
   */
  #referred($ref: string, place: string, isPart: boolean): AnySchemaObject {
    const name = $ref.slice($ref.lastIndexOf("/") + 1);
    const target = this.#described[name];
    if (!target) throw new Error(`The description refers to ${$ref}, which it lacks`);
    return isObject(target)
      ? { $ref: `described#/$defs/${name}${isPart ? ".part" : ""}` }
      : this.#translated(target, place, isPart);
  }

  #withoutRemarks(schema: Schema, place: string, isPart: boolean): AnySchemaObject {
    const made: Record<string, unknown> = {};
    for (const [keyword, said] of Object.entries(schema)) {
      if (REMARKS.test(keyword) || (keyword.startsWith("x-") && !HEEDED.has(keyword))) continue;
      made[keyword] = said;
    }
    const { properties, items } = schema;
    if (properties) {
      const named = Object.entries(properties);
      made.properties = Object.fromEntries(named.map(([name, one]) => [name, this.#translated(one, `${place}.${name}`)]));
    }
    if (items) made.items = this.#translated(items, place);
    if (isSchema(made.additionalProperties)) made.additionalProperties = this.#translated(made.additionalProperties, place);
    for (const keyword of COMPOSED) {
      const parts = made[keyword];
      if (Array.isArray(parts)) made[keyword] = parts.filter(isSchema).map((one) => this.#translated(one, place, true));
    }
    if (isObject(schema)) made.type ??= "object";
    if (isObject(schema) && !isPart)
      made[COMPOSED.some((keyword) => made[keyword]) ? "unevaluatedProperties" : "additionalProperties"] ??= false;
    // Described as a date, and written as Microsoft writes one.
    if ([...HEEDED].some((keyword) => made[keyword])) delete made.format;
    return made;
  }
}

function isSchema(said: unknown): said is Schema {
  return typeof said === "object" && said !== null;
}

/** Whether a schema says which properties there are; one that says nothing of them takes any. */
function isObject(schema: Schema): boolean {
  return schema.properties !== undefined || COMPOSED.some((keyword) => keyword in schema);
}

/**
 * The value that an error is about: of another type, it is none of the words and has no format,
 * which need not be told too.
 */
const aboutOf = ({ instancePath, parentSchema }: ErrorObject) => `${instancePath} ${parentSchema?.place}`;

function faultOf({ keyword, params, parentSchema, data, instancePath, message }: ErrorObject): Fault[] {
  // It only repeats that the schema within it is not met.
  if (keyword === "if") return [];
  const rule = keyword in RULES ? RULES[keyword as keyof typeof RULES] : "other";
  const property = params.missingProperty ?? params.additionalProperty ?? params.unevaluatedProperty;
  const below = property === undefined ? "" : `.${property}`;
  const shown = JSON.stringify(data)?.slice(0, 80);
  return [{ rule, place: `${parentSchema?.place}${below}`, said: `${instancePath}${below} ${message}: ${shown}` }];
}
