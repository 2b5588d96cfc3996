import { describe, expect, it } from "vitest";
import { secondsByPackage } from "./test-seconds.ts";

const file = (name: string, seconds: number) => ({
  name: `/somewhere/${name}`,
  status: "passed",
  startTime: 1_000,
  endTime: 1_000 + seconds * 1_000,
  assertionResults: [],
});

describe("the seconds that each package's tests take", () => {
  it("are those of its two folders, and of no other file", () => {
    const files = [
      file("lib/connectors/one/push.test.ts", 4),
      file("lib/simulator/one/api.test.ts", 3),
      file("lib/connectors/two/push.test.ts", 2),
      file("lib/connectors/testing/collected.test.ts", 50),
      file("lib/connectors/deep-link.test.ts", 50),
      file("lib/posting/engine.db.test.ts", 50),
    ];
    expect(secondsByPackage(files, { one: 7, two: 1 })).toEqual([
      { packageId: "one", seconds: 7, most: 7, over: false },
      { packageId: "two", seconds: 2, most: 1, over: true },
    ]);
  });

  it("of a package without a budget of its own are held against everybody's", () => {
    const [quick, slow] = secondsByPackage(
      [file("lib/connectors/a/a.test.ts", 1), file("lib/connectors/b/b.test.ts", 10_000)],
      {},
    );
    expect(quick?.over).toBe(false);
    expect(slow?.over).toBe(true);
  });
});
