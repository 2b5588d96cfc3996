import type { ClientScope, ScopedDb } from "#db/client.ts";
import { type Cause, countBlocked, listCauses } from "#db/queries/causes.ts";
import { findIntegration, lockIntegration } from "#db/queries/integration.ts";
import { insertRun } from "#db/queries/posting-moves.ts";
import { listPresent, type Present } from "#db/queries/presence.ts";
import { freezeMembers } from "#db/queries/run-members.ts";
import { findOpenRun, type RunProgress } from "#db/queries/runs.ts";
import { type ChangeGroup, groupReady, hashReady, listReadyAmong, READY } from "#db/queries/synchronise.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { wakeConnection } from "#lib/jobs/queue.ts";
import { uploadBlockers } from "#lib/setup/checklist.ts";
import { refuseWhenOff } from "#lib/setup/integration-off.ts";
import { currentTraceParent } from "#lib/watching/trace.ts";
import { judgePostings } from "./precheck.ts";

/** The run that is under way, as whoever would start another is told. */
export interface RunningRun {
  readonly id: string;
  readonly number: number;
  readonly kind: RunProgress["kind"];
  readonly startedBy: string;
}

export interface SynchronisePreview {
  readonly running: RunningRun | null;
  /** Why nothing can be sent, a sentence each. */
  readonly blockers: readonly string[];
  /** Names the change set below; Yes applies exactly this one. */
  readonly hash: string;
  readonly changes: readonly ChangeGroup[];
  readonly blocked: {
    readonly count: number;
    /** The causes that block most, as Error Feedback words them. */
    readonly causes: readonly Cause[];
  };
  readonly readsPayments: boolean;
  /** Records of the change set that somebody else has open, and mappings that somebody may be changing. */
  readonly open: readonly { readonly name: string; readonly what: string }[];
}

export type Synchronised =
  | { readonly started: true; readonly run: RunningRun; readonly chosen: number }
  | { readonly started: false; readonly run: RunningRun };

const MOST_CAUSES = 6;

const runningOf = (run: RunProgress | null): RunningRun | null =>
  run && { id: run.id, number: run.number, kind: run.kind, startedBy: run.startedBy };

/**
 * What Synchronise now would send and read, with nothing sent: pre-check runs over all that waits, and the package is not asked.
 * @throws {Refusal} without a connection
 */
export async function previewSynchronise(db: ScopedDb, scope: ClientScope, userId: string): Promise<SynchronisePreview> {
  const integration = await findIntegration(db, scope);
  if (!integration) throw new Refusal("Connect the accounting package under Setup first.");
  await judgePostings(db, scope, "open");
  const { connectionId } = integration;
  return {
    running: runningOf(await findOpenRun(db, scope)),
    blockers: await uploadBlockers(db, scope),
    hash: await hashReady(db, scope, connectionId),
    changes: await groupReady(db, scope, connectionId),
    blocked: {
      count: await countBlocked(db, scope),
      causes: await listCauses(db, scope, { which: "waiting", limit: MOST_CAUSES }),
    },
    readsPayments: integration.settings.direction !== "out",
    open: await openEdits(db, scope, await listPresent(db, scope, userId)),
  };
}

async function openEdits(db: ScopedDb, scope: ClientScope, present: readonly Present[]) {
  const recordOf = (page: string) =>
    /^\/(?:documents|customers|suppliers|products|payments|journals)\/([0-9a-f-]{36})$/.exec(page)?.[1];
  const ids = present.flatMap(({ pages }) => pages.flatMap((page) => recordOf(page) ?? []));
  const affected = ids.length === 0 ? [] : await listReadyAmong(db, scope, ids);
  return present.flatMap(({ name, pages }) => [
    ...affected
      .filter((row) => pages.some((page) => recordOf(page) === row.recordId))
      .map((row) => ({ name, what: row.reference })),
    ...(pages.some((page) => page === "/mapping") ? [{ name, what: "Mapping" }] : []),
  ]);
}

/**
 * Synchronise now: one run that sends what is ready and reads payments. While a run is under way that one is answered instead, for a
 * second click, a second tab and another person alike, since the connection is held while this decides.
 * @param hash the change set that was looked at; with another one nothing happens
 * @throws {Refusal} without a connection, while the integration is off, before the first-use checklist is done, or when what is ready
 *   has changed since it was looked at
 */
export async function synchronise(db: ScopedDb, scope: ClientScope, hash: string): Promise<Synchronised> {
  const integration = await lockIntegration(db, scope);
  if (!integration) throw new Refusal("Connect the accounting package under Setup first.");
  refuseWhenOff(integration);
  const running = runningOf(await findOpenRun(db, scope));
  if (running) return { started: false, run: running };
  const blockers = await uploadBlockers(db, scope);
  if (blockers.length > 0) throw new Refusal(`Synchronising is not ready yet: ${blockers.join(" ")}`);
  const { connectionId } = integration;
  await judgePostings(db, scope, "open");
  if ((await hashReady(db, scope, connectionId)) !== hash)
    throw new Refusal("The records have changed since you looked, so nothing was sent. Look again.", { code: "changed" });
  const oneWay = integration.settings.direction === "out";
  const run = await insertRun(db, scope, {
    traceParent: currentTraceParent(),
    connectionId,
    kind: "synchronise",
    detail: oneWay ? { oneWay: true, readAt: null } : {},
  });
  const chosen = await freezeMembers(db, scope, { id: run.id, connectionId }, "upload", READY);
  await wakeConnection(db, connectionId, { staff: true });
  return { started: true, run: { ...run, kind: "synchronise", startedBy: scope.actor.label }, chosen };
}
