import { type ImportProfile, importProfile } from "./profile.ts";
import { ONLINE_RETAIL } from "./profiles/online-retail.ts";
import { STANDARD } from "./profiles/standard.ts";

/** The profiles that ship with the product. */
export const BUILT_IN_PROFILES: readonly ImportProfile[] = [importProfile.parse(STANDARD), importProfile.parse(ONLINE_RETAIL)];
