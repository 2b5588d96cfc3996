import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { childEnv } from "#lib/env.ts";

/** What a process has used so far. */
export interface Used {
  readonly cpuSeconds: number;
  /** The most it ever held in memory; on systems without /proc what it holds now. */
  readonly rssMiB: number;
}

/** Linux counts in hundredths of a second, whatever the kernel's own tick is. */
const TICKS = 100;

/** Asks the system about a process. @throws when it is gone */
export function usedBy(pid: number): Used {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const peak = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return { cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS, rssMiB: Math.round(Number(peak ?? 0) / 1024) };
  } catch {
    const told = execFileSync("ps", ["-p", String(pid), "-o", "rss=,time="], { encoding: "utf8", env: childEnv() }).trim();
    const [rss = "0", time = "0"] = told.split(/\s+/);
    const cpuSeconds = time.split(/[:-]/).reduce((sum, part) => sum * 60 + Number(part), 0);
    return { cpuSeconds, rssMiB: Math.round(Number(rss) / 1024) };
  }
}

/** The value that `share` of the sorted values do not exceed: 0.5 for the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))] ?? Number.NaN;
}

/** Rounded to so many decimals, for figures that are read and never reckoned with again. */
export function rounded(value: number, decimals = 1): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale;
}
