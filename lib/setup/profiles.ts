import type { ConnectionSettings, WorkingProfile } from "#db/schema/clients.ts";

/** The options that can be set one by one; a profile is a name for a set of them. */
export type SyncOptions = Required<
  Pick<ConnectionSettings, "postAs" | "direction" | "trigger" | "lines" | "showEachSync" | "exactPayments" | "createUnasked">
>;

/** What holds where nothing was set. */
export const ORDINARY_OPTIONS: SyncOptions = {
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
  readonly options: SyncOptions | null;
  readonly missing: string | null;
}

/** The working profiles in the order in which Setup offers them. */
export const PROFILE_CARDS: readonly ProfileCard[] = [
  {
    id: "khaos-like",
    label: "Manual upload",
    about: "Staff choose what to upload; payments are read into Import.",
    options: ORDINARY_OPTIONS,
    missing: null,
  },
  {
    id: "practice-like",
    label: "Nightly both ways",
    about: "Each night pending records are sent, and payments and documents are read.",
    options: { ...ORDINARY_OPTIONS, trigger: "nightly" },
    missing: null,
  },
  {
    id: "one-way",
    label: "One-way",
    about: "Records are sent, nothing is read back: payments are not read.",
    options: { ...ORDINARY_OPTIONS, direction: "out" },
    missing: null,
  },
  {
    id: "on-save",
    label: "On save",
    about: "New and amended records are queued as soon as they are saved.",
    options: { ...ORDINARY_OPTIONS, trigger: "on-save", showEachSync: true },
    missing: null,
  },
];

/** The options as they hold, what was never set filled in. */
export function syncOptionsOf(settings: ConnectionSettings): SyncOptions {
  const {
    profile: _,
    lockPolicy: _policy,
    taxPeriods: _periods,
    taxFiledTo: _filed,
    close: _close,
    startChosen: _chosen,
    ...options
  } = settings;
  return { ...ORDINARY_OPTIONS, ...options };
}

/** Which options differ from those that the chosen profile sets. */
export function changedOptions(settings: ConnectionSettings): readonly (keyof SyncOptions)[] {
  const set = PROFILE_CARDS.find((card) => card.id === (settings.profile ?? "khaos-like"))?.options ?? ORDINARY_OPTIONS;
  const options = syncOptionsOf(settings);
  return (Object.keys(ORDINARY_OPTIONS) as (keyof SyncOptions)[]).filter((option) => options[option] !== set[option]);
}

export interface OptionChange {
  readonly option: keyof SyncOptions;
  readonly from: SyncOptions[keyof SyncOptions];
  readonly to: SyncOptions[keyof SyncOptions];
  /** It was set otherwise than the profile so far has it: choosing another would undo somebody's choice. */
  readonly byHand: boolean;
}

/** What choosing a profile would change, old and new; `changed` as {@link changedOptions} answers it. */
export function profileChanges(
  profile: WorkingProfile,
  now: SyncOptions,
  changed: readonly (keyof SyncOptions)[],
): readonly OptionChange[] {
  const set = PROFILE_CARDS.find((card) => card.id === profile)?.options;
  if (!set) return [];
  return (Object.keys(ORDINARY_OPTIONS) as (keyof SyncOptions)[])
    .filter((option) => now[option] !== set[option])
    .map((option) => ({ option, from: now[option], to: set[option], byHand: changed.includes(option) }));
}
