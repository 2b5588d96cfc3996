import { sql } from "drizzle-orm";
import { listRows, withinLines } from "#db/queries/postings/outgoing.ts";
import type { Message } from "#lib/connectors/types.ts";
import type { SyncError } from "#lib/errors/sync-error.ts";
import type { HeldNow } from "./change.ts";
import { firstMessage, type Reads, refusedBefore } from "./conversation.ts";
import { makeReady, mostOf } from "./ready.ts";
import type { PostingWorld } from "./world.ts";

/** What some rows would be sent as. */
interface Bytes {
  /** The first message of each conversation, in the order in which they would go. */
  readonly first: readonly {
    readonly postingIds: readonly string[];
    /** A read where the conversation begins with one. */
    readonly message: Message;
  }[];
  /** Rows that would not be sent, with the cause. */
  readonly held: readonly { readonly postingId: string; readonly error: SyncError }[];
  /** Rows that follow from what the package holds, which was not read. */
  readonly unread: readonly string[];
  /** Rows that the package holds as they are to be. */
  readonly done: readonly string[];
}

/** What of a world it takes to know the bytes: no lease, no token and no permit. */
type ReadingWorld = Pick<PostingWorld, "connector" | "connection" | "scope" | "inScope" | "postAs" | "lines" | "urlOf">;

/**
 * The bytes of these rows as they would be sent now: the same code makes them that sends them. No
 * call is made, and the database itself refuses any write meanwhile.
 * @param rows postings of this client and connection; of others nothing is said
 * @param known what was read of the package before: of records that it holds, and answers to reads
 */
export async function bytesOf(
  world: ReadingWorld,
  rows: readonly string[],
  known: { readonly there?: HeldNow; readonly reads?: Reads } = {},
): Promise<Bytes> {
  const first: Bytes["first"][number][] = [];
  const held: Bytes["held"][number][] = [];
  const unread: string[] = [];
  const done: string[] = [];
  await world.inScope(async (db) => {
    await db.execute(sql`set transaction read only`);
    const found = await listRows(db, world.scope, world.connection.id, rows);
    for (const group of Map.groupBy(found, groupOf).values()) {
      const [{ posting } = { posting: null }] = group;
      if (!posting) continue;
      const which = posting.externalId === null ? "new" : "held";
      const isUnread = which === "held" && !known.there;
      if (isUnread || posting.kind === "allocation") {
        unread.push(...group.map((one) => one.posting.id));
        continue;
      }
      const kinds = [...new Set(group.map((one) => one.posting.kind))];
      const there = which === "held" ? (known.there ?? null) : null;
      let rest = group;
      while (rest.length > 0) {
        const batch = withinLines(rest.slice(0, mostOf(world.connector, kinds)));
        const ready = await makeReady(db, world, batch, which, there);
        if (ready.carried.length > 0) {
          const carried = ready.carried.map(({ record, posting: { id, generation } }) => ({
            id,
            record,
            generation,
          }));
          const begins = firstMessage(world, carried, known.reads);
          if ("message" in begins) first.push({ postingIds: carried.map((one) => one.id), ...begins });
          else held.push(...refusedBefore(begins.ended, carried).map(({ one, error }) => ({ postingId: one.id, error })));
        }
        for (const one of [...ready.refused, ...ready.lacking]) held.push({ postingId: one.posting.id, error: one.error });
        done.push(...ready.done.map((one) => one.posting.id));
        const later = new Set(ready.later);
        rest = rest.filter(({ posting: one }) => !batch.includes(one) || later.has(one));
      }
    }
  });
  return { first, held, unread, done };
}

/** Rows that may go in one call: one kind of what is new, or of what is held; parties of both kinds together. */
function groupOf({ posting: { kind, externalId } }: Awaited<ReturnType<typeof listRows>>[number]): string {
  const isParty = kind === "customer" || kind === "supplier";
  return `${isParty ? "party" : kind} ${externalId === null ? "new" : "held"}`;
}
