import { assertPlainRole, openDatabase, waitForDatabase } from "#db/client.ts";
import { appSettings } from "#lib/calling/app-settings.ts";
import { followClock } from "#lib/clock.ts";
import { DEMO_PACKAGE } from "#lib/connectors/environment.ts";
import { env, needEnv, packageAddresses } from "#lib/env.ts";
import { openQueue, provideQueue } from "#lib/queue/queue.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { lastWords } from "#lib/start/refusal.ts";
import { makeScene } from "./scene.ts";

/** Makes the demo's scene beside a product that runs, and ends. `--steps` names each step as it begins. */
const told = process.argv.includes("--steps");
const { SIMULATOR_URL } = env();
const stopping = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort());
const database = openDatabase(needEnv("DATABASE_URL").DATABASE_URL, { max: 3, applicationName: "greentick demo" });
try {
  await waitForDatabase(database);
  await assertPlainRole(database);
  const clock = await followClock(packageAddresses(), () => undefined);
  // Nothing of the demo is ever made in a real organisation.
  if (!clock.following) throw new Error("The package's addresses are not the simulator's, so the demo's clients are not made.");
  const queue = await openQueue(database, { supervise: false });
  provideQueue(queue);
  const world = {
    database,
    settings: appSettings(),
    control: simulatorControl(SIMULATOR_URL, DEMO_PACKAGE),
    simulatorUrl: SIMULATOR_URL,
  };
  if (!told) console.log("makes two clients that show a practice at work; the Clients page says how far it is");
  const made = await makeScene({ ...world, signal: stopping.signal }, (line) => told && console.log(line));
  if (made && !told) console.log("the two clients are there");
  clock.stop();
  await queue.stop(2_000);
} catch (error) {
  if (!stopping.signal.aborted) {
    console.error(lastWords(error));
    process.exitCode = 1;
  }
} finally {
  await database.close();
}
// The queue's and the clock's own timers would keep it alive.
process.exit();
