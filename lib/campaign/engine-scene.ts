import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "#db/migrate.ts";
import { findOpenRun } from "#db/queries/export/runs.ts";
import { parseMinor } from "#lib/common/money.ts";
import type { DocumentKind } from "#lib/common/records.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { EMBEDDED, removeScratch, startEmbedded } from "#lib/start/embedded.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { resumeStopped } from "./seed-sql.ts";

export type EngineScene = Awaited<ReturnType<typeof makePostingScene>>;

/** Works with the engine and the simulator in this process, over a database server that goes with them. */
export async function inEngineScene<Result>(work: (scene: EngineScene) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), "greentick-campaign-"));
  const server = await startEmbedded({ dataDir: join(folder, "data"), purpose: "scratch" });
  try {
    await migrate({ ownerUrl: server.ownerUrl, webUser: EMBEDDED.web, workerUser: EMBEDDED.worker });
    const superUrl = new URL(server.superUrl);
    superUrl.pathname = `/${EMBEDDED.database}`;
    const scene = await makePostingScene({ workerUrl: server.workerUrl, superUrl: superUrl.href });
    try {
      return await work(scene);
    } finally {
      await scene.close();
    }
  } finally {
    await server.stop();
    await removeScratch(join(folder, "data"));
    await rm(folder, { recursive: true, force: true });
  }
}

/** What is known of a document without asking engine or package. */
export interface Known {
  readonly number: string;
  readonly kind: DocumentKind;
  grossMinor: bigint;
  /** Somebody uploaded it once: only then it may be in the package. */
  asked: boolean;
  voided: boolean;
}

const OPEN: ReadonlySet<string> = new Set(["queued", "sending", "unknown", "posted"]);
/** What ends a time slice in an ordinary way: the next one goes on. A lost connection has tokens anew by then, as after a reconnection. */
export const ORDINARY: ReadonlySet<string> = new Set([
  "PackagePause",
  "PackageUnavailable",
  "ConnectionStopped",
  "ConnectionLost",
  "LeaseLostError",
]);
const REFUSAL = "Refusal";

export const isNamed = (error: unknown, names: ReadonlySet<string>) => error instanceof Error && names.has(error.name);

/** A time slice of a worker, however it ends. @throws what is no ordinary end */
export async function timeSlice(client: SceneClient): Promise<void> {
  try {
    await client.work();
  } catch (error) {
    if (!isNamed(error, ORDINARY)) throw error;
  }
}

/** What a person does; that there is nothing to do it to is an answer. */
export async function tried(action: Promise<unknown>): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if (!isNamed(error, new Set([REFUSAL]))) throw error;
    return false;
  }
}

/**
 * Lets everything come to its end over a whole line, and says what is wrong: an invariant broken, a document twice in the package, one there
 * that nobody asked for, a tick without the document, a row that is stuck.
 */
export async function settleAndJudge(scene: EngineScene, client: SceneClient, known: readonly Known[]): Promise<string[]> {
  await client.faults();
  const practice = jobPracticeScope();
  for (const seconds of [1, 20, 60, 420, 620, 20, 420, 620, 900]) {
    await scene.step(seconds);
    await scene.database.inScope(practice, (db) => resumeStopped(db, practice));
    await timeSlice(client);
    if (!(await client.rows()).some((row) => row.chosen || OPEN.has(row.state))) break;
  }
  const wrong = [...(await client.broken())];
  const rows = await client.rows();
  const documents = new Map(rows.map((row) => [`${row.kind} ${row.reference}`, row]));
  const open = await client.inScope((db) => findOpenRun(db, client.scope));
  if (open) wrong.push(`run ${open.number} has not ended: ${JSON.stringify(open.counts.outcomes)}`);
  for (const row of rows) {
    if (row.chosen) wrong.push(`${row.kind} ${row.reference} stays chosen`);
    if (OPEN.has(row.state)) wrong.push(`${row.kind} ${row.reference} stays ${row.state}`);
    if (row.state === "conflict") wrong.push(`${row.kind} ${row.reference} is in conflict, and nobody else was there`);
  }
  const ledger = await client.ledger();
  const alive = ledger.documents.filter((one) => one.status !== "VOIDED" && one.status !== "DELETED");
  for (const { number, kind, grossMinor, asked, voided } of known) {
    const there = alive.filter((one) => one.type === kind && one.number === number);
    if (there.length > 1) wrong.push(`${kind} ${number} stands ${there.length} times in the package`);
    if (there.length > 0 && !asked) wrong.push(`${kind} ${number} is in the package, and nobody asked for it`);
    if (documents.get(`${kind} ${number}`)?.state !== "confirmed") continue;
    const [one] = there;
    if (voided) {
      if (one) wrong.push(`${kind} ${number} is void and ticked, and stands in the package`);
    } else if (!one) wrong.push(`${kind} ${number} has its tick and is not in the package`);
    else if (parseMinor(one.gross, one.currency) !== grossMinor) {
      wrong.push(`${kind} ${number} has its tick over ${grossMinor} and is ${one.gross} in the package`);
    }
  }
  const contacts = ledger.contacts.filter((one) => one.status === "ACTIVE").map((one) => one.key);
  if (new Set(contacts).size < contacts.length) wrong.push("a contact stands twice in the package");
  return wrong;
}
