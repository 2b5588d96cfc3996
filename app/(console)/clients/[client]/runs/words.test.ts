import { expect, test } from "vitest";
import { failureWords, outcomes } from "./words.ts";

const NO_ROWS = { total: 3, done: 3, outcomes: {}, untraced: 0, step: null };

test("N29 a run that moves no postings says what it did, one that does counts its members", () => {
  expect(outcomes({ kind: "import-payments", counts: NO_ROWS, detail: { pages: 1, read: 3, changed: 2 } })).toEqual([
    { words: "read", count: 3 },
  ]);
  expect(outcomes({ kind: "allocate", counts: NO_ROWS, detail: { created: 2, failed: 1, already: 0 } })).toEqual([
    { words: "created and allocated", count: 2 },
    { words: "not allocated", count: 1 },
  ]);
  expect(
    outcomes({
      kind: "upload",
      counts: { ...NO_ROWS, outcomes: { confirmed: 2, stopped: 1, withdrawn: 1 }, untraced: 1 },
      detail: {},
    }),
  ).toEqual([
    { words: "agree", count: 2 },
    { words: "withdrawn", count: 2 },
    { words: "requested, outcome unknown", count: 1 },
  ]);
});

test("N29 a failed run says why, a finished one has nothing to say", () => {
  expect(failureWords({ state: "failed", detail: { title: "The connection is lost" } })).toBe("The connection is lost");
  expect(failureWords({ state: "finished", detail: { title: "The connection is lost" } })).toBeNull();
});
