import { describe, expect, it } from "vitest";
import { choiceOf, columnState, listed, moved } from "./columns.ts";

const IDS = ["name", "number", "email", "terms"];

describe("columns a person chose", () => {
  it("stand in the chosen order, and the rest are hidden", () => {
    expect(columnState(IDS, ["email", "name"])).toEqual({
      columnOrder: ["email", "name", "number", "terms"],
      columnVisibility: { number: false, terms: false },
    });
  });

  // An address is typed by hand or comes from an older version of the console.
  it("pass over what the grid does not have, what is named twice, and a choice of nothing", () => {
    expect(columnState(IDS, ["email", "nonsense", "email"]).columnOrder[0]).toBe("email");
    expect(columnState(IDS, ["nonsense"])).toEqual({ columnOrder: IDS, columnVisibility: {} });
    expect(columnState(IDS, null)).toEqual({ columnOrder: IDS, columnVisibility: {} });
  });

  it("keep a hidden column beside its neighbour of old, so that showing it again puts it there", () => {
    const list = listed(IDS, ["terms", "name", "email"]);
    expect(list.map((one) => one.id)).toEqual(["terms", "name", "number", "email"]);
    expect(list.filter((one) => !one.shown).map((one) => one.id)).toEqual(["number"]);
  });

  it("are no choice at all when they are as the grid comes", () => {
    expect(choiceOf(IDS, listed(IDS, null))).toBeNull();
    const down = moved(listed(IDS, null), 0, 1);
    expect(choiceOf(IDS, down)).toEqual(["number", "name", "email", "terms"]);
    expect(choiceOf(IDS, moved(down, 1, -1))).toBeNull();
  });
});
