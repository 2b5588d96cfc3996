import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "#lib/start/binaries.ts";

/** Beside the repository, or beside the folder that its worktrees stand in. */
const FOLDER = [join(ROOT, "..", "shared", "cases"), join(ROOT, "..", "..", "shared", "cases")].find(existsSync);

/** The folder of input files of kinds that people have stumbled over; null where it is absent. The product does not ship them. */
export const casesPath: string | null = FOLDER ?? null;

/** Why tests that need them are skipped, for their names. */
export const casesNote = casesPath === null ? " (skipped: ../shared/cases is not here)" : "";
