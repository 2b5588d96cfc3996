import type { Collection, Stored } from "#lib/simulator/core/collection.ts";
import type { Role } from "#lib/simulator/core/oauth-policy.ts";
import type { AnyOrganisation } from "#lib/simulator/core/organisation.ts";

/** How long fault P14 hides what was just written, where the order doesn't say. */
export const LAG_MS = 30_000;

/** P11, some of a batch refused: three of forty, one of a few, none of one. */
export function chosenRefusals(count: number): Set<number> {
  if (count < 2) return new Set();
  return count < 6 ? new Set([Math.floor(count / 2)]) : new Set([1, Math.floor(count / 2), count - 2]);
}

/** P18, locked between two calls: locks up to this day, for the caller's role. */
export function lockUpTo(organisation: AnyOrganisation, date: string, role: Role): void {
  if (date !== "") organisation.change(role === "adviser" ? { yearLock: date } : { periodLock: date });
}

/** P14 on a read: what was written in the last moments is not in this reader's index yet. */
export function hideRecent(
  organisation: AnyOrganisation,
  collections: readonly Pick<Collection<Stored>, "startOf" | "all" | "size">[],
  lagMs = LAG_MS,
): void {
  const now = organisation.clock.now();
  for (const collection of collections) {
    for (let at = collection.startOf(now - lagMs); at < collection.size; at += 1) {
      const one = collection.all()[at];
      if (one !== undefined) organisation.hiddenUntil.set(one.id, one.updatedAt + lagMs);
    }
  }
}
