import type { ClientScope, ScopedDb } from "#db/client.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { examineFile } from "./examine.ts";
import { FILE_KIND_LABELS } from "./fields.ts";
import type { ImportProfile } from "./profile.ts";
import { getProfile, wholeProfiles } from "./profiles.ts";
import { Asking } from "./questions.ts";
import type { Layout } from "./records.ts";
import type { Sample } from "./sample.ts";
import { listSheets, openSource, type Source } from "./source.ts";

interface Fit {
  readonly profile: ImportProfile;
  /** Fields that have a column. */
  readonly known: number;
  readonly missing: number;
  /** Columns that stand for no field. */
  readonly ignored: number;
  /** Headings that the profile names, without what it takes only where nothing else does. */
  readonly knows: number;
}

function fitOf(profile: ImportProfile, layout: Layout): Fit {
  return {
    profile,
    known: Object.keys(layout.at).length,
    missing: layout.missing.length,
    ignored: layout.ignored.length,
    knows: Object.values(profile.columns).reduce((sum, { headers }) => sum + headers.length, 0),
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

/**
 * Best first. Of two that explain a file as well, the one that knows fewer headings: a copy of a profile, with words of a second ledger added,
 * still knows those of the first, whose files are not its own.
 */
async function fitsOf(source: Source, profiles: readonly ImportProfile[]): Promise<Fit[]> {
  const fits: Fit[] = [];
  for (const profile of profiles) fits.push(fitOf(profile, await source.layoutFor(profile)));
  return fits.sort((a, b) => b.known - a.known || a.ignored - b.ignored || a.knows - b.knows);
}

/** The refusal of a file under a profile whose headings are another's, which it names. */
export class OtherProfile extends Refusal {
  readonly profile: Pick<ImportProfile, "name" | "title">;
  constructor(message: string, { name, title }: ImportProfile) {
    super(message, { field: "profile", code: "other-profile" });
    this.profile = { name, title };
  }
}

/** The profile whose headings a file has beyond doubt, where it is another than the chosen one; null where that one may stay. */
async function fittingProfile(
  source: Source,
  chosen: ImportProfile,
  profiles: readonly ImportProfile[],
): Promise<ImportProfile | null> {
  const own = fitOf(chosen, source.layout);
  const others = await fitsOf(
    source,
    profiles.filter((profile) => profile.name !== chosen.name),
  );
  return others.find((other) => isClearly(other, own))?.profile ?? null;
}

/**
 * Stops a file that was chosen under another kind's profile, before anything of it is read: an invoices file read as products would rename
 * products after customers.
 *
 * @throws {OtherProfile} naming what it looks like, and the profile that fits
 */
export async function refuseMisfit(source: Source, chosen: ImportProfile, profiles: readonly ImportProfile[]): Promise<void> {
  const other = await fittingProfile(source, chosen, profiles);
  if (!other) return;
  const { kind, title } = other;
  const label = (one: ImportProfile["kind"]) => FILE_KIND_LABELS[one].toLowerCase();
  const looks =
    kind === chosen.kind
      ? `Its headings are not those of the profile \u201c${chosen.title}\u201d but of \u201c${title}\u201d`
      : `This looks like a file of ${label(kind)}, not of ${label(chosen.kind)}: its headings are those of the profile \u201c${title}\u201d`;
  throw new OtherProfile(`${looks}. Nothing of it was read.`, other);
}

/** The profile that fits the head of a file better than the chosen one; null where there is none, or the sheet is not chosen yet. */
export async function fitOfSample(
  db: ScopedDb,
  scope: ClientScope,
  { path, sheet, profile }: Sample,
): Promise<{ readonly profile: string | null }> {
  const chosen = await getProfile(db, scope, profile);
  // Whoever names the row of the headings has looked at such files.
  if (chosen.headerRow !== null) return { profile: null };
  const examined = await examineFile(path, chosen.encoding);
  if (examined.format === "workbook" && sheet === null && (await listSheets(path)).length > 1) return { profile: null };
  const source = await openSource(path, examined, chosen, sheet, new Asking());
  try {
    return { profile: (await fittingProfile(source, chosen, await wholeProfiles(db, scope)))?.name ?? null };
  } finally {
    await source.close();
  }
}
