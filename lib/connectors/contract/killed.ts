import { expect } from "vitest";
import { isDocument, refTo } from "./records.ts";
import { accepted, type Stage } from "./stage.ts";
import { promise } from "./there-and-back.ts";

/** What holds when the worker is killed between two steps: another goes on from what was stored. */
export function killedBetweenSteps(stage: Stage): void {
  const { can, push } = stage.connector;

  promise(
    "killed before it was sent, is absent, and goes by what was stored",
    can.push,
    async (kind) => {
      const record = stage.make(kind);
      const { connection } = stage.world;
      const key = stage.key();
      const stored = JSON.stringify(push.ask(stage.batchOf([record]), connection, key));
      expect(await stage.seen(record, null)).toEqual([]);
      const message: ReturnType<typeof push.ask> = JSON.parse(stored);
      const carried = await stage.world.carry(message, key);
      const outcomes = stage.outcomes(message, carried, structuredClone(stage.batchOf([record])));
      const id = accepted(outcomes.get(record.recordId));
      expect(await stage.seen(record, null)).toMatchObject([{ externalId: id }]);
    },
  );

  promise(
    "killed before its answer was read, is found by our own reference, and is there once",
    can.push,
    async (kind) => {
      const record = stage.make(kind);
      const batch = stage.batchOf([record]);
      const key = stage.key();
      const message = push.ask(batch, batch.connection, key);
      await stage.world.carry(message, key);
      const seen = await stage.confirm([refTo(record, null)]);
      expect(seen).toHaveLength(1);
      // Where the package has keys, the stored call may be sent again instead of looked for.
      if (can.keys !== null) {
        const carried = await stage.world.carry(structuredClone(message), key);
        const outcome = stage.outcomes(message, carried, batch).get(record.recordId);
        expect(accepted(outcome)).toBe(seen[0]?.externalId);
      }
      if (isDocument(record)) expect(await stage.world.countInBooks(record.number)).toBe(1);
    },
  );
}
