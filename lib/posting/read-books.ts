import type { ScopedDb } from "#db/client.ts";
import { loadNames } from "#db/queries/connections/names.ts";
import { markTakenBack, returnRows } from "#db/queries/files/batch-files.ts";
import {
  driftTwice,
  findReadyFileOf,
  findUnworked,
  imported,
  linkSeen,
  listToRead,
  markWorked,
  type ReadRow,
} from "#db/queries/files/read-backs.ts";
import { insertReadCall, settleUnsent, type UnsentState } from "#db/queries/links/linking.ts";
import { listUnconfirmed, listUnknownOf, requireLease } from "#db/queries/postings/outcomes.ts";
import { audit } from "#lib/audit.ts";
import { familyOf, type RecordKind } from "#lib/common/records.ts";
import { CAME_AS, type ConfirmRequest, linkEntity, type Message, type RawAnswer, type Sighting } from "#lib/connectors/types.ts";
import { isSameRecord } from "./compare.ts";
import { confirmPage } from "./confirm.ts";
import { sentFromJson, sentToJson } from "./sent-record.ts";
import { settleSeen } from "./settle.ts";
import type { FileWorld } from "./world.ts";

/** An export is read whole: more rows than a package of files has open at once. */
const MOST = 100_000;

/** What an export shows of one kind. */
interface Shown {
  readonly kind: RecordKind;
  readonly rows: readonly ReadRow[];
  readonly sightings: readonly Sighting[];
  readonly evidence: { readonly message: Message; readonly answer: RawAnswer };
}

/**
 * Reads the exports of the package's books that people brought. What one shows is there, whoever said what before. What it does not
 * show is left as it is: it may be older than the import, or hold a part of the books, and a file may be imported on any later day.
 * @returns how many exports
 */
export async function readBooks(world: FileWorld): Promise<number> {
  for (let read = 0; ; read += 1) {
    const next = await world.inScope(async (db) => {
      const one = await findUnworked(db, world.connection.id);
      return one && { ...one, rows: await listToRead(db, world.connection.id) };
    });
    if (!next) return read;
    const body = world.files.textOf(next.bytes);
    const answer: RawAnswer = { status: 200, headers: { [CAME_AS]: "export" }, body };
    const shown = [...Map.groupBy(next.rows, (row) => row.kind)].map(([kind, rows]) => showOf(world, kind, rows, answer));
    for (const one of shown) {
      await findTakenBack(world, one);
      await settleShown(world, one);
      await tickShown(world, one, next.at);
    }
    const seen = new Set(shown.flatMap((one) => one.sightings.map(({ recordId }) => recordId))).size;
    await world.inScope(async (db) => {
      await requireLease(db, world.connection.id, world.fence);
      await markWorked(db, next.id, seen);
    });
  }
}

/** Asks the export, as a package would be asked, what it holds of these. */
function showOf(world: FileWorld, kind: RecordKind, rows: readonly ReadRow[], answer: RawAnswer): Shown {
  const refs = rows.map((row) => {
    const sent = sentFromJson(row.sent);
    return {
      recordId: row.recordId,
      kind,
      reference: sent.reference,
      // Under its own mark it may stand there twice: all of it is asked for.
      externalId: null,
      contactExternalId: "contactExternalId" in sent ? sent.contactExternalId : null,
      sent,
    };
  });
  const since = new Date(Math.min(...rows.map((row) => row.handedAt.getTime())));
  const { confirm } = world.connector;
  const sightings: Sighting[] = [];
  let evidence: Shown["evidence"] | null = null;
  let cursor: string | null = null;
  do {
    const ask: ConfirmRequest = { connection: world.connection, kind, refs, since, cursor };
    const message = confirm.ask(ask, world.connection);
    const page = confirm.read(message, answer, ask);
    evidence ??= { message, answer };
    sightings.push(...page.sightings);
    cursor = page.next;
  } while (cursor !== null);
  return { kind, rows, sightings, evidence };
}

const seenOf = ({ sightings }: Shown, row: ReadRow) => sightings.filter((one) => one.recordId === row.recordId);

/** States of a row whose file was taken back, or that was refused: an export may show that it was imported all the same. */
const NOT_EXPECTED: readonly string[] = ["pending", "held", "queued", "rejected"] satisfies readonly UnsentState[];

/**
 * What was taken back and is in the books all the same is exported, before a new file of it is handed to anybody: a file of it that
 * nobody has had yet is taken back.
 */
async function findTakenBack(world: FileWorld, shown: Shown): Promise<void> {
  for (const row of shown.rows) {
    const [only, ...others] = seenOf(shown, row);
    if (!only || !(NOT_EXPECTED.includes(row.state) || row.state === "waiting")) continue;
    await world.inScope(async (db) => {
      await requireLease(db, world.connection.id, world.fence);
      let from = row.state;
      if (from === "waiting") {
        const ready = await findReadyFileOf(db, row.id);
        // Somebody has its file: it is settled as what waits is.
        if (!ready) return;
        await markTakenBack(db, world.scope, ready.id);
        await returnRows(db, ready.callId);
        from = "pending";
      }
      await settleTakenBack(db, world, shown, row, { only, isAlone: others.length === 0, from: from as UnsentState });
    });
  }
}

async function settleTakenBack(
  db: ScopedDb,
  world: FileWorld,
  { kind, evidence }: Shown,
  row: ReadRow,
  { only, isAlone, from }: { readonly only: Sighting; readonly isAlone: boolean; readonly from: UnsentState },
): Promise<void> {
  const sent = sentFromJson(row.sent);
  const connectionId = world.connection.id;
  const link = {
    connectionId,
    recordId: row.recordId,
    family: familyOf(kind),
    entity: linkEntity(world.connector, kind),
    externalId: only.externalId,
    version: only.version,
  };
  const detail = { postingId: row.id, from, found: true };
  await audit(db, world.scope, { action: "posting.settled", subject: sent.reference, detail });
  // Linked, so that nothing of it goes as new again. What was amended since, or stands there otherwise, is a person's to put right.
  if (!isAlone || row.revision !== row.sentRevision || !isSameRecord(sent, only.seen)) return linkSeen(db, world.scope, link);
  const callId = await insertReadCall(db, world.scope, { connectionId, fence: world.fence, ...evidence });
  await settleUnsent(db, world.scope, {
    ...link,
    callId,
    position: 0,
    postingId: row.id,
    from,
    sent: sentToJson(sent),
    to: "posted",
    differences: [],
    how: "upload",
    by: null,
    lookAgainAt: null,
    heldAsDraft: false,
  });
}

/** What waits, or is unclear, and is shown: it was imported, and the table says what that means. */
async function settleShown(world: FileWorld, shown: Shown): Promise<void> {
  const rows = shown.rows.filter((row) => (row.state === "waiting" || row.state === "unknown") && seenOf(shown, row).length > 0);
  if (rows.length === 0) return;
  await world.inScope(async (db) => {
    await requireLease(db, world.connection.id, world.fence);
    const unclear = await imported(
      db,
      rows.map(({ id }) => id),
    );
    const group = await listUnknownOf(db, [...unclear]);
    await settleSeen(db, world, group, shown.sightings);
  });
}

/** The tick, or the difference, of what was posted; and whatever stands there twice. */
async function tickShown(world: FileWorld, shown: Shown, readAt: Date): Promise<void> {
  const { kind, sightings } = shown;
  const posted = await world.inScope((db) => listUnconfirmed(db, world.connection.id, [kind], MOST));
  const countOf = (recordId: string) =>
    new Set(sightings.filter((one) => one.recordId === recordId).map((one) => one.externalId)).size;
  const twice = shown.rows.filter((row) => countOf(row.recordId) > 1);
  const isTwice = new Set(twice.map((row) => row.recordId));
  const open = new Map(posted.flatMap((one) => (isTwice.has(one.recordId) ? [] : [[one.recordId, one]])));
  const names = await world.inScope((db) => loadNames(db, world.connection.id));
  await confirmPage(world, kind, open, { sightings, readAt }, names);
  if (twice.length === 0) return;
  await world.inScope(async (db) => {
    await requireLease(db, world.connection.id, world.fence);
    for (const row of twice) {
      const times = countOf(row.recordId);
      await driftTwice(db, row.id, { field: "Record", ours: "once", theirs: `${times} times` });
    }
  });
}
