import { afterAll, beforeAll, describe } from "vitest";
import { killedBetweenSteps } from "./killed.ts";
import { mishapRing } from "./mishaps.ts";
import { pureRing } from "./pure.ts";
import { Stage } from "./stage.ts";
import { changesThere, thereAndBack } from "./there-and-back.ts";
import type { Subject } from "./world.ts";

/**
 * What every package passes, whatever its style: nothing is lost, nothing is doubled, and what is
 * read back is what was sent. The first ring is of bytes alone; the second asks what stands for the
 * package in this process: neither needs a database.
 */
export function connectorContract(subject: Subject): void {
  describe(`${subject.name} keeps the connector contract`, () => {
    pureRing(subject.connector);

    describe("with its package", () => {
      const stage = new Stage(subject);
      beforeAll(() => stage.open());
      afterAll(() => stage.close());

      thereAndBack(stage);
      changesThere(stage);
      killedBetweenSteps(stage);
      mishapRing(stage, subject.mishaps);
    });
  });
}
