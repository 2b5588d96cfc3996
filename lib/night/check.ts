import { leaseSeconds } from "#db/queries/common/leases.ts";
import { IntegrationOffError } from "#db/queries/connections/allowances.ts";
import {
  type ClaimedNight,
  countLiveConnections,
  findWebhookState,
  type NightOutcome,
  renewLeases,
  saveNightOutcomes,
  unsafeClaimNight,
} from "#db/queries/nights/nights.ts";
import { type AccessToken, ConnectionLost, exchangeRead, PackagePause, PackageUnavailable } from "#lib/calling/call.ts";
import { tokenFor } from "#lib/calling/tokens.ts";
import { now } from "#lib/clock.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { connectorFor, hasConnector } from "#lib/connectors/registry.ts";
import { type Exchange, type PackageStream, type PulledPage, streamsOf } from "#lib/connectors/types.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import { log } from "#lib/log.ts";
import type { PostingWorld } from "#lib/posting/world.ts";
import { postingWorldOf, type WorkerContext } from "#lib/posting/world-of.ts";
import { pullDocuments } from "#lib/pulling/documents.ts";
import { pullPayments } from "#lib/pulling/payments.ts";
import { wakeConnection } from "#lib/queue/queue.ts";
import { NIGHT_POLICY } from "./policy.ts";

/** Times that a connection is asked in one night before it is left to the next. */
const MOST_TRIES = 3;

/**
 * Takes some waiting connections of the night and asks each for what changed: documents and payments since the last read. One with
 * nothing new and nothing to send is done with that, written together with its neighbours; what has changed is stored as it was read;
 * one with something to send is handed to the worker's ordinary time slice. Nothing is lost by a kill: a connection is done when its run says so.
 * @param worldIn another way to a connection's world, for tests
 * @returns how many were taken up
 */
export async function checkNight(
  context: WorkerContext,
  worldIn: (one: ClaimedNight, context: CheckContext, tokens: Tokens) => PostingWorld = worldOf,
): Promise<number> {
  const { database } = context;
  const practice = jobPracticeScope();
  const claimed = await database.inScope(practice, (db) =>
    unsafeClaimNight(db, practice, { owner: context.owner, most: NIGHT_POLICY.chunk }),
  );
  if (claimed.length === 0) return 0;
  const began = now();
  // One chunk may hold connections of several packages: what one package's webhooks tell says nothing of another's.
  const packages = [...new Set(claimed.map((one) => one.package))];
  const { webhooks, thrifty } = await database.inScope(practice, async (db) => ({
    webhooks: new Map(await Promise.all(packages.map(async (id) => [id, await findWebhookState(db, id)] as const))),
    thrifty: (await countLiveConnections(db, practice)) > NIGHT_POLICY.nightlyListsUpTo,
  }));
  const tells = (one: ClaimedNight): boolean => {
    const { validAt, wholeSince } = webhooks.get(one.package) ?? { validAt: null, wholeSince: null };
    const documentsAsOf = readDocumentsUpTo(one);
    if (validAt === null || wholeSince === null || documentsAsOf === null) return false;
    const live = began.getTime() - validAt.getTime() < NIGHT_POLICY.webhooksLiveMs;
    return live && wholeSince <= documentsAsOf && (one.eventAt === null || one.eventAt < documentsAsOf);
  };
  const lost = new AbortController();
  let held: readonly ClaimedNight[] = claimed;
  const renew = setInterval(
    () => {
      database
        .inScope(practice, (db) => renewLeases(db, practice, held))
        .then((kept) => {
          if (held.some((one) => !kept.has(one.id))) lost.abort();
        })
        // The next beat tries again; what is written asks for the lease itself.
        .catch(() => {});
    },
    (leaseSeconds() * 1000) / 3,
  );
  const tokens: Tokens = new Map();
  const outcomes: NightOutcome[] = [];
  const line = [...claimed];
  try {
    await Promise.all(
      Array.from({ length: NIGHT_POLICY.inFlight }, async () => {
        for (let one = line.shift(); one !== undefined; one = line.shift()) {
          const within = { ...context, lost: lost.signal };
          const world = () => worldIn(one, within, tokens);
          outcomes.push(await checkOne(within, one, { told: tells(one), thrifty, world }));
        }
      }),
    );
  } finally {
    clearInterval(renew);
    held = [];
  }
  await database.inScope(practice, async (db) => {
    await saveNightOutcomes(db, practice, outcomes, began);
    // A credit note of which an event told is read in an ordinary time slice; documents that changed bring one by themselves.
    const told = new Set(
      claimed.flatMap((one) => {
        const documentsAsOf = readDocumentsUpTo(one);
        return one.eventAt && documentsAsOf && one.eventAt >= documentsAsOf ? [one.id] : [];
      }),
    );
    for (const one of outcomes)
      if (one.state === "work" || (one.state === "done" && told.has(one.id))) await wakeConnection(db, one.id);
  });
  return claimed.length;
}

/** By grant. */
type Tokens = Map<string, Promise<AccessToken>>;

interface CheckContext extends WorkerContext {
  readonly lost: AbortSignal;
}

async function checkOne(
  context: CheckContext,
  one: ClaimedNight,
  { told, thrifty, world: open }: { told: boolean; thrifty: boolean; world: () => PostingWorld },
): Promise<NightOutcome> {
  const counted = { calls: 0, bytesIn: 0 };
  const done = (state: NightOutcome["state"], rest: Partial<NightOutcome> = {}): NightOutcome => ({
    runId: one.runId,
    id: one.id,
    fence: one.fence,
    state,
    ...counted,
    read: [],
    changed: 0,
    tries: one.tries,
    ...rest,
  });
  if (context.stopping.aborted || context.lost.aborted) return done("later");
  const oneWay = one.settings.direction === "out";
  const work = one.hasWork || one.listsOverdue || (!thrifty && one.listsDue);
  if (oneWay) return done(work ? "work" : "done");
  let changed = 0;
  try {
    const world = open();
    // Its program is not there to be asked: its own next visit brings what changed.
    if (world.isThere && !(await world.isThere())) return done(work ? "work" : "done");
    const exchange = counting(world, counted);
    const nightly = world.connector.streams.filter(({ every }) => every === "night");
    const payments = nightly.filter(({ gives }) => gives.includes("payments"));
    const documents = told ? [] : nightly.filter(({ gives }) => !gives.includes("payments"));
    for (const stream of documents) changed += await readDocuments(world, one, stream, exchange);
    changed += await readPayments(world, one, payments, exchange);
    return done(work ? "work" : "done", { read: [...documents, ...payments].map(({ id }) => id), changed });
  } catch (error) {
    // A call that our own stop cut off is no failed try: whoever takes the connection up next asks again.
    if (context.stopping.aborted || context.lost.aborted) return done("later", { changed });
    if (error instanceof PackagePause) return done("later", { changed, retryAt: error.until, why: error.message });
    if (error instanceof ConnectionLost) return done("failed", { changed, why: error.error.message });
    if (error instanceof IntegrationOffError) return done("later", { changed });
    const expected = error instanceof PackageUnavailable || error instanceof SyncError;
    if (!expected) log.error({ error, connectionId: one.id }, "a connection could not be checked in the night");
    const why = expected ? error.message : "Something went wrong on our side.";
    const tries = one.tries + 1;
    if (tries >= MOST_TRIES) return done("failed", { changed, why, tries });
    return done("later", { changed, why, tries, retryAt: new Date(now().getTime() + 60_000 * 5 ** tries) });
  }
}

type Ask = <Question, Answer>(exchange: Exchange<Question, Answer>, ask: Question) => Promise<Answer>;

function counting(world: PostingWorld, counted: { calls: number; bytesIn: number }): Ask {
  return (exchange, ask) =>
    exchangeRead(world, exchange, ask, (_message, answer) => {
      counted.calls += 1;
      counted.bytesIn += answer.body.length;
    });
}

/** Whether a page leaves everything as it is: then nothing is written for it, and its cursor is the one that stands. */
const isQuiet = (page: PulledPage, cursor: string | null) => page.same === true && !page.more && page.cursor === cursor;

/** The pages that were read already, by stream, then whatever the package has beyond them. */
function after(pages: ReadonlyMap<string, PulledPage>, exchange: Ask): Ask {
  const left = new Map<unknown, unknown>(pages);
  return async <Question, Answer>(of: Exchange<Question, Answer>, ask: Question): Promise<Answer> => {
    const stream = typeof ask === "object" && ask !== null && "stream" in ask ? ask.stream : null;
    const page = left.get(stream);
    if (page === undefined) return exchange(of, ask);
    left.delete(stream);
    // What a stream was asked for is answered by a page.
    return page as Answer;
  };
}

/** Since when a claimed connection's documents are as they are known; null while a stream of them was never read to its end. */
function readDocumentsUpTo(one: ClaimedNight): Date | null {
  // A package that this version does not know keeps no other connection of the night waiting.
  if (!hasConnector(one.package)) return null;
  const streams = streamsOf(connectorFor(one.package), "documents");
  const read = streams.map((stream) => one.readings.get(stream.id)?.asOf ?? null);
  const times = read.flatMap((asOf) => asOf?.getTime() ?? []);
  return times.length === 0 || times.length < read.length ? null : new Date(Math.min(...times));
}

async function readDocuments(world: PostingWorld, one: ClaimedNight, stream: PackageStream, exchange: Ask): Promise<number> {
  const { connection, connector, database, scope } = world;
  const cursor = one.readings.get(stream.id)?.cursor ?? null;
  const page = await exchange(connector.pull, { connection, stream: stream.id, cursor });
  if (isQuiet(page, cursor)) return 0;
  let changed = 0;
  let next = after(new Map([[stream.id, page]]), exchange);
  for (let more = true; more; next = exchange) {
    const result = await pullDocuments({ database, scope, connection, connector, stream, exchange: next });
    changed += result.changed;
    more = result.more;
  }
  return changed;
}

/** Payments: a quiet night asks each of their streams once and writes nothing. */
async function readPayments(
  world: PostingWorld,
  one: ClaimedNight,
  streams: readonly PackageStream[],
  exchange: Ask,
): Promise<number> {
  const { connection, connector, database, scope } = world;
  const pages = new Map<string, PulledPage>();
  let isQuietNight = true;
  for (const stream of streams) {
    const cursor = one.readings.get(stream.id)?.cursor ?? null;
    const page = await exchange(connector.pull, { connection, stream: stream.id, cursor, light: true });
    pages.set(stream.id, page);
    isQuietNight &&= isQuiet(page, cursor);
  }
  if (isQuietNight) return 0;
  const result = await pullPayments({ database, scope, connection, connector, exchange: after(pages, exchange), light: true });
  return result.changed;
}

/** The world of one claimed connection: one token for all that share a grant, asked for once a chunk. */
function worldOf(one: ClaimedNight, context: CheckContext, tokens: Tokens): PostingWorld {
  const lease = { fence: one.fence, isFresh: () => !context.lost.aborted, lost: context.lost };
  const world = postingWorldOf(context, one, lease);
  const scope = jobScope(one.clientId);
  const grant = one.grantId;
  if (grant === null) return { ...world, scope };
  return {
    ...world,
    scope,
    token: (refused) => {
      const known = tokens.get(grant);
      if (known && refused === undefined) return known;
      const asked = tokenFor(context.database, one.id, refused === undefined ? {} : { force: true, refused });
      tokens.set(grant, asked);
      asked.catch(() => tokens.delete(grant));
      return asked;
    },
  };
}
