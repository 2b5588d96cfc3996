import { SyncError } from "#lib/errors/sync-error.ts";
import type {
  Batch,
  Connector,
  Exchanged,
  Message,
  PushOutcome,
  PushOutcomes,
  RawAnswer,
  Sighting,
} from "../types.ts";
import type { Carried, ContractWorld } from "./world.ts";

/** Most steps that one conversation may take. */
const MOST_STEPS = 20;

/** One conversation under way between a connector and its package. */
export class Talk {
  readonly batch: Batch;
  readonly key: string;
  readonly #connector: Connector;
  readonly #world: ContractWorld;
  readonly #past: Exchanged[] = [];

  constructor(
    connector: Connector,
    world: ContractWorld,
    { batch, key }: { batch: Batch; key: string },
  ) {
    this.#connector = connector;
    this.#world = world;
    this.batch = batch;
    this.key = key;
  }

  /** The next message that writes; what is read before it is carried there and back. */
  async write(): Promise<Message> {
    const step = await this.#step();
    if (step.do === "done") throw new Error("It has no more to write");
    return step.message;
  }

  /** What became of each record by how a message went, and by all that follows it. */
  async outcomes(message: Message, carried: Carried): Promise<PushOutcomes> {
    if (carried.sent === true) return this.answered(message, carried.answer);
    const outcome: PushOutcome =
      carried.sent === "laid-down"
        ? { status: "waiting" }
        : carried.sent === "maybe"
          ? { status: "unknown", why: carried.why }
          : {
              status: "not-sent",
              error: new SyncError("transient.not-sent", { said: [carried.why] }),
            };
    return new Map(this.batch.records.map((record) => [record.recordId, outcome]));
  }

  /** The same of a message without a clear answer, by a read that shows the record there: the conversation goes on from it. */
  async found(message: Message, sighting: Sighting): Promise<PushOutcomes> {
    this.#past.push({ message, found: sighting });
    const step = await this.#step();
    if (step.do === "done") return step.answer;
    return this.outcomes(step.message, await this.#world.carry(step.message, this.#keyNow()));
  }

  /** The same by the answer to it. */
  async answered(message: Message, answer: RawAnswer): Promise<PushOutcomes> {
    this.#past.push({ message, answer });
    const step = await this.#step();
    if (step.do === "done") {
      // What an answer ends is no step behind us: the same message may be sent again.
      this.#past.pop();
      return step.answer;
    }
    const { message: later } = step;
    return this.outcomes(later, await this.#world.carry(later, this.#keyNow()));
  }

  async #step() {
    for (let read = 0; read < MOST_STEPS; read += 1) {
      const about = { connection: this.batch.connection, key: this.#keyNow() };
      const step = this.#connector.push.next(this.batch, about, this.#past);
      if (step.do === "done" || step.writes) return step;
      const carried = await this.#world.carry(step.message, null);
      if (carried.sent !== true) throw new Error(`${step.message.operation} was not answered`);
      this.#past.push({ message: step.message, answer: carried.answer });
    }
    throw new Error("It reads without an end");
  }

  /** Each step has a key of its own. */
  #keyNow(): string {
    return this.#past.length === 0 ? this.key : `${this.key}S${this.#past.length}`;
  }
}
