import { describe, expect, it } from "vitest";
import { messagePlace } from "./message-place.ts";

const wide = { width: 1280, height: 800 };
const narrow = { width: 390, height: 844 };
const at = (left: number, top: number) => ({ left, right: left + 100, top, bottom: top + 30 });

describe("FD11 a message does not cover the button that was pressed", () => {
  it.each([
    ["at the top right", at(1100, 90), wide, "bottom-right"],
    ["at the bottom right", at(1100, 760), wide, "bottom-left"],
    ["at the bottom left", at(240, 760), wide, "bottom-right"],
    ["at the bottom of a phone", at(150, 780), narrow, "top-center"],
    ["at the top of a phone", at(150, 80), narrow, "bottom-right"],
  ] as const)("FD11 %s", (_, pressed, window, place) => {
    expect(messagePlace(pressed, window)).toBe(place);
  });
});
