import { type ImportProfile, importProfile } from "./profile.ts";
import { ONLINE_RETAIL } from "./profiles/online-retail.ts";
import { RECORD_PROFILES } from "./profiles/records.ts";
import { STANDARD } from "./profiles/standard.ts";

/** The profiles that ship with the product. */
export const BUILT_IN_PROFILES: readonly ImportProfile[] = [STANDARD, ONLINE_RETAIL, ...RECORD_PROFILES].map((profile) =>
  importProfile.parse(profile),
);

/** Whether a profile is one of these: nobody has said of it how this client's files are written. */
export function isShipped(profile: ImportProfile): boolean {
  return BUILT_IN_PROFILES.includes(profile);
}
