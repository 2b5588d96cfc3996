import type { Database } from "#db/client.ts";
import {
  IntegrationOffError,
  leaseTokens,
  type PermitAsked,
  type PermitTaken,
  takePermits,
} from "#db/queries/connections/allowances.ts";
import { realMs } from "#lib/clock.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import type { PackageId } from "#lib/connectors/types.ts";
import { marginMs } from "./windows.ts";

/** What one call asks for beside its share of the app's minute, which the batcher leases for many. */
type Ask = Omit<PermitAsked, "chunk" | "appAnswered">;

/** The batcher's answer, and when its permit was granted, by `performance.now()`. */
type Answer = PermitTaken & { readonly since: number };

interface Waiting {
  readonly ask: Ask;
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Calls whose permits are asked for in one statement. */
const MOST = 64;
/** Tokens of the app's minute leased at least: for the calls that follow at once, but no more than fill again within so many ms. */
const AHEAD = 5;
const AHEAD_MS = 30;

/**
 * Where the calls of one process ask for permits. Whoever asks while a statement is under way waits for the next, which asks for all of
 * them: one transaction for many calls of a night, and one for one call when there is no other.
 */
class PermitBatcher {
  /** Answers of the package that were not recorded with the app's breaker yet. */
  answered = 0;
  readonly #database: Database;
  readonly #app: string;
  /** Tokens of the app's minute in hand. */
  #tokens = 0;
  #leasedAt = 0;
  #probe = false;
  readonly #line: Waiting[] = [];
  #serving = false;

  constructor(database: Database, packageId: PackageId) {
    this.#database = database;
    this.#app = `${packageId}:app`;
  }

  /** @throws {IntegrationOffError} while the integration is switched off */
  ask(ask: Ask): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#line.push({ ask, resolve, reject });
      if (!this.#serving) void this.#serve();
    });
  }

  /** Drops the leased tokens unused. */
  drop(): void {
    this.#tokens = 0;
  }

  async #serve(): Promise<void> {
    this.#serving = true;
    while (this.#line.length > 0) {
      const batch = this.#line.splice(0, MOST);
      try {
        await this.#answer(batch);
      } catch (error) {
        for (const one of batch) one.reject(error);
      }
    }
    this.#serving = false;
  }

  async #answer(batch: readonly Waiting[]): Promise<void> {
    const practice = jobPracticeScope();
    const life = realMs(marginMs()) / 2;
    const fresh = () => performance.now() - this.#leasedAt < life / 2;
    if (!fresh()) this.#tokens = 0;
    const [first] = batch;
    if (this.#tokens < batch.length && first) {
      const { intervalMs, burst, staffShare } = first.ask;
      const appAnswered = this.answered;
      const asked = performance.now();
      const leased = await this.#database.inScope(practice, (db) =>
        leaseTokens(db, {
          app: this.#app,
          chunk: Math.max(batch.length - this.#tokens, Math.min(AHEAD, Math.floor(AHEAD_MS / intervalMs))),
          intervalMs,
          burst,
          staffShare,
          appAnswered,
        }),
      );
      this.answered -= appAnswered;
      // Cached tokens keep the time at which the older lease was taken.
      if (this.#tokens === 0) this.#leasedAt = asked;
      this.#tokens += leased.tokens;
      this.#probe = leased.probe;
      if (this.#tokens === 0) {
        for (const one of batch)
          one.resolve({ until: leased.until, why: leased.why, tokens: 0, probe: false, tries: 0, since: asked });
        return;
      }
    }
    // The rest asks in the next statement; a breaker lets one call through.
    const served = batch.slice(0, this.#tokens);
    this.#line.unshift(...batch.slice(served.length));
    this.#tokens -= served.length;
    const since = this.#leasedAt;
    const probe = this.#probe;
    this.#probe = false;
    let taken: PermitTaken[];
    try {
      taken = await this.#database.inScope(practice, (db) =>
        takePermits(
          db,
          served.map(({ ask }) => ({ ...ask, chunk: 0, appAnswered: 0 })),
        ),
      );
    } catch (error) {
      for (const one of served) one.reject(error);
      return;
    }
    for (const [index, one] of served.entries()) {
      const answer = taken[index];
      if (!answer) one.reject(new Error("The limits gave no answer"));
      else if (answer.why === "off") one.reject(new IntegrationOffError());
      else one.resolve({ ...answer, probe: answer.probe || probe, since });
      if (answer?.why !== null && since === this.#leasedAt) {
        this.#tokens += 1;
        this.#probe = probe;
      }
    }
  }
}

const batchers = new WeakMap<Database, Map<PackageId, PermitBatcher>>();

/** The batcher of this process for one package. */
export function batcherOf(database: Database, packageId: PackageId): PermitBatcher {
  let ofDatabase = batchers.get(database);
  if (!ofDatabase) {
    ofDatabase = new Map();
    batchers.set(database, ofDatabase);
  }
  let batcher = ofDatabase.get(packageId);
  if (!batcher) {
    batcher = new PermitBatcher(database, packageId);
    ofDatabase.set(packageId, batcher);
  }
  return batcher;
}
