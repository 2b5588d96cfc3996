"use client";

import { useLookAgain } from "#components/ui/use-look-again.ts";

const LOOK_AGAIN_MS = 2_000;

/** Draws the page anew every two seconds while it is on the screen. */
export function LookAgain() {
  useLookAgain(true, LOOK_AGAIN_MS);
  return null;
}
