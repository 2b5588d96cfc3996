import "server-only";
import { RateLimiterPostgres } from "rate-limiter-flexible";
import { database } from "#lib/web.ts";

const KEPT = Symbol.for("greentick.web.limiters");

interface Limiters {
  /** Changes a person makes. */
  readonly mutations: RateLimiterPostgres;
  /** Sign-in tries at one account, whoever makes them. */
  readonly account: RateLimiterPostgres;
  /** Sign-in tries from one address, whatever account. */
  readonly address: RateLimiterPostgres;
}

const kept = globalThis as typeof globalThis & { [KEPT]?: Limiters };

/** The limits on people, counted in Postgres, so that every web process counts the same. Real time: they guard against people. */
export function limiters(): Limiters {
  const common = {
    storeClient: database().pool,
    storeType: "pool",
    tableName: "person_limits",
    // Made by a migration: the web's login may create nothing.
    tableCreated: true,
  };
  kept[KEPT] ??= {
    mutations: new RateLimiterPostgres({ ...common, keyPrefix: "mutations", points: 60, duration: 60 }),
    account: new RateLimiterPostgres({ ...common, keyPrefix: "account", points: 5, duration: 15 * 60 }),
    address: new RateLimiterPostgres({ ...common, keyPrefix: "address", points: 50, duration: 15 * 60 }),
  };
  return kept[KEPT];
}

/** Takes one from a limit: null when it may be done, else in how many seconds it may. */
export async function take(limiter: RateLimiterPostgres, key: string): Promise<number | null> {
  try {
    await limiter.consume(key);
    return null;
  } catch (reason) {
    // Not by its class: the limiters are the process's, the class is each bundle's own.
    if (typeof reason === "object" && reason !== null && "msBeforeNext" in reason && typeof reason.msBeforeNext === "number") {
      return Math.max(1, Math.ceil(reason.msBeforeNext / 1000));
    }
    throw reason;
  }
}
