import { endFinishedRuns, kindsInState, markSynced, needsLockDates } from "#db/queries/connections/sync-work.ts";
import { hasReadContacts } from "#db/queries/links/follow-contacts.ts";
import { wantHelpers } from "#db/queries/mapping/helpers.ts";
import { holdStranded } from "#db/queries/postings/outgoing.ts";
import { holdStrandedPayments } from "#db/queries/postings/outgoing-money.ts";
import { hasUnlocked, holdLocked } from "#db/queries/postings/posting-moves.ts";
import { exchangeRead, PackageUnavailable } from "#lib/calling/call.ts";
import type { RecordKind } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import { workNight } from "#lib/night/work.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { releaseMended, releasePayments, releaseStopped } from "#lib/pending/release.ts";
import { sendAllocations } from "#lib/posting/allocate.ts";
import { sendAttachments } from "#lib/posting/attachments.ts";
import { CONFIRM_MOST, confirmPosted } from "#lib/posting/confirm.ts";
import { continueAll } from "#lib/posting/continue.ts";
import { findDrift } from "#lib/posting/drift.ts";
import { readAndFollow } from "#lib/posting/follow-contacts.ts";
import { seeLinked } from "#lib/posting/link-offers.ts";
import { lookFirst } from "#lib/posting/look-first.ts";
import { type BeforeSending, matchBeforeSending } from "#lib/posting/match.ts";
import { sendNextBatch } from "#lib/posting/send.ts";
import { settleUnknown } from "#lib/posting/settle.ts";
import { takePortion } from "#lib/posting/take-portion.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { refreshCatalogue } from "#lib/pulling/catalogue.ts";
import { pullDuePayments } from "#lib/pulling/due.ts";
import { explainOpen } from "#lib/pulling/open-amounts.ts";
import { workOnFiles } from "./file-slice.ts";

const CONTACTS: readonly RecordKind[] = ["customer", "supplier"];
const PRODUCTS: readonly RecordKind[] = ["product"];
const DOCUMENTS: readonly RecordKind[][] = [["sales-invoice"], ["bill"], ["sales-credit-note"], ["supplier-credit-note"]];
const ALL_DOCUMENTS: readonly RecordKind[] = DOCUMENTS.flat();
const HELPERS: readonly RecordKind[] = ["helper"];
const PAYMENTS: readonly RecordKind[] = ["payment"];
const JOURNALS: readonly RecordKind[] = ["journal"];
const ALLOCATIONS: readonly RecordKind[] = ["allocation"];

/**
 * Works on one connection until nothing is due, its time slice is over or its signal aborts: takes what runs have chosen, portion by portion,
 * settles what is unclear, sends what is queued (contacts and products before documents, documents before payments and allocations), reads back what was
 * sent, pulls payments.
 * @param sliceMs real milliseconds
 * @throws {PackagePause | PackageUnavailable | ConnectionLost | LeaseLostError}
 */
export async function workOn(world: PostingWorld, sliceMs: number): Promise<void> {
  const began = performance.now();
  const goOn = () => !world.signal?.aborted && performance.now() - began < sliceMs;
  const { files } = world;
  if (files) return workOnFiles({ ...world, files }, goOn);
  if (world.isThere && !(await world.isThere())) return takeAll(world);
  await pullEarly(world);
  await workNight(world);
  await releaseUnlocked(world);
  let busy = true;
  while (busy && goOn()) {
    busy = false;
    await readBeforePortion(world);
    if (((await takePortion(world))?.taken ?? 0) > 0) busy = true;
    if ((await settleUnknown(world, goOn)) > 0) {
      busy = true;
      // A customer that was found in the package releases the rows that were held for it.
      await world.inScope((db) => releaseStopped(db, world.scope));
    }
    // What the package holds half done is gone on with before anything new is sent.
    if ((await continueAll(world, goOn)) > 0) busy = true;
    // Records that people linked are read first, before any of them could be sent as a change.
    if ((await seeLinked(world, goOn)) > 0) busy = true;
    // A document that the package already holds is linked, with its customer or supplier, instead of sent. Until that is known nothing is sent.
    const before = await matchBeforeSending(world, goOn);
    if (before === null) return;
    // One query for all groups: most kinds have nothing waiting, and each lane's look costs a transaction.
    let queued = await kindsIn(world, "queued");
    const early = (await sendAll(world, [CONTACTS], queued, goOn)) + (await sendAll(world, [PRODUCTS], queued, goOn));
    if (early > 0) {
      await releaseWaiting(world);
      queued = await kindsIn(world, "queued");
    }
    const helpers = await sendHelpers(world, queued, goOn);
    if (helpers > 0) queued = await kindsIn(world, "queued");
    if (ALL_DOCUMENTS.some((kind) => queued.has(kind))) {
      await world.inScope((db) => holdStranded(db, world.scope, world.connection.id, world.connector.can.update));
    }
    const documents = await sendAll(
      world,
      DOCUMENTS,
      queued,
      goOn,
      async () => {
        await confirmPosted(world, ALL_DOCUMENTS, { least: CONFIRM_MOST, goOn });
      },
      before.notYet,
    );
    if (queued.has("payment") || queued.has("allocation"))
      await world.inScope((db) => holdStrandedPayments(db, world.scope, world.connection.id));
    const money =
      (await sendMoney(world, before, queued, goOn)) + (queued.has("allocation") ? await sendAllocations(world, goOn) : 0);
    let confirmed = 0;
    if (goOn()) {
      const posted = await kindsIn(world, "posted");
      const confirm = async (kinds: readonly RecordKind[]) =>
        kinds.some((kind) => posted.has(kind)) ? confirmPosted(world, kinds, { goOn }) : 0;
      confirmed += (await confirm(CONTACTS)) + (await confirm(PRODUCTS)) + (await confirm(HELPERS));
      const seen = await confirm(ALL_DOCUMENTS);
      if (documents + seen > 0) await world.inScope((db) => releasePayments(db, world.scope));
      confirmed += seen + (await confirm(PAYMENTS)) + (await confirm(JOURNALS)) + (await confirm(ALLOCATIONS));
    }
    if (early + helpers + documents + money + confirmed > 0) busy = true;
    // A record that was amended while it was being sent is sent again now.
    if ((await world.inScope((db) => makePostings(db, world.scope))).made > 0) busy = true;
    await world.inScope((db) => endFinishedRuns(db, world.connection.id));
  }
  if (goOn()) await pullDuePayments(world);
  await lookForDrift(world, goOn);
  await explainDifferences(world, goOn);
  await world.inScope((db) => markSynced(db, world.connection.id));
  await sendAttachments(world, goOn);
}

/** Takes what runs have chosen, and prepares nothing that nobody would take: the rows wait for the package's program. */
async function takeAll(world: PostingWorld): Promise<void> {
  while (((await takePortion(world))?.taken ?? 0) > 0);
  await world.inScope((db) => endFinishedRuns(db, world.connection.id));
}

/** Reads payments before the long work, since somebody may be waiting for them. If that read fails, sending goes on. */
async function pullEarly(world: PostingWorld): Promise<void> {
  try {
    await pullDuePayments(world);
  } catch (error) {
    if (!(error instanceof PackageUnavailable || error instanceof SyncError)) throw error;
  }
}

const kindsIn = (world: PostingWorld, state: "queued" | "posted") =>
  world.inScope((db) => kindsInState(db, world.connection.id, state));

/** Looks for changes made in the package last: a failure here holds nothing else up, and the next time slice tries again. */
async function lookForDrift(world: PostingWorld, goOn: () => boolean): Promise<void> {
  try {
    await findDrift(world, goOn);
  } catch (error) {
    if (!(error instanceof PackageUnavailable || error instanceof SyncError)) throw error;
    log.warn({ connectionId: world.connection.id, reason: error.message }, "documents changed in the package were not read");
  }
}

/** Reads the payments of documents whose open amount differs there, last; a failure is treated as above. */
async function explainDifferences(world: PostingWorld, goOn: () => boolean): Promise<void> {
  try {
    await explainOpen(world, goOn);
  } catch (error) {
    if (!(error instanceof PackageUnavailable || error instanceof SyncError)) throw error;
    log.warn({ connectionId: world.connection.id, reason: error.message }, "open amounts were not explained");
  }
}

/**
 * Sends everything queued of these kinds, as many calls at a time as the package lets us write. `between` runs now and then, in one of the lanes. Of the kinds in
 * `notYet` only changes to records that the package holds are sent.
 */
async function sendAll(
  world: PostingWorld,
  groups: readonly (readonly RecordKind[])[],
  queued: ReadonlySet<RecordKind>,
  goOn: () => boolean,
  between: () => Promise<void> = async () => {},
  notYet: readonly RecordKind[] = [],
): Promise<number> {
  const seen = { sent: 0 };
  const { writes: lanesAtOnce } = world.connector.limits.concurrent;
  for (const kinds of groups.filter((group) => group.some((kind) => queued.has(kind)))) {
    await sendChanges(world, kinds, goOn, seen);
    if (kinds.some((kind) => notYet.includes(kind))) continue;
    let sinceRead = 0;
    const lane = async (first: boolean) => {
      while (goOn()) {
        const before = seen.sent;
        if (!(await sendNextBatch(world, kinds, seen))) return;
        if (!first) continue;
        sinceRead += (seen.sent - before) * lanesAtOnce;
        if (sinceRead >= CONFIRM_MOST) {
          sinceRead = 0;
          await between();
        }
      }
    };
    const lanes = await Promise.allSettled(Array.from({ length: lanesAtOnce }, (_, index) => lane(index === 0)));
    const failed = lanes.find((one) => one.status === "rejected");
    if (failed) throw failed.reason;
  }
  return seen.sent;
}

/**
 * Makes what sales lines must name in this package, one call after the other: one that is there already under its name and account is
 * linked instead. What waited for one goes with the documents that follow.
 */
async function sendHelpers(world: PostingWorld, queued: ReadonlySet<RecordKind>, goOn: () => boolean): Promise<number> {
  const onSales = world.connector.can.accounts.onSales === "item" && ["sales-invoice", "sales-credit-note"];
  const wanted =
    onSales && DOCUMENTS.flat().some((kind) => onSales.includes(kind) && queued.has(kind))
      ? await world.inScope((db) => wantHelpers(db, world.scope, world.connection.id))
      : 0;
  if (wanted === 0 && !queued.has("helper")) return 0;
  let turns = 0;
  while (goOn() && (await sendNextBatch(world, HELPERS, { sent: 0 }, "new", lookFirst(null)))) turns += 1;
  if (turns > 0) await releaseWaiting(world);
  return turns;
}

/** Payments and journals; those that may have been sent before a backup was restored are looked for first, in one lane. */
async function sendMoney(
  world: PostingWorld,
  { notYet, forgottenBefore }: BeforeSending,
  queued: ReadonlySet<RecordKind>,
  goOn: () => boolean,
): Promise<number> {
  if (forgottenBefore === null) return sendAll(world, [PAYMENTS, JOURNALS], queued, goOn);
  const seen = { sent: 0 };
  for (const kinds of [PAYMENTS, JOURNALS]) {
    if (!kinds.some((kind) => queued.has(kind))) continue;
    await sendChanges(world, kinds, goOn, seen);
    if (kinds.some((kind) => notYet.includes(kind))) continue;
    while (goOn() && (await sendNextBatch(world, kinds, seen, "new", lookFirst(forgottenBefore))));
  }
  return seen.sent;
}

/** Changes are sent before new records, so that a name or number that a change frees is free by then; one call after the other. */
async function sendChanges(
  world: PostingWorld,
  kinds: readonly RecordKind[],
  goOn: () => boolean,
  seen: { sent: number },
): Promise<void> {
  const changeable = kinds.filter((kind) => world.connector.can.update.includes(kind));
  if (changeable.length === 0) return;
  while (goOn() && (await sendNextBatch(world, changeable, seen, "held")));
}

/** Releases documents that were held for a customer or product which the package now has. */
async function releaseWaiting(world: PostingWorld): Promise<void> {
  await world.inScope((db) => releaseMended(db, world.scope));
}

/** A pre-check by staff may have seen a lock date move back. It sends nothing, so the rows held for that lock are released here. */
async function releaseUnlocked(world: PostingWorld): Promise<void> {
  await world.inScope(async (db) => {
    if (await hasUnlocked(db, world.scope)) await releaseMended(db, world.scope);
  });
}

/**
 * Lock dates and accounts are read before each run's first document and, once a minute, the lock dates before each portion that follows,
 * so that a lock that moved or an account that was archived blocks its rows here instead of being refused there. When they moved, held
 * rows are judged again, and queued rows that are locked by now are held. If a read between portions fails, sending goes on: the dates
 * were read for this run, and the package's refusal names a lock that moved since.
 */
async function readBeforePortion(world: PostingWorld): Promise<void> {
  const why = await world.inScope((db) => needsLockDates(db, world.connection.id));
  if (why === null) return;
  try {
    const { changed } = await refreshCatalogue({
      database: world.database,
      scope: world.scope,
      connectionId: world.connection.id,
      connector: world.connector,
      exchange: (of, ask) => exchangeRead(world, of, ask),
      only: why === "run" ? "accounts" : "locks",
    });
    if (changed) await world.inScope((db) => holdLocked(db, world.scope));
    // A contact may have been merged there since the last run: the next documents go to the one that remains.
    if (why === "run" && (await world.inScope((db) => hasReadContacts(db, world.scope, world.connection.id))))
      await readAndFollow(world);
  } catch (error) {
    if (why === "run" || !(error instanceof PackageUnavailable || error instanceof SyncError)) throw error;
    log.warn({ connectionId: world.connection.id, reason: error.message }, "lock dates were not read again");
  }
}
