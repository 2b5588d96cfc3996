import { describe, expect, it } from "vitest";
import { type ExportView, filterQuery, firstToGo } from "./view.ts";

const view: ExportView = {
  p_q: "",
  p_check: "all",
  p_sort: "date.desc",
  p_first: "folded",
  e_q: "",
  e_tick: "all",
  e_sort: "exported.desc",
};
const pending = (kinds: Record<string, number>, blockedFirst = 0) => ({
  count: Object.values(kinds).reduce((sum, count) => sum + count, 0),
  kinds,
  blockedFirst,
});

describe("FD12 customers, suppliers and products that go first", () => {
  it("FD12 stand as one row that counts each kind, so that documents are in view", () => {
    expect(firstToGo(view, pending({ customer: 12, product: 3, "sales-invoice": 40 }), "en-GB")).toEqual({
      words: "12 customers and 3 products go first",
      blocked: null,
      count: 15,
      folded: true,
    });
    expect(firstToGo(view, pending({ customer: 1, supplier: 1200, product: 3, bill: 1 }), "en-GB")?.words).toBe(
      "1 customer, 1,200 suppliers and 3 products go first",
    );
  });

  it("FD12 are listed once opened, and say how many of them cannot go", () => {
    const opened = firstToGo({ ...view, p_first: "open" }, pending({ customer: 12, "sales-invoice": 40 }, 2), "en-GB");
    expect(opened).toMatchObject({ folded: false, blocked: "2 blocked" });
  });

  it("FD12 are not folded where they are few, alone, or what somebody looks for", () => {
    const many = pending({ customer: 12, "sales-invoice": 40 });
    expect(firstToGo(view, pending({ customer: 4, "sales-invoice": 40 }), "en-GB")).toBeNull();
    expect(firstToGo(view, pending({ customer: 12 }), "en-GB")).toBeNull();
    expect(firstToGo({ ...view, p_q: "Peak" }, many, "en-GB")).toBeNull();
    expect(firstToGo({ ...view, p_check: "blocked" }, many, "en-GB")).toBeNull();
  });

  it("FD12 are left out by the rows' address alone: totals, files and selections never know of it", () => {
    const sort = { by: "date", direction: "desc" } as const;
    expect(filterQuery({ panel: "pending" }, sort, true)).toBe("panel=pending&sort=date&direction=desc&folded=yes");
    expect(filterQuery({ panel: "pending" }, undefined, true)).toBe("panel=pending");
  });
});
