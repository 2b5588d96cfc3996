import type { ScopedDb } from "#db/client.ts";
import { findLatestPackage } from "#db/queries/connections/connections.ts";
import { type SearchHit, type SearchWords, searchRecords } from "#db/queries/export/record-search.ts";
import { decimalToMinor } from "#lib/common/money.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { idsIn } from "#lib/connectors/ids.ts";
import { listConnectors } from "#lib/connectors/registry.ts";
import type { Connector } from "#lib/connectors/types.ts";

/** An amount as people write it: `1,234.50`, `£1234.50`, `-12`, `12.5 EUR`. */
const AMOUNT = /^(?:[A-Z]{3}\s*)?[-\u2212]?\s*[£$€]?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d{1,3})?(?:\s*[A-Z]{3})?$/i;
const RUN = /^(?:run\s*#?\s*)?(\d{1,9})$/i;
/** One currency of each kind, by its decimals. */
const EXAMPLES = [
  { digits: 2, currency: "GBP" },
  { digits: 0, currency: "JPY" },
  { digits: 3, currency: "KWD" },
] as const;
const EACH = 6;
/** The fewest characters that are looked for as a beginning: one letter begins a tenth of everything. */
const FEWEST = 2;

/** From so many characters on, or as an address, words with an id in them are that id and begin nothing of ours. */
const LONG = 32;

/**
 * What the words may stand for: an id of the package (also within a pasted address), an amount, a run, or a beginning.
 * @param connector of the client's package; null where it was never connected to one
 */
export function readWords(text: string, connector: Pick<Connector, "idIn"> | null): SearchWords {
  const words = text.trim();
  const externalIds = connector === null || words === "" ? [] : idsIn(connector, words);
  const isIdAlone = externalIds.length > 0 && (words.length >= LONG || words.includes("://"));
  const amount = AMOUNT.exec(words);
  const decimal = amount ? `${(amount[1] ?? "").replaceAll(",", "")}${amount[2] ?? ""}` : null;
  const amounts =
    decimal === null
      ? []
      : EXAMPLES.flatMap(({ digits, currency }) => {
          const minor = decimalToMinor(decimal, currency);
          // Nothing stored is longer than eighteen digits.
          return minor === null || minor.toString().length > 18 ? [] : [{ digits, minor: minor.toString() }];
        });
  const run = RUN.exec(words)?.[1];
  return {
    begins: isIdAlone || words.length < FEWEST ? "" : words,
    amounts,
    externalIds,
    // A serial number of the database ends there.
    runNumber: run === undefined ? null : Number(run),
  };
}

/** The client's records that the words may mean, a few of each kind. */
export async function findRecords(db: ScopedDb, scope: ClientScope, text: string): Promise<SearchHit[]> {
  const packageId = await findLatestPackage(db, scope);
  const connector = listConnectors().find((one) => one.id === packageId) ?? null;
  return searchRecords(db, scope, readWords(text, connector), EACH);
}
