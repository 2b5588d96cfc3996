import type { ScopedDb } from "#db/client.ts";
import { type AppDay, countConnectionsOf, listAppDays } from "#db/queries/practice/usage.ts";
import { now } from "#lib/clock.ts";
import { addDays } from "#lib/common/dates.ts";
import type { PracticeScope } from "#lib/common/scope.ts";
import type { PriceList, PriceTier } from "#lib/connectors/types.ts";

const DAY_MS = 86_400_000;
const GIB = 1_024n ** 3n;
/** So many days tell what a day of the rest of the month will be. */
const LOOK_BACK = 7;

export interface AppUse {
  readonly connections: number;
  /** Of this month (UTC), the latest first. */
  readonly days: readonly AppDay[];
  /** When the last of it was counted; null before any call. */
  readonly asOf: Date | null;
  readonly calls: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly egress: number;
  /** By the month's end, as the last days were. */
  readonly expected: { readonly calls: number; readonly egress: number };
  /** The first moment of the next month. */
  readonly endsAt: Date;
}

/** What the app has used of one package this month, and what it comes to by its end. Thirty-odd rows, however many connections there are. */
export async function readAppUse(db: ScopedDb, scope: PracticeScope, packageId: string): Promise<AppUse> {
  const at = now();
  const first = `${at.toISOString().slice(0, 7)}-01`;
  const endsAt = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 1));
  const today = at.toISOString().slice(0, 10);
  const lately = addDays(today, 1 - LOOK_BACK);
  const all = await listAppDays(db, scope, packageId, lately < first ? lately : first);
  const days = all.filter((day) => day.on >= first);
  const recent = all.filter((day) => day.on >= lately);
  const oldest = recent.at(-1)?.on ?? today;
  // The present day has only begun: what it has so far is shared out over the part of it that is past, with the days before.
  const past = (Date.parse(today) - Date.parse(oldest) + Math.max(at.getTime() - Date.parse(today), DAY_MS / 24)) / DAY_MS;
  const left = (endsAt.getTime() - at.getTime()) / DAY_MS;
  const sum = (of: readonly AppDay[], figure: "calls" | "bytesIn" | "bytesOut" | "egress") =>
    of.reduce((total, day) => total + day[figure], 0);
  const foretell = (figure: "calls" | "egress") => Math.round(sum(days, figure) + (sum(recent, figure) / past) * left);
  return {
    connections: await countConnectionsOf(db, scope, packageId),
    days,
    asOf: all.reduce<Date | null>((latest, { countedAt }) => (latest && latest > countedAt ? latest : countedAt), null),
    calls: sum(days, "calls"),
    bytesIn: sum(days, "bytesIn"),
    bytesOut: sum(days, "bytesOut"),
    egress: sum(days, "egress"),
    expected: { calls: foretell("calls"), egress: foretell("egress") },
    endsAt,
  };
}

export interface TierCost {
  readonly tier: PriceTier;
  /** Whether so many connections may be had under it. */
  readonly fits: boolean;
  /** Minor units a month, what goes beyond the included egress with it, any part of a penny as a whole one; null: by quote. */
  readonly minor: bigint | null;
  /** Of that, for egress beyond what is included. */
  readonly overMinor: bigint;
  /** The least that takes so many connections. */
  readonly least: boolean;
}

/** What each tier would cost with so many connections and so many bytes of egress in a month. */
export function costOfTiers({ tiers }: PriceList, use: { readonly connections: number; readonly egress: number }): TierCost[] {
  const least = tiers.find((tier) => tier.connections === null || tier.connections >= use.connections);
  return tiers.map((tier) => {
    const over = typeof tier.egress === "string" ? 0n : BigInt(Math.max(0, Math.ceil(use.egress - tier.egress.includedBytes)));
    const overMinor = typeof tier.egress === "string" ? 0n : (over * tier.egress.minorPerGiB + GIB - 1n) / GIB;
    return {
      tier,
      fits: tier.connections === null || tier.connections >= use.connections,
      minor: tier.monthMinor === null ? null : tier.monthMinor + overMinor,
      overMinor,
      least: tier === least,
    };
  });
}
