import { expect, it } from "vitest";
import { secondsByPackage } from "./test-seconds.ts";

const file = (name: string, ...seconds: number[]) => ({
  message: "",
  name: `/somewhere/${name}`,
  status: "passed",
  assertionResults: seconds.map((one) => ({
    fullName: "",
    status: "passed",
    meta: { cpuMs: one * 1_000 },
    failureMessages: [],
  })),
});

it("the seconds of each package's tests are those of its two folders, held against a budget", () => {
  const files = [
    file("lib/connectors/one/push.test.ts", 3, 1),
    file("lib/simulator/one/api.test.ts", 3),
    file("lib/connectors/two/push.test.ts", 4, 4),
    file("lib/connectors/testing/collected.test.ts", 50),
    file("lib/connectors/deep-link.test.ts", 50),
    file("lib/posting/engine.db.test.ts", 50),
  ];
  expect(secondsByPackage(files, 7)).toEqual([
    { packageId: "one", seconds: 7, most: 7, over: false },
    { packageId: "two", seconds: 8, most: 7, over: true },
  ]);
});
