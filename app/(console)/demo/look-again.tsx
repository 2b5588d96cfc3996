"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

const LOOK_AGAIN_MS = 2_000;

/** Draws the page anew every two seconds while it is on the screen. */
export function LookAgain() {
  const router = useRouter();
  useEffect(() => {
    const timer = setInterval(() => router.refresh(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [router]);
  return null;
}
