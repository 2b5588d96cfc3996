import { describe, expect, it } from "vitest";
import { rowKey } from "#lib/mapping/sides.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";
import { changesText, counted, type Edits, listed, NO_EDITS, withChoice, withEdits } from "./edits.ts";

interface Row {
  readonly key: string;
  readonly source: string;
  readonly side: DocumentSide | null;
  readonly targetId: string | null;
  readonly level: string | null;
}
const row: Row = { key: "4000", source: "4000", side: null, targetId: "a-200", level: "Client" };
const with4000 = (to: string | null, row4000 = row): Edits => ({
  ...NO_EDITS,
  nominal: withChoice(NO_EDITS.nominal, row4000, to),
});

describe("FD2 changes of mappings that are not saved", () => {
  it("FD2 are kept for every tab, counted over all of them and saved together", () => {
    const edits: Edits = {
      ...with4000("a-260"),
      tax: withChoice(NO_EDITS.tax, { key: "T1", source: "T1", side: null, targetId: null, level: null }, "OUTPUT2"),
    };
    expect(counted(edits)).toBe(2);
    expect(changesText(edits)).toBe("2 unsaved changes: 1 nominal code, 1 tax rate");
    expect(changesText(with4000("a-260"))).toBe("1 unsaved change");
    expect(listed(edits)).toEqual([
      { kind: "nominal", key: "4000", side: null, to: "a-260", was: "a-200" },
      { kind: "tax", key: "T1", side: null, to: "OUTPUT2", was: null },
    ]);
  });

  it("FD2 remember what was saved when the first choice was made, whatever others save since", () => {
    const edits = with4000("a-260").nominal;
    expect(withChoice(edits, { ...row, targetId: "a-310" }, "a-400").get("4000")).toEqual({
      source: "4000",
      side: null,
      to: "a-400",
      was: "a-200",
    });
  });

  it("FD2 are none when the choice is what is saved; the practice's own target may be taken as the client's", () => {
    expect(counted(with4000("a-200"))).toBe(0);
    expect(counted(with4000("a-200", { ...row, level: "Practice" }))).toBe(1);
    expect(counted(with4000(null, { ...row, targetId: null, level: null }))).toBe(0);
  });

  it("FD2 may be saved over what others saved, once that was shown", () => {
    const edits = withEdits(with4000("a-260"), [
      { kind: "nominal", key: "4000", side: null, now: "a-310" },
      { kind: "tax", key: "T1", side: null, now: "X" },
    ]);
    expect(listed(edits)).toEqual([{ kind: "nominal", key: "4000", side: null, to: "a-260", was: "a-310" }]);
  });

  it("N27 are two where a tax code is mapped by side, and what others saved for one side meets that one alone", () => {
    const side = (of: DocumentSide): Row => ({ key: rowKey("T1", of), source: "T1", side: of, targetId: null, level: null });
    const sales = withChoice(NO_EDITS.tax, side("sales"), "OUTPUT2");
    const edits: Edits = { ...NO_EDITS, tax: withChoice(sales, side("purchase"), "INPUT2") };
    expect(changesText(edits)).toBe("2 unsaved changes");
    expect(listed(withEdits(edits, [{ kind: "tax", key: "T1", side: "purchase", now: "X" }]))).toEqual([
      { kind: "tax", key: "T1", side: "sales", to: "OUTPUT2", was: null },
      { kind: "tax", key: "T1", side: "purchase", to: "INPUT2", was: "X" },
    ]);
  });
});
