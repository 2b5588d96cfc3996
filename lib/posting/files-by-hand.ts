import { createHash } from "node:crypto";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { endFinishedRuns } from "#db/queries/connections/sync-work.ts";
import {
  answerFile,
  countOpenRows,
  type FileNow,
  handOutFile,
  listInFile,
  lockFile,
  markTakenBack,
  returnRows,
} from "#db/queries/files/batch-files.ts";
import { hasUnworked, insertReadBack } from "#db/queries/files/read-backs.ts";
import { findCall } from "#db/queries/postings/outcomes.ts";
import { audit } from "#lib/audit.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { type ConnectionRow, connectionOf } from "#lib/connections/connection-of.ts";
import { CAME_AS, type CameAs, type FileConnector, type RawAnswer } from "#lib/connectors/types.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { settleWithheld } from "#lib/pending/withheld.ts";
import { wakeConnection } from "#lib/queue/queue.ts";
import { nextStep } from "./conversation.ts";
import { sentFromJson } from "./sent-record.ts";

/** A package that takes files, and the client's connection to it. */
export interface Filed {
  readonly connector: FileConnector;
  readonly connection: ConnectionRow;
}

/** A file in the hands of a person. */
export interface HandedOut {
  readonly number: number;
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  /** Somebody has it already: the same bytes, to be imported once. */
  readonly isAgain: boolean;
}

/**
 * Hands a file out. The first download is noted, and from then on its rows wait for what becomes of it; a later one has the same bytes.
 * @returns null where there is no such file
 * @throws {Refusal} once it was answered or taken back: whoever has it now would import it twice
 */
export async function handOut(db: ScopedDb, scope: ClientScope, fileId: string): Promise<HandedOut | null> {
  const file = await lockFile(db, scope, fileId);
  if (!file) return null;
  if (file.state !== "ready" && file.state !== "handed") throw new Refusal(`${whatBecame(file)} It is not handed out again.`);
  const { name, mediaType, bytes, handOuts } = await handOutFile(db, scope, fileId);
  await audit(db, scope, { action: "file.handed", subject: name, detail: { number: file.number, fileId, handOuts } });
  return { number: file.number, name, mediaType, bytes, isAgain: handOuts > 1 };
}

/**
 * "It was imported": stores what the program said of the import, or that somebody said so, and wakes the worker. Nothing is posted by it
 * that the connector does not read in it, and nothing has its tick: an export of the books alone gives that.
 * @param result what came back, as bytes; null for somebody's word that all of it was imported
 * @throws {Refusal} when nobody has the file, somebody was first, or the result is none of this file's
 */
export async function answerImport(
  db: ScopedDb,
  scope: ClientScope,
  { connector, connection }: Filed,
  fileId: string,
  result: Uint8Array | null,
): Promise<{ readonly number: number }> {
  const file = await lockOwn(db, scope, fileId);
  if (file.state !== "handed") throw new Refusal(whatBecame(file));
  const body = result === null ? "" : connector.files.textOf(result);
  const answer = answerAs(result === null ? "word" : "result", body);
  if (result !== null && !(await isOfFile(db, { connector, connection }, file, answer)))
    throw new Refusal(`This is not what the import of file ${file.number} said: none of its records is in it.`, {
      field: "result",
    });
  if (!(await answerFile(db, scope, fileId, answer))) throw new Error("A file was answered that may not be");
  await audit(db, scope, {
    action: "file.answered",
    subject: `File ${file.number}`,
    detail: { number: file.number, fileId, came: result === null ? "word" : "result" },
  });
  await wakeConnection(db, file.connectionId, { staff: true });
  return { number: file.number };
}

const answerAs = (came: CameAs, body: string): RawAnswer => ({ status: 200, headers: { [CAME_AS]: came }, body });

/** Whether an answer says anything about a file's rows. */
async function isOfFile(db: ScopedDb, { connector, connection }: Filed, file: FileNow, answer: RawAnswer): Promise<boolean> {
  const { message } = await findCall(db, file.callId);
  if (connector.faultOf(answer, message) !== null) return false;
  const records = (await listInFile(db, file.callId)).map((row) => sentFromJson(row.sent));
  const batch = { connection: connectionOf(connector, connection, ""), records };
  const step = nextStep(connector, batch, [{ message, answer }], "");
  return step.do === "done" && [...step.answer.values()].some((one) => one.status === "accepted" || one.status === "refused");
}

/**
 * Takes a file back: its rows go to Pending Export, and may be uploaded again under a new generation. One that nobody has had is taken
 * back freely; of another somebody has to say that nothing of it is in the books, and nothing may speak against it.
 * @param nothingImported somebody says so
 * @returns how many rows went back
 * @throws {Refusal} without that word, while an answer or an export is being read, and when all of its rows are settled
 */
export async function takeBack(
  db: ScopedDb,
  scope: ClientScope,
  fileId: string,
  { nothingImported }: { readonly nothingImported: boolean },
): Promise<{ readonly number: number; readonly rows: number }> {
  const file = await lockOwn(db, scope, fileId);
  const { number, connectionId, callId } = file;
  if (file.state === "taken-back") throw new Refusal(whatBecame(file));
  if (file.state === "answered" && !file.isApplied)
    throw new Refusal(`What came of file ${number} is being read. Try again in a moment.`);
  if (file.state !== "ready" && !nothingImported)
    throw new Refusal(`Somebody has file ${number}. Say that nothing of it was imported before it is taken back.`, {
      field: "nothingImported",
    });
  if (await hasUnworked(db, connectionId)) throw new Refusal("An export of the books is being read. Try again in a moment.");
  const open = await countOpenRows(db, callId);
  if (open === 0) throw new Refusal(`Nothing of file ${number} is open: what became of each of its records is known.`);
  await markTakenBack(db, scope, fileId);
  const rows = await returnRows(db, callId);
  await audit(db, scope, {
    action: "file.taken-back",
    subject: `File ${number}`,
    detail: { number, fileId, rows, from: file.state, nothingImported },
  });
  // What was amended meanwhile takes its row's place.
  await makePostings(db, scope);
  await settleWithheld(db, scope);
  await judgePostings(db, scope, "unjudged");
  await endFinishedRuns(db, connectionId);
  await wakeConnection(db, connectionId, { staff: true });
  return { number, rows };
}

/**
 * Keeps an export of the package's books and wakes the worker: it alone gives the tick, and shows what was imported though nobody said so.
 * @throws {Refusal} when it cannot be read, or is here already
 */
export async function bringExport(
  db: ScopedDb,
  scope: ClientScope,
  { connector, connection }: Filed,
  { name, bytes }: { readonly name: string; readonly bytes: Uint8Array },
): Promise<void> {
  const kind = connector.can.push[0];
  if (kind === undefined) throw new Error(`${connector.name} takes nothing from us`);
  const asked = { connection: connectionOf(connector, connection, ""), kind, refs: [], since: new Date(0), cursor: null };
  const message = connector.confirm.ask(asked, asked.connection);
  if (connector.faultOf(answerAs("export", connector.files.textOf(bytes)), message) !== null)
    throw new Refusal("This file cannot be read as an export of the books.", { field: "file" });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const id = await insertReadBack(db, scope, { connectionId: connection.id, fileName: name, bytes, sha256 });
  if (id === null) throw new Refusal("This very export is here already. Export the books again.", { field: "file" });
  await audit(db, scope, { action: "file.read-back", subject: name, detail: { readBackId: id, sha256 } });
  await wakeConnection(db, connection.id, { staff: true });
}

async function lockOwn(db: ScopedDb, scope: ClientScope, fileId: string): Promise<FileNow> {
  const file = await lockFile(db, scope, fileId);
  if (!file) throw new Refusal("There is no such file.", { code: "not-found" });
  return file;
}

/** Why a file does not wait for an answer, or for whoever downloads it. */
function whatBecame({ number, state, answered, takenBack }: FileNow): string {
  switch (state) {
    case "ready":
      return `Nobody has downloaded file ${number} yet.`;
    case "handed":
      return `File ${number} waits for its import.`;
    case "answered":
      return `${answered?.by ?? "Somebody"} has said what came of file ${number}.`;
    case "taken-back":
      return `${takenBack?.by ?? "Somebody"} has taken file ${number} back.`;
  }
}
