import type { Database } from "#db/client.ts";
import { blockConnection } from "#db/queries/allowances.ts";
import { clockScale, now, realMs, sleep } from "#lib/clock.ts";
import { jobScope } from "#lib/common/scope.ts";
import type { CallFault, Connection, DirectConnector, Exchange, Message, RawAnswer, SendResult } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { takeCall } from "#lib/jobs/limits.ts";
import { countCall, countThrottled } from "#lib/watching/metrics.ts";
import { inSpan } from "#lib/watching/trace.ts";

/** The package, or our share of its limits, allows no call now: the work is put back, nothing is slept away. */
export class PackagePause extends Error {
  /** On the one clock. */
  readonly until: Date;
  constructor(until: Date) {
    super(`The package allows no call before ${until.toISOString()}`);
    this.name = "PackagePause";
    this.until = until;
  }
}

/** Consent is gone: only a reconnect helps. */
export class ConnectionLost extends Error {
  readonly error: SyncError;
  constructor(error: SyncError) {
    super(error.message);
    this.name = "ConnectionLost";
    this.error = error;
  }
}

/** A read did not come through after its tries. */
export class PackageUnavailable extends Error {
  readonly error: SyncError;
  constructor(error: SyncError) {
    super(error.message);
    this.name = "PackageUnavailable";
    this.error = error;
  }
}

/** One access token and its lineage: a key is replayed only under the version that it was first sent with. */
export interface AccessToken {
  readonly value: string;
  readonly version: number;
}

/** What a caller needs to know of one live connection. */
export interface CallWorld {
  readonly database: Database;
  readonly clientId: string;
  readonly connector: DirectConnector;
  readonly connection: Connection;
  /** The present token, refreshed when it is about to expire, or when it is still the version that the package has just refused. */
  readonly token: (refused?: number) => Promise<AccessToken>;
  /** Told once when the package says that consent is gone. */
  readonly onLost: (error: SyncError) => Promise<void>;
  /** Longest real wait for leave to call before giving up, in ms. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal;
}

/** The package's own total time for one call, in ms on the one clock. */
export const CALL_DEADLINE_MS = 30_000;
/** Never less real time than this for a call, however fast the one clock runs. */
const LEAST_REAL_MS = 4_000;
const READ_TRIES = 3;

/** How long a call may take from now, on the one clock. */
export function callDeadlineMs(): number {
  return Math.max(CALL_DEADLINE_MS, LEAST_REAL_MS * clockScale());
}

/** Waits for leave to make one call, at most `patienceMs` real milliseconds. @throws {PackagePause} */
export async function awaitLeave(world: CallWorld): Promise<void> {
  const started = performance.now();
  for (;;) {
    const until = await takeCall(
      world.database,
      {
        clientId: world.clientId,
        connectionId: world.connection.id,
        package: world.connector.id,
        tenantId: world.connection.tenantId,
      },
      world.connector.limits,
    );
    if (until === null) return;
    const waitMs = until.getTime() - now().getTime() + 5;
    if (world.signal?.aborted || performance.now() - started + realMs(waitMs) > world.patienceMs) throw new PackagePause(until);
    await sleep(Math.max(waitMs, 1), world.signal);
  }
}

/** Sends one message once, leave already taken. The token is refreshed and the same message sent again only after a 401, which wrote nothing. */
export async function sendOnce(
  world: CallWorld,
  message: Message,
  options: { idempotencyKey: string | null; deadlineAt: Date; token: AccessToken },
): Promise<SendResult> {
  const timeoutMs = realMs(options.deadlineAt.getTime() - now().getTime());
  if (timeoutMs <= 0) return { sent: false, why: "The deadline passed before sending" };
  return inSpan(
    "provider.call",
    { "greentick.operation": message.operation, "http.request.method": message.method },
    async (span) => {
      const result = await world.connector.send(message, {
        connection: world.connection,
        accessToken: options.token.value,
        idempotencyKey: options.idempotencyKey,
        timeoutMs,
        ...(world.signal ? { signal: world.signal } : {}),
      });
      countCall(world.connector.id, result);
      if (result.sent === true) {
        span?.setAttribute("http.response.status_code", result.answer.status);
        const header = world.connector.requestIdHeader;
        const requestId = header === null ? undefined : result.answer.headers[header];
        if (requestId !== undefined) span?.setAttribute("greentick.provider_request_id", requestId);
      }
      return result;
    },
  );
}

/**
 * What a fault of the whole call means for the connection: a 429 blocks it, lost consent ends it.
 * Answers the moment from which it may be tried again, where the fault names one.
 */
export async function heedFault(world: CallWorld, fault: CallFault): Promise<Date | null> {
  if (fault.what === "rate-limited") {
    countThrottled(world.connector.id, fault.limit);
    // The concurrent limit names no time; it frees as soon as a call ends.
    const waitMs = fault.limit === "concurrent" ? 1_000 : fault.retryAfterMs;
    await world.database.inScope(jobScope(world.clientId), (db) => blockConnection(db, world.connection.id, waitMs, fault.limit));
    return new Date(now().getTime() + waitMs);
  }
  if (fault.what === "connection-lost") await world.onLost(fault.error);
  return null;
}

/**
 * Runs one read around a call: leave, token, send, and again up to three times when nothing came back.
 * @param heard is told the answer as it came, for evidence
 * @throws {PackagePause | ConnectionLost | PackageUnavailable | SyncError}
 */
export async function exchangeRead<Ask, Answer>(
  world: CallWorld,
  exchange: Exchange<Ask, Answer>,
  ask: Ask,
  heard: (message: Message, answer: RawAnswer) => void = () => {},
): Promise<Answer> {
  const message = exchange.ask(ask, world.connection);
  let refreshed = false;
  let failure = new SyncError("transient.not-sent");
  for (let attempt = 1; attempt <= READ_TRIES; attempt += 1) {
    await awaitLeave(world);
    const token = await world.token();
    const result = await sendOnce(world, message, {
      idempotencyKey: null,
      deadlineAt: new Date(now().getTime() + callDeadlineMs()),
      token,
    });
    if (result.sent === true) {
      const fault = world.connector.faultOf(result.answer, message);
      if (fault === null) {
        heard(message, result.answer);
        return exchange.read(message, result.answer, ask);
      }
      if (fault.what === "connection-lost") {
        await heedFault(world, fault);
        throw new ConnectionLost(fault.error);
      }
      if (fault.what === "refused") throw fault.error;
      if (fault.what === "rate-limited") {
        const until = await heedFault(world, fault);
        throw new PackagePause(until ?? now());
      }
      if (fault.what === "token-expired") {
        if (refreshed) {
          await world.onLost(fault.error);
          throw new ConnectionLost(fault.error);
        }
        refreshed = true;
        await world.token(token.version);
        attempt -= 1;
        continue;
      }
      failure = new SyncError("transient.server-error", { httpStatus: result.answer.status });
    } else {
      failure = new SyncError("transient.not-sent", { said: [result.why] });
    }
    await sleep(500 * 2 ** attempt, world.signal);
  }
  throw new PackageUnavailable(failure);
}
