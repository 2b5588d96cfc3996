import type {
  DocumentKind,
  OutgoingDocument,
  OutgoingHelper,
  OutgoingRecord,
  RecordKind,
} from "#lib/common/records.ts";
import type {
  Batch,
  ConfirmPage,
  ConfirmRequest,
  Connector,
  Exchange,
  PackageLists,
  PushedRef,
  PushOutcome,
  PushOutcomes,
  Sighting,
} from "../types.ts";
import { type ContractLists, makeRecord, type Named, refTo, revenuesOf } from "./records.ts";
import { Talk } from "./talk.ts";
import type { ContractWorld, Subject } from "./world.ts";

const MOST_PAGES = 100;

/** One package under contract with the suite's own records in its books: what the rings work on. */
export class Stage {
  readonly connector: Connector;
  readonly #subject: Subject;
  #world: ContractWorld | null = null;
  #named: Named | null = null;
  #serial = 0;

  constructor(subject: Subject) {
    this.#subject = subject;
    this.connector = subject.connector;
  }

  /** Makes the world, reads its lists and sends what the suite's records name. */
  async open(): Promise<void> {
    this.#world = await this.#subject.makeWorld();
    const { baseCurrency } = this.#world.connection;
    const contacts = new Map<RecordKind, string>();
    const items = new Map<string, string>();
    const named = { baseCurrency, lists: await this.#readLists(), contacts, items };
    this.#named = { ...named, payable: "", allocatable: "" };
    const idOf = async (kind: RecordKind) => {
      const record = this.make(kind);
      return accepted((await this.push([record])).get(record.recordId));
    };
    const takes = (kind: RecordKind) => this.connector.can.push.includes(kind);
    for (const kind of ["customer", "supplier"] as const)
      if (takes(kind)) contacts.set(kind, await idOf(kind));
    // Where sales lines name items, the accounts that the suite's documents post to have theirs first.
    if (takes("helper")) {
      for (const { externalId } of revenuesOf(named.lists).slice(0, 2)) {
        const helper = { ...this.make("helper"), accountExternalId: externalId } as OutgoingHelper;
        items.set(externalId, accepted((await this.push([helper])).get(helper.recordId)));
      }
    }
    this.#named = {
      ...named,
      payable: takes("payment") ? await idOf("sales-invoice") : "",
      allocatable: takes("allocation") ? await idOf("sales-credit-note") : "",
    };
  }

  async close(): Promise<void> {
    await this.#world?.close();
  }

  get world(): ContractWorld {
    if (!this.#world) throw new Error("The world is not made yet");
    return this.#world;
  }

  get accounts(): ContractLists["accounts"] {
    return this.#named?.lists.accounts ?? [];
  }

  /** A key that no other call has. */
  key(): string {
    this.#serial += 1;
    return `CONTRACT${this.#serial}`;
  }

  /** A record that no other call has sent. */
  make(kind: DocumentKind): OutgoingDocument;
  make(kind: RecordKind): OutgoingRecord;
  make(kind: RecordKind): OutgoingRecord {
    if (!this.#named) throw new Error("The world is not made yet");
    this.#serial += 1;
    return makeRecord(kind, this.#serial, this.#named);
  }

  batchOf(records: readonly OutgoingRecord[]): Batch {
    return { connection: this.world.connection, records };
  }

  /** A conversation that brings these records to the package. */
  talk(records: readonly OutgoingRecord[], key = this.key()): Talk {
    return new Talk(this.connector, this.world, { batch: this.batchOf(records), key });
  }

  /** Carries one batch there and back; what became of each record, by its id. */
  async push(records: readonly OutgoingRecord[], key = this.key()): Promise<PushOutcomes> {
    const talk = this.talk(records, key);
    const message = await talk.write();
    return talk.outcomes(message, await this.world.carry(message, key));
  }

  /** Carries one question there and back. @throws {Error} when no clear answer came */
  async exchange<Ask, Answer>(exchange: Exchange<Ask, Answer>, ask: Ask): Promise<Answer> {
    const message = exchange.ask(ask, this.world.connection);
    const carried = await this.world.carry(message, null);
    if (carried.sent !== true) throw new Error(`${message.operation} was not answered`);
    const { answer } = carried;
    if (this.connector.faultOf(answer, message))
      throw new Error(`${message.operation}: ${answer.status} ${answer.body.slice(0, 300)}`);
    return exchange.read(message, answer, ask);
  }

  /** Reads back, page by page, what the package holds under these references. */
  async confirm(refs: readonly PushedRef[]): Promise<Sighting[]> {
    const seen: Sighting[] = [];
    const kind = refs[0]?.kind ?? "sales-invoice";
    let cursor: string | null = null;
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const request: ConfirmRequest = {
        connection: this.world.connection,
        kind,
        refs,
        since: new Date(0),
        cursor,
      };
      const page: ConfirmPage = await this.exchange(this.connector.confirm, request);
      seen.push(...page.sightings);
      cursor = page.next;
      if (cursor === null) return seen;
    }
    throw new Error("The read-back has no end");
  }

  /** Sends one record and answers the package's id of it. */
  async sent(record: OutgoingRecord): Promise<string> {
    return accepted((await this.push([record])).get(record.recordId));
  }

  /** Reads one record back, by the package's id or by our reference without one. */
  async seen(record: OutgoingRecord, externalId: string | null): Promise<Sighting[]> {
    return await this.confirm([refTo(record, externalId)]);
  }

  async #readLists(): Promise<ContractLists> {
    const accounts: ContractLists["accounts"][number][] = [];
    const taxRates: ContractLists["taxRates"][number][] = [];
    let cursor: string | null = null;
    do {
      const page: PackageLists = await this.exchange(this.connector.discover, cursor);
      accounts.push(...(page.accounts ?? []));
      taxRates.push(...(page.taxRates ?? []));
      cursor = page.next;
    } while (cursor !== null);
    // A package without a list of rates gives its own, as the engine takes them.
    const fixed = this.connector.fixedTaxRates ?? [];
    return { accounts, taxRates: taxRates.length === 0 ? [...fixed] : taxRates };
  }
}

/** The package's id of what it accepted. @throws {Error} with its words when it did not */
export function accepted(outcome: PushOutcome | undefined): string {
  if (outcome?.status === "accepted") return outcome.externalId;
  const why =
    outcome && "error" in outcome
      ? `${outcome.error.code} ${JSON.stringify(outcome.error.detail)}`
      : JSON.stringify(outcome);
  throw new Error(`expected it to be accepted, not ${outcome?.status}: ${why}`);
}
