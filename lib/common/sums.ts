import { SIDES, type Side } from "./records.ts";

/** Signed minor units as text, per side and currency: sales and purchases, pounds and euros are never added together. */
export interface SideSum {
  readonly side: Side | null;
  readonly currency: string;
  readonly minor: string;
}

/** An amount with its side: never added up over currencies, nor over sales and purchases. */
export interface SideAmount {
  readonly side: SideSum["side"];
  readonly currency: string;
  readonly minor: bigint;
}

const ORDER: readonly (Side | null)[] = [...SIDES, null];
const size = (minor: bigint) => (minor < 0n ? -minor : minor);

/** Sales before purchases, and on each side the currency with most at stake first. */
function byWeight(a: SideAmount, b: SideAmount): number {
  const side = ORDER.indexOf(a.side) - ORDER.indexOf(b.side);
  if (side !== 0) return side;
  return size(a.minor) === size(b.minor) ? a.currency.localeCompare(b.currency) : size(a.minor) > size(b.minor) ? -1 : 1;
}

/** Adds up what rows are worth; what comes to nil stands as nil. */
export function addUp(rows: Iterable<SideAmount>): SideSum[] {
  const sums = new Map<string, SideAmount>();
  for (const { side, currency, minor } of rows) {
    const key = `${side} ${currency}`;
    sums.set(key, { side, currency, minor: (sums.get(key)?.minor ?? 0n) + minor });
  }
  return [...sums.values()].sort(byWeight).map(({ side, currency, minor }) => ({ side, currency, minor: minor.toString() }));
}
