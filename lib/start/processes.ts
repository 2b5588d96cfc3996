import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { z } from "zod";
import { readJson } from "./files.ts";

/** True while a process with this id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** A process that has ended and waits for a parent that never asks (a container's first process, often) is not running. */
function isZombie(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).startsWith("Z");
  } catch {
    return false;
  }
}

/** When a process began, in the system's own words, so that a reused id is not taken for the old process; null when it can't be told. */
function beganAt(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Field 22, counted after the command, which may itself hold spaces and brackets.
    const ticks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return ticks === null ? null : `${boot}:${ticks}`;
  } catch {
    try {
      return (
        execFileSync("ps", ["-p", String(pid), "-o", "lstart="], {
          encoding: "utf8",
          stdio: ["ignore", "pipe", "ignore"],
        }).trim() || null
      );
    } catch {
      return null;
    }
  }
}

/** Waits until a condition holds; answers false when the deadline passes first. Times in milliseconds. */
export async function waitUntil(holds: () => boolean | Promise<boolean>, withinMs: number, everyMs = 50): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    if (await holds()) return true;
    if (performance.now() >= deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

const holderSchema = z.object({ pid: z.number().int().positive(), began: z.string().nullable(), note: z.string() });
export type Holder = z.infer<typeof holderSchema>;

/** Who holds a lock file, or null when nobody alive does. */
export function lockHolder(path: string): Holder | null {
  const holder = holderSchema.safeParse(readJson(path));
  if (!holder.success || !isAlive(holder.data.pid)) return null;
  const began = beganAt(holder.data.pid);
  return holder.data.began !== null && began !== null && began !== holder.data.began ? null : holder.data;
}

/**
 * Takes a lock file for this process; a lock of a dead process is taken over.
 *
 * @returns the function that gives it back, or the living holder
 */
export function takeLock(path: string, note: string): { release: () => void } | { holder: Holder } {
  for (let attempt = 0; attempt < 50; attempt += 1) {
    try {
      const file = openSync(path, "wx", 0o600);
      writeSync(file, JSON.stringify({ pid: process.pid, began: beganAt(process.pid), note }));
      closeSync(file);
      return { release: () => rmSync(path, { force: true }) };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      const holder = lockHolder(path);
      if (holder !== null) return { holder };
      rmSync(path, { force: true });
    }
  }
  throw new Error(`Could not take the lock ${path}.`);
}
