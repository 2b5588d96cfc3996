import type { PackageLock } from "#lib/model/lock-policy.ts";
import { get, type JsonObject, list, text } from "../shared/json.ts";
import { dateUnder } from "./read.ts";

export type Lock = PackageLock;

/** Where a lock is read: as it stands, for a user of the highest level, else from what was filed. */
export type LockSource = "account-locks" | "vat-returns" | "final-accounts";

/** The company's locks: a user's and a system's may stand together. Null where the answer has no such list. */
export function accountLocks(body: JsonObject): readonly Lock[] | null {
  if (!Array.isArray(get(body, "account_locks"))) return null;
  const locks = list(body, "account_locks").flatMap((one): Lock[] => {
    const to = dateUnder(one, "locked_to_date");
    if (to === null) return [];
    const isUsers = get(one, "user_lock") === true;
    return [{ label: isUsers ? "Lock date" : (text(one, "locked_by_description") ?? "Lock of FreeAgent"), from: null, to }];
  });
  return latest(locks);
}

const FILED = new Set(["filed", "marked_as_filed", "pending"]);

/** What follows from what was filed, where the lock date itself may not be read; FreeAgent remains the judge. */
export function derivedLocks(body: JsonObject, source: Exclude<LockSource, "account-locks">): readonly Lock[] {
  const isVat = source === "vat-returns";
  const label = isVat ? "VAT return filed (lock date not readable)" : "Accounts filed (lock date not readable)";
  const filed = list(body, isVat ? "vat_returns" : "final_accounts_reports").flatMap((one): Lock[] => {
    const to = dateUnder(one, "period_ends_on");
    return to !== null && FILED.has((text(one, "filing_status") ?? "").toLowerCase()) ? [{ label, from: null, to }] : [];
  });
  return latest(filed);
}

/** What lies before the company's start in FreeAgent counts in no accounts there. */
export function startLock(startsOn: string | null): readonly Lock[] {
  if (startsOn === null) return [];
  const to = new Date(Date.parse(startsOn) - 86_400_000).toISOString().slice(0, 10);
  return [{ label: "Before the FreeAgent start date", from: null, to }];
}

/** Of locks of one label the latest. */
function latest(locks: readonly Lock[]): readonly Lock[] {
  return [...Map.groupBy(locks, ({ label }) => label).values()].flatMap(
    (same) => same.toSorted((one, other) => (one.to < other.to ? 1 : -1))[0] ?? [],
  );
}
