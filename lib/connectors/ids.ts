import { RECORD_KINDS } from "#lib/common/records.ts";
import type { Connector } from "./types.ts";

/** An id as it is compared with others of its package: in one case, where the package's ids come in any. */
export function foldId(connector: Pick<Connector, "idsIgnoreCase">, id: string): string {
  return connector.idsIgnoreCase ? id.toLowerCase() : id;
}

/** Whether two ids are of one record of the package. */
export function sameId(connector: Pick<Connector, "idsIgnoreCase">, one: string, other: string): boolean {
  return foldId(connector, one) === foldId(connector, other);
}

/** The ids that words may mean, whichever kind of record they are of; each once. */
export function idsIn(connector: Pick<Connector, "idIn">, words: string): string[] {
  return [...new Set(RECORD_KINDS.flatMap((kind) => connector.idIn(words, kind) ?? []))];
}
