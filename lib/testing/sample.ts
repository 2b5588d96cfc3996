import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "#lib/start/binaries.ts";

const SAMPLE = join(ROOT, "..", "shared", "data", "online-retail-sample.csv");

/** The shared sample of real invoice lines beside the repository; null where it is absent. The product does not ship it. */
export const samplePath: string | null = existsSync(SAMPLE) ? SAMPLE : null;

/** Why tests that need it are skipped, for their names. */
export const sampleNote = samplePath === null ? " (skipped: ../shared/data/online-retail-sample.csv is not here)" : "";
