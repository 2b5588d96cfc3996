import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { zstdCompress, zstdDecompress } from "node:zlib";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { deletePieces, findPieceAfter, insertPiece } from "#db/queries/imports/import-bytes.ts";

const PIECE_BYTES = 1024 * 1024;
const pack = promisify(zstdCompress);
const unpack = promisify(zstdDecompress);

/** Keeps a file's bytes with its upload, so that any process can read it again. */
export async function keepBytes(db: ScopedDb, scope: ClientScope, importId: string, path: string): Promise<void> {
  await deletePieces(db, scope, importId);
  let piece = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: PIECE_BYTES })) {
    await insertPiece(db, scope, importId, piece, await pack(chunk));
    piece += 1;
  }
}

/** Writes an upload's kept bytes to a temporary file; null where they are gone. */
export async function restoreBytes(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
): Promise<{ path: string; remove: () => Promise<void> } | null> {
  const folder = await mkdtemp(join(tmpdir(), "greentick-upload-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, "upload");
  let pieces = 0;
  const bytes = async function* () {
    for (let after = -1; ; ) {
      const found = await findPieceAfter(db, scope, importId, after);
      if (!found) return;
      pieces += 1;
      after = found.piece;
      yield await unpack(found.packed, { maxOutputLength: PIECE_BYTES });
    }
  };
  try {
    await pipeline(Readable.from(bytes()), createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    await remove();
    throw error;
  }
  if (pieces > 0) return { path, remove };
  await remove();
  return null;
}
