import { setTimeout as wait } from "node:timers/promises";
import { assertPlainRole, waitForDatabase } from "#db/client.ts";
import { prepareNobody } from "#lib/common/password.ts";
import { watchProcess } from "#lib/health/server.ts";
import { openQueue, provideQueue } from "#lib/queue/queue.ts";
import { markPeers } from "./auth/address.ts";
import { followClock } from "./clock.ts";
import { env, packageAddresses } from "./env.ts";
import { log } from "./log.ts";
import { saveCalls } from "./watching/tally.ts";
import { startTracing } from "./watching/trace.ts";
import { database } from "./web.ts";

/** Refuses a login that row-level security would not bind, then follows the demo's clock. Ends the process when it may not run. */
export async function startWeb(): Promise<void> {
  try {
    await waitForDatabase(database());
    await assertPlainRole(database());
    provideQueue(await openQueue(database(), { supervise: false }));
    await watchProcess(database());
    await startTracing("greentick-web", env().OTEL_EXPORTER_OTLP_ENDPOINT);
  } catch (error) {
    log.fatal({ error }, "web cannot run");
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
  countCalls();
  markPeers();
  await prepareNobody();
  if (!(await follow()) && env().DEMO) void followLater();
}

/** How often the calls that a person waited for are written, in real ms. */
const CALLS_MS = 5_000;

/** Writes the few calls that this process makes itself, now and then and when it is asked to end. */
function countCalls(): void {
  const save = () => saveCalls(database()).catch((error: unknown) => log.error({ error }, "calls could not be counted"));
  setInterval(save, CALLS_MS).unref();
  process.once("SIGTERM", save);
}

/** Whether there is no more to wait for: the clock is followed, or every address has answered and is not the simulator. */
async function follow(): Promise<boolean> {
  const follower = await followClock(packageAddresses(), () => undefined);
  return !follower.unanswered;
}

/** In the demo the simulator may come up after web. */
async function followLater(): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    await wait(1_000, undefined, { ref: false });
    if (await follow()) return;
  }
}
