import { describe, expect, it } from "vitest";
import { searchTargets, type Target } from "./search-targets.ts";

const target = (code: string | null, name: string): Target => ({
  id: `${code}-${name}`,
  code,
  name,
  group: "Revenue",
  disabled: null,
  tax: null,
});
const targets = [target("120", "Sales 200"), target("200", "Sales"), target("201", "Sales abroad"), target(null, "Deposit")];

describe("typing in the mapping editor", () => {
  it("puts codes that begin with it first", () => {
    expect(searchTargets(targets, "20").found.map((one) => one.code)).toEqual(["200", "201", "120"]);
  });

  it("asks for every word, in code or name", () => {
    expect(searchTargets(targets, "abroad 201").found.map((one) => one.code)).toEqual(["201"]);
    expect(searchTargets(targets, "DEPOSIT").found.map((one) => one.name)).toEqual(["Deposit"]);
    expect(searchTargets(targets, "zz").found).toEqual([]);
  });

  it("says how many more there are", () => {
    expect(searchTargets(targets, "", 3)).toMatchObject({ more: 1 });
  });
});
