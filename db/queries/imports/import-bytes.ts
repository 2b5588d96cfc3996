import { and, asc, eq, gt } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { importBytes } from "#db/schema/staging.ts";

export async function insertPiece(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  piece: number,
  packed: Buffer,
): Promise<void> {
  await db.insert(importBytes).values({ clientId: scope.clientId, importId, piece, packed });
}

/** The next piece after one, or null at the end of the file. */
export async function findPieceAfter(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  piece: number,
): Promise<{ piece: number; packed: Buffer } | null> {
  const [row] = await db
    .select({ piece: importBytes.piece, packed: importBytes.packed })
    .from(importBytes)
    .where(and(eq(importBytes.clientId, scope.clientId), eq(importBytes.importId, importId), gt(importBytes.piece, piece)))
    .orderBy(asc(importBytes.piece))
    .limit(1);
  return row ?? null;
}

export async function deletePieces(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  await db.delete(importBytes).where(and(eq(importBytes.clientId, scope.clientId), eq(importBytes.importId, importId)));
}
