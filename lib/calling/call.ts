import type { Database } from "#db/client.ts";
import { blockApp, blockConnection } from "#db/queries/connections/allowances.ts";
import { clockScale, now, realMs, sleep } from "#lib/clock.ts";
import { jobScope } from "#lib/common/scope.ts";
import type {
  CalledConnector,
  CallFault,
  Connection,
  Exchange,
  Message,
  PlannedCall,
  RawAnswer,
  SendResult,
} from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { countCall, countThrottled } from "#lib/watching/metrics.ts";
import { countUse } from "#lib/watching/tally.ts";
import { inSpan } from "#lib/watching/trace.ts";
import { applyDayLeft, dropLeased, type Permit, type Restraint, takeCall } from "./limits.ts";

/** The package's limits, or our share of them, allow no call now: the job goes back to the queue instead of sleeping. */
export class PackagePause extends Error {
  /** On the one clock. */
  readonly until: Date;
  readonly why: Restraint | null;
  constructor(until: Date, why: Restraint | null = null) {
    super(`The package allows no call before ${until.toISOString()}`);
    this.name = "PackagePause";
    this.until = until;
    this.why = why;
  }
}

/** The package withdrew its consent: only a new connection by a person helps. */
export class ConnectionLost extends Error {
  readonly error: SyncError;
  constructor(error: SyncError) {
    super(error.message);
    this.name = "ConnectionLost";
    this.error = error;
  }
}

/** A read failed after all its tries. */
export class PackageUnavailable extends Error {
  readonly error: SyncError;
  constructor(error: SyncError) {
    super(error.message);
    this.name = "PackageUnavailable";
    this.error = error;
  }
}

/** Three calls in a row failed: no call is made until a person asks for work on this connection again. */
export class ConnectionStopped extends PackageUnavailable {
  constructor() {
    super(new SyncError("transient.not-sent"));
    this.name = "ConnectionStopped";
  }
}

/** One access token and its version. A call's key is replayed only under the version that it was first sent with. */
export interface AccessToken {
  readonly value: string;
  readonly version: number;
}

/** What a caller needs to know of one live connection. */
export interface CallWorld {
  readonly database: Database;
  readonly clientId: string;
  readonly connector: CalledConnector;
  readonly connection: Connection;
  /** The present token, refreshed when it is about to expire, or when it is still the version that the package has just refused. */
  readonly token: (refused?: number) => Promise<AccessToken>;
  /** Told once when the package says that consent is gone. */
  readonly onLost: (error: SyncError) => Promise<void>;
  /** Longest real wait for a permit before giving up, in ms. */
  readonly patienceMs: number;
  readonly signal?: AbortSignal;
  /** A person waits for the answer. */
  readonly staff?: boolean;
  /** Least time between two calls, in ms, where the connection has its own. */
  readonly gapMs?: number;
}

/** Never less real time than this for a call, however fast the one clock runs. */
const LEAST_REAL_MS = 4_000;
const READ_TRIES = 3;

/** How long a call of this package may take from now, in ms on the one clock. */
export function callDeadlineMs({ limits }: Pick<CalledConnector, "limits">, what: "read" | "write"): number {
  return Math.max(limits.timeoutMs[what], LEAST_REAL_MS * clockScale());
}

/**
 * Runs `work` with a permit to make one call, waited for at most `patienceMs` real milliseconds, and gives its place back.
 * @param call says which windows it counts in, and whether it needs a place among those that write
 * @throws {PackagePause | ConnectionStopped}
 */
export async function withPermit<Result>(
  world: CallWorld,
  call: PlannedCall,
  work: (permit: Permit) => Promise<Result>,
): Promise<Result> {
  const taken = await takeCall(world.database, {
    clientId: world.clientId,
    connectionId: world.connection.id,
    package: world.connector.id,
    tenantId: world.connection.tenantId,
    limits: world.connector.limits,
    call,
    staff: world.staff ?? false,
    gapMs: world.gapMs ?? world.connector.limits.gapMs,
    patienceMs: world.patienceMs,
    ...(world.signal ? { signal: world.signal } : {}),
  });
  if ("until" in taken) {
    if (taken.why === "stopped") throw new ConnectionStopped();
    throw new PackagePause(taken.until, taken.why);
  }
  try {
    return await work(taken);
  } finally {
    await taken.done();
  }
}

/**
 * Sends one message once under a permit. Takes another permit where the given one is used or has expired. Records the result for the
 * breaker and the three tries. A 401 wrote nothing: the caller refreshes the token and sends the same message again.
 */
export async function sendOnce(
  world: CallWorld,
  message: Message,
  options: { idempotencyKey: string | null; deadlineAt: Date; token: AccessToken; permit: Permit },
): Promise<SendResult> {
  const { permit } = options;
  if (!permit.use()) {
    const refused = await permit.renew();
    if (refused) return { sent: false, why: "Its permit to call expired", until: refused.until };
    permit.use();
  }
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
      countUse(world.connector, { id: world.connection.id, clientId: world.clientId }, message, result);
      if (!world.signal?.aborted) await recordResult(world, permit, message, result);
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

/** Records a call's result. Only a call that may simply be repeated counts as a try: a write that may have arrived is looked up instead. */
async function recordResult(world: CallWorld, permit: Permit, message: Message, result: SendResult): Promise<void> {
  // Held back by ourselves: that tells nothing about the package.
  if (result.sent === false && result.until) return;
  if (result.sent === false) return permit.record({ failed: "transient.not-sent", counts: true });
  const failed = { failed: "transient.server-error", counts: message.method === "GET" };
  if (result.sent === "maybe") return permit.record(failed);
  await permit.countAnswer(result.answer.status);
  const fault = world.connector.faultOf(result.answer, message);
  if (fault?.what === "rate-limited") return;
  const left = world.connector.dayLeftIn(result.answer);
  if (left !== null)
    await applyDayLeft(
      world.database,
      {
        clientId: world.clientId,
        package: world.connector.id,
        tenantId: world.connection.tenantId,
        limits: world.connector.limits,
      },
      left,
    );
  await permit.record(fault?.what === "unclear" ? failed : "answer");
}

/**
 * What a fault of the whole call means for the connection: a 429 blocks it, lost consent ends it.
 * Answers the moment from which it may be tried again, where the fault names one.
 */
export async function applyFault(world: CallWorld, fault: CallFault): Promise<Date | null> {
  if (fault.what === "rate-limited") {
    countThrottled(world.connector.id, fault.limit);
    // The concurrent limit names no time; it frees as soon as a call ends.
    const waitMs = fault.limit === "concurrent" ? 1_000 : fault.retryAfterMs;
    if (fault.limit === "app") dropLeased(world.database, world.connector.id);
    await world.database.inScope(jobScope(world.clientId), (db) =>
      fault.limit === "app"
        ? blockApp(db, `${world.connector.id}:app`, waitMs)
        : blockConnection(db, world.connection.id, waitMs, fault.limit),
    );
    return new Date(now().getTime() + waitMs);
  }
  if (fault.what === "connection-lost") await world.onLost(fault.error);
  return null;
}

/**
 * Runs one read around a call: permit, token, send, and again up to three times when nothing came back.
 * @param onAnswer is given the answer as it came, for evidence
 * @throws {PackagePause | ConnectionLost | PackageUnavailable | SyncError}
 */
export async function exchangeRead<Ask, Answer>(
  world: CallWorld,
  exchange: Exchange<Ask, Answer>,
  ask: Ask,
  onAnswer: (message: Message, answer: RawAnswer) => void = () => {},
): Promise<Answer> {
  const message = exchange.ask(ask, world.connection);
  let refreshed = false;
  let failure = new SyncError("transient.not-sent");
  for (let attempt = 1; attempt <= READ_TRIES; attempt += 1) {
    const { token, result } = await withPermit(world, { writes: false, kinds: [], message }, async (permit) => {
      const token = await world.token();
      const deadlineAt = new Date(now().getTime() + callDeadlineMs(world.connector, "read"));
      return { token, result: await sendOnce(world, message, { idempotencyKey: null, deadlineAt, token, permit }) };
    });
    if (result.sent === true) {
      const fault = world.connector.faultOf(result.answer, message);
      if (fault === null) {
        onAnswer(message, result.answer);
        return exchange.read(message, result.answer, ask);
      }
      if (fault.what === "connection-lost") {
        await applyFault(world, fault);
        throw new ConnectionLost(fault.error);
      }
      if (fault.what === "refused") throw fault.error;
      if (fault.what === "rate-limited") {
        const until = await applyFault(world, fault);
        throw new PackagePause(until ?? now(), fault.limit);
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
      if (result.sent === false && result.until) throw new PackagePause(result.until);
      failure = new SyncError("transient.not-sent", { said: [result.why] });
    }
    if (attempt < READ_TRIES) await sleep(500 * 2 ** attempt, world.signal);
  }
  throw new PackageUnavailable(failure);
}
