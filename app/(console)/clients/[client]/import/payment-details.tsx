"use client";

import { Button, Drawer } from "@mantine/core";
import Link from "next/link";
import { Amount } from "#components/ui/amount.tsx";
import { DateText } from "#components/ui/date-text.tsx";
import type { IncomingRow } from "#db/queries/payments/incoming-grid.ts";
import { decimalToMinor } from "#lib/common/money.ts";
import { errorEntry } from "#lib/errors/catalogue.ts";
import { named } from "#lib/errors/named.ts";
import { WhatThisMeans } from "../export/what-this-means.tsx";
import { fixerWords } from "../export/words.ts";
import { AllocatedTo } from "./cells.tsx";
import classes from "./import.module.css";
import { fixOf, isRefund, MOVEMENT_LABELS, movedMinor, statusWords, type Wording } from "./words.ts";

/** One movement in full: what it pays, where it stands, and if it is not created, why, who fixes it and how. */
export function PaymentDetails({
  row,
  wording,
  onClose,
}: {
  readonly row: IncomingRow | null;
  readonly wording: Wording;
  readonly onClose: () => void;
}) {
  return (
    <Drawer
      opened={row !== null}
      onClose={onClose}
      position="right"
      title="Payment"
      classNames={{ content: classes.drawer ?? "", header: classes.drawer ?? "" }}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {row && <Body row={row} wording={wording} />}
    </Drawer>
  );
}

function Body({ row, wording }: { readonly row: IncomingRow; readonly wording: Wording }) {
  const entry = row.statusCode === null ? null : errorEntry(row.statusCode);
  const fix = fixOf(row, wording);
  return (
    <div className={classes.details}>
      <p className={classes.headline}>{statusWords(row, wording)}</p>
      {entry && row.statusCode && (
        <>
          <p>
            {named(entry.why, wording)} <WhatThisMeans code={row.statusCode} wording={wording} />
          </p>
          <p>
            <span className={classes.dim}>Who fixes it: </span>
            {fixerWords(row.statusCode, wording)}
          </p>
          <ol>
            {entry.steps.map((step) => (
              <li key={step}>{named(step, wording)}</li>
            ))}
          </ol>
          {fix && (
            <Button component={Link} href={fix.href} variant="default">
              {fix.label}
            </Button>
          )}
        </>
      )}
      <dl className={classes.facts}>
        <dt>Company</dt>
        <dd>{row.company}</dd>
        <dt>Kind</dt>
        <dd>{MOVEMENT_LABELS[row.kind]}</dd>
        <dt>Date</dt>
        <dd>
          <DateText date={row.paidOn} locale={wording.locale} />
        </dd>
        <dt>Reference</dt>
        <dd>{row.reference ?? "None"}</dd>
        <dt>Amount</dt>
        <dd>
          <Amount minor={movedMinor(row)} currency={row.currency} locale={wording.locale} withCurrency />
        </dd>
        {row.bankAmount !== null && row.bankCurrency !== null && (
          <>
            <dt>On the bank</dt>
            <dd>
              <Amount
                minor={(isRefund(row) ? -1n : 1n) * (decimalToMinor(row.bankAmount, row.bankCurrency) ?? 0n)}
                currency={row.bankCurrency}
                locale={wording.locale}
                withCurrency
              />
            </dd>
          </>
        )}
        <dt>Bank account</dt>
        <dd>{row.bankAccountName ?? "No bank account given"}</dd>
        <dt>Allocated to</dt>
        <dd>
          <AllocatedTo row={row} base={wording.base} />
        </dd>
      </dl>
    </div>
  );
}
