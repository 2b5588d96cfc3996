import { withinOf } from "../shared/checks.ts";

/** @throws {SyncError} when the value is longer than Xero takes */
export const within = withinOf("Xero");
