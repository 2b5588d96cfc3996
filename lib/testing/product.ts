import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { childEnv } from "#lib/env.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { freePort, savedUrl } from "#lib/start/embedded.ts";

/** Fixed, so that a person can sign in to the product of a test run that they have halted. */
const PASSWORD = "correct-horse-battery";

const READY_WITHIN_MS = 240_000;

export interface TestProduct {
  readonly url: string;
  readonly simulatorUrl: string;
  readonly password: string;
  readonly ownerUrl: string;
  readonly pid: number;
  /** Everything it has printed so far. */
  output(): string;
  /** As Ctrl-C does it; answers the exit code. */
  stop(signal?: "SIGINT" | "SIGTERM"): Promise<number | null>;
}

/**
 * Runs `start` as a person would, over the given data folder and on free ports, with the demo; answers when it says it is ready.
 *
 * @throws {Error} with all it printed, when it ends or the time is over first
 */
export async function startTestProduct(dataDir: string, own: Readonly<Record<string, string>> = {}): Promise<TestProduct> {
  const [port, simulatorPort] = [await freePort(), await freePort()];
  const lines: string[] = [];
  const child = spawn(process.execPath, [join("lib", "start", "launch.cjs"), "start"], {
    cwd: ROOT,
    env: childEnv({
      GREENTICK_DATA: dataDir,
      PORT: String(port),
      SIMULATOR_PORT: String(simulatorPort),
      DEMO: "1",
      DEMO_PASSWORD: PASSWORD,
      // Specs make clients of their own, and count what they see.
      DEMO_SCENE: "0",
      ...own,
    }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = () => lines.join("\n");
  const exited = new Promise<number | null>((resolve) => {
    child.on("error", () => resolve(null));
    child.on("exit", (code) => resolve(code));
  });
  try {
    await new Promise<void>((resolve, reject) => {
      const tooLong = setTimeout(() => reject(new Error("is not ready in time")), READY_WITHIN_MS);
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          lines.push(line);
          if (!line.startsWith("Ctrl-C stops")) return;
          clearTimeout(tooLong);
          resolve();
        });
      }
      exited.then((code) => {
        clearTimeout(tooLong);
        reject(new Error(`ended with exit code ${code}`));
      });
    });
  } catch (error) {
    child.kill("SIGTERM");
    await exited;
    throw new Error(`The product ${error instanceof Error ? error.message : error}. It printed:\n${output()}`);
  }
  return {
    url: `http://localhost:${port}`,
    simulatorUrl: `http://127.0.0.1:${simulatorPort}`,
    password: PASSWORD,
    ownerUrl: savedUrl(dataDir, "owner"),
    pid: child.pid ?? 0,
    output,
    stop: async (signal = "SIGTERM") => {
      child.kill(signal);
      return await exited;
    },
  };
}
