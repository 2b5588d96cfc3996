import { setTimeout as wait } from "node:timers/promises";
import type { Database } from "#db/client.ts";
import { beginVisit, collect, deliver, leave, type Work } from "#lib/calling/transports/collector.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Mishap } from "#lib/connectors/contract/world.ts";
import type { CollectedBooks } from "#lib/connectors/testing/collected.ts";
import type { Message, RawAnswer } from "#lib/connectors/types.ts";

/** What befalls one message in the program's hands. */
export type Blow =
  /** The package did it, and the machine is switched off before the answer is brought. */
  | "done-and-gone"
  /** The machine is switched off before the package did anything. */
  | "gone"
  /** The package did it, and the answer is brought only later. */
  | "late"
  | Mishap;

/** The program on the customer's machine, between the mailbox and the throwaway's books. */
export class Collector {
  readonly #database: Database;
  readonly #scope: ClientScope;
  readonly #connectionId: string;
  readonly #books: CollectedBooks;
  readonly machine: string;
  /** How long the program waits between two looks for work, in real ms. */
  comesByMs = 40;
  /** What befalls the first message that adds a record of this number. */
  blow: { readonly number: string; readonly how: Blow } | null = null;
  /** What befalls a message besides. */
  strikes: (message: Message) => Blow | null = () => null;
  /** What it was told when it asked for work last. */
  told: Work["what"] | null = null;
  /** Operations in the order in which they were taken. */
  readonly taken: string[] = [];
  /** Called for each message that it takes. */
  onMessage: () => Promise<void> = async () => {};
  /** An answer that is still to be brought, and the visit that took its message. */
  late: { readonly visitId: string; readonly answer: RawAnswer } | null = null;

  constructor(
    on: { database: Database; scope: ClientScope; connectionId: string; books: CollectedBooks },
    machine = "OFFICE-PC",
  ) {
    this.#database = on.database;
    this.#scope = on.scope;
    this.#connectionId = on.connectionId;
    this.#books = on.books;
    this.machine = machine;
  }

  begin() {
    return beginVisit(this.#database, this.#scope, this.#connectionId, this.machine);
  }

  /**
   * Works until nothing more waits and `isOver`, or until a blow ends it.
   * @returns how it ended: the program went home, or the machine is off
   */
  async work(visitId: string, isOver: () => boolean): Promise<"home" | "off"> {
    for (;;) {
      const ending = isOver();
      const next = await collect(this.#database, this.#scope, visitId);
      this.told = next.what;
      if (next.what === "over") return "off";
      if (next.what === "message") {
        const key = next.idempotencyKey ?? next.id;
        if (await this.#carry(visitId, key, next.message)) return "off";
        continue;
      }
      if (ending) {
        await leave(this.#database, this.#scope, visitId);
        return "home";
      }
      await wait(this.comesByMs);
    }
  }

  /** @returns whether the machine is switched off by it */
  async #carry(visitId: string, key: string, message: Message): Promise<boolean> {
    this.taken.push(message.operation);
    await this.onMessage();
    const isStruck = message.body?.includes(`own="${this.blow?.number}"`) && message.operation === "add";
    const blow = isStruck ? (this.blow?.how ?? null) : this.strikes(message);
    if (isStruck) this.blow = null;
    if (blow === "gone") return true;
    const own = blow === "done-and-gone" || blow === "late" ? null : blow;
    const answer = this.#books.answerTo(key, message, own);
    if (blow === "done-and-gone") return true;
    if (blow === "late") {
      this.late = { visitId, answer };
      return true;
    }
    await deliver(this.#database, this.#scope, visitId, answer);
    return false;
  }

  /** Brings the late answer. */
  async bring(): Promise<boolean> {
    return this.bringer()();
  }

  /** What brings the answer that is late now, whatever becomes late after it. */
  bringer(): () => Promise<boolean> {
    if (!this.late) throw new Error("No answer is late");
    const { visitId, answer } = this.late;
    return () => deliver(this.#database, this.#scope, visitId, answer);
  }
}
