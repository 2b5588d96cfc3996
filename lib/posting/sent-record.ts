import type { OutgoingRecord, SeenRecord } from "#lib/common/records.ts";

/** Writes a record as it was sent into JSON: amounts as strings of minor units, since JSON knows no bigint. */
export function sentToJson(record: OutgoingRecord | SeenRecord): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(record, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value)),
  ) as Record<string, unknown>;
}

/** Reads back what {@link sentToJson} wrote: every key that ends in `Minor` is an amount. */
export function sentFromJson(json: unknown): OutgoingRecord {
  return JSON.parse(JSON.stringify(json), (key, value: unknown) =>
    key.endsWith("Minor") && typeof value === "string" ? BigInt(value) : value,
  ) as OutgoingRecord;
}
