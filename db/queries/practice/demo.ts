import { eq, sql } from "drizzle-orm";
import type { ClientScope, PracticeScope, ScopedDb } from "#db/client.ts";
import { demoScene, practice } from "#db/schema/work.ts";
import type { RecordKind } from "#lib/common/records.ts";
import type { PostingState } from "#lib/model/states.ts";

export interface DemoScene {
  readonly done: number;
  readonly total: number;
  readonly endedAt: Date | null;
  readonly fault: string | null;
}

/** How far the demo's own clients are; null where this is no demo. */
export async function findDemoScene(db: ScopedDb): Promise<DemoScene | null> {
  const [row] = await db
    .select({ done: demoScene.done, total: demoScene.total, endedAt: demoScene.endedAt, fault: demoScene.fault })
    .from(demoScene);
  return row ?? null;
}

/** Makes the practice of a demo in a database that has none yet, and marks it as one. A practice that is there stays what it is. */
export async function addDemoPractice(db: ScopedDb, _scope: PracticeScope, name: string): Promise<void> {
  const made = await db.insert(practice).values({ id: 1, name }).onConflictDoNothing().returning({ id: practice.id });
  if (made.length > 0) await db.insert(demoScene).values({ id: 1 }).onConflictDoNothing();
}

/** Notes how far the scene is. */
export async function saveDemoScene(db: ScopedDb, _scope: PracticeScope, change: Partial<DemoScene>): Promise<void> {
  await db.update(demoScene).set(change).where(eq(demoScene.id, 1));
}

export interface DemoRow extends Record<string, unknown> {
  readonly id: string;
  readonly recordId: string;
  readonly reference: string;
  readonly kind: RecordKind;
  readonly state: PostingState;
  readonly panel: string;
  readonly revision: number;
  readonly issuedOn: string;
  readonly errorCode: string | null;
  /** A run has it before it, and its turn has not come. */
  readonly chosen: boolean;
  /** The package's id, once it is linked. */
  readonly externalId: string | null;
}

/** The current rows of the client's documents. */
export async function listDemoRows(db: ScopedDb, scope: ClientScope): Promise<readonly DemoRow[]> {
  const { rows } = await db.execute<DemoRow>(sql`
    select p.id, p.record_id as "recordId", p.reference, p.kind, p.state, p.panel, p.revision, p.issued_on::text as "issuedOn", p.error_code as "errorCode",
      exists (select from run_members m where m.posting_id = p.id and m.outcome is null) as chosen,
      (select r.external_id from external_refs r where r.connection_id = p.connection_id and r.record_id = p.record_id and r.family = 'document' limit 1)
        as "externalId"
    from postings p join documents d on d.id = p.record_id where p.client_id = ${scope.clientId} and p.current order by p.reference`);
  return rows;
}

/** Whether nothing of the client is on its way: every run has ended, and nothing was sent that has not been read back. */
export async function isDemoSettled(db: ScopedDb, scope: ClientScope): Promise<boolean> {
  const { rows } = await db.execute<{ settled: boolean }>(sql`
    select not exists (select from postings p where p.client_id = ${scope.clientId} and p.current and p.state in ('queued', 'waiting', 'sending', 'posted'))
      and not exists (select from run_members m join runs r on r.id = m.run_id where r.client_id = ${scope.clientId} and m.outcome is null
        and not exists (select from postings u where u.id = m.posting_id and u.state = 'unknown')) as settled`);
  return rows[0]?.settled ?? false;
}

/** What became of the client's last night: the state of its part of it; null before the first. */
export async function findDemoNight(db: ScopedDb, scope: ClientScope): Promise<string | null> {
  const { rows } = await db.execute<{ state: string }>(sql`
    select state from runs where client_id = ${scope.clientId} and night_on is not null order by night_on desc limit 1`);
  return rows[0]?.state ?? null;
}
