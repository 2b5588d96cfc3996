import { z } from "zod";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { keepBack, listQueued, listStill, type SendingRow, sumQueued } from "#db/queries/export/would-send.ts";
import { moveToWithdrawn } from "#db/queries/postings/posting-moves.ts";
import { postingsIn } from "#db/queries/postings/run-members.ts";
import type { SideSum } from "#lib/common/sums.ts";

/**
 * Whether a setting may send what it lets go: `ask` saves only where nothing would go; `send` names the very set that was shown; `keep`
 * saves and keeps the rows where they are.
 */
export const sending = z.discriminatedUnion("how", [
  z.strictObject({ how: z.literal("ask") }),
  z.strictObject({ how: z.literal("send"), hash: z.string().max(64) }),
  z.strictObject({ how: z.literal("keep") }),
]);
export type Sending = z.output<typeof sending>;

/** What a setting would send, shown before it is saved. */
export interface WouldSend {
  /** Names this very set. */
  readonly hash: string;
  readonly count: number;
  /** By side and currency. */
  readonly amounts: readonly SideSum[];
  /** The first of them; `count` says how many there are. */
  readonly rows: readonly SendingRow[];
}

/** `wouldSend`: nothing was saved yet. */
export type AskedFirst<T> =
  | { readonly wouldSend: WouldSend }
  | { readonly result: T; readonly sent: number; readonly kept: number };

/** As many rows as the question lists. */
const MOST_LISTED = 20;

/** Takes the change back, and what it would send out with it. */
class Asked extends Error {
  readonly wouldSend: WouldSend;
  constructor(wouldSend: WouldSend) {
    super("asked first");
    this.wouldSend = wouldSend;
  }
}

/**
 * Saves a setting, and sends nothing by it that nobody was shown: what it would let go is counted with the change made, and the change
 * taken back unless the answer names that very set, or keeps the rows back.
 * @param frees `stopped`: rows that were held or refused and are queued by the change; `queued`: rows that are queued, and go only now
 */
export async function askFirst<T>(
  db: ScopedDb,
  scope: ClientScope,
  how: Sending,
  change: (db: ScopedDb) => Promise<T>,
  { frees = "stopped", why }: { readonly frees?: "stopped" | "queued"; readonly why: string },
): Promise<AskedFirst<T>> {
  const ids = await (frees === "stopped" ? listStill(db, scope) : listQueued(db, scope));
  try {
    return await db.transaction(async (inner) => {
      const result = await change(inner);
      const would = await sumQueued(inner, scope, ids, MOST_LISTED);
      if (would.count === 0) return { result, sent: 0, kept: 0 };
      if (how.how === "keep") {
        const kept = await (frees === "stopped"
          ? keepBack(inner, scope, ids, why)
          : moveToWithdrawn(inner, scope, postingsIn(ids)));
        return { result, sent: 0, kept };
      }
      if (how.how === "ask" || how.hash !== would.hash) throw new Asked(would);
      return { result, sent: would.count, kept: 0 };
    });
  } catch (error) {
    if (error instanceof Asked) return { wouldSend: error.wouldSend };
    throw error;
  }
}
