import type { ClientScope, ScopedDb } from "#db/client.ts";
import { acknowledge, findFile, findOpenFile, listFileRows, lockHandover, makeFile, saveFileHash } from "#db/queries/handover.ts";
import { countWords } from "#lib/common/count-words.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { handoverCsv, sha256 } from "./file.ts";

/** Lines of one file; what is more goes into the next. */
export const MOST_LINES = 10_000;

export interface HandoverFile {
  readonly id: string;
  readonly number: number;
  readonly rowCount: number;
  readonly sha256: string;
}

/**
 * The file that the operational system is to take: the one that waits to be acknowledged, as often as it is asked for, else the next.
 * @throws {Refusal} when there is nothing to tell
 */
export async function takeFile(db: ScopedDb, scope: ClientScope): Promise<HandoverFile & { readonly made: boolean }> {
  await lockHandover(db, scope);
  const open = await findOpenFile(db, scope);
  if (open) return { id: open.id, number: open.number, rowCount: open.rowCount, sha256: open.sha256, made: false };
  const made = await makeFile(db, scope, MOST_LINES);
  if (!made)
    throw new Refusal("There is nothing new for the operational system: every file has been acknowledged.", { code: "nothing" });
  const hash = sha256(handoverCsv(await listFileRows(db, scope, made.id)));
  await saveFileHash(db, made.id, { sha256: hash, rowCount: made.rowCount });
  return { ...made, sha256: hash, made: true };
}

/** A file's bytes, as they were when it was made. @throws {Refusal} when there is no such file */
export async function readFile(
  db: ScopedDb,
  scope: ClientScope,
  fileId: string,
): Promise<HandoverFile & { readonly bytes: Buffer }> {
  const file = await findFile(db, scope, fileId);
  if (!file) throw new Refusal("There is no such file.", { code: "not-found" });
  const bytes = handoverCsv(await listFileRows(db, scope, fileId));
  if (sha256(bytes) !== file.sha256) throw new Error(`Handover file ${file.number} is not what it was when it was made`);
  return { id: file.id, number: file.number, rowCount: file.rowCount, sha256: file.sha256, bytes };
}

/**
 * Notes that the operational system has read a file: its lines are not offered again.
 * @param rowCount as the receiver counted them
 * @throws {Refusal} when it is acknowledged already, or the receiver has another number of lines
 */
export async function acknowledgeFile(
  db: ScopedDb,
  scope: ClientScope,
  { fileId, rowCount }: { readonly fileId: string; readonly rowCount: number },
): Promise<HandoverFile> {
  await lockHandover(db, scope);
  const file = await findFile(db, scope, fileId);
  if (!file) throw new Refusal("There is no such file.", { code: "not-found" });
  if (file.rowCount !== rowCount) {
    throw new Refusal(
      `File ${file.number} has ${countWords(file.rowCount, "line")}, not ${rowCount}: download it again before you acknowledge it.`,
      {
        field: "rowCount",
      },
    );
  }
  if (!(await acknowledge(db, scope, fileId)))
    throw new Refusal(`File ${file.number} is already acknowledged.`, { code: "done" });
  return { id: file.id, number: file.number, rowCount: file.rowCount, sha256: file.sha256 };
}
