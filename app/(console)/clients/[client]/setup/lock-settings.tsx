"use client";

import { Group, NativeSelect, Stack } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { DayInput } from "#components/ui/day-input.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { DOCUMENT_KINDS, type DocumentKind, KIND_LABELS } from "#lib/common/records.ts";
import {
  LOCK_POLICIES,
  LOCK_POLICY_LABELS,
  type LockPolicy,
  TAX_PERIOD_LABELS,
  TAX_PERIODS,
  type TaxPeriods,
} from "#lib/posting/lock-policy.ts";
import type { LockSettings as Settings } from "#lib/setup/locks.ts";
import { saveLocks } from "./actions.ts";
import { sentWords, useAskFirst } from "./ask-first.tsx";
import { SaveLine } from "./sections.tsx";
import classes from "./setup.module.css";

const POLICIES = LOCK_POLICIES.map((value) => ({ value, label: LOCK_POLICY_LABELS[value] }));
const PERIODS = TAX_PERIODS.map((value) => ({ value, label: TAX_PERIOD_LABELS[value] }));

/** What becomes of documents with a locked date, by kind; tax periods; the close that is expected. */
export function LockSettings({
  clientId,
  settings,
  packageName,
  mayDraft,
  locale,
  mayEdit,
  editedBy,
}: {
  readonly clientId: string;
  readonly settings: Settings;
  readonly packageName: string;
  readonly mayDraft: boolean;
  readonly locale: string;
  readonly mayEdit: boolean;
  readonly editedBy: string;
}) {
  const { busy, said, save, question } = useAskFirst({ locale });
  const [policy, setPolicy] = useState<Partial<Record<DocumentKind, LockPolicy>>>(settings.lockPolicy);
  const [taxPeriods, setTaxPeriods] = useState<TaxPeriods>(settings.taxPeriods);
  const [filedTo, setFiledTo] = useState(settings.taxFiledTo ?? "");
  const [periodTo, setPeriodTo] = useState(settings.close?.periodTo ?? "");
  const [closesOn, setClosesOn] = useState(settings.close?.closesOn ?? "");
  const redates = DOCUMENT_KINDS.filter((kind) => policy[kind] === "redate");
  const dirty =
    DOCUMENT_KINDS.some((kind) => (policy[kind] ?? "hold") !== (settings.lockPolicy[kind] ?? "hold")) ||
    taxPeriods !== settings.taxPeriods ||
    filedTo !== (settings.taxFiledTo ?? "") ||
    periodTo !== (settings.close?.periodTo ?? "") ||
    closesOn !== (settings.close?.closesOn ?? "");
  const put = (event: FormEvent) => {
    event.preventDefault();
    save(
      (sending) =>
        saveLocks({
          clientId,
          sending,
          lockPolicy: policy,
          taxPeriods,
          taxFiledTo: filedTo === "" ? null : filedTo,
          close: periodTo === "" && closesOn === "" ? null : { periodTo, closesOn },
        }),
      (saved) => ["Saved.", sentWords(saved, locale)].filter(Boolean).join(" "),
    );
  };
  return (
    <form onSubmit={put}>
      <Stack gap="md">
        <p className={classes.plain}>
          {packageName} accepts nothing dated on or before its lock date. Such documents are held unless you set something else
          here. The record’s timeline shows each policy applied.
        </p>
        {!mayEdit && <p className={classes.dim}>Only {editedBy} may change this.</p>}
        <Group align="flex-end" gap="sm">
          {DOCUMENT_KINDS.map((kind) => (
            <NativeSelect
              key={kind}
              label={KIND_LABELS[kind]}
              value={policy[kind] ?? "hold"}
              disabled={!mayEdit || busy}
              data={POLICIES.filter((one) => one.value !== "draft" || mayDraft)}
              onChange={(event) => {
                const value = LOCK_POLICIES.find((one) => one === event.currentTarget.value) ?? "hold";
                setPolicy((before) => ({ ...before, [kind]: value }));
              }}
            />
          ))}
        </Group>
        {redates.length > 0 && (
          <Notice kind="warning">
            Re-dating moves the tax point of {redates.map((kind) => `${KIND_LABELS[kind].toLowerCase()}s`).join(", ")} into the
            next open period. The due date and our own record do not change, and the timeline shows both tax periods.
          </Notice>
        )}
        <Group align="flex-end" gap="sm">
          <NativeSelect
            label="Tax periods"
            value={taxPeriods}
            disabled={!mayEdit || busy}
            data={PERIODS}
            onChange={(event) => setTaxPeriods(TAX_PERIODS.find((one) => one === event.currentTarget.value) ?? "quarters-3")}
          />
          <DayInput
            locale={locale}
            label="Tax return filed up to"
            value={filedTo}
            disabled={!mayEdit || busy}
            onChange={setFiledTo}
          />
        </Group>
        <Group align="flex-end" gap="sm">
          <DayInput
            locale={locale}
            label="Next close covers up to"
            value={periodTo}
            disabled={!mayEdit || busy}
            onChange={setPeriodTo}
          />
          <DayInput
            locale={locale}
            label="Lock expected on"
            value={closesOn}
            disabled={!mayEdit || busy}
            onChange={setClosesOn}
          />
        </Group>
        <SaveLine
          id="locks"
          dirty={dirty}
          busy={busy}
          label="Save locks"
          onUndo={() => {
            setPolicy(settings.lockPolicy);
            setTaxPeriods(settings.taxPeriods);
            setFiledTo(settings.taxFiledTo ?? "");
            setPeriodTo(settings.close?.periodTo ?? "");
            setClosesOn(settings.close?.closesOn ?? "");
          }}
        />
        {said !== null && <Notice kind={said.good ? "good" : "bad"}>{said.message}</Notice>}
        {question}
      </Stack>
    </form>
  );
}
