import { describe, expect, it } from "vitest";
import type { SideSum } from "#lib/common/sums.ts";
import { countSelected, type GridSelection, isSelected, noSelection, sumSelected, toggleRow, withRows } from "./selection.ts";
import { sumsInWords } from "./words.ts";

interface Line {
  readonly id: string;
  readonly createdAt: string;
  readonly amount: SideSum | null;
}

const AS_OF = "2026-11-21T09:00:00.000000Z";
const line = (
  id: string,
  minor: string | null,
  side: SideSum["side"] = "sales",
  currency = "GBP",
  createdAt = "2026-11-20T09:00:00.000Z",
): Line => ({
  id,
  createdAt,
  amount: minor === null ? null : { side, currency, minor },
});
const amountOf = (row: Line) => row.amount;

describe("M53 green-select", () => {
  it("turns a row green and takes the green away again", () => {
    const row = line("a", "100");
    const green = toggleRow(noSelection<Line>(), row);
    expect([isSelected(green, row), countSelected(green)]).toEqual([true, 1]);
    expect(countSelected(toggleRow(green, row))).toBe(0);
  });

  // £1,637.88 of sales and £640.00 of purchases say something; £2,277.88 of both says nothing.
  it("never adds sales to purchases, or pounds to euros", () => {
    const chosen = withRows(
      noSelection<Line>(),
      [
        line("a", "128460"),
        line("b", "41208"),
        line("c", "-5880"),
        line("d", "64000", "purchase"),
        line("e", "297040", "sales", "EUR"),
        line("f", null),
      ],
      true,
    );
    expect(sumSelected(chosen, amountOf)).toEqual([
      { side: "sales", currency: "EUR", minor: "297040" },
      { side: "sales", currency: "GBP", minor: "163788" },
      { side: "purchase", currency: "GBP", minor: "64000" },
    ]);
    expect(sumsInWords(sumSelected(chosen, amountOf))).toBe("sales €2,970.40 · £1,637.88 · purchases £640.00");
  });

  describe("with all that match the filter", () => {
    const all: GridSelection<Line> = {
      kind: "all",
      totals: { count: 100_000, sums: [{ side: "sales", currency: "GBP", minor: "900000" }], asOf: AS_OF },
      except: new Map(),
    };

    it("counts rows that were never read, less those taken out", () => {
      const less = toggleRow(all, line("a", "1000"));
      expect(countSelected(less)).toBe(99_999);
      expect(sumSelected(less, amountOf)).toEqual([{ side: "sales", currency: "GBP", minor: "899000" }]);
      expect(countSelected(toggleRow(less, line("a", "1000")))).toBe(100_000);
    });

    it("leaves out a row that was made after it was chosen", () => {
      expect(isSelected(all, line("late", "1", "sales", "GBP", "2026-11-21T09:00:01.000Z"))).toBe(false);
    });
  });
});
