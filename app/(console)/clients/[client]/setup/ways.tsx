"use client";

import { Checkbox, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { Notice } from "#components/ui/notice.tsx";
import type { WorkingProfile } from "#db/schema/clients.ts";
import { PROFILE_CARDS, type Ways } from "#lib/setup/profiles.ts";
import { chooseProfile, saveWays } from "./actions.ts";
import classes from "./setup.module.css";
import { useSave } from "./use-save.ts";

interface WayChoice<Way extends keyof Ways> {
  readonly value: Ways[Way];
  readonly label: string;
  readonly description?: string;
  /** Why it cannot be chosen. */
  readonly missing?: string;
}

/** The working profile, and each of the ways that it sets. */
export function WorkingWays({
  clientId,
  profile,
  ways: given,
  changed,
  packageName,
  mayDraft,
  mayEdit,
  editedBy,
}: {
  readonly clientId: string;
  readonly profile: WorkingProfile;
  readonly ways: Ways;
  /** Ways that were set otherwise than the profile has them. */
  readonly changed: readonly (keyof Ways)[];
  readonly packageName: string;
  readonly mayDraft: boolean;
  readonly mayEdit: boolean;
  readonly editedBy: string;
}) {
  const { busy, said, save } = useSave();
  const [draft, setDraft] = useState<Partial<Ways>>({});
  const [chosen, setChosen] = useState<WorkingProfile | null>(null);
  const ways = { ...given, ...draft };
  const set = (next: Partial<Ways>, message: string) => {
    setDraft((before) => ({ ...before, ...next }));
    save(
      () => saveWays({ clientId, ways: next }),
      () => message,
      () => setDraft({}),
    );
  };
  const NEXT = "Saved. It applies from the next document sent.";
  const radios = <Way extends "postAs" | "direction" | "trigger" | "lines">(
    way: Way,
    label: string,
    message: string,
    choices: readonly WayChoice<Way>[],
  ) => (
    <Radio.Group
      value={ways[way]}
      label={
        <>
          {label}
          {changed.includes(way) && <span className={classes.changed}>changed</span>}
        </>
      }
      onChange={(value) => {
        const choice = choices.find((one) => one.value === value);
        if (choice) set({ [way]: choice.value }, message);
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
  return (
    <Stack gap="lg">
      {!mayEdit && <p className={classes.dim}>Only {editedBy} may change this.</p>}
      <Radio.Group
        value={chosen ?? profile}
        label="Working profile"
        description="A profile sets the ways below; each can be changed afterwards."
        onChange={(value) => {
          const card = PROFILE_CARDS.find((one) => one.id === value);
          if (!card) return;
          setDraft({});
          setChosen(card.id);
          save(
            () => chooseProfile({ clientId, profile: card.id }),
            () => `${card.label} is set, with its ways.`,
            () => setChosen(null),
          );
        }}
      >
        <div className={classes.profiles}>
          {PROFILE_CARDS.map((card) => (
            <Radio
              key={card.id}
              value={card.id}
              label={card.label}
              description={card.missing === null ? card.about : `${card.about} ${card.missing}`}
              disabled={!mayEdit || busy || card.ways === null}
            />
          ))}
        </div>
      </Radio.Group>
      <div className={classes.ways}>
        {radios("direction", "Direction", "Saved.", [
          { value: "both", label: "Both ways", description: `Documents go to ${packageName}, payments come back.` },
          { value: "out", label: "Out only", description: "Nothing comes back: payments are not read." },
        ])}
        {radios("trigger", "What starts an upload", "Saved. It applies from the next record that is saved.", [
          { value: "by-hand", label: "Staff, by hand" },
          { value: "on-save", label: "Saving a record", description: "What is new or amended is queued by itself." },
          { value: "nightly", label: "The night", description: "What waits goes with the nightly run, at the hour set below." },
        ])}
        {radios("postAs", `Sales invoices, bills and credit notes land in ${packageName}`, NEXT, [
          { value: "authorised", label: "Authorised: they count in the books at once" },
          {
            value: "draft",
            label: "As drafts: somebody approves them there",
            description: "They are shown here as held as draft, never with a green tick.",
            ...(mayDraft ? {} : { missing: `${packageName} takes no drafts.` }),
          },
        ])}
        {radios("lines", "Lines", NEXT, [
          { value: "detailed", label: "Detailed: every line as it is" },
          { value: "summarised", label: "Summarised: one for each account and tax code" },
        ])}
        <Stack gap={8}>
          <span className={classes.label}>
            Payments that match exactly{changed.includes("exactPayments") && <span className={classes.changed}>changed</span>}
          </span>
          <Checkbox
            checked={ways.exactPayments}
            disabled={!mayEdit || busy}
            label="Create and allocate them without a click"
            description="Number, customer or supplier and currency are equal, and each document is paid in full. Other payments wait on Import. Each run can be undone."
            onChange={(event) =>
              set({ exactPayments: event.currentTarget.checked }, "Saved. It applies from the next time payments are read.")
            }
          />
        </Stack>
        <Stack gap={8}>
          <span className={classes.label}>
            Messages{changed.includes("showEachSync") && <span className={classes.changed}>changed</span>}
          </span>
          <Checkbox
            checked={ways.showEachSync}
            disabled={!mayEdit || busy}
            label="Show a message for each successful sync"
            description="Errors show either way."
            onChange={(event) => set({ showEachSync: event.currentTarget.checked }, "Saved.")}
          />
        </Stack>
      </div>
      {said !== null && <Notice kind={said.good ? "good" : "bad"}>{said.message}</Notice>}
    </Stack>
  );
}
