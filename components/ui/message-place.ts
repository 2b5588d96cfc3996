export type MessagePlace = "bottom-right" | "bottom-left" | "top-center";

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

/** As wide as a message gets on a wide screen, with its margin, and as much of the bottom as two of them take; pixels. */
const WIDE = 480;
const HIGH = 200;
/** Below it a message is as wide as the screen. */
const NARROW = 768;

/** The corner in which messages do not cover what was pressed last; all pixels of the window. */
export function messagePlace(pressed: Box, window: { readonly width: number; readonly height: number }): MessagePlace {
  if (pressed.bottom < window.height - HIGH) return "bottom-right";
  if (window.width < NARROW) return "top-center";
  return pressed.right > window.width - WIDE ? "bottom-left" : "bottom-right";
}
