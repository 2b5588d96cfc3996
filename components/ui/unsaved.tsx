"use client";

import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef, useState, useTransition } from "react";

type Go = () => void;

/** The screen that would lose something, if one is open: it answers true when it took the question over. */
let asked: ((go: Go) => boolean) | null = null;

/** For what goes to another page without a link (the search): asks first where something would be lost. */
export function leaveTo(go: Go): void {
  if (!asked?.(go)) go();
}

/**
 * Asks before a person leaves a screen with unsaved changes: by a link, by Back, by the search, by closing the tab.
 * (Only a closed or reloaded tab is asked about by the browser itself, in its own words.)
 * @param count how many changes are unsaved; 0 asks nothing
 * @param stays whether an address is still this screen, which keeps its changes
 * @param save answers whether all of them were saved; null where each part of the screen has its own Save
 * @returns the dialogue, to be drawn by the screen
 */
export function useUnsaved(count: number, stays: (to: URL) => boolean, save: (() => Promise<boolean>) | null): ReactNode {
  const router = useRouter();
  const [leaving, setLeaving] = useState<Go | null>(null);
  const [busy, start] = useTransition();
  /** Set once the person chose to lose the changes: nothing asks again. */
  const free = useRef(false);
  const latest = useRef({ stays });
  useEffect(() => {
    latest.current = { stays };
  });
  const dirty = count > 0;

  useEffect(() => {
    free.current = false;
    if (!dirty) return;
    const ask = (go: Go) => setLeaving(() => go);
    asked = (go) => {
      if (!free.current) ask(go);
      return !free.current;
    };
    const onUnload = (event: BeforeUnloadEvent) => {
      if (!free.current) event.preventDefault();
    };
    const onClick = (event: MouseEvent) => {
      const to = linkOf(event);
      if (!to || free.current || latest.current.stays(to)) return;
      event.preventDefault();
      event.stopPropagation();
      ask(() => router.push(`${to.pathname}${to.search}${to.hash}`));
    };
    // Back and Forward are stopped before they happen, where the browser can: nothing of the page is drawn anew.
    const onNavigate = (event: Event) => {
      const { navigationType, destination } = event as TraverseEvent;
      if (navigationType !== "traverse" || !event.cancelable || free.current) return;
      const now = placeInHistory();
      if (now === null || destination === undefined || latest.current.stays(new URL(destination.url))) return;
      event.preventDefault();
      ask(() => window.history.go(destination.index - now));
    };
    const navigation: unknown = Reflect.get(window, "navigation");
    if (navigation instanceof EventTarget) navigation.addEventListener("navigate", onNavigate);
    // Where it cannot, we step back to where we are. A browser calls the listeners of a window in the order in which they came, and
    // the router's may draw the other page before ours is asked.
    const here = placeInHistory();
    let back: number | null = null;
    const onPop = (event: PopStateEvent) => {
      if (back !== null) {
        // Our own step back to where we are: the router never heard that we left.
        event.stopImmediatePropagation();
        back = null;
        return;
      }
      if (free.current || latest.current.stays(new URL(window.location.href))) return;
      event.stopImmediatePropagation();
      const now = placeInHistory();
      back = here === null || now === null || here === now ? 1 : here - now;
      const away = -back;
      window.history.go(back);
      ask(() => window.history.go(away));
    };
    window.addEventListener("beforeunload", onUnload);
    document.addEventListener("click", onClick, true);
    window.addEventListener("popstate", onPop, true);
    return () => {
      asked = null;
      window.removeEventListener("beforeunload", onUnload);
      document.removeEventListener("click", onClick, true);
      window.removeEventListener("popstate", onPop, true);
      if (navigation instanceof EventTarget) navigation.removeEventListener("navigate", onNavigate);
    };
  }, [dirty, router]);

  // Gone only once the changes are: the listeners above would ask again.
  const [left, setLeft] = useState<Go | null>(null);
  useEffect(() => {
    if (left === null || dirty) return;
    setLeft(null);
    left();
  }, [left, dirty]);

  const changes = count === 1 ? "1 unsaved change" : `${count} unsaved changes`;
  const stay = () => setLeaving(null);
  return (
    <Modal opened={leaving !== null} onClose={stay} title={`Leave with ${changes}?`} centered>
      <Stack gap="sm">
        <Text size="sm">If you leave without saving, {count === 1 ? "it is" : "they are"} lost.</Text>
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={stay} data-autofocus>
            Stay here
          </Button>
          <Button
            variant="default"
            onClick={() => {
              const go = leaving;
              stay();
              free.current = true;
              go?.();
            }}
          >
            Leave without saving
          </Button>
          {save !== null && (
            <Button
              loading={busy}
              onClick={() =>
                start(async () => {
                  const go = leaving;
                  const saved = await save();
                  stay();
                  if (saved) setLeft(() => go);
                })
              }
            >
              Save and leave
            </Button>
          )}
        </Group>
      </Stack>
    </Modal>
  );
}

/** What the browser's own navigation says of a step through the tab's history, before it is made. */
type TraverseEvent = Event & {
  readonly navigationType?: string;
  readonly destination?: { readonly url: string; readonly index: number };
};

/** Where this entry stands in the tab's history; null where the browser does not say. */
function placeInHistory(): number | null {
  const navigation: unknown = Reflect.get(window, "navigation");
  const entry: unknown = navigation instanceof Object ? Reflect.get(navigation, "currentEntry") : null;
  const index: unknown = entry instanceof Object ? Reflect.get(entry, "index") : null;
  return typeof index === "number" ? index : null;
}

/** The page of this console that a plain click on a link opens in this tab, or null. */
function linkOf(event: MouseEvent): URL | null {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return null;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!(link instanceof HTMLAnchorElement) || link.hasAttribute("download")) return null;
  if (link.target !== "" && link.target !== "_self") return null;
  const to = new URL(link.href, window.location.href);
  return to.origin === window.location.origin ? to : null;
}
