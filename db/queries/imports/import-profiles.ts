import { and, eq, sql } from "drizzle-orm";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { importProfiles } from "#db/schema/operational.ts";

/** A client's own profile of that name, else the practice's. */
export async function findProfileRow(db: ScopedDb, scope: ClientScope, name: string) {
  const rows = await db
    .select()
    .from(importProfiles)
    .where(
      and(
        eq(importProfiles.name, name),
        sql`(${importProfiles.clientId} = ${scope.clientId} or ${importProfiles.clientId} is null)`,
      ),
    );
  return rows.find((row) => row.clientId !== null) ?? rows[0] ?? null;
}

export async function listProfileRows(db: ScopedDb, scope: ClientScope) {
  return db
    .select()
    .from(importProfiles)
    .where(sql`${importProfiles.clientId} = ${scope.clientId} or ${importProfiles.clientId} is null`)
    .orderBy(importProfiles.title);
}

/** Saves a client's own profile; answers its version, from 1. */
export async function upsertProfileRow(
  db: ScopedDb,
  scope: ClientScope,
  profile: { name: string; title: string; definition: Record<string, unknown> },
): Promise<number> {
  const [row] = await db
    .insert(importProfiles)
    .values({ clientId: scope.clientId, ...profile })
    .onConflictDoUpdate({
      target: [importProfiles.clientId, importProfiles.name],
      set: { title: profile.title, definition: profile.definition, version: sql`${importProfiles.version} + 1` },
    })
    .returning({ version: importProfiles.version });
  if (!row) throw new Error("the profile was not saved");
  return row.version;
}

/** Answers whether the client had it. */
export async function deleteProfileRow(db: ScopedDb, scope: ClientScope, name: string): Promise<boolean> {
  const gone = await db
    .delete(importProfiles)
    .where(and(eq(importProfiles.clientId, scope.clientId), eq(importProfiles.name, name)));
  return (gone.rowCount ?? 0) > 0;
}
