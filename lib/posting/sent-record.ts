import type { LineTarget, LineTax, OutgoingLine, OutgoingRecord, SeenRecord } from "#lib/common/records.ts";

/** Writes a record as it was sent into JSON: amounts as strings of minor units, since JSON knows no bigint. */
export function sentToJson(record: OutgoingRecord | SeenRecord): Record<string, unknown> {
  return JSON.parse(
    JSON.stringify(record, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value)),
  ) as Record<string, unknown>;
}

/** Reads back what {@link sentToJson} wrote: every key that ends in `Minor` is an amount. */
export function sentFromJson(json: unknown): OutgoingRecord {
  const record = JSON.parse(JSON.stringify(json), (key, value: unknown) =>
    key.endsWith("Minor") && typeof value === "string" ? BigInt(value) : value,
  ) as OutgoingRecord;
  return "lines" in record ? { ...record, lines: record.lines.map(lineFrom) } : record;
}

/** A line as older versions kept it: account and tax by their ids alone. */
interface FlatLine extends Omit<OutgoingLine, "target" | "tax"> {
  readonly accountExternalId: string;
  readonly taxExternalId: string;
}

/** What was sent by an older version is compared and settled as before: its lines say the same in fewer words. */
function lineFrom(line: OutgoingLine | FlatLine): OutgoingLine {
  if ("target" in line) return line;
  const { accountExternalId, taxExternalId, ...rest } = line;
  const target: LineTarget = { account: { externalId: accountExternalId, code: null } };
  const tax: LineTax = { externalId: taxExternalId, rate: null };
  return { ...rest, target, tax };
}
