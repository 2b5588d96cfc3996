import { and, eq } from "drizzle-orm";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Database, openDatabase } from "#db/client.ts";
import { resolvedMappings } from "#db/queries/mapping/mapping.ts";
import { packageAccounts, packageTaxRates } from "#db/schema/catalogue.ts";
import { mappingRows, mappingSets } from "#db/schema/mapping.ts";
import { taxCodes } from "#db/schema/operational.ts";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { TAX_KINDS, TAX_SIDES } from "#lib/tax/kinds.ts";
import { createTestDatabase } from "#lib/testing/database.ts";
import { type MappingScene, makeMappingScene, SCENE_ACCOUNTS, SCENE_TAX_RATES } from "./mapping-scene.ts";
import { type AccountTarget, LEVELS_IN_ORDER, type MappingRow, resolveMappings, type TaxTarget } from "./resolve.ts";

let database: Database;
let scene: MappingScene;
const setIds = new Map<string, string>();

beforeAll(async () => {
  database = openDatabase((await createTestDatabase()).webUrl);
  await database.inScope(jobPracticeScope(), async (db) => {
    scene = await makeMappingScene(db);
    await makeMappingScene(db);
    const of = { clientId: scene.clientId, connectionId: scene.connectionId, seenAt: new Date(0) };
    await db
      .insert(packageAccounts)
      .values(ACCOUNTS.slice(SCENE_ACCOUNTS.length).map((one) => ({ ...one, ...of, type: "REVENUE" })));
    await db
      .insert(packageTaxRates)
      .values(TAX_RATES.slice(SCENE_TAX_RATES.length).map((one) => ({ ...one, ...of, appliesTo: [...one.appliesTo] })));
    for (const level of LEVELS_IN_ORDER) {
      const [set] = await db
        .insert(mappingSets)
        .values({ level, clientId: level === "client" ? scene.clientId : null, purpose: "posting", package: "xero", name: level })
        .returning({ id: mappingSets.id });
      if (set) setIds.set(level, set.id);
    }
  });
});
afterAll(() => database.close());

/** Beside the scene's: accounts of a package whose lines name them by id, and a rate that says no figure. */
const ACCOUNTS: readonly AccountTarget[] = [
  ...SCENE_ACCOUNTS,
  ...[
    { externalId: "a-id", code: null, name: "Travel" },
    { externalId: "a-key", code: "700", name: "Carriage", matchKey: "Income:Carriage" },
  ].map((one) => ({
    ...one,
    class: "revenue" as const,
    active: true,
    isBank: false,
    isSystem: false,
    takesPayments: false,
    byId: true,
  })),
];
const TAX_RATES: readonly TaxTarget[] = [
  ...SCENE_TAX_RATES,
  { externalId: "AST", name: "Reckoned there", rate: null, selfAccounts: null, active: true, appliesTo: ["revenue"] },
];

const targetOf = {
  nominal: fc.constantFrom(
    ...ACCOUNTS.map((one) => [one.externalId, one.matchKey ?? one.code] as const),
    ["a-key", "700"] as const,
    ["a-gone", "999"] as const,
  ),
  tax: fc.constantFrom(...TAX_RATES.map((one) => [one.externalId, one.externalId] as const), ["TAX9", "TAX9"] as const),
};
const anyRow: fc.Arbitrary<MappingRow> = fc
  .record({
    level: fc.constantFrom(...LEVELS_IN_ORDER),
    kind: fc.constantFrom("nominal" as const, "tax" as const, "bank" as const),
    sourceCode: fc.constantFrom("4000", "4010", "T1"),
    side: fc.constantFrom(null, "sales" as const, "purchase" as const),
  })
  .map((head) => (head.kind === "tax" ? head : { ...head, side: null }))
  .chain((head) =>
    targetOf[head.kind === "tax" ? "tax" : "nominal"].map(([id, code]) =>
      head.level === "client"
        ? { ...head, targetExternalId: id, targetCode: code }
        : { ...head, targetExternalId: null, targetCode: code ?? "998" },
    ),
  );

/** What may be said of tax code T1. */
const anyCode = fc.record({
  rate: fc.constantFrom("20", "20.00", "0"),
  kind: fc.option(fc.constantFrom(...TAX_KINDS), { nil: null }),
  side: fc.option(fc.constantFrom(...TAX_SIDES), { nil: null }),
});

describe("mapping in SQL", () => {
  it("N27 FA7 FD3 BD4 answers as the rule without a database does, whatever rows there are", async () => {
    const rowsArbitrary = fc.uniqueArray(anyRow, {
      maxLength: 12,
      selector: (one) => `${one.level}/${one.kind}/${one.sourceCode}/${one.side}`,
    });
    await fc.assert(
      fc.asyncProperty(rowsArbitrary, anyCode, async (rows, code) => {
        await database.inScope(jobPracticeScope(), async (db) => {
          await db
            .update(taxCodes)
            .set(code)
            .where(and(eq(taxCodes.clientId, scene.clientId), eq(taxCodes.code, "T1")));
          await db.delete(mappingRows);
          if (rows.length === 0) return;
          await db.insert(mappingRows).values(
            rows.map(({ level, side, ...row }) => ({
              ...row,
              side: side ?? ("" as const),
              setId: setIds.get(level) ?? "",
              clientId: level === "client" ? scene.clientId : null,
              savedBy: "A test",
            })),
          );
        });
        const seen = await database.inScope(scene.scope, (db) => resolvedMappings(db, scene.scope, scene.connectionId));
        const expected = resolveMappings(rows, { accounts: ACCOUNTS, taxRates: TAX_RATES }, [{ code: "T1", ...code }]);
        const keyOf = (one: (typeof expected)[number]) => `${one.kind}/${one.sourceCode}/${one.side}`;
        const byKey = (a: (typeof expected)[number], b: (typeof expected)[number]) => keyOf(a).localeCompare(keyOf(b));
        expect([...seen].sort(byKey)).toEqual([...expected].sort(byKey));
      }),
      { numRuns: 150 },
    );
  });

  it("shows nobody another client's mapping", async () => {
    await database.inScope(jobPracticeScope(), async (db) => {
      await db.delete(mappingRows);
      await db.insert(mappingRows).values({
        setId: setIds.get("client") ?? "",
        clientId: scene.clientId,
        kind: "nominal",
        sourceCode: "4000",
        targetExternalId: "a-200",
        savedBy: "A test",
      });
      const other = await makeMappingScene(db);
      expect(await resolvedMappings(db, other.scope, other.connectionId)).toEqual([]);
      expect(await resolvedMappings(db, scene.scope, scene.connectionId)).toMatchObject([
        { sourceCode: "4000", targetName: "Sales" },
      ]);
      await db.delete(mappingRows).where(eq(mappingRows.clientId, scene.clientId));
    });
  });
});
