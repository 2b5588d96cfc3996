"use client";

import { Button, Checkbox, Group, Modal, Radio, Stack } from "@mantine/core";
import { useEffect, useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { WorkingProfile } from "#db/schema/clients.ts";
import { ORDINARY_OPTIONS, PROFILE_CARDS, profileChanges, type SyncOptions } from "#lib/setup/profiles.ts";
import { chooseProfile, saveSyncOptions } from "./actions.ts";
import { SaveLine } from "./sections.tsx";
import classes from "./setup.module.css";
import { useSave } from "./use-save.ts";

interface OptionChoice<Option extends keyof SyncOptions> {
  readonly value: SyncOptions[Option];
  readonly label: string;
  readonly description?: string;
  /** Why it cannot be chosen. */
  readonly missing?: string;
}

const OPTIONS = Object.keys(ORDINARY_OPTIONS) as (keyof SyncOptions)[];

/** From when on a change holds, where that is not at once. */
const APPLIES: Readonly<Partial<Record<keyof SyncOptions, string>>> = {
  postAs: "It applies from the next document sent.",
  lines: "It applies from the next document sent.",
  trigger: "It applies from the next record that is saved.",
  exactPayments: "It applies from the next time payments are read.",
  createUnasked: "It applies to new records from now on. Records already on Matches stay there until you answer.",
};

const OPTION_WORDS: Readonly<
  Record<keyof SyncOptions, { readonly label: string; readonly values: Readonly<Record<string, string>> }>
> = {
  direction: { label: "Direction", values: { both: "Both ways", out: "Out only" } },
  trigger: {
    label: "What starts an upload",
    values: { "by-hand": "Staff, by hand", "on-save": "Saving a record", nightly: "The nightly run" },
  },
  postAs: { label: "Documents arrive", values: { authorised: "Authorised", draft: "As drafts" } },
  lines: { label: "Lines", values: { detailed: "Detailed", summarised: "Summarised" } },
  exactPayments: { label: "Payments that match exactly", values: { true: "Created automatically", false: "Left on Import" } },
  createUnasked: {
    label: "New customers, suppliers and products",
    values: { true: "Created automatically", false: "Left on Matches" },
  },
  showEachSync: { label: "Messages", values: { true: "For each sync", false: "For errors only" } },
};
const valueWords = (option: keyof SyncOptions, value: SyncOptions[keyof SyncOptions]) =>
  OPTION_WORDS[option].values[String(value)] ?? String(value);

/** The working profile, and each of the options that it sets. */
export function WorkingOptions({
  clientId,
  profile,
  options: given,
  changed,
  packageName,
  mayDraft,
  mayEdit,
  editedBy,
}: {
  readonly clientId: string;
  readonly profile: WorkingProfile;
  readonly options: SyncOptions;
  /** Options that were set otherwise than the profile has them. */
  readonly changed: readonly (keyof SyncOptions)[];
  readonly packageName: string;
  readonly mayDraft: boolean;
  readonly mayEdit: boolean;
  readonly editedBy: string;
}) {
  const { busy, said, save } = useSave();
  const [draft, setDraft] = useState<Partial<SyncOptions>>({});
  const [chosen, setChosen] = useState<WorkingProfile | null>(null);
  const [asking, setAsking] = useState(false);
  const card = chosen === null ? undefined : PROFILE_CARDS.find((one) => one.id === chosen);
  const options = { ...given, ...card?.options, ...draft };
  const edited = OPTIONS.filter((option) => draft[option] !== undefined && draft[option] !== (card?.options ?? given)[option]);
  const dirty = chosen !== null || edited.length > 0;
  // What choosing the profile changes, but for what is set otherwise below.
  const changes = chosen === null ? [] : profileChanges(chosen, given, changed).filter((one) => draft[one.option] === undefined);
  const resets = changes.filter((one) => one.byHand);
  const undo = () => {
    setDraft({});
    setChosen(null);
    setAsking(false);
  };
  // What was saved is what is given from now on.
  useEffect(() => {
    if (chosen !== null && chosen === profile) setChosen(null);
    if (chosen === null && OPTIONS.some((option) => draft[option] !== undefined) && edited.length === 0) setDraft({});
  }, [chosen, profile, draft, edited.length]);
  const set = (next: Partial<SyncOptions>) => setDraft((before) => ({ ...before, ...next }));
  /** @param kept options that were set by hand and stay so under another profile */
  const put = (kept: Partial<SyncOptions> = {}) => {
    setAsking(false);
    const own = { ...kept, ...Object.fromEntries(edited.map((option) => [option, draft[option]])) };
    if (chosen === null) {
      save(
        () => saveSyncOptions({ clientId, options: own }),
        () => ["Saved.", ...new Set(edited.flatMap((option) => APPLIES[option] ?? []))].join(" "),
      );
      return;
    }
    const label = card?.label ?? chosen;
    save(
      () => chooseProfile({ clientId, profile: chosen, options: own }),
      () => (Object.keys(own).length === 0 ? `${label} profile applied.` : `${label} profile applied, with your own changes.`),
    );
  };
  const radios = <Option extends "postAs" | "direction" | "trigger" | "lines">(
    option: Option,
    label: string,
    choices: readonly OptionChoice<Option>[],
  ) => (
    <Radio.Group
      value={options[option]}
      label={
        <>
          {label}
          {changed.includes(option) && <span className={classes.changed}>changed</span>}
        </>
      }
      onChange={(value) => {
        const choice = choices.find((one) => one.value === value);
        if (choice) set({ [option]: choice.value });
      }}
    >
      <Stack gap={8} mt={8}>
        {choices.map((choice) => (
          <Radio
            key={String(choice.value)}
            value={String(choice.value)}
            label={choice.label}
            description={choice.missing ?? choice.description}
            disabled={!mayEdit || busy || choice.missing !== undefined}
          />
        ))}
      </Stack>
    </Radio.Group>
  );
  const tick = (option: "exactPayments" | "createUnasked" | "showEachSync", of: string, label: string, description: string) => (
    <Stack gap={8}>
      <span className={classes.label}>
        {of}
        {changed.includes(option) && <span className={classes.changed}>changed</span>}
      </span>
      <Checkbox
        checked={options[option]}
        disabled={!mayEdit || busy}
        label={label}
        description={description}
        onChange={(event) => set({ [option]: event.currentTarget.checked })}
      />
    </Stack>
  );
  return (
    <Stack gap="lg">
      {!mayEdit && <p className={classes.dim}>Only {editedBy} may change this.</p>}
      <Radio.Group
        value={chosen ?? profile}
        label="Working profile"
        description="A profile sets the options below; you can change each of them too. You see what it would change before you save."
        onChange={(value) => {
          const next = PROFILE_CARDS.find((one) => one.id === value);
          if (!next) return;
          setDraft({});
          setChosen(next.id === profile ? null : next.id);
        }}
      >
        <div className={classes.profiles}>
          {PROFILE_CARDS.map((card) => (
            <Radio
              key={card.id}
              value={card.id}
              label={card.label}
              description={card.missing === null ? card.about : `${card.about} ${card.missing}`}
              disabled={!mayEdit || busy || card.options === null}
            />
          ))}
        </div>
      </Radio.Group>
      {card && (
        <Notice kind="info">
          {changes.length === 0 ? (
            `${card.label} changes nothing below.`
          ) : (
            <>
              {card.label} would change:
              <ul className={classes.wouldChange}>
                {changes.map((one) => (
                  <li key={one.option}>
                    {OPTION_WORDS[one.option].label}: {valueWords(one.option, one.from)} →{" "}
                    <strong>{valueWords(one.option, one.to)}</strong>
                    {one.byHand && " (set by hand)"}
                  </li>
                ))}
              </ul>
            </>
          )}
        </Notice>
      )}
      <div className={classes.options}>
        {radios("direction", "Direction", [
          { value: "both", label: "Both ways", description: `Documents are sent to ${packageName}, payments are read back.` },
          { value: "out", label: "Out only", description: "Nothing is read back: no payments." },
        ])}
        {radios("trigger", "What starts an upload", [
          { value: "by-hand", label: "Staff, by hand" },
          { value: "on-save", label: "Saving a record", description: "New and amended records are queued automatically." },
          {
            value: "nightly",
            label: "The nightly run",
            description: "Pending records are sent by the nightly run, at the time set below.",
          },
        ])}
        {radios("postAs", `Sales invoices, bills and credit notes arrive in ${packageName}`, [
          { value: "authorised", label: "Authorised: they count in the books at once" },
          {
            value: "draft",
            label: "As drafts: someone approves them there",
            description: "They show here as held as draft, never with a green tick.",
            ...(mayDraft ? {} : { missing: `${packageName} accepts no drafts.` }),
          },
        ])}
        {radios("lines", "Lines", [
          { value: "detailed", label: "Detailed: every line as it is" },
          { value: "summarised", label: "Summarised: one for each account and tax code" },
        ])}
        {tick(
          "exactPayments",
          "Payments that match exactly",
          "Create and allocate them automatically",
          "Only where number, customer or supplier and currency agree and each document is paid in full. Other payments stay on Import. Each run can be undone.",
        )}
        {tick(
          "createUnasked",
          "New customers, suppliers and products",
          `Create them without asking if ${packageName} has nothing like them`,
          "Otherwise they and their documents wait on Matches. Possible duplicates wait on Matches either way.",
        )}
        {tick("showEachSync", "Messages", "Show a message for each successful sync", "Errors show either way.")}
      </div>
      <SaveLine
        id="how-it-works"
        dirty={dirty}
        busy={busy}
        label="Save how it works"
        onSave={() => (resets.length > 0 ? setAsking(true) : put())}
        onUndo={undo}
      />
      <Modal opened={asking} onClose={() => setAsking(false)} title="Reset options changed by hand?" centered>
        <Stack gap="sm">
          <p className={classes.plain}>{card?.label} would reset options that were changed by hand:</p>
          <ul className={classes.wouldChange}>
            {resets.map((one) => (
              <li key={one.option}>
                {OPTION_WORDS[one.option].label}: {valueWords(one.option, one.from)} →{" "}
                <strong>{valueWords(one.option, one.to)}</strong>
              </li>
            ))}
          </ul>
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              Cancel
            </Button>
            <Button variant="default" onClick={() => put(Object.fromEntries(resets.map((one) => [one.option, one.from])))}>
              Keep {resets.length === 1 ? "it" : "them"}
            </Button>
            <Button onClick={() => put()}>Reset {resets.length === 1 ? "it" : "them"}</Button>
          </Group>
        </Stack>
      </Modal>
      {said !== null && <Notice kind={said.good ? "good" : "bad"}>{said.message}</Notice>}
    </Stack>
  );
}
