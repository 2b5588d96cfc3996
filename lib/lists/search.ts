import type { ScopedDb } from "#db/client.ts";
import { type SearchHit, type SearchWords, searchRecords } from "#db/queries/export/record-search.ts";
import { decimalToMinor } from "#lib/common/money.ts";
import type { ClientScope } from "#lib/common/scope.ts";

const GUID = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/i;
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

/** What the words may stand for: a package's id (also within a pasted address), an amount, a run, or a beginning. */
export function readWords(text: string): SearchWords {
  const words = text.trim();
  const externalId = GUID.exec(words)?.[0].toLowerCase() ?? null;
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
    begins: externalId !== null || words.length < FEWEST ? "" : words,
    amounts,
    externalId,
    // A serial number of the database ends there.
    runNumber: run === undefined ? null : Number(run),
  };
}

/** The client's records that the words may mean, a few of each kind. */
export async function findRecords(db: ScopedDb, scope: ClientScope, text: string): Promise<SearchHit[]> {
  return searchRecords(db, scope, readWords(text), EACH);
}
