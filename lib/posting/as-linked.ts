import type { OutgoingRecord } from "#lib/common/records.ts";

/** Ours as it is held against what a person linked it to: a field that is blank there is no difference. */
export const asLinked = (record: OutgoingRecord): OutgoingRecord =>
  record.kind === "customer" || record.kind === "supplier" ? { ...record, linked: true } : record;
