import type { ScopedDb } from "#db/client.ts";
import { noteCorrections } from "#db/queries/export/corrections.ts";
import { contactNames, followContacts } from "#db/queries/links/follow-contacts.ts";
import { audit } from "#lib/audit.ts";
import { exchangeRead } from "#lib/calling/call.ts";
import type { OutgoingRecord, SeenRecord } from "#lib/common/records.ts";
import { judgePostings } from "#lib/pending/precheck.ts";
import { pullContacts } from "#lib/pulling/contacts.ts";
import type { Names } from "./compare.ts";
import type { PostingWorld } from "./world.ts";

/**
 * Reads the package's contacts and follows what became of those that ours are linked to: merges (asked about where the two are not alike),
 * renames and archives, each with an entry in the corrections log and the audit.
 * @throws what a read of the package throws
 */
export async function readAndFollow(world: PostingWorld): Promise<void> {
  const { database, scope, connection, connector } = world;
  await pullContacts({
    database,
    scope,
    connection,
    connector,
    exchange: (exchange, ask) => exchangeRead(world, exchange, ask),
  });
  await world.inScope((db) => follow(db, world));
}

/** The same, for contacts that were read already. */
export async function follow(db: ScopedDb, { scope, connection }: Pick<PostingWorld, "scope" | "connection">): Promise<void> {
  const { followed, asked } = await followContacts(db, scope, connection.id);
  if (followed.length > 0) {
    await noteCorrections(db, scope, followed);
    await audit(db, scope, { action: "contact.followed", subject: `${followed.length} contacts`, detail: { followed } });
  }
  if (asked > 0) await judgePostings(db, scope, "open");
}

/** A contact that was sent, and the one that a read saw. */
export interface ContactPair {
  readonly ours: string | null;
  readonly theirs: string | null;
}

/** The contacts of a record and of what a read saw of it; none of what is no document. */
export const pairOf = (sent: OutgoingRecord, seen: SeenRecord): ContactPair => ({
  ours: "contactExternalId" in sent ? sent.contactExternalId : null,
  theirs: seen.family === "document" ? seen.contactExternalId : null,
});

/**
 * The same names, with those of the contacts by which these differ, and which of them were merged into which: an id says nothing to a
 * reader, and a merge is no difference. Mostly none differ, and nothing is asked.
 */
export async function withContacts(
  db: ScopedDb,
  connectionId: string,
  names: Names,
  pairs: readonly ContactPair[],
): Promise<Names> {
  const ids = pairs.flatMap(({ ours, theirs }) => (ours === theirs ? [] : [ours, theirs])).filter((id) => id !== null);
  if (ids.length === 0) return names;
  const found = await contactNames(db, connectionId, ids);
  return {
    ...names,
    contact: (id) => found.get(id)?.name ?? "a contact that is not on the list",
    survivor: (id) => found.get(id)?.survivor ?? id,
  };
}

/** Whether a read saw a document under another contact than was sent, and no merge that is known explains it. */
export const isUnexplained = (names: Names, pairs: readonly ContactPair[]): boolean =>
  pairs.some(({ ours, theirs }) => ours !== null && theirs !== null && ours !== theirs && names.survivor?.(ours) !== theirs);
