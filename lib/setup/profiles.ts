import type { ConnectionSettings, WorkingProfile } from "#db/schema/clients.ts";

/** The ways that can be set one by one; a profile is a name for a set of them. */
export type Ways = Required<
  Pick<ConnectionSettings, "postAs" | "direction" | "trigger" | "lines" | "showEachSync" | "exactPayments" | "createUnasked">
>;

/** What holds where nothing was set. */
export const ORDINARY_WAYS: Ways = {
  postAs: "authorised",
  direction: "both",
  trigger: "by-hand",
  lines: "detailed",
  showEachSync: false,
  exactPayments: false,
  createUnasked: true,
};

export interface ProfileCard {
  readonly id: WorkingProfile;
  readonly label: string;
  readonly about: string;
  /** What choosing it sets; null for one that cannot be chosen, with the reason in `missing`. */
  readonly ways: Ways | null;
  readonly missing: string | null;
}

/** The working profiles in the order in which Setup offers them. */
export const PROFILE_CARDS: readonly ProfileCard[] = [
  {
    id: "khaos-like",
    label: "Manual upload",
    about: "Staff choose what to upload; payments are read into Import.",
    ways: ORDINARY_WAYS,
    missing: null,
  },
  {
    id: "practice-like",
    label: "Nightly both ways",
    about: "Each night pending records are sent, and payments and documents are read.",
    ways: { ...ORDINARY_WAYS, trigger: "nightly" },
    missing: null,
  },
  {
    id: "one-way",
    label: "One-way",
    about: "Records are sent, nothing is read back: payments are not read.",
    ways: { ...ORDINARY_WAYS, direction: "out" },
    missing: null,
  },
  {
    id: "on-save",
    label: "On save",
    about: "New and amended records are queued as soon as they are saved.",
    ways: { ...ORDINARY_WAYS, trigger: "on-save", showEachSync: true },
    missing: null,
  },
];

/** The ways as they hold, what was never set filled in. */
export function waysOf(settings: ConnectionSettings): Ways {
  const {
    profile: _,
    lockPolicy: _policy,
    taxPeriods: _periods,
    taxFiledTo: _filed,
    close: _close,
    startChosen: _chosen,
    ...ways
  } = settings;
  return { ...ORDINARY_WAYS, ...ways };
}

/** Which ways differ from those that the chosen profile sets. */
export function changedWays(settings: ConnectionSettings): readonly (keyof Ways)[] {
  const set = PROFILE_CARDS.find((card) => card.id === (settings.profile ?? "khaos-like"))?.ways ?? ORDINARY_WAYS;
  const ways = waysOf(settings);
  return (Object.keys(ORDINARY_WAYS) as (keyof Ways)[]).filter((way) => ways[way] !== set[way]);
}

export interface WayChange {
  readonly way: keyof Ways;
  readonly from: Ways[keyof Ways];
  readonly to: Ways[keyof Ways];
  /** It was set otherwise than the profile so far has it: choosing another would undo somebody's choice. */
  readonly byHand: boolean;
}

/** What choosing a profile would change, old and new; `changed` as {@link changedWays} answers it. */
export function profileChanges(profile: WorkingProfile, now: Ways, changed: readonly (keyof Ways)[]): readonly WayChange[] {
  const set = PROFILE_CARDS.find((card) => card.id === profile)?.ways;
  if (!set) return [];
  return (Object.keys(ORDINARY_WAYS) as (keyof Ways)[])
    .filter((way) => now[way] !== set[way])
    .map((way) => ({ way, from: now[way], to: set[way], byHand: changed.includes(way) }));
}
