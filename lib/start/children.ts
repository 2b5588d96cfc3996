import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { ROOT } from "./binaries.ts";

const FOLLOW = pathToFileURL(join(ROOT, "lib", "start", "follow-parent.mjs")).href;
const LONGEST_PAUSE_MS = 5_000;
const HEALTHY_AFTER_MS = 60_000;

export interface ChildOptions {
  readonly name: string;
  /** Arguments of Node itself: the program's file first, or flags before it. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Started again when it ends by itself; otherwise `onEnd` is called. */
  readonly restart: boolean;
  readonly onEnd: (how: string) => void;
  readonly print: (line: string) => void;
}

export interface Child {
  readonly pid: () => number | undefined;
  /** SIGTERM, then SIGKILL to whatever is left of it after `withinMs`. Safe to call twice. */
  stop(withinMs: number): Promise<void>;
}

/**
 * Runs one process of the product in a process group of its own, so that Ctrl-C reaches only the parent, which stops them in order.
 */
export function runChild(options: ChildOptions): Child {
  let child: ChildProcess | null = null;
  let stopping = false;
  let pauseMs = 0;
  let retry: NodeJS.Timeout | null = null;

  const begin = () => {
    const since = performance.now();
    const started = spawn(process.execPath, ["--import", FOLLOW, ...options.args], {
      cwd: ROOT,
      env: options.env,
      // The fourth is the channel whose closing tells the child that its parent is gone.
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      detached: true,
    });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on("line", (line) => options.print(line));
    }
    started.on("error", (error) => options.print(error.message));
    started.on("exit", (code, signal) => {
      killGroup(started);
      if (stopping) return;
      const how = signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`;
      if (!options.restart) {
        options.onEnd(how);
        return;
      }
      pauseMs = performance.now() - since > HEALTHY_AFTER_MS || pauseMs === 0 ? 250 : Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
      options.print(`${options.name} ${how}; it is started again in ${pauseMs / 1000} s`);
      retry = setTimeout(begin, pauseMs);
    });
  };
  begin();

  return {
    pid: () => child?.pid,
    stop: async (withinMs) => {
      stopping = true;
      if (retry !== null) clearTimeout(retry);
      const running = child;
      if (running === null || running.exitCode !== null || running.signalCode !== null) return;
      await new Promise<void>((resolve) => {
        const tooLong = setTimeout(() => {
          options.print(`${options.name} has not ended within ${withinMs / 1000} s and is killed`);
          killGroup(running);
        }, withinMs);
        running.once("exit", () => {
          clearTimeout(tooLong);
          resolve();
        });
        running.kill("SIGTERM");
      });
    },
  };
}

/** Whatever a child has started itself goes with it. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    // Nothing of it is left.
  }
}
