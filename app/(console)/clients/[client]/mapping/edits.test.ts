import { describe, expect, it } from "vitest";
import { changesText, counted, type Edits, listed, NO_EDITS, withChoice, withEdits } from "./edits.ts";

interface Row {
  readonly key: string;
  readonly targetId: string | null;
  readonly level: string | null;
}
const row: Row = { key: "4000", targetId: "a-200", level: "Client" };
const with4000 = (to: string | null, row4000 = row): Edits => ({
  ...NO_EDITS,
  nominal: withChoice(NO_EDITS.nominal, row4000, to),
});

describe("FD2 changes of mappings that are not saved", () => {
  it("FD2 are kept for every tab, counted over all of them and saved together", () => {
    const edits: Edits = {
      ...with4000("a-260"),
      tax: withChoice(NO_EDITS.tax, { key: "T1", targetId: null, level: null }, "OUTPUT2"),
    };
    expect(counted(edits)).toBe(2);
    expect(changesText(edits)).toBe("2 unsaved changes: 1 nominal code, 1 tax rate");
    expect(changesText(with4000("a-260"))).toBe("1 unsaved change");
    expect(listed(edits)).toEqual([
      { kind: "nominal", key: "4000", to: "a-260", was: "a-200" },
      { kind: "tax", key: "T1", to: "OUTPUT2", was: null },
    ]);
  });

  it("FD2 remember what was saved when the first choice was made, whatever others save since", () => {
    const edits = with4000("a-260").nominal;
    expect(withChoice(edits, { ...row, targetId: "a-310" }, "a-400").get("4000")).toEqual({ to: "a-400", was: "a-200" });
  });

  it("FD2 are none when the choice is what is saved; the practice's own target may be taken as the client's", () => {
    expect(counted(with4000("a-200"))).toBe(0);
    expect(counted(with4000("a-200", { ...row, level: "Practice" }))).toBe(1);
    expect(counted(with4000(null, { ...row, targetId: null, level: null }))).toBe(0);
  });

  it("FD2 may be saved over what others saved, once that was shown", () => {
    const edits = withEdits(with4000("a-260"), [
      { kind: "nominal", key: "4000", now: "a-310" },
      { kind: "tax", key: "T1", now: "X" },
    ]);
    expect(listed(edits)).toEqual([{ kind: "nominal", key: "4000", to: "a-260", was: "a-310" }]);
  });
});
