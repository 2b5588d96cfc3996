import { z } from "zod";

/** What we read of Vitest's report in JSON; `lib/testing/count-cpu.ts` adds what a test took. */
export const reportSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(""),
      assertionResults: z.array(
        z.object({
          fullName: z.string().default(""),
          status: z.string(),
          meta: z.object({ cpuMs: z.number().optional() }),
          failureMessages: z.array(z.string()).default([]),
        }),
      ),
    }),
  ),
});
export type Report = z.infer<typeof reportSchema>;

/**
 * Most seconds of the processor that the tests of a package's own two folders may take, in the
 * tests' own process: three times what those of the first package took. Over it one package makes
 * everybody's run long: look what could be asked of the connector's pure halves, or of the engine's
 * own tests, before the figure is raised. A run of one shard sees its own files alone.
 */
const MOST_SECONDS = 100;

const OWN = /(?:^|[\\/])lib[\\/](?:connectors|simulator)[\\/]([^\\/]+)[\\/]/;
/** Folders there that are no package's. */
const SHARED = new Set(["contract", "shared", "testing"]);

interface PackageSeconds {
  readonly packageId: string;
  readonly seconds: number;
  readonly most: number;
  readonly over: boolean;
}

/** What the tests of each package took of the processor, held against the budget. */
export function secondsByPackage(
  files: Report["testResults"],
  most = MOST_SECONDS,
): PackageSeconds[] {
  const spent = new Map<string, number>();
  for (const { name, assertionResults } of files) {
    const packageId = OWN.exec(name)?.[1];
    if (packageId === undefined || SHARED.has(packageId)) continue;
    const took = assertionResults.reduce((sum, { meta }) => sum + (meta.cpuMs ?? 0), 0);
    spent.set(packageId, (spent.get(packageId) ?? 0) + took / 1000);
  }
  return [...spent].toSorted().map(([packageId, seconds]) => ({
    packageId,
    seconds: Math.round(seconds),
    most,
    over: seconds > most,
  }));
}
