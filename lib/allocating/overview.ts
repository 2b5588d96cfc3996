import type { ScopedDb } from "#db/client.ts";
import { type IncomingTotals, totalIncoming } from "#db/queries/payments/incoming-grid.ts";
import { findLatestRead, findReadingState } from "#db/queries/payments/payment-reads.ts";
import { bankMovements } from "#db/queries/payments/payments.ts";
import { now } from "#lib/clock.ts";
import { dateIn } from "#lib/common/dates.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { IncomingFilter } from "./selection.ts";

/** One bank account's movements. Money in is positive; minor units as text, since they cross to the browser. */
export interface BankLine {
  readonly bankNominalCode: string | null;
  readonly bankAccountName: string | null;
  readonly currency: string;
  readonly createdTodayMinor: string;
  readonly createdMinor: string;
  readonly packageMinor: string;
}

/** What stands around the Import grid's rows. Moments are ISO 8601. */
export interface ImportOverview {
  /** Null before the first connection. */
  readonly connection: "live" | "lost" | "disconnected" | null;
  /** When the last whole read began; null before the first. */
  readonly readAsOf: string | null;
  /** The read that was asked for last. */
  readonly lastRead: {
    readonly runId: string;
    readonly state: "running" | "stopping" | "stopped" | "finished" | "failed";
    readonly startedAt: string;
    readonly payments: number;
    /** Why it failed, by the error catalogue. */
    readonly code: string | null;
  } | null;
  readonly totals: IncomingTotals;
  readonly banks: readonly BankLine[];
}

/** Counts and sums for a filter, how far reading has come, and what moved on each bank account. */
export async function importOverview(
  db: ScopedDb,
  scope: ClientScope,
  filter: IncomingFilter,
  timeZone: string,
): Promise<ImportOverview> {
  const reading = await findReadingState(db, scope);
  const run = await findLatestRead(db, scope);
  const banks = reading ? await bankMovements(db, scope, reading.connectionId, { date: dateIn(timeZone, now()), timeZone }) : [];
  return {
    connection: reading?.state ?? null,
    readAsOf: reading?.asOf?.toISOString() ?? null,
    lastRead: run && {
      runId: run.id,
      state: run.state,
      startedAt: run.startedAt.toISOString(),
      payments: typeof run.detail.read === "number" ? run.detail.read : 0,
      code: typeof run.detail.code === "string" ? run.detail.code : null,
    },
    totals: await totalIncoming(db, scope, filter),
    banks: banks.map((bank) => ({
      ...bank,
      createdTodayMinor: bank.createdTodayMinor.toString(),
      createdMinor: bank.createdMinor.toString(),
      packageMinor: bank.packageMinor.toString(),
    })),
  };
}
