import type { DocumentKind, RecordKind } from "#lib/common/records.ts";
import { child, get, type Json, type JsonObject, text } from "../shared/json.ts";
import type { Connection, Message } from "../types.ts";

/** The version of the schema that we speak: its lowest and, by 2026, its highest. */
const MINOR_VERSION = "75";
/** Records of one list in one answer. */
export const PAGE = 1_000;
/** A query longer than this is posted: an address of some 8,000 characters is the most that servers take. */
const LONGEST_QUERY = 3_000;

/** The package's names of what we send and read. */
export type Entity =
  | "Customer"
  | "Vendor"
  | "Item"
  | "Invoice"
  | "Bill"
  | "CreditMemo"
  | "VendorCredit"
  | "Payment"
  | "BillPayment"
  | "JournalEntry";

/** Names that may be inactive: a list leaves those out unless it is asked for them. */
const NAMES: readonly Entity[] = ["Customer", "Vendor", "Item"];

const ENTITIES: Readonly<Partial<Record<RecordKind, Entity>>> = {
  customer: "Customer",
  supplier: "Vendor",
  helper: "Item",
  "sales-invoice": "Invoice",
  bill: "Bill",
  "sales-credit-note": "CreditMemo",
  "supplier-credit-note": "VendorCredit",
  journal: "JournalEntry",
};

/** The entity that records of a kind are there; a payment's follows from its direction. */
export function entityFor(kind: RecordKind): Entity {
  const entity = ENTITIES[kind];
  if (!entity) throw new RangeError(`QuickBooks Online has no one entity for a ${kind}`);
  return entity;
}

const DOCUMENTS: Readonly<Partial<Record<Entity, DocumentKind>>> = {
  Invoice: "sales-invoice",
  Bill: "bill",
  CreditMemo: "sales-credit-note",
  VendorCredit: "supplier-credit-note",
};

/** The kind of document that an entity is; null for what is none. */
export const documentKindOf = (entity: string): DocumentKind | null => DOCUMENTS[entity as Entity] ?? null;

export const isSales = (kind: RecordKind): boolean => kind === "sales-invoice" || kind === "sales-credit-note";

/** A reference to another record: its id alone, since names are localised and renamed. */
export const ref = (value: string): { readonly value: string } => ({ value });

/** The id that a reference under `key` names; null without one. */
export function refIn(object: JsonObject, key: string): string | null {
  const found = child(object, key);
  return found && text(found, "value");
}

/** A moment of theirs, with the offset of their server; null when it is none. */
export function momentOf(value: Json): Date | null {
  if (typeof value !== "string" || !/^\d{4}-\d{2}-\d{2}T/.test(value)) return null;
  const at = new Date(/(?:Z|[+-]\d{2}:?\d{2})$/i.test(value) ? value : `${value}Z`);
  return Number.isNaN(at.getTime()) ? null : at;
}

/** When a record was last changed; null where it does not say. */
export function changedAt(object: JsonObject): Date | null {
  const meta = child(object, "MetaData");
  return meta && momentOf(get(meta, "LastUpdatedTime"));
}

/** A string in their query language, which escapes nothing by itself. */
export const quoted = (value: string): string => `'${value.replace(/\\/g, "\\\\").replace(/'/g, "\\'")}'`;

/** Where a company's books are, below the API's base. */
const company = (connection: Pick<Connection, "tenantId">): string => `/v3/company/${encodeURIComponent(connection.tenantId)}`;

/** A read of one thing by its path. */
export function reading(connection: Connection, operation: string, path: string): Message {
  return {
    operation,
    method: "GET",
    path: `${company(connection)}${path}`,
    query: { minorversion: MINOR_VERSION },
    headers: {},
    body: null,
  };
}

/** A query: in the address, or posted where it is long. */
export function querying(connection: Connection, operation: string, query: string): Message {
  const message = reading(connection, operation, "/query");
  if (query.length <= LONGEST_QUERY) return { ...message, query: { query, ...message.query } };
  return { ...message, method: "POST", headers: { "content-type": "application/text; charset=utf-8" }, body: query };
}

/** A write under a key of ours, as often as it is sent done once. */
export function writing(connection: Connection, operation: string, path: string, key: string, body: unknown): Message {
  return {
    ...reading(connection, operation, path),
    method: "POST",
    query: { minorversion: MINOR_VERSION, requestid: key },
    headers: { "content-type": "application/json; charset=utf-8" },
    body: JSON.stringify(body),
  };
}

/** Says that inactive ones are wanted too, where there are any. */
export const alsoInactive = (entity: Entity): string => (NAMES.includes(entity) ? " AND Active IN (true,false)" : "");
