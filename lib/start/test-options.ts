import { parseArgs } from "node:util";
import { StartRefusal } from "./refusal.ts";

/** What `npm test --` was asked for. */
export interface TestOptions {
  /** The one package whose tests run; null for everything. */
  readonly packageId: string | null;
  /** `2/4`: the second of four parts, of both runners' tests. */
  readonly shard: string | null;
}

/**
 * Reads the arguments of `npm test --`.
 *
 * @param known the packages that there are
 * @throws {StartRefusal} for what nobody can run
 */
export function testOptions(args: readonly string[], known: readonly string[]): TestOptions {
  const { package: packageId = null, shard = null } = read(args);
  if (packageId !== null && !known.includes(packageId))
    throw new StartRefusal(`There is no package "${packageId}". There are: ${known.join(", ")}.`);
  const [, part = "0", of = "0"] = /^(\d+)\/(\d+)$/.exec(shard ?? "") ?? [];
  if (shard !== null && !(Number(part) >= 1 && Number(part) <= Number(of)))
    throw new StartRefusal(`"${shard}" is no part: --shard=2/4 is the second of four.`);
  if (packageId !== null && shard !== null)
    throw new StartRefusal("A package's tests are few: they are not parted.");
  return { packageId, shard };
}

function read(args: readonly string[]) {
  try {
    const options = { package: { type: "string" }, shard: { type: "string" } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new StartRefusal(`${words}\nUsage: npm test [-- --package NAME | -- --shard=PART/PARTS]`);
  }
}
