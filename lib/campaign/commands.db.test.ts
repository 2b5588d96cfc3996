import { afterAll, expect, it } from "vitest";
import { makePostingScene } from "#lib/testing/posting-scene.ts";
import { runCommandsIn } from "./commands.ts";
import { runInterleavingsIn } from "./interleavings.ts";

const scene = await makePostingScene("own");
afterAll(() => scene.close());

const said: string[] = [];
const say = (line: string) => said.push(line);

it("C5 commands in random order: edit, select, upload, mark, void, reconnect, crash, faults and the clock; every invariant holds after", async () => {
  const result = await runCommandsIn(scene, { seed: 1, commands: 40, say });
  expect(result.invariantsBroken).toEqual([]);
  expect(result.ok).toBe(true);
}, 90_000);

it("C6 two workers that both believe to hold the lease, and a person, in three orders of their steps; every invariant holds after", async () => {
  const result = await runInterleavingsIn(scene, { seed: 1, seeds: 3, say });
  expect(result.invariantsBroken).toEqual([]);
  expect(result.ok).toBe(true);
}, 90_000);
