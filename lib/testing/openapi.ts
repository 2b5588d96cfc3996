import { existsSync } from "node:fs";
import { join } from "node:path";
import SwaggerParser from "@apidevtools/swagger-parser";
import { ROOT } from "#lib/start/binaries.ts";
import { type Rule, type Schema, Schemas, type Side } from "./openapi-schema.ts";
import type { Recorded } from "./recorder.ts";

/** The path of an interface description beside the repository; null where it is absent. The product does not ship it. */
export function sharedDescription(file: string): string | null {
  const path = join(ROOT, "..", "shared", "specs", file);
  return existsSync(path) ? path : null;
}

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

/** One place where what crossed the wire is not what the description says. */
export interface Departure {
  readonly side: Side;
  readonly rule:
    | Rule
    | "no-such-path"
    | "path-case"
    | "no-such-method"
    | "no-such-parameter"
    | "no-such-status"
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
/**
 * An OpenAPI 3.0 description against which recorded calls are held.
 *
 * Stricter than a JSON schema says: a property, parameter or header that is not described is a departure. That, Microsoft dates, and
 * departures named by schema and property (so that a known one can be listed once) are what is added to ajv here and in {@link Schemas}.
 */
export class Description {
  readonly #document: Document;
  readonly #schemas: Schemas;
  readonly #at: (reference: string) => unknown;
  readonly #base: string;
  readonly #paths: readonly { readonly template: string; readonly names: readonly string[]; readonly matches: RegExp }[];

  private constructor(document: Document, at: (reference: string) => unknown) {
    this.#document = document;
    this.#schemas = new Schemas(document.components.schemas);
    this.#at = at;
    this.#base = new URL(document.servers[0]?.url ?? "").pathname.replace(/\/$/, "");
    // A path spelled out goes before one with a parameter in the same place.
    this.#paths = Object.keys(document.paths)
      .map((template) => ({
        template,
        names: [...template.matchAll(/\{(\w+)\}/g)].map((name) => name[1] ?? ""),
        matches: new RegExp(`^${template.replace(/\{\w+\}/g, "([^/]+)")}$`, "i"),
      }))
      .sort((a, b) => a.names.length - b.names.length);
  }

  /** Reads a description. It is not held against OpenAPI itself: Xero's own does not pass that. */
  static async read(path: string): Promise<Description> {
    const parser = new SwaggerParser();
    // The library's type has everything optional that OpenAPI has; what is read here is there, or fails by its name.
    const document = (await parser.parse(path)) as unknown as Document;
    return new Description(document, (reference) => parser.$refs.get(reference));
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
    const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) => this.#resolve(one));
    this.#checkParameters(call, url, found.values, parameters, name, note);
    if (operation.security && !/^Bearer \S+$/.test(call.headers.authorization ?? "")) {
      note("request", "missing", `${name} authorization`, "no bearer token");
    }
    this.#checkRequestBody(call, operation, name, note);
    if (call.answer) this.#checkAnswer(call.answer, operation, name, note);
    return { operation: name, departures };
  }

  /** Holds one value against a schema by name, for calls that only the schema describes. */
  checkValue(value: unknown, schema: string, side: Side): Departure[] {
    return this.#schemas
      .faults(value, { $ref: `#/components/schemas/${schema}` }, schema, side)
      .map((fault) => ({ side, ...fault }));
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

  #resolve<Part extends { readonly $ref?: string }>(part: Part): Part {
    // What is referred to in the place of a part is such a part.
    return part.$ref === undefined ? part : this.#resolve(this.#at(part.$ref) as Part);
  }

  #checkParameters(
    call: Recorded,
    url: URL,
    inPath: ReadonlyMap<string, string>,
    parameters: readonly Parameter[],
    name: string,
    note: Note,
  ): void {
    const noted = (rule: Departure["rule"], parameter: string, said: string) =>
      note("request", rule, `${name} ${parameter}`, said);
    const given = (parameter: Parameter): string | null => {
      if (parameter.in === "path") return inPath.get(parameter.name) ?? null;
      if (parameter.in === "query") return url.searchParams.get(parameter.name);
      return call.headers[parameter.name.toLowerCase()] ?? null;
    };
    for (const parameter of parameters) {
      const value = given(parameter);
      if (value === null) {
        if (parameter.required) noted("missing", parameter.name, "it is required");
        continue;
      }
      const place = `${name} ${parameter.name}`;
      const schema = this.#resolve(parameter.schema);
      const faults = this.#schemas.faults(readAs(schema, value), schema, place, "request");
      for (const fault of faults) note("request", fault.rule, fault.place, fault.said);
    }
    const inQuery = [...url.searchParams.keys()];
    for (const query of new Set(inQuery)) {
      if (!parameters.some((one) => one.in === "query" && one.name === query)) noted("no-such-parameter", query, "in the query");
      if (inQuery.filter((other) => other === query).length > 1) noted("type", query, "given twice");
    }
    for (const header of Object.keys(call.headers)) {
      if (TRANSPORT.test(header)) continue;
      if (!parameters.some((one) => one.in === "header" && one.name.toLowerCase() === header)) {
        noted("no-such-parameter", header, "among the headers");
      }
    }
  }

  #checkRequestBody(call: Recorded, operation: Operation, name: string, note: Note): void {
    const body = operation.requestBody && this.#resolve(operation.requestBody);
    if (call.body === "") {
      if (body?.required) note("request", "missing", `${name} body`, "it is required");
      return;
    }
    if (!body) {
      note("request", "no-such-parameter", `${name} body`, "this call has none");
      return;
    }
    this.#checkBody(call.body, call.headers["content-type"], body, { place: name, side: "request" }, note);
  }

  #checkAnswer(answer: NonNullable<Recorded["answer"]>, operation: Operation, name: string, note: Note): void {
    const place = `${name} ${answer.status}`;
    const described = operation.responses[String(answer.status)];
    if (!described) {
      note("answer", "no-such-status", place, answer.body.slice(0, 100));
      return;
    }
    const body = this.#resolve(described);
    if (body.content === undefined) {
      if (answer.body !== "") note("answer", "content-type", place, "a body where none is described");
      return;
    }
    this.#checkBody(answer.body, answer.headers["content-type"], body, { place, side: "answer" }, note);
  }

  #checkBody(text: string, contentType: string | undefined, body: Body, where: Where, note: Note): void {
    const type = contentType?.split(";")[0]?.trim() ?? "";
    const described = body.content?.[type];
    if (!described) {
      note(where.side, "content-type", where.place, `"${type}" is not described`);
      return;
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      note(where.side, "not-json", where.place, text.slice(0, 100));
      return;
    }
    if (described.schema) {
      const faults = this.#schemas.faults(value, described.schema, where.place, where.side);
      for (const { rule, place, said } of faults) note(where.side, rule, place, said);
    }
  }
}

interface Where {
  readonly place: string;
  readonly side: Side;
}
type Note = (side: Side, rule: Departure["rule"], place: string, said: string) => void;

/** A parameter's text as the value that it is by its schema; a text that is no such value stays one, and is told by its type. */
function readAs(schema: Schema, text: string): unknown {
  switch (schema.type) {
    case "integer":
      return /^-?\d+$/.test(text) ? Number(text) : text;
    case "number":
      return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
    case "boolean":
      return text === "true" || text === "false" ? text === "true" : text;
    case "array":
      return text.split(",").map((one) => readAs(schema.items ?? {}, one));
    default:
      return text;
  }
}
