import { expect, it } from "vitest";
import { runFiles } from "./files.ts";

it("C13 FA4 FA5 FA9 three hundred spoiled files: each is read as the honest one, asked about, or refused", async () => {
  const result = await runFiles({ seed: 1, documents: 300, say: () => undefined });
  expect(result.invariantsBroken).toEqual([]);
  expect(result.read).toBeGreaterThan(100);
  expect(result.asked).toBeGreaterThan(10);
  expect(result.refused).toBeGreaterThan(30);
}, 60_000);
