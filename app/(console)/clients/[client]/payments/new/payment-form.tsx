"use client";

import { Button, NativeSelect, TextInput, VisuallyHidden } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type FormEvent, useState, useTransition } from "react";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import { DayInput } from "#components/ui/day-input.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { Panel, PlainTable } from "#components/ui/page.tsx";
import type { OpenItem } from "#db/queries/payment-pages.ts";
import { minorToDecimal } from "#lib/common/money.ts";
import { KIND_LABELS, PAID_BY } from "#lib/common/records.ts";
import { isSyncErrorCode } from "#lib/errors/catalogue.ts";
import { NO_NAME } from "#lib/errors/named.ts";
import { WhatThisMeans } from "../../export/what-this-means.tsx";
import { enterPayment } from "../actions.ts";
import { parseAmount } from "../amount.ts";
import classes from "../money.module.css";
import { PAYMENT_WORDS, PAYS_US } from "../words.ts";

/** What is open on a contact, with how much of it is paid, on which bank nominal and when. */
export function PaymentForm({
  clientId,
  base,
  locale,
  today,
  banks,
  items,
}: {
  readonly clientId: string;
  /** The client's own part of addresses. */
  readonly base: string;
  readonly locale: string;
  readonly today: string;
  readonly banks: readonly { readonly code: string; readonly name: string }[];
  readonly items: readonly OpenItem[];
}) {
  const router = useRouter();
  const [amounts, setAmounts] = useState<Readonly<Record<string, string>>>({});
  const [error, setError] = useState<string | null>(null);
  const [code, setCode] = useState<string | null>(null);
  const [busy, start] = useTransition();

  const entered = items.flatMap((item) => {
    const text = (amounts[item.id] ?? "").trim();
    return text === "" ? [] : [{ item, minor: parseAmount(text, item.currency) }];
  });
  const set = (id: string, text: string) => setAmounts((before) => ({ ...before, [id]: text }));

  const sums = new Map<string, { words: string; currency: string; minor: bigint }>();
  for (const { item, minor } of entered) {
    if (minor === null) continue;
    const words = PAYS_US[item.kind] ? "in" : "out";
    const key = `${words} ${item.currency}`;
    sums.set(key, { words, currency: item.currency, minor: (sums.get(key)?.minor ?? 0n) + minor });
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setCode(null);
    const given = new FormData(event.currentTarget);
    const unread = entered.find(({ minor }) => minor === null);
    if (unread) return setError(`“${amounts[unread.item.id]}” is not an amount in ${unread.item.currency}.`);
    if (entered.length === 0) return setError("Enter the amount paid on at least one document.");
    start(async () => {
      const answer = await enterPayment({
        clientId,
        parts: entered.map(({ item, minor }) => ({ documentId: item.id, amountMinor: String(minor) })),
        bankNominalCode: String(given.get("bank") ?? ""),
        paidOn: String(given.get("paidOn") ?? ""),
        reference: String(given.get("reference") ?? ""),
      });
      if (!answer.ok) {
        setCode(answer.error.code);
        return setError(answer.error.message);
      }
      const [first, ...others] = answer.data.payments;
      notifications.show({
        message:
          others.length === 0
            ? `Payment ${first?.recordReference} saved. It is in Pending Export.`
            : `${others.length + 1} payments saved. They are in Pending Export.`,
        autoClose: 6_000,
      });
      router.push(others.length === 0 && first ? `${base}/payments/${first.id}` : `${base}/payments`);
    });
  }

  return (
    <form onSubmit={submit} className={classes.form}>
      {error !== null && (
        <Notice kind="bad">
          {error}{" "}
          {code !== null && isSyncErrorCode(code) && <WhatThisMeans code={code} wording={{ packageName: NO_NAME, base }} />}
        </Notice>
      )}
      <Panel title="Documents to pay" aside="oldest first">
        <PlainTable label="Open documents">
          <thead>
            <tr>
              <th scope="col">Number</th>
              <th scope="col">Type</th>
              <th scope="col">Date</th>
              <th scope="col" data-align="end">
                Open
              </th>
              <th scope="col" data-align="end">
                Amount paid
              </th>
              <th scope="col">
                <VisuallyHidden>Pay all in full</VisuallyHidden>
              </th>
            </tr>
          </thead>
          <tbody>
            {items.map((item) => (
              <tr key={item.id} className={classes.row}>
                <th scope="row" className={classes.name}>
                  {item.number}
                </th>
                <td>{KIND_LABELS[item.kind]}</td>
                <td>
                  <DateText date={item.issuedOn} locale={locale} />
                </td>
                <td data-align="end">
                  <Amount minor={item.openMinor} currency={item.currency} locale={locale} withCurrency />
                </td>
                {item.isDraft ? (
                  <td colSpan={2} data-align="end" className={classes.dim}>
                    Still a draft in the package: approve it there first
                  </td>
                ) : (
                  <>
                    <td data-align="end">
                      <TextInput
                        aria-label={`Amount paid of ${item.number}`}
                        value={amounts[item.id] ?? ""}
                        onChange={(event) => set(item.id, event.currentTarget.value)}
                        inputMode="decimal"
                        maxLength={20}
                        classNames={{ input: classes.figure, root: classes.amount }}
                        error={entered.some((one) => one.item.id === item.id && one.minor === null)}
                      />
                    </td>
                    <td>
                      <Button
                        variant="subtle"
                        size="compact-sm"
                        onClick={() => set(item.id, minorToDecimal(BigInt(item.openMinor), item.currency))}
                        aria-label={`Pay ${item.number} in full`}
                      >
                        In full
                      </Button>
                    </td>
                  </>
                )}
              </tr>
            ))}
          </tbody>
        </PlainTable>
      </Panel>
      <Panel title="Payment" padded>
        <div className={classes.fields}>
          <NativeSelect
            label="Bank nominal"
            name="bank"
            data={[
              { value: "", label: banks.length === 0 ? "None yet" : "Choose" },
              ...banks.map((bank) => ({ value: bank.code, label: `${bank.code} ${bank.name}` })),
            ]}
            defaultValue={banks.length === 1 ? banks[0]?.code : ""}
          />
          <DayInput label="Date" name="paidOn" locale={locale} defaultValue={today} />
          <TextInput label="Reference" name="reference" maxLength={180} placeholder="As on the bank statement" />
        </div>
        {banks.length === 0 && (
          <p className={classes.dim}>
            <Link href={`${base}/mapping?tab=bank`}>Add a bank nominal</Link> under Mapping, Bank accounts.
          </p>
        )}
        <div className={classes.foot}>
          <p aria-live="polite" className={classes.sum}>
            {sums.size === 0
              ? "Nothing entered yet"
              : [...sums.values()].map(({ words, currency, minor }) => (
                  <span key={`${words} ${currency}`}>
                    Money {words} <Amount minor={minor} currency={currency} locale={locale} withCurrency />
                  </span>
                ))}
            {entered.length === 1 && entered[0] && (
              <span className={classes.dim}>{PAYMENT_WORDS[PAID_BY[entered[0].item.kind]]}</span>
            )}
          </p>
          <Button type="submit" loading={busy}>
            Save payment
          </Button>
        </div>
      </Panel>
    </form>
  );
}
