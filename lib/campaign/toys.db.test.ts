import { expect, it } from "vitest";
import { runPosting } from "./posting.ts";

it.each(["toy-two-step", "toy-collected"] as const)(
  "C1 in short, %s: workers killed, calls struck, people in the way; none lost, none doubled, none linked wrongly",
  async (packageId) => {
    const said: string[] = [];
    const say = (line: string) => said.push(line);
    const result = await runPosting({ seed: 1, documents: 24, kills: 3, scale: 150, packageId, say });
    expect(result, said.join("\n")).toMatchObject({
      kills: 3,
      lost: 0,
      doubled: 0,
      wrongLinks: 0,
      leftUnknown: 0,
      invariantsBroken: [],
      ok: true,
    });
  },
  180_000,
);
