import { env } from "#lib/env.ts";

/** Checkpoints between the protocol's phases, at which a campaign ends the process: each names what has just been done. */
export const CHECKPOINTS = ["P0", "P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "P9"] as const;
export type Checkpoint = (typeof CHECKPOINTS)[number];

/** How long after the call began its bytes have surely left and its answer has not come, in real ms. */
const BYTES_LEFT_MS = 8;

let passed = 0;

/**
 * Ends the process outright when the environment's `CRASH_AT` names this checkpoint and it is passed for that time. Without the variable, which
 * only a campaign sets, it does nothing.
 */
export function checkpoint(name: Checkpoint): void {
  const at = env().CRASH_AT;
  if (at?.checkpoint !== name) return;
  passed += 1;
  if (passed >= at.nth) process.kill(process.pid, "SIGKILL");
}

/** As {@link checkpoint}, while a call is under way. */
export function checkpointWithinCall(name: Checkpoint): void {
  if (env().CRASH_AT?.checkpoint === name) setTimeout(() => checkpoint(name), BYTES_LEFT_MS);
}
