import { type ImportProfile, importProfile } from "./profile.ts";
import { ONLINE_RETAIL } from "./profiles/online-retail.ts";
import { RECORD_PROFILES } from "./profiles/records.ts";
import { STANDARD } from "./profiles/standard.ts";

/** The profiles that ship with the product. */
export const BUILT_IN_PROFILES: readonly ImportProfile[] = [STANDARD, ONLINE_RETAIL, ...RECORD_PROFILES].map((profile) =>
  importProfile.parse(profile),
);
