import { describe, expect, it } from "vitest";
import { testOptions } from "./test-options.ts";

const known = ["one", "two"];

describe("npm test", () => {
  it("is everything where nothing is asked for", () => {
    expect(testOptions([], known)).toEqual({ packageId: null, shard: null });
  });

  it("is the tests of one package, or one part of all", () => {
    expect(testOptions(["--package", "two"], known).packageId).toBe("two");
    expect(testOptions(["--package=one"], known).packageId).toBe("one");
    expect(testOptions(["--shard=2/4"], known).shard).toBe("2/4");
  });

  it("names the packages that there are when asked for one that is none", () => {
    const asked = () => testOptions(["--package", "three"], known);
    expect(asked).toThrow('There is no package "three". There are: one, two.');
  });

  it.each(["0/4", "5/4", "2", "a/b", "1/0", "-1/2"])("refuses %s for a part", (part) => {
    expect(() => testOptions([`--shard=${part}`], known)).toThrow("is no part");
  });

  it("refuses what it does not know, and says what it knows", () => {
    expect(() => testOptions(["--packages", "one"], known)).toThrow("Usage: npm test");
    expect(() => testOptions(["one"], known)).toThrow("Usage: npm test");
  });
});
