import { describe, expect, it } from "vitest";
import { changedOptions, ORDINARY_OPTIONS, profileChanges, syncOptionsOf } from "./profiles.ts";

describe("FD9 choosing a profile", () => {
  it("FD9 says what it would change, old and new, and which of it was set by hand", () => {
    const settings = { postAs: "authorised" as const, profile: "khaos-like" as const, lines: "summarised" as const };
    expect(profileChanges("one-way", syncOptionsOf(settings), changedOptions(settings))).toEqual([
      { option: "direction", from: "both", to: "out", byHand: false },
      { option: "lines", from: "summarised", to: "detailed", byHand: true },
    ]);
  });

  it("FD9 changes nothing where everything is as it has it", () => {
    expect(profileChanges("khaos-like", ORDINARY_OPTIONS, [])).toEqual([]);
  });
});
