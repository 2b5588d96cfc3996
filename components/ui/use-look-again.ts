"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/**
 * Draws the page anew every `everyMs` while something is `wanted` of it, `most` times at the most.
 * For what the server draws; what the browser reads itself is a query with an interval.
 */
export function useLookAgain(wanted: boolean, everyMs: number, most = Number.POSITIVE_INFINITY) {
  const router = useRouter();
  useEffect(() => {
    if (!wanted) return;
    let looks = 0;
    const timer = setInterval(() => {
      looks += 1;
      if (looks > most) clearInterval(timer);
      else router.refresh();
    }, everyMs);
    return () => clearInterval(timer);
  }, [wanted, everyMs, most, router]);
}
