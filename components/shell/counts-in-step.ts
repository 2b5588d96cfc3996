import type { Counts } from "./nav.ts";

const EVENT = "greentick:counts";

/** Says figures that a page has just read, so that the menu shows the same ones without waiting for its own poll. */
export function tellCounts(counts: Partial<Counts>): void {
  window.dispatchEvent(new CustomEvent<Partial<Counts>>(EVENT, { detail: counts }));
}

/** Listens for them. @returns what ends it */
export function onCounts(apply: (counts: Partial<Counts>) => void): () => void {
  const onEvent = (event: Event) => {
    if (event instanceof CustomEvent) apply(event.detail as Partial<Counts>);
  };
  window.addEventListener(EVENT, onEvent);
  return () => window.removeEventListener(EVENT, onEvent);
}
