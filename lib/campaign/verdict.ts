import { checkInvariants } from "#db/queries/practice/invariants.ts";
import { type ClientScope, jobPracticeScope } from "#lib/common/scope.ts";
import { DEMO_PACKAGE } from "#lib/connectors/environment.ts";
import { countsEveryCall } from "#lib/connectors/windows.ts";
import { totalsApart, windowsAbove } from "#lib/posting/invariants.ts";
import { countStates, type ExportedDocument, exportedTotals, listExported } from "./checks-sql.ts";
import type { Held, PlayedPackage } from "./played.ts";
import type { ScratchProduct } from "./product.ts";
import { simulatedPackage } from "./simulated.ts";

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

/**
 * Holds both sides' books against each other, record by record and in total, and checks every invariant: the database's own, I5 against the
 * package's ledger, I8 against its log of calls.
 * @param played the package; the demo's own without it
 */
export async function compareBooks(
  product: ScratchProduct,
  books: readonly Books[],
  say: (line: string) => void,
  {
    limits = true,
    played = simulatedPackage(DEMO_PACKAGE, product),
  }: { readonly limits?: boolean; readonly played?: PlayedPackage } = {},
): Promise<Verdict> {
  const { database } = product;
  const sum = { faults: 0, lost: 0, doubled: 0, wrongLinks: 0, leftUnknown: 0 };
  const broken: string[] = [];
  const calls = new Map<string, Held["calls"]>();
  const causes: string[] = [];
  for (const { scope, tenantId } of books) {
    const { ours, totals, states } = await database.inScope(scope, async (db) => ({
      ours: await listExported(db, scope),
      totals: await exportedTotals(db, scope),
      states: await countStates(db, scope),
    }));
    const held = await played.held(tenantId);
    const isLeft = (document: ExportedDocument) => isLeftToPeople(document, played.connector);
    const left = ours.filter(isLeft);
    causes.push(...left.map(({ cause }) => String(cause)));
    const links = judgeLinks(ours, held, isLeft);
    sum.lost += links.lost;
    sum.wrongLinks += links.wrong;
    const theirs = Map.groupBy(held.documents, (document) => `${document.kind} ${document.number}`);
    const twice = [...theirs.values()].filter((group) => group.length > 1);
    for (const group of twice)
      say(`twice in the package: ${group[0]?.kind} ${group[0]?.number}, ${group.map((one) => one.id).join(", ")}`);
    sum.doubled += twice.reduce((more, group) => more + group.length - 1, 0) + held.repeats;
    const open = Object.entries(states).reduce(
      (more, [state, n]) => more + (["confirmed", "pending"].includes(state) ? 0 : n),
      0,
    );
    sum.leftUnknown += open - left.length;
    // What is left to people stands there as it was before: by an amount that our own totals of what has its tick leave out.
    if (left.length === 0) broken.push(...totalsApart(totals, held.totals));
    sum.faults += held.faults;
    calls.set(tenantId, held.calls);
  }
  if (limits) {
    const windows = played.connector.limits.windows.filter(countsEveryCall);
    broken.push(
      ...windowsAbove(
        calls,
        windows.flatMap(({ of, calls: most, seconds }) => (of === "user" ? [] : [{ of, calls: most, seconds }])),
      ),
    );
  }
  const practice = jobPracticeScope();
  const found = await database.inScope(practice, (db) => checkInvariants(db, practice, {}));
  for (const { id, rule, count, rows } of found)
    broken.push(`${id} ${rule}: ${count}, as ${rows[0]?.subject}: ${rows[0]?.detail}`);
  const total = [...calls.values()].reduce((more, of) => more + of.length, 0);
  say(`the package answered ${total} calls, ${sum.faults} were struck`);
  const said = [...Map.groupBy(causes, (cause) => cause)].map(([cause, of]) => `${cause} ${of.length}`);
  if (said.length > 0) say(`left to people, with their cause: ${said.join(", ")}`);
  return { ...sum, broken };
}

/**
 * Whether a document stands in Error Feedback with its cause because nothing else can come of it: it was amended, and the package lets
 * nobody change what it holds of that kind.
 */
function isLeftToPeople({ kind, revision, panel, cause }: ExportedDocument, { can }: PlayedPackage["connector"]): boolean {
  return panel === "errors" && cause !== null && revision > 1 && !can.update.some((one) => one === kind);
}

/** Each of our documents is there, and linked to its own. */
function judgeLinks(
  ours: readonly ExportedDocument[],
  held: Held,
  isLeft: (document: ExportedDocument) => boolean,
): { lost: number; wrong: number } {
  const numbers = new Set(held.documents.map(({ kind, number }) => `${kind} ${number}`));
  const byId = new Map(held.documents.map((document) => [document.id, document]));
  let lost = 0;
  let wrong = 0;
  for (const document of ours) {
    const linked = document.externalId === null ? undefined : byId.get(document.externalId);
    if (!numbers.has(`${document.kind} ${document.number}`)) lost += 1;
    else if (
      linked?.number !== document.number ||
      linked.kind !== document.kind ||
      (linked.grossMinor !== document.grossMinor && !isLeft(document))
    ) {
      wrong += 1;
    }
  }
  return { lost, wrong };
}
