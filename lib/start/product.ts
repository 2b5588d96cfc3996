import { createServer } from "node:net";
import { join } from "node:path";
import { env, runByNpm } from "#lib/env.ts";
import { ensureBuild, NEXT } from "./build.ts";
import { type Child, runChild } from "./children.ts";
import { type Databases, openDatabases } from "./databases.ts";
import { demoEnv, simulatorEnv, webEnv, workerEnv } from "./environments.ts";
import { makeFolder } from "./files.ts";
import { takeLock, waitUntil } from "./processes.ts";
import { lastWords, StartRefusal } from "./refusal.ts";

/** How long web and worker may drain before they are killed. */
const DRAIN_MS = 30_000;
const SIMULATOR_STOP_MS = 10_000;
/** Each step of the demo's scene is short, and the next start goes on with the one that was cut off. */
const SCENE_STOP_MS = 10_000;
const ANSWER_WITHIN_MS = 90_000;

const DEMO_ROLES = ["admin", "adviser", "staff", "client"] as const;

/**
 * Runs the whole product until Ctrl-C, SIGTERM or the terminal's end, then stops it in order: web and worker drain, the simulator
 * they may still be talking to goes after them, the database last. Never returns: ends the process, with 0 after an asked-for stop.
 */
export async function runProduct(mode: "start" | "dev"): Promise<never> {
  const environment = env();
  const say = (line: string) => console.log(line);
  const undo: (() => Promise<void> | void)[] = [];
  const stop = new AbortController();
  let ending: (reason: "asked" | string) => void = () => undefined;
  const ended = new Promise<"asked" | string>((resolve) => {
    ending = (reason) => {
      resolve(reason);
      stop.abort();
    };
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    // npm passes on the signal that the terminal has sent already, so a second one says nothing new.
    process.on(signal, () => ending("asked"));
  }
  if (runByNpm()) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && ending("asked"), 1_000).unref();
  }

  let exitCode = 0;
  try {
    await start();
    const reason = await ended;
    if (reason !== "asked") {
      console.error(reason);
      exitCode = 1;
    }
  } catch (error) {
    stop.abort();
    console.error(lastWords(error));
    exitCode = 1;
  }
  if (undo.length > 1) say("Stopping ...");
  for (const step of undo.reverse()) {
    try {
      await step();
    } catch (error) {
      console.error(error);
      exitCode = 1;
    }
  }
  if (undo.length > 1) say("Stopped.");
  process.exit(exitCode);

  async function start(): Promise<void> {
    makeFolder(environment.GREENTICK_DATA, process.getuid?.() === 0 ? 0o711 : 0o700);
    // `npm run demo` reads from it which simulator is this one's.
    const note = environment.DEMO ? `${environment.APP_URL}, simulator ${environment.SIMULATOR_URL}` : environment.APP_URL;
    const lock = takeLock(join(environment.GREENTICK_DATA, "start.lock"), note);
    if ("holder" in lock) {
      throw new StartRefusal(
        `Greentick runs already over ${environment.GREENTICK_DATA}: process ${lock.holder.pid}, ${lock.holder.note}. Stop that one first, or set GREENTICK_DATA to another folder.`,
      );
    }
    undo.push(lock.release);
    for (const host of [undefined, "127.0.0.1"]) await refuseUsedPort(environment.PORT, host, "PORT");
    if (environment.DEMO) await refuseUsedPort(environment.SIMULATOR_PORT, environment.SIMULATOR_HOST, "SIMULATOR_PORT");

    const databases = await openDatabases(environment, { adopt: true });
    undo.push(() => databases.stop());
    if (stop.signal.aborted) return;
    const sceneDue = environment.DEMO && (await loadDemo(databases));
    if (stop.signal.aborted) return;
    if (mode === "start") await ensureBuild(say, stop.signal);
    if (stop.signal.aborted) return;
    await startProcesses(databases, sceneDue && environment.DEMO_SCENE);
  }

  async function startProcesses(databases: Databases, sceneDue: boolean): Promise<void> {
    const watch = mode === "dev" ? ["--watch", "--watch-preserve-output"] : [];
    const child = (name: string, args: readonly string[], childEnvironment: NodeJS.ProcessEnv, restart: boolean): Child =>
      runChild({
        name,
        args,
        env: childEnvironment,
        restart,
        print: (line) => say(`${name.padEnd(9)} | ${line}`),
        onEnd: (how) => ending(`${name} ${how}; its last words are above.`),
      });

    if (environment.DEMO) {
      const simulator = child("simulator", [...watch, join("lib", "simulator", "main.ts")], simulatorEnv(environment), true);
      undo.push(() => simulator.stop(SIMULATOR_STOP_MS));
      await answering(environment.SIMULATOR_URL, "The simulator");
    }
    if (stop.signal.aborted) return;
    const worker = child("worker", [...watch, join("lib", "jobs", "main.ts")], workerEnv(environment, databases), true);
    const webArgs = [NEXT, mode === "dev" ? "dev" : "start", "--port", String(environment.PORT)];
    const webEnvironment = webEnv(environment, databases, mode === "dev" ? "development" : "production");
    const web = child("web", webArgs, webEnvironment, false);
    undo.push(async () => {
      await Promise.all([web.stop(DRAIN_MS), worker.stop(DRAIN_MS)]);
    });
    await answering(`http://127.0.0.1:${environment.PORT}/`, "Web");
    if (stop.signal.aborted) return;
    greet(databases);
    if (sceneDue) makeScene(databases);
  }

  /** In a process of its own, beside a console that answers already; that it fails ends nothing else. */
  function makeScene(databases: Databases): void {
    const scene = runChild({
      name: "demo",
      args: [join("lib", "demo", "main.ts")],
      env: demoEnv(environment, databases),
      restart: false,
      print: (line) => say(`${"demo".padEnd(9)} | ${line}`),
      onEnd: () => undefined,
    });
    undo.push(() => scene.stop(SCENE_STOP_MS));
  }

  function greet(databases: Databases): void {
    const lines = ["", `Greentick is ready: ${environment.APP_URL}`];
    if (environment.DEMO) {
      lines.push(`The simulated package: ${environment.SIMULATOR_URL}`, "", "Demo sign-ins:");
      for (const role of DEMO_ROLES) lines.push(`  ${role}@demo.greentick.test`);
      lines.push(`Password of all four: ${databases.demoPassword}`);
    }
    lines.push("", "Ctrl-C stops all of it.", "");
    say(lines.join("\n"));
  }

  /** Answers whether the clients that show a practice at work are still to be made. */
  async function loadDemo({ ownerUrl, workerUrl, demoPassword }: Databases): Promise<boolean> {
    if (ownerUrl === null)
      throw new StartRefusal("DEMO=1 needs DATABASE_OWNER_URL over a database of your own, to load the demo with.");
    if (demoPassword === null) throw new StartRefusal("DEMO=1 needs DEMO_PASSWORD over a database of your own.");
    // Only now: over a database without the demo nothing of it is read.
    const demo = await import("#db/demo/load.ts");
    const { sceneDue } = await demo.loadDemo({ ownerUrl, workerUrl, password: demoPassword });
    return sceneDue;
  }

  /** Waits for any answer at all; a page's own error is web's to show. */
  async function answering(url: string, who: string): Promise<void> {
    const answered = await waitUntil(
      async () => {
        if (stop.signal.aborted) return true;
        try {
          const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(30_000) });
          await answer.body?.cancel();
          return true;
        } catch {
          return false;
        }
      },
      ANSWER_WITHIN_MS,
      100,
    );
    if (!answered)
      throw new StartRefusal(`${who} has not answered at ${url} within ${ANSWER_WITHIN_MS / 1000} s; its last words are above.`);
  }
}

/** Asks the system for the port before anything is started, so that the message can name the variable. */
async function refuseUsedPort(port: number, host: string | undefined, variable: string): Promise<void> {
  const fault = await new Promise<string | null>((resolve) => {
    const probe = createServer();
    probe.once("error", (error) => resolve("code" in error ? String(error.code) : error.message));
    probe.listen({ port, host, exclusive: true }, () => probe.close(() => resolve(null)));
  });
  if (fault === "EADDRINUSE")
    throw new StartRefusal(`Port ${port} is in use by another program. Stop that, or set ${variable} to another port.`);
  if (fault === "EACCES")
    throw new StartRefusal(`This user may not listen on port ${port}. Set ${variable} to a port above 1023.`);
  if (fault !== null)
    throw new StartRefusal(`${variable}: port ${port}${host === undefined ? "" : ` on ${host}`} cannot be used (${fault}).`);
}
