import { afterAll, expect, it } from "vitest";
import { openDatabase } from "#db/client.ts";
import { listLegalMoves } from "#db/queries/export/posting-rows.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { CONTINUED_MOVES, LEGAL_MOVES, PANEL_OF, POSTING_STATES } from "#lib/model/states.ts";
import { createTestDatabase } from "#lib/testing/database.ts";

const test = await createTestDatabase();
const database = openDatabase(test.workerUrl);
afterAll(() => database.close());

it("the database lets a posting move exactly as LEGAL_MOVES says", async () => {
  const inSql = await database.inScope(jobPracticeScope(), (db) => listLegalMoves(db));
  const inCode = POSTING_STATES.flatMap((from) => LEGAL_MOVES[from].map((to) => `${from} > ${to}`));
  expect(inSql.toSorted()).toEqual(inCode.toSorted());
});

it("BB1 and a continued one exactly as CONTINUED_MOVES says", async () => {
  const inSql = await database.inScope(jobPracticeScope(), (db) => listLegalMoves(db, "continued"));
  const inCode = POSTING_STATES.flatMap((from) => (CONTINUED_MOVES[from] ?? []).map((to) => `${from} > ${to}`));
  expect(inSql.toSorted()).toEqual(inCode.toSorted());
});

it("every state stands in exactly one panel", () => {
  expect(Object.keys(PANEL_OF).toSorted()).toEqual([...POSTING_STATES].toSorted());
});
