"use client";

import { QueryClient } from "@tanstack/react-query";
import { useState } from "react";

/**
 * What the browser has read from the console. An answer is kept while something shows it and no
 * longer: the next page, the next client and the next person start from what the server draws.
 */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        gcTime: 0,
        // Rows are read again when their reader says so, or at its interval; never for their age.
        staleTime: Number.POSITIVE_INFINITY,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        // A failure is said at once; a poller asks again in time.
        retry: false,
        // A console on this machine or in the house answers without the internet.
        networkMode: "always",
      },
    },
  });
}

/** The key of what belongs to one client: no answer about one is ever found under another. */
export function clientKey(client: string, ...what: readonly string[]): readonly string[] {
  return ["clients", client, ...what];
}

/** What the server drew: it answers the address that it was drawn with, until another is asked. */
export function useDrawn<Answer>(address: string, drawn: Answer): Answer | undefined {
  const [drawnWith] = useState(address);
  const [left, setLeft] = useState(false);
  if (!left && address !== drawnWith) setLeft(true);
  return left || address !== drawnWith ? undefined : drawn;
}

/** The latest answer; the one before stands while the next is read, and when it cannot be read. */
export function useLastKnown<Answer>(answer: Answer | undefined, first: Answer): Answer {
  const [known, setKnown] = useState(answer ?? first);
  if (answer !== undefined && answer !== known) setKnown(answer);
  return answer ?? known;
}
