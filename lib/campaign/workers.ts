import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { ROOT } from "#lib/start/binaries.ts";

const FOLLOW = pathToFileURL(join(ROOT, "lib", "start", "follow-parent.mjs")).href;
const QUICK = pathToFileURL(join(ROOT, "lib", "start", "quick-modules.mjs")).href;
const WORKER = join(ROOT, "lib", "jobs", "main.ts");
const HERE = join(ROOT, "lib", "campaign");
const WARM = join(HERE, "warm.ts");

export interface WorkersOptions {
  /** Asked at each start. */
  readonly env: () => NodeJS.ProcessEnv;
  /** How many are alive at once. */
  readonly count: number;
  /** A program of this folder in place of the product's own worker. */
  readonly program?: string;
  readonly print: (line: string) => void;
}

/** Real worker processes of the product, each replaced as soon as it ends. */
export interface Workers {
  /** How long each took from its start until it took work, in real ms. */
  readonly startMs: readonly number[];
  /** How many were ended by SIGKILL, by us or by themselves. */
  readonly killed: () => number;
  /** Ends it outright; false when it is none of these or gone already. */
  kill(pid: number): boolean;
  isFrozen(pid: number): boolean;
  /** Freezes a worker for so long, in real ms; false when it is gone. */
  freeze(pid: number, forMs: number): Promise<boolean>;
  /** Ends all of them outright and starts as many anew, which count as no kill. */
  renew(): void;
  /** Ends all of them outright, and starts no more. */
  stop(): Promise<void>;
}

export function startWorkers({ env, count, program, print }: WorkersOptions): Workers {
  const alive = new Map<number, ChildProcess>();
  const frozen = new Set<number>();
  const startMs: number[] = [];
  let stopping = false;
  let killed = 0;
  // One that is killed never comes to write what it compiled: once before all of them, then.
  const warm = { ...env(), CRASH_AT: undefined };
  spawnSync(process.execPath, ["--import", QUICK, WARM], { cwd: ROOT, env: warm, stdio: "ignore" });

  const begin = () => {
    const since = performance.now();
    const child = spawn(
      process.execPath,
      ["--import", FOLLOW, "--import", QUICK, program === undefined ? WORKER : join(HERE, program)],
      {
        cwd: ROOT,
        env: env(),
        stdio: ["ignore", "pipe", "pipe", "ipc"],
      },
    );
    if (child.pid !== undefined) alive.set(child.pid, child);
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        if (line.includes("worker runs")) startMs.push(performance.now() - since);
        print(line);
      });
    }
    child.on("exit", (_code, signal) => {
      if (signal === "SIGKILL" && !stopping) killed += 1;
      if (child.pid !== undefined) alive.delete(child.pid);
      if (!stopping) begin();
    });
  };
  for (let n = 0; n < count; n += 1) begin();

  const signal = (pid: number, name: NodeJS.Signals) => alive.get(pid)?.kill(name) ?? false;
  return {
    startMs,
    killed: () => killed,
    kill: (pid) => signal(pid, "SIGKILL"),
    isFrozen: (pid) => frozen.has(pid),
    async freeze(pid, forMs) {
      if (!signal(pid, "SIGSTOP")) return false;
      frozen.add(pid);
      await new Promise((resolve) => setTimeout(resolve, forMs));
      frozen.delete(pid);
      return signal(pid, "SIGCONT");
    },
    renew() {
      for (const child of alive.values()) {
        killed -= 1;
        child.kill("SIGKILL");
      }
    },
    async stop() {
      stopping = true;
      await Promise.all(
        [...alive.values()].map(
          (child) =>
            new Promise<void>((resolve) => {
              child.once("exit", () => resolve());
              child.kill("SIGKILL");
            }),
        ),
      );
    },
  };
}

/** Who uploads in the process that is ended before its transaction: no run may bear the name. */
export const ENDED_AT_CLICK = "Campaign, ended at the click";

/** The process of an owner's name. */
export const pidOf = (owner: string): number => Number(owner.split(":")[1]);
