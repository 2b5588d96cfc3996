"use client";

import { type ReactNode, useEffect, useRef, useState } from "react";

/** After a dialogue's own turn to give the focus back, in ms. */
const AFTER_DIALOGUE_MS = 30;

/**
 * Draws a dialogue from the first time on that it is wanted, so that its code is loaded then and it can still close as it should. A
 * dialogue that is born open does not know where the focus came from: it is given back here.
 */
export function Once({ when, children }: { readonly when: boolean; readonly children: ReactNode }) {
  const [wanted, setWanted] = useState(when);
  const from = useRef<Element | null>(null);
  if (when && !wanted) setWanted(true);
  useEffect(() => {
    if (when) {
      from.current = document.activeElement;
      return;
    }
    const back = from.current;
    from.current = null;
    if (!(back instanceof HTMLElement)) return;
    // Closing takes a moment, in which the focus is still within; whoever has moved it meanwhile keeps it.
    const atClose = document.activeElement;
    const timer = window.setTimeout(() => {
      const now = document.activeElement;
      if (back.isConnected && (now === null || now === document.body || now === atClose)) back.focus({ preventScroll: true });
    }, AFTER_DIALOGUE_MS);
    return () => window.clearTimeout(timer);
  }, [when]);
  return wanted ? children : null;
}
