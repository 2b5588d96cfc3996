import { expect } from "vitest";
import type { Message } from "../types.ts";
import { isDocument, refTo } from "./records.ts";
import { accepted, type Stage } from "./stage.ts";
import { promise } from "./there-and-back.ts";

/** What holds when the worker is killed between two steps: another goes on from what was stored. */
export function killedBetweenSteps(stage: Stage): void {
  const { can } = stage.connector;

  promise(
    "killed before it was sent, is absent, and goes by what was stored",
    can.push,
    async (kind) => {
      const record = stage.make(kind);
      const talk = stage.talk([record]);
      const stored = JSON.stringify(await talk.write());
      expect(await stage.seen(record, null)).toEqual([]);
      const message: Message = JSON.parse(stored);
      const outcomes = await talk.outcomes(message, await stage.world.carry(message, talk.key));
      const id = accepted(outcomes.get(record.recordId));
      expect(await stage.seen(record, null)).toMatchObject([{ externalId: id }]);
    },
  );

  promise(
    "killed before its answer was read, is found by our own reference, and is there once",
    can.push,
    async (kind) => {
      const record = stage.make(kind);
      const talk = stage.talk([record]);
      const message = await talk.write();
      await stage.world.carry(message, talk.key);
      const seen = await stage.confirm([refTo(record, null)]);
      expect(seen).toHaveLength(1);
      // Where the package has keys, the stored call may be sent again instead of looked for.
      if (can.keys !== null) {
        const carried = await stage.world.carry(structuredClone(message), talk.key);
        const outcome = (await talk.outcomes(message, carried)).get(record.recordId);
        expect(accepted(outcome)).toBe(seen[0]?.externalId);
      }
      if (isDocument(record)) expect(await stage.world.countInBooks(record.number)).toBe(1);
    },
  );
}
