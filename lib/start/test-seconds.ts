import { z } from "zod";

/** What we read of Vitest's report in JSON. */
export const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      startTime: z.number(),
      endTime: z.number(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});
type Report = z.infer<typeof reportSchema>;

/** What a package has without a row below. */
const EACH = 60;

/**
 * Most seconds that the test files of a package's own two folders may take together: three times
 * what they took on two cores that other work was using as well. Over it one package makes
 * everybody's run long: look what could be asked of the connector's pure halves, or of the engine's
 * own tests, before a figure is raised.
 */
const BUDGETS: Readonly<Record<string, number>> = { xero: 300 };

const OWN = /(?:^|[\\/])lib[\\/](?:connectors|simulator)[\\/]([^\\/]+)[\\/]/;
/** Folders there that are no package's. */
const SHARED = new Set(["contract", "core", "shared", "testing"]);

interface PackageSeconds {
  readonly packageId: string;
  readonly seconds: number;
  readonly most: number;
  readonly over: boolean;
}

/** How long the test files of each package took, held against its budget. */
export function secondsByPackage(
  files: Report["testResults"],
  budgets: Readonly<Record<string, number>> = BUDGETS,
): PackageSeconds[] {
  const spent = new Map<string, number>();
  for (const { name, startTime, endTime } of files) {
    const packageId = OWN.exec(name)?.[1];
    if (packageId === undefined || SHARED.has(packageId)) continue;
    spent.set(packageId, (spent.get(packageId) ?? 0) + (endTime - startTime) / 1000);
  }
  return [...spent].toSorted().map(([packageId, seconds]) => {
    const most = budgets[packageId] ?? EACH;
    return { packageId, seconds: Math.round(seconds), most, over: seconds > most };
  });
}
