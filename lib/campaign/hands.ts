import { findOpenRun } from "#db/queries/export/runs.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import { withdraw } from "#lib/posting/mark.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { retry } from "#lib/posting/retry.ts";
import { stopRun } from "#lib/posting/stop-run.ts";
import { importsOf } from "#lib/testing/scene-records.ts";
import { tried } from "./engine-scene.ts";
import type { ScratchProduct } from "./product.ts";
import { listStopped, listTouchable, listWaitingDocuments } from "./seed-sql.ts";
import type { Books } from "./verdict.ts";

const ACTS = ["amend", "amend", "withdraw", "withdraw", "stop", "retry"] as const;

/**
 * People who get in the way: they amend, withdraw, stop and retry at moments that the seed chooses, most of all what is half done. At the
 * end they ask for all that they took back.
 */
export class Hands {
  readonly #product: ScratchProduct;
  readonly #books: readonly Books[];
  readonly #random: () => number;
  /** How often each was done. */
  readonly done: Record<string, number> = {};

  constructor(product: ScratchProduct, books: readonly Books[], random: () => number) {
    this.#product = product;
    this.#books = books;
    this.#random = random;
  }

  /** One thing, to one client. */
  async act(): Promise<void> {
    const act = this.#pick(ACTS);
    const books = this.#pick(this.#books);
    if (act && books && (await this.#do(act, books.scope))) this.done[act] = (this.done[act] ?? 0) + 1;
  }

  #pick<One>(of: readonly One[]): One | undefined {
    return of[Math.floor(this.#random() * of.length)];
  }

  async #do(act: (typeof ACTS)[number], scope: ClientScope): Promise<boolean> {
    const { database } = this.#product;
    if (act === "stop") {
      const run = await database.inScope(scope, (db) => findOpenRun(db, scope));
      return run !== null && tried(database.inScope(scope, (db) => stopRun(db, scope, run.id)));
    }
    if (act === "retry") return this.#retry(scope);
    const rows = await database.inScope(scope, (db) => listTouchable(db, scope, this.#random()));
    // Those under way stand first, and are taken more often than not.
    const row = this.#random() < 0.7 ? rows[0] : this.#pick(rows);
    if (!row) return false;
    if (act === "withdraw") return tried(database.inScope(scope, (db) => withdraw(db, scope, { ids: [row.id] })));
    const fifth = 1n + BigInt(Math.floor(this.#random() * 20_000));
    const code = row.kind === "bill" ? "BUY20" : "STD20";
    await importsOf(database, scope).amend(row.number, fifth * 5n, { code, minor: fifth });
    return true;
  }

  async #retry(scope: ClientScope): Promise<boolean> {
    const { database } = this.#product;
    const ids = await database.inScope(scope, (db) => listStopped(db, scope));
    return ids.length > 0 && tried(database.inScope(scope, (db) => retry(db, scope, { ids })));
  }

  /** Asks for all that was taken back or came since, and retries what was refused. @returns whether there was anything */
  async askForAll(): Promise<boolean> {
    let isAny = false;
    for (const { scope } of this.#books) {
      await this.#product.database.inScope(scope, async (db) => {
        const ids = await listWaitingDocuments(db, scope, 1, 1_000);
        if (ids.length > 0) await queueUpload(db, scope, { ids });
        isAny ||= ids.length > 0;
      });
      if (await this.#retry(scope)) isAny = true;
    }
    return isAny;
  }
}
