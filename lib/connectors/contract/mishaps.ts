import { expect, it } from "vitest";
import { type Connector, type PushOutcome, rulesFor } from "../types.ts";
import { expectSeen } from "./read-back.ts";
import { refTo } from "./records.ts";
import { accepted, type Stage } from "./stage.ts";
import type { Mishap } from "./world.ts";

type Status = PushOutcome["status"];

interface Expected {
  readonly promise: string;
  /** Of each record. */
  readonly status: Status;
  /** Of the one record that the mishap is about, where it strikes one alone. */
  readonly oneIs?: Status;
  /** Whether the package has them in the end, without another call of ours. */
  readonly saved: boolean;
}

/** What is expected of a mishap. What is laid down waits, and goes when somebody comes for it. */
function expected(mishap: Mishap, style: Connector["style"]): Expected {
  const laidDown = style !== "direct";
  switch (mishap) {
    case "answer-lost":
      return {
        promise:
          "is unknown when the answer is lost after it was accepted, and found by our own number",
        status: "unknown",
        saved: true,
      };
    case "server-error":
      return {
        promise:
          "is unknown when the package says that it failed, found by our own number if it did not",
        status: "unknown",
        saved: true,
      };
    case "slow-down":
      return {
        promise: "is certainly not sent when the package asks to slow down",
        status: "not-sent",
        saved: false,
      };
    case "token-expired":
      return {
        promise: "is certainly not sent when the token has expired",
        status: "not-sent",
        saved: false,
      };
    case "reordered":
      return {
        promise: "keeps each record's own id when the answer comes in another order",
        status: "accepted",
        saved: true,
      };
    case "element-missing":
      return {
        promise: "is unknown for the one record that the answer does not speak of",
        status: "accepted",
        oneIs: "unknown",
        saved: true,
      };
    case "not-now":
      return {
        promise: "is no more than not sent, or waiting, while the package cannot be asked",
        status: laidDown ? "waiting" : "not-sent",
        saved: laidDown,
      };
    case "late-answer":
      return {
        promise:
          "is neither done nor refused while the answer is late, and found by our own number after",
        status: laidDown ? "waiting" : "unknown",
        saved: true,
      };
  }
}

/** What holds when something befalls a call: what is unclear is said to be. */
export function mishapRing(stage: Stage, mishaps: readonly Mishap[]): void {
  const { connector } = stage;
  const takesSteps = connector.push.inSteps?.includes("sales-invoice") ?? false;
  for (const mishap of mishaps) {
    const { promise, status, oneIs = status, saved } = expected(mishap, connector.style);
    it(promise, async () => {
      const { world } = stage;
      const most = Math.min(3, rulesFor(connector.can, ["sales-invoice"]).batch);
      const records = Array.from({ length: most }, () => stage.make("sales-invoice"));
      const talk = stage.talk(records);
      const message = await talk.write();
      await world.arrange(mishap);
      const outcomes = await talk.outcomes(message, await world.carry(message, talk.key));
      expect(outcomes.size).toBe(records.length);
      const statuses = [...outcomes.values()].map((outcome) => outcome.status);
      expect(statuses.toSorted()).toEqual(
        [...records.slice(1).map(() => status), oneIs].toSorted(),
      );
      if (mishap === "not-now") await expectCounts(stage, records, 0);

      const late = await world.arrive();
      const known = late === null ? outcomes : await talk.answered(message, late);
      await expectCounts(stage, records, saved ? 1 : 0);
      const refs = records.map((record) => refTo(record, null));
      let seen = await stage.confirm(refs);
      expect(seen).toHaveLength(saved ? records.length : 0);
      const [only] = seen;
      if (only && takesSteps && known.get(only.recordId)?.status === "unknown") {
        // What was found is the first step alone: the others are made now.
        accepted((await talk.found(message, only)).get(only.recordId));
        seen = await stage.confirm(refs);
        await expectCounts(stage, records, 1);
      }
      for (const one of seen) {
        const record = records.find((other) => other.recordId === one.recordId);
        if (record) expectSeen(one, record, stage.accounts);
        const outcome = known.get(one.recordId);
        if (outcome?.status === "accepted") expect(outcome.externalId).toBe(one.externalId);
      }
      if (late !== null) for (const outcome of known.values()) accepted(outcome);

      // What was certainly not sent goes under the same key, and the next call goes as ever.
      if (!saved) {
        const again = await talk.outcomes(message, await world.carry(message, talk.key));
        for (const record of records) accepted(again.get(record.recordId));
        await expectCounts(stage, records, 1);
      }
      await stage.sent(stage.make("sales-invoice"));
    });
  }
}

async function expectCounts(
  stage: Stage,
  records: readonly { readonly number: string }[],
  count: number,
): Promise<void> {
  for (const { number } of records) expect(await stage.world.countInBooks(number)).toBe(count);
}
