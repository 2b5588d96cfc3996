"use client";

import { ActionIcon, Button, NativeSelect, TextInput, VisuallyHidden } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconPlus, IconX } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Amount } from "#components/ui/amount.tsx";
import { DayInput } from "#components/ui/day-input.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import { isSyncErrorCode } from "#lib/errors/catalogue.ts";
import { NO_NAME } from "#lib/errors/named.ts";
import { WhatThisMeans } from "../../export/what-this-means.tsx";
import { parseAmount } from "../../payments/amount.ts";
import classes from "../../payments/money.module.css";
import { addJournal } from "../actions.ts";

interface Leg {
  readonly key: number;
  readonly nominalCode: string;
  readonly description: string;
  readonly debit: string;
  readonly credit: string;
}

const emptyLeg = (key: number): Leg => ({ key, nominalCode: "", description: "", debit: "", credit: "" });

/** A leg in minor units, a credit negative; null when it cannot be read, or has both or neither. */
function minorOf({ debit, credit }: Leg, currency: string): bigint | null {
  if ((debit.trim() === "") === (credit.trim() === "")) return null;
  if (credit.trim() === "") return parseAmount(debit, currency);
  const minor = parseAmount(credit, currency);
  return minor === null ? null : -minor;
}

const isEmpty = (leg: Leg) => [leg.nominalCode, leg.description, leg.debit, leg.credit].every((text) => text.trim() === "");

/** A journal's head and legs, with what is still missing for it to balance. */
export function JournalForm({
  clientId,
  base,
  locale,
  today,
  currency,
  nominals,
}: {
  readonly clientId: string;
  readonly base: string;
  readonly locale: string;
  readonly today: string;
  readonly currency: string;
  readonly nominals: readonly { readonly code: string; readonly name: string; readonly mayStand: boolean }[];
}) {
  const router = useRouter();
  const [legs, setLegs] = useState<readonly Leg[]>([emptyLeg(1), emptyLeg(2)]);
  const [error, setError] = useState<string | null>(null);
  const [code, setCode] = useState<string | null>(null);
  const [busy, start] = useTransition();

  const filled = legs.filter((leg) => !isEmpty(leg));
  const amounts = filled.map((leg) => minorOf(leg, currency));
  const debits = amounts.reduce<bigint>((sum, minor) => (minor !== null && minor > 0n ? sum + minor : sum), 0n);
  const credits = amounts.reduce<bigint>((sum, minor) => (minor !== null && minor < 0n ? sum - minor : sum), 0n);
  const change = (key: number, part: Partial<Leg>) =>
    setLegs((before) => before.map((leg) => (leg.key === key ? { ...leg, ...part } : leg)));
  const add = () => setLegs((before) => [...before, emptyLeg(Math.max(0, ...before.map((leg) => leg.key)) + 1)]);

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setCode(null);
    const given = new FormData(event.currentTarget);
    const unread = amounts.indexOf(null);
    if (unread >= 0) return setError(`Line ${unread + 1} needs a debit or a credit above zero, not both.`);
    start(async () => {
      const answer = await addJournal({
        clientId,
        reference: String(given.get("reference") ?? ""),
        narration: String(given.get("narration") ?? ""),
        journalOn: String(given.get("journalOn") ?? ""),
        lines: filled.map((leg, index) => ({
          nominalCode: leg.nominalCode,
          description: leg.description,
          amountMinor: String(amounts[index] ?? 0n),
        })),
      });
      if (!answer.ok) {
        setCode(answer.error.code);
        return setError(answer.error.message);
      }
      notifications.show({ message: `Journal ${answer.data.reference} saved. It is in Pending Export.`, autoClose: 6_000 });
      router.push(`${base}/journals/${answer.data.id}`);
    });
  }

  const money = (minor: bigint) => <Amount minor={minor} currency={currency} locale={locale} />;
  return (
    <form onSubmit={submit} className={classes.form}>
      {error !== null && (
        <Notice kind="bad">
          {error}{" "}
          {code !== null && isSyncErrorCode(code) && <WhatThisMeans code={code} wording={{ packageName: NO_NAME, base }} />}
        </Notice>
      )}
      <Panel title="Journal" padded>
        <div className={classes.fields}>
          <TextInput label="Narration" name="narration" maxLength={500} required withAsterisk={false} className={classes.wide} />
          <DayInput label="Date" name="journalOn" locale={locale} defaultValue={today} />
          <TextInput label="Reference" name="reference" maxLength={60} placeholder="Next number" />
        </div>
      </Panel>
      <Panel title="Lines" aside="stock, control and bank codes can't be used">
        <PlainTable label="Lines of the journal">
          <thead>
            <tr>
              <th scope="col">Nominal code</th>
              <th scope="col">Description</th>
              <th scope="col" data-align="end">
                Debit
              </th>
              <th scope="col" data-align="end">
                Credit
              </th>
              <th scope="col">
                <VisuallyHidden>Remove</VisuallyHidden>
              </th>
            </tr>
          </thead>
          <tbody>
            {legs.map((leg, index) => (
              <tr key={leg.key} className={classes.row}>
                <td>
                  <NativeSelect
                    aria-label={`Nominal code of line ${index + 1}`}
                    className={classes.code}
                    value={leg.nominalCode}
                    onChange={(event) => change(leg.key, { nominalCode: event.currentTarget.value })}
                    data={[
                      { value: "", label: "Choose" },
                      ...nominals.map((one) => ({
                        value: one.code,
                        label: one.mayStand ? `${one.code} ${one.name}` : `${one.code} ${one.name} (not for journals)`,
                        disabled: !one.mayStand,
                      })),
                    ]}
                  />
                </td>
                <td>
                  <TextInput
                    aria-label={`Description of line ${index + 1}`}
                    className={classes.text}
                    value={leg.description}
                    onChange={(event) => change(leg.key, { description: event.currentTarget.value })}
                    maxLength={500}
                  />
                </td>
                {(["debit", "credit"] as const).map((side) => (
                  <td key={side} data-align="end">
                    <TextInput
                      aria-label={`${side === "debit" ? "Debit" : "Credit"} of line ${index + 1}`}
                      value={leg[side]}
                      onChange={(event) => change(leg.key, { [side]: event.currentTarget.value })}
                      inputMode="decimal"
                      maxLength={20}
                      classNames={{ input: classes.figure, root: classes.amount }}
                    />
                  </td>
                ))}
                <td>
                  {legs.length > 2 && (
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      aria-label={`Remove line ${index + 1}`}
                      onClick={() => setLegs((before) => before.filter((one) => one.key !== leg.key))}
                    >
                      <IconX size={15} aria-hidden />
                    </ActionIcon>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <td colSpan={2}>
                <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} aria-hidden />} onClick={add}>
                  Add a line
                </Button>
              </td>
              <td data-align="end">{money(debits)}</td>
              <td data-align="end">{money(credits)}</td>
              <td />
            </tr>
          </tfoot>
        </PlainTable>
      </Panel>
      <div className={classes.foot}>
        <p aria-live="polite" className={debits === credits ? classes.sum : `${classes.sum} ${classes.bad}`}>
          {debits === credits ? (
            debits === 0n ? (
              "Nothing entered yet"
            ) : (
              "Balanced"
            )
          ) : (
            <>
              Out of balance: {debits > credits ? "credits" : "debits"} are short by{" "}
              {money(debits > credits ? debits - credits : credits - debits)}
            </>
          )}
        </p>
        <Button type="submit" loading={busy}>
          Save journal
        </Button>
      </div>
    </form>
  );
}
