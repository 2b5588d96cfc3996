import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { childEnv } from "#lib/env.ts";
import { startTestProduct } from "#lib/testing/product.ts";
import { claimScratch } from "#lib/testing/scratch.ts";
import { removeScratch } from "./embedded.ts";
import { waitUntil } from "./processes.ts";

/** Every process whose command or environment names this data folder, children that lost their parent too. */
function runningOver(dataDir: string): string[] {
  if (!existsSync("/proc/self/environ")) {
    const list = execFileSync("ps", ["axeww", "-o", "pid=,command="], {
      encoding: "utf8",
      env: childEnv(),
      maxBuffer: 64 * 1024 * 1024,
    });
    return list.split("\n").filter((line) => line.includes(dataDir) && !line.includes("axeww"));
  }
  const told = (pid: string, file: string) => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
      return "";
    }
  };
  return readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && `${told(pid, "cmdline")}${told(pid, "environ")}`.includes(dataDir))
    .map((pid) => `${pid} ${told(pid, "cmdline").replaceAll("\0", " ")}`);
}

describe("npm start", () => {
  it("runs the whole product, prints address and sign-ins, and leaves nothing running after Ctrl-C", {
    timeout: 300_000,
  }, async () => {
    const { dataDir, release } = await claimScratch("start");
    const product = await startTestProduct(dataDir);
    try {
      expect(product.output()).toContain(`Greentick is ready: ${product.url}`);
      for (const who of ["admin", "adviser", "staff", "client"]) expect(product.output()).toContain(`${who}@demo.greentick.test`);
      expect(product.output()).toContain(product.password);
      expect((await fetch(product.url, { redirect: "manual" })).status).toBeLessThan(400);
      expect(runningOver(dataDir).length).toBeGreaterThan(3);

      expect(await product.stop("SIGINT")).toBe(0);
      expect(await waitUntil(() => runningOver(dataDir).length === 0, 2_000)).toBe(true);
      expect(product.output().trimEnd().endsWith("Stopped.")).toBe(true);
    } finally {
      await product.stop();
      await removeScratch(dataDir);
      release();
    }
  });
});
