import { and, desc, eq, sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";
import { clients } from "#db/schema/clients.ts";
import { fileImports, importSetAside, nominalCodes, taxCodes } from "#db/schema/operational.ts";
import { importFaults } from "#db/schema/staging.ts";
import { isSyncErrorCode } from "#lib/errors/catalogue.ts";
import type { LineFault } from "#lib/operational/read-line.ts";
import type { ImportSummary } from "#lib/operational/summary.ts";
import { deletePieces } from "./import-bytes.ts";

export type FileImportRow = typeof fileImports.$inferSelect;

/** Opens an upload's row; its lines come in another transaction, so that a crash while reading leaves a trace. */
export async function insertFileImport(
  db: ScopedDb,
  scope: ClientScope,
  file: {
    profileName: string;
    fileName: string;
    sha256: string;
    bytes: number;
    answers: Record<string, string | null>;
  },
): Promise<string> {
  const [row] = await db
    .insert(fileImports)
    .values({
      clientId: scope.clientId,
      ...file,
      state: "reading",
      createdBy: scope.actor.userId,
      createdByName: scope.actor.label,
    })
    .returning({ id: fileImports.id });
  if (!row) throw new Error("the upload's row was not made");
  return row.id;
}

export async function findFileImport(db: ScopedDb, scope: ClientScope, importId: string): Promise<FileImportRow | null> {
  const [row] = await db
    .select()
    .from(fileImports)
    .where(and(eq(fileImports.clientId, scope.clientId), eq(fileImports.id, importId)));
  return row ?? null;
}

/** The upload's row, locked until the transaction ends, so that two commits of one upload are one. */
export async function lockFileImport(db: ScopedDb, scope: ClientScope, importId: string): Promise<FileImportRow | null> {
  const [row] = await db
    .select()
    .from(fileImports)
    .where(and(eq(fileImports.clientId, scope.clientId), eq(fileImports.id, importId)))
    .for("update");
  return row ?? null;
}

/** One upload commits at a time for a client: what is new is judged against what the one before it left. */
export async function lockClientRecords(db: ScopedDb, scope: ClientScope): Promise<void> {
  await db.execute(sql`select pg_advisory_xact_lock(7262, hashtext(${scope.clientId}))`);
}

/** The same bytes, already committed, whatever they were called: the latest such upload, those under the same profile first. */
export async function findCommittedDuplicate(
  db: ScopedDb,
  scope: ClientScope,
  file: { readonly sha256: string; readonly profileName: string; readonly sheet: string | null },
): Promise<FileImportRow | null> {
  const [row] = await db
    .select()
    .from(fileImports)
    .where(
      and(
        eq(fileImports.clientId, scope.clientId),
        eq(fileImports.sha256, file.sha256),
        eq(fileImports.state, "committed"),
        sql`${fileImports.summary} ->> 'sheet' is not distinct from ${file.sheet}::text`,
      ),
    )
    .orderBy(desc(eq(fileImports.profileName, file.profileName)), desc(fileImports.committedAt))
    .limit(1);
  return row ?? null;
}

export async function saveFileImport(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  change: {
    state: FileImportRow["state"];
    summary?: ImportSummary;
    lines?: number;
    answers?: Record<string, string | null>;
  },
): Promise<void> {
  await db
    .update(fileImports)
    .set({
      state: change.state,
      ...(change.lines === undefined ? {} : { lines: change.lines }),
      ...(change.answers === undefined ? {} : { answers: change.answers }),
      ...(change.summary ? { summary: { ...change.summary } } : {}),
      ...(change.state === "committed" ? { committedAt: sql`app.now()` } : {}),
    })
    .where(and(eq(fileImports.clientId, scope.clientId), eq(fileImports.id, importId)));
}

/** Marks a committed upload as taken back, by whom and when. */
export async function saveUndone(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  await db
    .update(fileImports)
    .set({ state: "undone", undoneAt: sql`app.now()`, undoneBy: scope.actor.label })
    .where(and(eq(fileImports.clientId, scope.clientId), eq(fileImports.id, importId)));
}

export async function listFileImports(db: ScopedDb, scope: ClientScope, limit: number): Promise<FileImportRow[]> {
  return db
    .select()
    .from(fileImports)
    .where(eq(fileImports.clientId, scope.clientId))
    .orderBy(desc(fileImports.createdAt), desc(fileImports.id))
    .limit(limit);
}

/** Uploads that nobody decided on within a day, and those whose reading ended with its process, are discarded; a refused one stays to be read. */
export async function discardStale(db: ScopedDb, scope: ClientScope): Promise<void> {
  const { rows } = await db.execute<{ id: string }>(sql`
    with stale as (
      update file_imports set state = 'discarded' where client_id = ${scope.clientId} and state in ('reading', 'asks', 'previewed')
        and created_at < app.now() - interval '1 day' returning id
    )
    select id from stale union all
    select i.id from file_imports i where i.client_id = ${scope.clientId} and i.state = 'refused' and i.created_at < app.now() - interval '1 day'
      and (exists (select from import_lines l where l.import_id = i.id) or exists (select from import_bytes b where b.import_id = i.id))`);
  for (const { id } of rows) await dropUpload(db, scope, id);
}

/** Drops what was staged of an upload, and its kept bytes: it is decided on, or nobody will. */
export async function dropUpload(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  await dropStaged(db, scope, importId);
  await deletePieces(db, scope, importId);
}

/** Forgets an upload's faults, before it is read again. */
export async function deleteFaults(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  await db.delete(importFaults).where(and(eq(importFaults.clientId, scope.clientId), eq(importFaults.importId, importId)));
}

/** Drops the staged lines and documents; the bytes stay, so that the file can be read again. */
export async function dropStaged(db: ScopedDb, scope: ClientScope, importId: string): Promise<void> {
  await db.execute(sql`delete from import_lines where client_id = ${scope.clientId} and import_id = ${importId}`);
  await db.execute(sql`delete from import_documents where client_id = ${scope.clientId} and import_id = ${importId}`);
}

/** A client by its slug, for the command line. */
export async function findClientBySlug(db: ScopedDb, _scope: PracticeScope, slug: string) {
  const [row] = await db
    .select({ id: clients.id, name: clients.name, locale: clients.locale })
    .from(clients)
    .where(eq(clients.slug, slug));
  return row ?? null;
}

/** The client's own zone, and the date it is there on the one clock. */
export async function clientCalendar(db: ScopedDb, scope: ClientScope): Promise<{ today: string; timeZone: string }> {
  const { rows } = await db.execute<{ today: string; timeZone: string }>(
    sql`select (app.now() at time zone time_zone)::date as today, time_zone as "timeZone" from clients where id = ${scope.clientId}`,
  );
  const [calendar] = rows;
  if (!calendar) throw new Error(`there is no client ${scope.clientId}`);
  return calendar;
}

/** BCP 47: the client's language and country. */
export async function clientLocale(db: ScopedDb, scope: ClientScope): Promise<string> {
  const { rows } = await db.execute<{ locale: string }>(sql`select locale from clients where id = ${scope.clientId}`);
  return rows[0]?.locale ?? "en-GB";
}

export async function listCodes(db: ScopedDb, scope: ClientScope) {
  const nominal = await db
    .select({ code: nominalCodes.code })
    .from(nominalCodes)
    .where(eq(nominalCodes.clientId, scope.clientId));
  const tax = await db
    .select({
      code: taxCodes.code,
      name: taxCodes.name,
      rate: taxCodes.rate,
      kind: taxCodes.kind,
      side: taxCodes.side,
    })
    .from(taxCodes)
    .where(eq(taxCodes.clientId, scope.clientId));
  return { nominal, tax };
}

/** The staged rows have no statistics yet, and a plan that thinks them few would walk them a million times over. */
export async function planForBulk(db: ScopedDb): Promise<void> {
  await db.execute(sql`select set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)`);
}

export async function insertFaults(
  db: ScopedDb,
  scope: ClientScope,
  importId: string,
  faults: readonly LineFault[],
): Promise<void> {
  for (let at = 0; at < faults.length; at += 1000) {
    await db
      .insert(importFaults)
      .values(
        faults
          .slice(at, at + 1000)
          .map(({ line, lacks: _, ...fault }) => ({ clientId: scope.clientId, importId, lineNumber: line, ...fault })),
      );
  }
}

export async function listFaults(db: ScopedDb, scope: ClientScope, importId: string, limit: number): Promise<LineFault[]> {
  const rows = await db
    .select({
      line: importFaults.lineNumber,
      field: importFaults.field,
      value: importFaults.value,
      rule: importFaults.rule,
      fixer: importFaults.fixer,
      code: importFaults.code,
    })
    .from(importFaults)
    .where(and(eq(importFaults.clientId, scope.clientId), eq(importFaults.importId, importId)))
    .orderBy(importFaults.lineNumber, importFaults.id)
    .limit(limit);
  return rows.map(({ code, ...fault }) => (code !== null && isSyncErrorCode(code) ? { ...fault, code } : fault));
}

/** What a committed upload set aside, by line. */
export async function listSetAside(db: ScopedDb, scope: ClientScope, importId: string, limit: number) {
  return db
    .select()
    .from(importSetAside)
    .where(and(eq(importSetAside.clientId, scope.clientId), eq(importSetAside.importId, importId)))
    .orderBy(importSetAside.lineNumber)
    .limit(limit);
}
