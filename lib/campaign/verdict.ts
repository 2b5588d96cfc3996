import { checkInvariants } from "#db/queries/practice/invariants.ts";
import { parseMinor } from "#lib/common/money.ts";
import { type ClientScope, jobPracticeScope } from "#lib/common/scope.ts";
import { DAY_S, MINUTE_S } from "#lib/connectors/windows.ts";
import { totalsApart, windowsAbove } from "#lib/posting/invariants.ts";
import { PER_APP_MINUTE, PER_MINUTE } from "#lib/simulator/xero/limits.ts";
import { countStates, exportedTotals, listExported } from "./checks-sql.ts";
import type { ScratchProduct } from "./product.ts";

/** One client's books and the organisation they go to. */
export interface Books {
  readonly scope: ClientScope;
  readonly tenantId: string;
  readonly documents: number;
}

export interface Verdict {
  readonly faults: number;
  readonly lost: number;
  readonly doubled: number;
  readonly wrongLinks: number;
  /** Records that somebody asked for and that are anything but ticked. */
  readonly leftUnknown: number;
  readonly broken: readonly string[];
}

const PER_DAY = 5_000;

/**
 * Holds both sides' books against each other, record by record and in total, and checks every invariant: the database's own, I5 against the
 * package's ledger, I8 against its log of calls.
 */
export async function compareBooks(
  { database, control }: ScratchProduct,
  books: readonly Books[],
  say: (line: string) => void,
  { limits = true }: { limits?: boolean } = {},
): Promise<Verdict> {
  let faults = 0;
  let lost = 0;
  let doubled = 0;
  let wrongLinks = 0;
  let leftUnknown = 0;
  const broken: string[] = [];
  const calls = new Map<string, { at: string; status: number }[]>();
  for (const { scope, tenantId } of books) {
    const { ours, totals, states } = await database.inScope(scope, async (db) => ({
      ours: await listExported(db, scope),
      totals: await exportedTotals(db, scope),
      states: await countStates(db, scope),
    }));
    const ledger = await control.ledger(tenantId);
    const alive = ledger.documents.filter((document) => document.status !== "VOIDED" && document.status !== "DELETED");
    const theirs = Map.groupBy(alive, (document) => `${document.type} ${document.number}`);
    const byId = new Map(alive.map((document) => [document.id, document]));
    for (const document of ours) {
      const found = theirs.get(`${document.kind} ${document.number}`) ?? [];
      const linked = document.externalId === null ? undefined : byId.get(document.externalId);
      if (found.length === 0) lost += 1;
      else if (
        linked?.number !== document.number ||
        linked.type !== document.kind ||
        parseMinor(linked.gross, linked.currency) !== document.grossMinor
      ) {
        wrongLinks += 1;
      }
    }
    const repeats = (names: readonly (string | null)[]) => names.length - new Set(names).size;
    const twice = [...theirs.values()].filter((group) => group.length > 1);
    for (const group of twice)
      say(`twice in the package: ${group[0]?.type} ${group[0]?.number}, ${group.map((one) => one.id).join(", ")}`);
    doubled += twice.reduce((sum, group) => sum + group.length - 1, 0);
    doubled += repeats(ledger.contacts.filter((contact) => contact.status === "ACTIVE").map((contact) => contact.key));
    doubled += repeats(ledger.items.map((item) => item.code));
    leftUnknown += Object.entries(states).reduce(
      (sum, [state, n]) => sum + (["confirmed", "pending"].includes(state) ? 0 : n),
      0,
    );
    broken.push(...totalsApart(totals, ledger.totals));
    const log = await control.calls(tenantId);
    faults += log.filter((call) => call.fault !== null).length;
    calls.set(
      tenantId,
      log.map(({ at, status }) => ({ at, status })),
    );
  }
  if (limits) {
    broken.push(
      ...windowsAbove(calls, [
        { of: "tenant", calls: PER_MINUTE, seconds: MINUTE_S },
        { of: "tenant", calls: PER_DAY, seconds: DAY_S },
        { of: "app", calls: PER_APP_MINUTE, seconds: MINUTE_S },
      ]),
    );
  }
  const practice = jobPracticeScope();
  const found = await database.inScope(practice, (db) => checkInvariants(db, practice, {}));
  for (const { id, rule, count, rows } of found)
    broken.push(`${id} ${rule}: ${count}, as ${rows[0]?.subject}: ${rows[0]?.detail}`);
  const total = [...calls.values()].reduce((sum, of) => sum + of.length, 0);
  say(`the package answered ${total} calls, ${faults} of them with a fault`);
  return { faults, lost, doubled, wrongLinks, leftUnknown, broken };
}
