import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Description } from "./openapi.ts";
import type { Recorded } from "./recorder.ts";

const folder = mkdtempSync(join(tmpdir(), "greentick-openapi-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
/** A description of our own: what every package's is made of, in a few lines. */
function described(schemas: string): Promise<Description> {
  files += 1;
  const path = join(folder, `${files}.yaml`);
  writeFileSync(
    path,
    `openapi: 3.0.3
info: { title: Ours, version: "1" }
servers: [{ url: https://example.test/v1 }]
paths:
  /Notes/{id}:
    put:
      security: [{ token: [] }]
      parameters:
        - { in: path, name: id, required: true, schema: { type: string, format: uuid } }
        - { in: query, name: page, schema: { type: integer } }
        - { in: query, name: only, schema: { type: array, items: { type: string, enum: [OPEN, PAID] } } }
        - { in: query, name: rate, schema: { type: number } }
        - { in: query, name: full, schema: { type: boolean } }
      requestBody:
        required: true
        content: { application/json: { schema: { $ref: "#/components/schemas/Note" } } }
      responses:
        200: { $ref: "#/components/responses/Taken" }
components:
  responses:
    Taken:
      description: It is taken
      content:
        application/json: { schema: { type: array, items: { $ref: "#/components/schemas/Note" } } }
  schemas:
${schemas.replace(/^/gm, "    ")}`,
  );
  return Description.read(path);
}

const SCHEMAS = `
Status: { type: string, enum: [OPEN, PAID], x-enum-varnames: [open, paid] }
Party:
  type: object
  required: [id]
  properties: { id: { type: string, format: uuid }, name: { type: string, maxLength: 10 } }
Line:
  properties: { net: { type: number, format: double, x-is-money: true }, count: { type: integer, format: int32 } }
Note:
  type: object
  required: [number]
  description: What it is
  externalDocs: { url: https://example.test }
  x-objectArrayKey: notes
  properties:
    number: { type: string, example: N-1 }
    status: { $ref: "#/components/schemas/Status", type: string }
    party: { $ref: "#/components/schemas/Party" }
    lines: { type: array, items: { $ref: "#/components/schemas/Line" } }
    paid: { type: boolean, default: false }
    on: { type: string, format: date }
    at: { type: string, format: date-time }
    issued: { type: string, format: date, x-is-msdate: true }
    changed: { type: string, x-is-msdate-time: true, readOnly: true }
    free: { type: object }
    before: { $ref: "#/components/schemas/Note" }
`;

const ID = "6a4dbb1f-0f6b-4a07-8c39-1f5e3a6f0b11";
const NOTE = {
  number: "N-1",
  status: "OPEN",
  party: { id: ID, name: "Rope" },
  lines: [{ net: 12.5, count: 1 }, { net: 0 }],
  paid: true,
  on: "2026-11-30",
  at: "2026-11-30T10:00:00.123Z",
  free: { anything: 1 },
  before: { number: "N-0", before: { number: "N-00" } },
};
const CALL: Recorded = {
  method: "PUT",
  path: `/v1/Notes/${ID}?page=2&only=OPEN,PAID&rate=0.5&full=true`,
  headers: { authorization: "Bearer x", "content-type": "application/json" },
  body: JSON.stringify({ ...NOTE, issued: "2026-11-30" }),
  answer: null,
};

describe("a value that is held against its schema", () => {
  let ours: Description;
  beforeAll(async () => {
    ours = await described(SCHEMAS);
  });
  const faults = (over: object, side: "request" | "answer" = "request") =>
    ours.checkValue({ ...NOTE, ...over }, "Note", side).map(({ rule, place }) => `${rule} ${place}`);

  it("passes when it is what is described", () => {
    expect(faults({})).toEqual([]);
    expect(faults({ issued: "2026-11-30" })).toEqual([]);
    expect(faults({ issued: "/Date(1793318400000+0000)/", changed: "/Date(1793318400123)/" }, "answer")).toEqual([]);
  });

  // Each was told by the same rule and place before ajv told it.
  it.each<[what: string, fault: string, over: object]>([
    ["a field too many", "no-such-property Note.colour", { colour: "red" }],
    ["a field too many further in", "no-such-property Line.gross", { lines: [{ net: 1, gross: 1 }] }],
    ["a field in another case", "no-such-property Note.Paid", { Paid: true }],
    ["another word", "enum Note.status", { status: "VOID" }],
    ["a number as text", "type Line.net", { lines: [{ net: "12.50" }] }],
    ["a text as a number", "type Note.number", { number: 1 }],
    ["a part of a whole number", "type Line.count", { lines: [{ count: 1.5 }] }],
    ["a word for a truth", "type Note.paid", { paid: "true" }],
    ["null", "type Note.on", { on: null }],
    ["null for an object", "type Party", { party: null }],
    ["a list for an object", "type Party", { party: [] }],
    ["an object for a list", "type Note.lines", { lines: {} }],
    ["a text in a list of objects", "type Line", { lines: ["one"] }],
    ["a required field left out", "missing Party.id", { party: { name: "Rope" } }],
    ["a text that is too long", "too-long Party.name", { party: { id: ID, name: "Rope & Sons" } }],
    ["an id that is none", "format Party.id", { party: { id: "C-1" } }],
    ["an id as a name", "format Party.id", { party: { id: `urn:uuid:${ID}` } }],
    ["a date as the British write it", "format Note.on", { on: "30/11/2026" }],
    ["a date with a time", "format Note.on", { on: "2026-11-30T00:00:00" }],
    ["a moment without a zone", "format Note.at", { at: "2026-11-30T10:00:00" }],
    ["a moment with a blank", "format Note.at", { at: "2026-11-30 10:00:00Z" }],
    ["what only they set", "read-only Note.changed", { changed: "/Date(1793318400123)/" }],
    ["a Microsoft date that is none", "format Note.issued", { issued: "30 November" }],
    ["a fault deep down", "no-such-property Note.colour", { before: { number: "1", before: { number: "2", colour: 1 } } }],
  ])("is told of %s", (_what, fault, over) => {
    expect(faults(over)).toEqual([fault]);
  });

  it.each<[what: string, fault: string, over: object]>([
    ["a date in an answer that is not Microsoft's", "format Note.issued", { issued: "2026-11-30" }],
    ["a date that is no midnight", "format Note.issued", { issued: "/Date(1793318400123)/" }],
  ])("is told of %s", (_what, fault, over) => {
    expect(faults(over, "answer")).toEqual([fault]);
  });

  it("is told of what was let pass before: a day and an hour that are not, and a number beyond its bits", () => {
    expect(faults({ on: "2026-02-30" })).toEqual(["format Note.on"]);
    expect(faults({ at: "2026-11-30T25:00:00Z" })).toEqual(["format Note.at"]);
    expect(faults({ lines: [{ count: 2 ** 31 }] })).toEqual(["format Line.count"]);
  });

  it("is told of every fault that it has", () => {
    expect(faults({ number: 1, colour: "red", status: "VOID" }).sort()).toEqual([
      "enum Note.status",
      "no-such-property Note.colour",
      "type Note.number",
    ]);
  });
});

describe("a call that is held against its description", () => {
  let ours: Description;
  beforeAll(async () => {
    ours = await described(SCHEMAS);
  });
  const departures = (over: Partial<Recorded>) =>
    ours.check({ ...CALL, ...over }).departures.map(({ side, rule, place }) => `${side} ${rule} ${place}`);
  const at = (query: string) => ({ path: `/v1/Notes/${ID}?${query}` });
  const answered = (body: unknown, over = {}) => ({
    answer: { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body), ...over },
  });

  it("passes when it is what is described, and its answer too", () => {
    expect(departures({})).toEqual([]);
    expect(departures(answered([NOTE, NOTE]))).toEqual([]);
  });

  it.each<[fault: string, over: Partial<Recorded>]>([
    ["request type PUT /Notes/{id} page", at("page=two")],
    ["request type PUT /Notes/{id} page", at("page=1e3")],
    ["request type PUT /Notes/{id} page", at("page=1&page=2")],
    ["request enum PUT /Notes/{id} only", at("only=OPEN,VOID")],
    ["request type PUT /Notes/{id} rate", at("rate=.5")],
    ["request type PUT /Notes/{id} full", at("full=1")],
    ["request no-such-parameter PUT /Notes/{id} size", at("size=1")],
    ["request format PUT /Notes/{id} id", { path: "/v1/Notes/7" }],
    ["request no-such-property Note.colour", { body: JSON.stringify({ ...NOTE, colour: 1 }) }],
    ["request not-json PUT /Notes/{id}", { body: "{" }],
    ["request missing PUT /Notes/{id} body", { body: "" }],
    ["answer no-such-property Note.colour", answered([{ ...NOTE, colour: 1 }])],
    ["answer type PUT /Notes/{id} 200", answered(NOTE)],
    ["answer no-such-status PUT /Notes/{id} 404", answered([], { status: 404 })],
    ["answer content-type PUT /Notes/{id} 200", answered([], { headers: {} })],
  ])("is told of: %s", (fault, over) => {
    expect(departures(over)).toEqual([fault]);
  });
});

describe("a schema that is composed of others, or takes null", () => {
  let ours: Description;
  beforeAll(async () => {
    ours = await described(`
Thing: { type: object, required: [id], properties: { id: { type: string } } }
Named: { allOf: [{ $ref: "#/components/schemas/Thing" }, { type: object, properties: { name: { type: string } } }] }
Sale:
  allOf:
    - $ref: "#/components/schemas/Named"
    - type: object
      required: [total]
      properties:
        total: { type: number }
        due: { type: string, format: date, nullable: true }
        state: { type: string, enum: [OPEN], nullable: true }
        party: { nullable: true, allOf: [{ $ref: "#/components/schemas/Thing" }] }
        more: { type: object, additionalProperties: { type: integer } }
Note: { $ref: "#/components/schemas/Sale" }
`);
  });
  const SALE = { id: "1", name: "One", total: 1, due: null, state: null, party: null, more: { any: 1 } };
  const faults = (over: object) =>
    ours.checkValue({ ...SALE, ...over }, "Sale", "request").map(({ rule, place }) => `${rule} ${place}`);

  it("passes with what each of them describes, and with null", () => {
    expect(faults({})).toEqual([]);
    expect(faults({ due: "2026-11-30", state: "OPEN", party: { id: "2" } })).toEqual([]);
  });

  it.each<[what: string, fault: string, over: object]>([
    ["what none of them describes", "no-such-property Sale.colour", { colour: "red" }],
    ["what none describes, further in", "no-such-property Sale.party.colour", { party: { id: "2", colour: "red" } }],
    ["what the first requires", "missing Thing.id", { id: undefined }],
    ["what the last requires", "missing Sale.total", { total: undefined }],
    ["another type in the first", "type Thing.id", { id: 1 }],
    ["another type beside null", "type Sale.due", { due: 1 }],
    ["another date beside null", "format Sale.due", { due: "tomorrow" }],
    ["another word beside null", "enum Sale.state", { state: "PAID" }],
    ["null where it is not taken", "type Named.name", { name: null }],
    ["another type under a free name", "type Sale.more", { more: { any: "one" } }],
  ])("is told of %s", (_what, fault, over) => {
    const sale = JSON.parse(JSON.stringify({ ...SALE, ...over }));
    const found = ours.checkValue(sale, "Sale", "request");
    expect(found.map(({ rule, place }) => `${rule} ${place}`)).toEqual([fault]);
  });
});

describe("a description that says what would go unheeded", () => {
  it.each<[what: string, schemas: string, message: string]>([
    ["a keyword", "Note: { type: string, madeUp: 1 }", "madeUp"],
    ["a keyword of a property", "Note: { properties: { a: { type: string, writeOnly: true } } }", "writeOnly"],
    ["a format", "Note: { properties: { a: { type: string, format: sort-code } } }", "sort-code"],
    ["a schema that is not there", `Note: { properties: { a: { $ref: "#/components/schemas/Gone" } } }`, "Gone"],
  ])("is refused for %s", async (_what, schemas, message) => {
    const check = async () => (await described(schemas)).checkValue({}, "Note", "request");
    await expect(check()).rejects.toThrow(message);
  });

  it("is refused as no OpenAPI 3.0 by its version", async () => {
    const path = join(folder, "other.yaml");
    writeFileSync(path, "openapi: 4.0.0\ninfo: { title: x, version: '1' }\npaths: {}\n");
    await expect(Description.read(path)).rejects.toThrow("4.0.0");
  });
});
