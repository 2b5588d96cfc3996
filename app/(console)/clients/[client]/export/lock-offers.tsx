"use client";

import { Button, Group } from "@mantine/core";
import { formatDate } from "#lib/common/dates.ts";
import { LOCK_POLICIES, type LockChoice, type LockPolicy } from "#lib/model/lock-policy.ts";
import classes from "./export.module.css";

/** What is offered for rows whose date is locked, and for those rows alone. */
export const LOCK_OFFERS: Readonly<Record<LockPolicy, string>> = {
  hold: "Keep on hold",
  draft: "Send as draft",
  redate: "Re-date to the first open day",
};

/** Whether an error or a pre-check's note is about a lock date. */
export const isLockCode = (code: string | null): boolean => code === "package.period-locked" || code === "rule.lock-policy";

/** "Re-date to 1 Sept 2026, by Anna Berg". */
export function lockChoiceWords(choice: LockChoice, locale: string): string {
  const what = choice.what === "redate" ? `Re-date to ${formatDate(choice.to, locale)}` : LOCK_OFFERS[choice.what];
  return `${what}, by ${choice.by}`;
}

/** The choices for the rows of one card. Each opens a question that shows what it would do; nothing is done before that is answered. */
export function LockOffers({
  mayRedate,
  of,
  onChoose,
}: {
  readonly mayRedate: boolean;
  /** Rows of the card. */
  readonly of: number;
  readonly onChoose: (choice: LockPolicy) => void;
}) {
  return (
    <div className={classes.offers}>
      <p>
        <strong>{of === 1 ? "For this row alone:" : `For these ${of} rows alone:`}</strong>
      </p>
      <Group gap="xs">
        {LOCK_POLICIES.map((choice) => {
          const forbidden = choice === "redate" && !mayRedate;
          return (
            <Button
              key={choice}
              variant="default"
              size="xs"
              disabled={forbidden}
              {...(forbidden ? { title: "Only an adviser may re-date: it moves the tax point." } : {})}
              onClick={() => onChoose(choice)}
            >
              {LOCK_OFFERS[choice]}
            </Button>
          );
        })}
      </Group>
    </div>
  );
}
