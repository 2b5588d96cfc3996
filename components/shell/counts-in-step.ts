import type { Counts } from "./nav.ts";

const EVENT = "greentick:counts";

/** Says figures that a page has just read, so that the menu shows the same ones without waiting for its own turn. */
export function tellCounts(counts: Partial<Counts>): void {
  window.dispatchEvent(new CustomEvent<Partial<Counts>>(EVENT, { detail: counts }));
}

/** Hears them. @returns what ends it */
export function onCounts(hear: (counts: Partial<Counts>) => void): () => void {
  const heard = (event: Event) => {
    if (event instanceof CustomEvent) hear(event.detail as Partial<Counts>);
  };
  window.addEventListener(EVENT, heard);
  return () => window.removeEventListener(EVENT, heard);
}
