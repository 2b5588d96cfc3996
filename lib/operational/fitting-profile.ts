import { Refusal } from "#lib/common/refusal.ts";
import { FILE_KIND_LABELS } from "./fields.ts";
import type { ImportProfile } from "./profile.ts";
import type { Layout } from "./records.ts";
import type { Source } from "./source.ts";

interface Fit {
  readonly profile: ImportProfile;
  /** Fields that have a column. */
  readonly known: number;
  readonly missing: number;
  /** Columns that stand for no field. */
  readonly ignored: number;
}

function fitOf(profile: ImportProfile, layout: Layout): Fit {
  return {
    profile,
    known: Object.keys(layout.at).length,
    missing: layout.missing.length,
    ignored: layout.ignored.length,
  };
}

/** How many columns more another kind of file must explain, where the chosen profile can read the file too. */
const CLEARLY = 3;

/** Whether headings are another profile's, beyond doubt. */
function isClearly(other: Fit, chosen: Fit): boolean {
  if (other.missing > 0) return false;
  if (chosen.missing > 0) return other.known >= chosen.known;
  if (other.profile.kind === chosen.profile.kind) return false;
  if (other.known >= chosen.known + CLEARLY) return true;
  return other.known > chosen.known && other.ignored === 0 && chosen.ignored > 0;
}

/** Best first. */
async function fitsOf(source: Source, profiles: readonly ImportProfile[]): Promise<Fit[]> {
  const fits: Fit[] = [];
  for (const profile of profiles) fits.push(fitOf(profile, await source.layoutFor(profile)));
  return fits.sort((a, b) => b.known - a.known || a.ignored - b.ignored);
}

/**
 * Stops a file that was chosen under another kind's profile, before anything of it is read: an invoices file read as products would rename
 * products after customers.
 *
 * @throws {Refusal} naming what it looks like, and the profile that fits
 */
export async function refuseMisfit(source: Source, chosen: ImportProfile, profiles: readonly ImportProfile[]): Promise<void> {
  const own = fitOf(chosen, source.layout);
  const others = await fitsOf(
    source,
    profiles.filter((profile) => profile.name !== chosen.name),
  );
  const better = others.find((other) => isClearly(other, own));
  if (!better) return;
  const { kind, title } = better.profile;
  const label = (one: ImportProfile["kind"]) => FILE_KIND_LABELS[one].toLowerCase();
  const looks =
    kind === chosen.kind
      ? `Its headings are not those of the profile \u201c${chosen.title}\u201d but of \u201c${title}\u201d`
      : `This looks like a file of ${label(kind)}, not of ${label(chosen.kind)}: its headings are those of the profile \u201c${title}\u201d`;
  throw new Refusal(`${looks}. Nothing of it was read. Choose that profile and upload the file again.`, {
    field: "profile",
    code: "other-profile",
  });
}
