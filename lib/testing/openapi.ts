import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { ROOT } from "#lib/start/binaries.ts";
import type { Recorded } from "./recorder.ts";

/** The path of an interface description beside the repository; null where it is absent. The product does not ship it. */
export function sharedDescription(file: string): string | null {
  const path = join(ROOT, "..", "shared", "specs", file);
  return existsSync(path) ? path : null;
}

type Json = null | boolean | number | string | readonly Json[] | JsonObject;
interface JsonObject {
  readonly [name: string]: Json;
}

/** The part of OpenAPI 3.0 that the descriptions use: no composition, no nullable, no bounds but `maxLength`. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly Json[];
  readonly maxLength?: number;
  readonly readOnly?: boolean;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly "x-is-msdate"?: boolean;
  readonly "x-is-msdate-time"?: boolean;
}
const UNDERSTOOD = new Set(
  "$ref type format enum maxLength readOnly required properties items x-is-msdate x-is-msdate-time".split(" "),
);
/** What says nothing about a value. */
const REMARKS = /^(description|title|example|default|externalDocs|x-.*)$/;

interface Parameter {
  readonly $ref?: string;
  readonly in: "query" | "header" | "path";
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
}
interface Body {
  readonly $ref?: string;
  readonly required?: boolean;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}
interface Operation {
  readonly security?: readonly unknown[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
}
type PathItem = Readonly<Record<string, Operation>> & { readonly parameters?: readonly Parameter[] };
interface Document {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly parameters?: Readonly<Record<string, Parameter>>;
    readonly responses?: Readonly<Record<string, Body>>;
    readonly requestBodies?: Readonly<Record<string, Body>>;
  };
}

export type Side = "request" | "answer";

/** One place where what crossed the wire is not what the description says. */
export interface Departure {
  readonly side: Side;
  readonly rule:
    | "no-such-path"
    | "path-case"
    | "no-such-method"
    | "no-such-parameter"
    | "no-such-property"
    | "no-such-status"
    | "missing"
    | "read-only"
    | "type"
    | "format"
    | "enum"
    | "too-long"
    | "content-type"
    | "not-json";
  /** `Invoice.Url` (schema and property), `GET /Items page` (a parameter), `PUT /Invoices 500` (a status). */
  readonly place: string;
  /** The call and the value, for a reader. */
  readonly said: string;
}

/** What one call came to, in the description's words. */
export interface Checked {
  /** `PUT /Invoices`, with the description's own names of path parameters; null when it describes no such call. */
  readonly operation: string | null;
  readonly departures: readonly Departure[];
}

/** Headers that any HTTP client sends of itself. */
const TRANSPORT =
  /^(host|connection|keep-alive|accept|accept-encoding|accept-language|user-agent|authorization|content-type|content-length|transfer-encoding|cache-control|pragma|sec-fetch-.*)$/;
const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;
const MS_DATE = /^\/Date\((-?\d+)(?:[+-]\d{4})?\)\/$/;
const DAY_MS = 86_400_000;

/**
 * An OpenAPI 3.0 description against which recorded calls are held.
 *
 * Stricter than a JSON schema says: a property, parameter or header that is not described is a departure. That, Microsoft dates, and
 * departures named by schema and property (so that a known one can be listed once) are why this is no general validator.
 */
export class Description {
  readonly #document: Document;
  readonly #base: string;
  readonly #paths: readonly { readonly template: string; readonly names: readonly string[]; readonly matches: RegExp }[];

  /** @throws {Error} when a schema uses a keyword that would go unheeded */
  constructor(path: string) {
    this.#document = parse(readFileSync(path, "utf8"));
    this.#base = new URL(this.#document.servers[0]?.url ?? "").pathname.replace(/\/$/, "");
    // A path spelled out goes before one with a parameter in the same place.
    this.#paths = Object.keys(this.#document.paths)
      .map((template) => ({
        template,
        names: [...template.matchAll(/\{(\w+)\}/g)].map((name) => name[1] ?? ""),
        matches: new RegExp(`^${template.replace(/\{\w+\}/g, "([^/]+)")}$`, "i"),
      }))
      .sort((a, b) => a.names.length - b.names.length);
    for (const [name, schema] of Object.entries(this.#document.components.schemas)) refuseUnheeded(name, schema);
  }

  /** Whether a call is below the description's server address at all. */
  covers(path: string): boolean {
    const { pathname } = new URL(path, "http://described.invalid");
    return pathname.startsWith(`${this.#base}/`) && this.#find(pathname.slice(this.#base.length)) !== null;
  }

  /** Holds one call and its answer against the description. A call that got no answer is checked as far as it went. */
  check(call: Recorded): Checked {
    const url = new URL(call.path, "http://described.invalid");
    const below = url.pathname.slice(this.#base.length);
    const found = this.#find(below, call.method);
    const name = `${call.method} ${found?.template ?? below}`;
    const departures: Departure[] = [];
    const note = (side: Side, rule: Departure["rule"], place: string, said: string) =>
      departures.push({ side, rule, place, said: `${call.method} ${call.path}: ${said}` });
    if (!found) {
      note("request", "no-such-path", name, below);
      return { operation: null, departures };
    }
    if (!found.sameCase) note("request", "path-case", name, below);
    const item = this.#document.paths[found.template];
    const operation = item?.[call.method.toLowerCase()];
    if (!item || !operation) {
      note("request", "no-such-method", name, call.method);
      return { operation: null, departures };
    }
    const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) =>
      this.#resolve(one, this.#document.components.parameters),
    );
    this.#checkParameters(call, url, found.values, parameters, (rule, parameter, said) =>
      note("request", rule, `${name} ${parameter}`, said),
    );
    if (operation.security && !/^Bearer \S+$/.test(call.headers.authorization ?? "")) {
      note("request", "missing", `${name} authorization`, "no bearer token");
    }
    this.#checkRequestBody(call, operation, name, note);
    if (call.answer) this.#checkAnswer(call.answer, operation, name, note);
    return { operation: name, departures };
  }

  /** Holds one value against a schema by name, for calls that only the schema describes. */
  checkValue(value: unknown, schema: string, side: Side): Departure[] {
    const departures: Departure[] = [];
    this.#walk(value as Json, { $ref: `#/components/schemas/${schema}` }, { place: schema, at: schema, side }, (one) =>
      departures.push(one),
    );
    return departures;
  }

  /** The path that a call is one of: where several fit, one that has the method. */
  #find(below: string, method = ""): { template: string; sameCase: boolean; values: ReadonlyMap<string, string> } | null {
    const fitting = this.#paths.filter(({ matches }) => matches.test(below));
    const path = fitting.find(({ template }) => this.#document.paths[template]?.[method.toLowerCase()]) ?? fitting[0];
    const match = path?.matches.exec(below);
    if (!path || !match) return null;
    const { template, names } = path;
    const written = names.reduce((text, name, at) => text.replace(`{${name}}`, match[at + 1] ?? ""), template);
    const values = new Map(names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? "")]));
    return { template, sameCase: written === below, values };
  }

  #resolve<Part extends { readonly $ref?: string }>(part: Part, among: Readonly<Record<string, Part>> | undefined): Part {
    if (part.$ref === undefined) return part;
    const target = among?.[part.$ref.slice(part.$ref.lastIndexOf("/") + 1)];
    if (!target) throw new Error(`The description refers to ${part.$ref}, which it lacks`);
    return this.#resolve(target, among);
  }

  #checkParameters(
    call: Recorded,
    url: URL,
    inPath: ReadonlyMap<string, string>,
    parameters: readonly Parameter[],
    note: (rule: Departure["rule"], parameter: string, said: string) => void,
  ): void {
    const given = (parameter: Parameter): string | null => {
      if (parameter.in === "path") return inPath.get(parameter.name) ?? null;
      if (parameter.in === "query") return url.searchParams.get(parameter.name);
      return call.headers[parameter.name.toLowerCase()] ?? null;
    };
    for (const parameter of parameters) {
      const value = given(parameter);
      if (value === null) {
        if (parameter.required) note("missing", parameter.name, "it is required");
        continue;
      }
      for (const [rule, said] of faultsOfText(value, parameter.schema)) note(rule, parameter.name, said);
    }
    const inQuery = [...url.searchParams.keys()];
    for (const name of new Set(inQuery)) {
      if (!parameters.some((one) => one.in === "query" && one.name === name)) note("no-such-parameter", name, "in the query");
      if (inQuery.filter((other) => other === name).length > 1) note("type", name, "given twice");
    }
    for (const name of Object.keys(call.headers)) {
      if (TRANSPORT.test(name)) continue;
      if (!parameters.some((one) => one.in === "header" && one.name.toLowerCase() === name)) {
        note("no-such-parameter", name, "among the headers");
      }
    }
  }

  #checkRequestBody(call: Recorded, operation: Operation, name: string, note: Note): void {
    const body = operation.requestBody && this.#resolve(operation.requestBody, this.#document.components.requestBodies);
    if (call.body === "") {
      if (body?.required) note("request", "missing", `${name} body`, "it is required");
      return;
    }
    if (!body) {
      note("request", "no-such-parameter", `${name} body`, "this call has none");
      return;
    }
    this.#checkBody(call.body, call.headers["content-type"], body, { place: name, at: "", side: "request" }, note);
  }

  #checkAnswer(answer: NonNullable<Recorded["answer"]>, operation: Operation, name: string, note: Note): void {
    const place = `${name} ${answer.status}`;
    const described = operation.responses[String(answer.status)];
    if (!described) {
      note("answer", "no-such-status", place, answer.body.slice(0, 100));
      return;
    }
    const body = this.#resolve(described, this.#document.components.responses);
    if (body.content === undefined) {
      if (answer.body !== "") note("answer", "content-type", place, "a body where none is described");
      return;
    }
    this.#checkBody(answer.body, answer.headers["content-type"], body, { place, at: "", side: "answer" }, note);
  }

  #checkBody(text: string, contentType: string | undefined, body: Body, where: Where, note: Note): void {
    const type = contentType?.split(";")[0]?.trim() ?? "";
    const described = body.content?.[type];
    if (!described) {
      note(where.side, "content-type", where.place, `"${type}" is not described`);
      return;
    }
    let value: Json;
    try {
      value = JSON.parse(text);
    } catch {
      note(where.side, "not-json", where.place, text.slice(0, 100));
      return;
    }
    if (described.schema) {
      this.#walk(value, described.schema, where, (one) => note(one.side, one.rule, one.place, one.said));
    }
  }

  #walk(value: Json, schema: Schema, where: Where, found: (departure: Departure) => void): void {
    const note = (rule: Departure["rule"], place: string, said: string) =>
      found({ side: where.side, rule, place, said: `${where.at} ${said}` });
    if (schema.$ref !== undefined) {
      const name = schema.$ref.slice(schema.$ref.lastIndexOf("/") + 1);
      const target = this.#document.components.schemas[name];
      if (!target) throw new Error(`The description refers to ${schema.$ref}, which it lacks`);
      // A value's own place stays that of the property; the places below it are those of the schema.
      const isObject = target.properties !== undefined;
      this.#walk(value, target, isObject ? { ...where, place: name } : where, found);
      return;
    }
    const type = schema.type ?? (schema.properties ? "object" : undefined);
    if (type === "array") {
      if (Array.isArray(value)) this.#walkList(value, schema.items ?? {}, where, found);
      else note("type", where.place, `is ${shown(value)}, not a list`);
      return;
    }
    if (type === "object") {
      if (isObject(value)) this.#walkObject(value, schema, where, found);
      else note("type", where.place, `is ${shown(value)}, not an object`);
      return;
    }
    for (const [rule, said] of faultsOfValue(value, schema, type, where.side)) note(rule, where.place, said);
  }

  #walkList(values: readonly Json[], schema: Schema, where: Where, found: (departure: Departure) => void): void {
    for (const [index, one] of values.entries()) this.#walk(one, schema, { ...where, at: `${where.at}[${index}]` }, found);
  }

  #walkObject(value: JsonObject, schema: Schema, where: Where, found: (departure: Departure) => void): void {
    for (const name of schema.required ?? []) {
      if (Object.hasOwn(value, name)) continue;
      found({ side: where.side, rule: "missing", place: `${where.place}.${name}`, said: `${where.at} has no ${name}` });
    }
    for (const [name, one] of Object.entries(value)) {
      const property = schema.properties?.[name];
      const below: Where = { ...where, place: `${where.place}.${name}`, at: `${where.at}.${name}` };
      const note = (rule: Departure["rule"]) =>
        found({ side: where.side, rule, place: below.place, said: `${below.at} ${shown(one)}` });
      if (property) {
        if (property.readOnly && where.side === "request") note("read-only");
        this.#walk(one, property, below, found);
      } else if (schema.properties) note("no-such-property");
    }
  }
}

interface Where {
  readonly place: string;
  readonly at: string;
  readonly side: Side;
}
type Note = (side: Side, rule: Departure["rule"], place: string, said: string) => void;

function refuseUnheeded(name: string, schema: Schema): void {
  for (const keyword of Object.keys(schema)) {
    if (!UNDERSTOOD.has(keyword) && !REMARKS.test(keyword)) throw new Error(`${name} uses ${keyword}, which is not checked`);
  }
  for (const [property, one] of Object.entries(schema.properties ?? {})) refuseUnheeded(`${name}.${property}`, one);
  if (schema.items) refuseUnheeded(name, schema.items);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const shown = (value: Json) => JSON.stringify(value).slice(0, 80);

/** A parameter's text by its schema. */
function* faultsOfText(text: string, schema: Schema): Generator<[Departure["rule"], string]> {
  switch (schema.type) {
    case "integer":
      if (!/^-?\d+$/.test(text)) yield ["type", `"${text}" is no whole number`];
      return;
    case "number":
      if (!/^-?\d+(\.\d+)?$/.test(text)) yield ["type", `"${text}" is no number`];
      return;
    case "boolean":
      if (text !== "true" && text !== "false") yield ["type", `"${text}" is neither true nor false`];
      return;
    case "array":
      for (const one of text.split(",")) yield* faultsOfText(one, schema.items ?? {});
      return;
    default:
      yield* faultsOfString(text, schema, "request");
  }
}

function* faultsOfValue(
  value: Json,
  schema: Schema,
  type: string | undefined,
  side: Side,
): Generator<[Departure["rule"], string]> {
  switch (type) {
    case undefined:
      return;
    case "string":
      if (typeof value === "string") yield* faultsOfString(value, schema, side);
      else yield ["type", `is ${shown(value)}, not text`];
      return;
    case "boolean":
      if (typeof value !== "boolean") yield ["type", `is ${shown(value)}, neither true nor false`];
      return;
    case "integer":
      if (!Number.isInteger(value)) yield ["type", `is ${shown(value)}, not a whole number`];
      return;
    case "number":
      if (typeof value !== "number") yield ["type", `is ${shown(value)}, not a number`];
      return;
    default:
      yield ["type", `is of the type ${type}, which is not checked`];
  }
}

function* faultsOfString(text: string, schema: Schema, side: Side): Generator<[Departure["rule"], string]> {
  if (schema.enum && !schema.enum.includes(text)) yield ["enum", `"${text}" is none of the words`];
  if (schema.maxLength !== undefined && text.length > schema.maxLength) {
    yield ["too-long", `${text.length} characters, not ${schema.maxLength}`];
  }
  if (schema["x-is-msdate"] || schema["x-is-msdate-time"]) {
    const ms = MS_DATE.exec(text)?.[1];
    if (ms === undefined && (side === "answer" || !DATE.test(text))) yield ["format", `"${text}" is no Microsoft date`];
    // A calendar date stands at midnight UTC.
    if (ms !== undefined && schema["x-is-msdate"] && Number(ms) % DAY_MS !== 0) yield ["format", `"${text}" is not midnight`];
    return;
  }
  const fits: Readonly<Record<string, RegExp>> = { uuid: UUID, date: DATE, "date-time": DATE_TIME };
  if (schema.format !== undefined && fits[schema.format]?.test(text) === false) {
    yield ["format", `"${text}" is no ${schema.format}`];
  }
}
