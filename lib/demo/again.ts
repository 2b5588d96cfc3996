import { join } from "node:path";
import { openDatabase } from "#db/client.ts";
import { loadDemo } from "#db/demo/load.ts";
import { takeAwayDemo } from "#db/demo/take-away.ts";
import { workerHealth } from "#db/queries/connections/setup.ts";
import { followClock } from "#lib/clock.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { DEMO_PACKAGE } from "#lib/connectors/environment.ts";
import { type Env, env, packageAddresses } from "#lib/env.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { type Child, runChild } from "#lib/start/children.ts";
import { type Databases, openDatabases } from "#lib/start/databases.ts";
import { demoEnv, simulatorEnv, workerEnv } from "#lib/start/environments.ts";
import { makeFolder } from "#lib/start/files.ts";
import { takeLock, waitUntil } from "#lib/start/processes.ts";
import { lastWords, StartRefusal } from "#lib/start/refusal.ts";

/** `npm run demo`: takes the demo practice's data away, here and in the simulator, and makes it anew. */

const say = (line: string) => console.log(line);
const NO_DEMO = "Nothing was changed: npm run demo works on the demo alone.";
/** A worker that drains, and the simulator after it. */
const STOP_MS = 30_000;
const ANSWER_WITHIN_MS = 60_000;
const NOTE = "npm run demo";

const undo: (() => Promise<void> | void)[] = [];
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopping.abort());

const several = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

let exitCode = 0;
try {
  await makeAnew(env());
} catch (error) {
  if (!stopping.signal.aborted) console.error(lastWords(error));
  else say("Stopped. The next npm start goes on with it.");
  exitCode = 1;
}
for (const step of undo.reverse()) await step();
process.exit(exitCode);

async function makeAnew(environment: Env): Promise<void> {
  if (!environment.DEMO) throw new StartRefusal(`DEMO is not 1 here. ${NO_DEMO}`);
  const running = holdStart(environment);
  const databases = await openDatabases(environment, { adopt: false });
  undo.push(() => databases.stop());
  const { ownerUrl, workerUrl, demoPassword } = databases;
  if (ownerUrl === null || demoPassword === null)
    throw new StartRefusal(
      "Over a database of your own npm run demo needs DATABASE_OWNER_URL and DEMO_PASSWORD, as npm start does.",
    );
  await ensureSimulator(environment, running || !databases.embedded);

  const taken = await takeAwayDemo(ownerUrl);
  if (taken === null)
    throw new StartRefusal(`The practice in this database was not made as the demo: its data may be real. ${NO_DEMO}`);
  await simulatorControl(environment.SIMULATOR_URL, DEMO_PACKAGE).reset();
  const { clients, documents, connections, people } = taken;
  const held = `${several(clients, "client")} with ${several(documents, "document")} and ${several(connections, "connection")}`;
  say(`Taken away: ${held}, ${several(people, "person", "people")}, and all that the simulator held.`);
  await loadDemo({ ownerUrl, workerUrl, password: demoPassword });
  say("Made anew: the demo's three empty clients and its four sign-ins.");
  if (environment.DEMO_SCENE) await makeScene(environment, databases, running);
  say(`Password of all four sign-ins: ${demoPassword}`);
  say(running ? "The console goes on. Sign in again." : "Start it with npm start.");
}

/**
 * Keeps `npm start` from beginning meanwhile. @returns whether it runs already
 * @throws {StartRefusal} when another simulator than ours is that one's
 */
function holdStart(environment: Env): boolean {
  makeFolder(environment.GREENTICK_DATA, process.getuid?.() === 0 ? 0o711 : 0o700);
  const lock = takeLock(join(environment.GREENTICK_DATA, "start.lock"), NOTE);
  if ("release" in lock) {
    undo.push(lock.release);
    return false;
  }
  const { pid, note } = lock.holder;
  if (!note.endsWith(environment.SIMULATOR_URL))
    throw new StartRefusal(
      `Greentick runs over ${environment.GREENTICK_DATA}: process ${pid}, ${note}. Give npm run demo the same SIMULATOR_PORT and SIMULATOR_HOST, or stop that one first.`,
    );
  return true;
}

/** Finds the simulator that runs, or starts it. @throws {StartRefusal} when what answers is another's, or a package's address is not the simulator */
async function ensureSimulator(environment: Env, mayRun: boolean): Promise<void> {
  const { SIMULATOR_URL } = environment;
  const control = simulatorControl(SIMULATOR_URL, DEMO_PACKAGE);
  const answers = () =>
    control.clock().then(
      () => true,
      () => false,
    );
  if (!(await answers())) start("simulator", join("lib", "simulator", "main.ts"), simulatorEnv(environment));
  else if (!mayRun)
    throw new StartRefusal(
      `Another Greentick's simulator answers at ${SIMULATOR_URL}. Stop that one, or set SIMULATOR_PORT to another port.`,
    );
  if (!(await waitUntil(async () => stopping.signal.aborted || (await answers()), ANSWER_WITHIN_MS, 100)))
    throw new StartRefusal(`The simulator has not answered at ${SIMULATOR_URL}.`);
  stopping.signal.throwIfAborted();
  const clock = await followClock(packageAddresses(environment), () => undefined);
  clock.stop();
  if (clock.following) return;
  const all = new Set(packageAddresses(environment));
  const elsewhere = [...all].filter((address) => new URL(address).origin !== SIMULATOR_URL);
  const named = (elsewhere.length > 0 ? elsewhere : [...all]).join(", ");
  throw new StartRefusal(`The packages' addresses are not the simulator's (${named}). ${NO_DEMO}`);
}

/** The two clients that show a practice at work, by the product's own worker: the one that runs, or one of this command's. */
async function makeScene(environment: Env, databases: Databases, running: boolean): Promise<void> {
  if (!running && !(await hasWorker(databases)))
    start("worker", join("lib", "jobs", "main.ts"), workerEnv(environment, databases));
  say("Making two clients that show a practice at work:");
  await new Promise<void>((resolve, reject) => {
    const scene = runChild({
      name: "demo",
      args: [join("lib", "demo", "main.ts"), "--steps"],
      env: demoEnv(environment, databases),
      restart: false,
      print: (line) => say(`  ${line}`),
      onEnd: (how) =>
        how === "ended with exit code 0" ? resolve() : reject(new StartRefusal("They were not finished; the reason is above.")),
    });
    stopping.signal.addEventListener("abort", () => void scene.stop(STOP_MS).then(() => reject(stopping.signal.reason)));
  });
}

/** Over a database of your own a worker may run elsewhere; over the embedded one it runs under `npm start` alone. */
async function hasWorker({ embedded, workerUrl }: Databases): Promise<boolean> {
  if (embedded) return false;
  const database = openDatabase(workerUrl, { max: 1, applicationName: "greentick demo" });
  return database.inScope(jobPracticeScope(), async (db) => (await workerHealth(db)).alive).finally(() => database.close());
}

function start(name: string, file: string, childEnvironment: NodeJS.ProcessEnv): Child {
  const child = runChild({
    name,
    args: [file],
    env: childEnvironment,
    restart: true,
    // What a process says beside its work is for `npm start`.
    print: (line) => /"level":(50|60)/.test(line) && console.error(line),
    onEnd: () => undefined,
  });
  undo.push(() => child.stop(STOP_MS));
  return child;
}
