import { describe, expect, it } from "vitest";
import { DOCUMENT_KINDS } from "#lib/common/records.ts";
import { PROFILE_CARDS } from "#lib/setup/profiles.ts";
import { closeWarning, decideLock, lockedTo, taxPeriodOf } from "./lock-policy.ts";

const LOCK = { periodLockOn: "2026-07-31", yearLockOn: null };
const on = (issuedOn: string) => ({ kind: "sales-invoice", issuedOn }) as const;

describe("the lock policy", () => {
  it("N14 L6 a lock covers its own day, on either side of each lock", () => {
    for (const locks of [
      LOCK,
      { periodLockOn: null, yearLockOn: "2026-07-31" },
      { periodLockOn: "2026-03-31", yearLockOn: "2026-07-31" },
    ]) {
      expect(decideLock(on("2026-07-30"), locks, {}).what).toBe("hold");
      expect(decideLock(on("2026-07-31"), locks, {}).what).toBe("hold");
      expect(decideLock(on("2026-08-01"), locks, {}).what).toBe("open");
    }
    expect(decideLock(on("1999-01-01"), { periodLockOn: null, yearLockOn: null }, {}).what).toBe("open");
    expect(lockedTo({ periodLockOn: "2026-07-31", yearLockOn: "2026-03-31" })).toBe("2026-07-31");
  });

  it("L6 holds by default, every kind, in every working profile: nothing is re-dated that no adviser set", () => {
    for (const kind of DOCUMENT_KINDS) expect(decideLock({ kind, issuedOn: "2026-07-31" }, LOCK, {}).what).toBe("hold");
    for (const card of PROFILE_CARDS) expect(JSON.stringify(card.options ?? {})).not.toContain("redate");
  });

  it("L6 each kind goes by its own policy, named in the sentence that is logged", () => {
    const policies = { bill: "redate", "sales-invoice": "draft" } as const;
    expect(decideLock(on("2026-07-31"), LOCK, policies)).toMatchObject({
      what: "draft",
      words: expect.stringMatching(/^Post as draft: 31 Jul/),
    });
    expect(decideLock({ kind: "bill", issuedOn: "2026-07-31" }, LOCK, policies)).toMatchObject({
      what: "redate",
      issuedOn: "2026-08-01",
    });
    expect(decideLock({ kind: "sales-credit-note", issuedOn: "2026-07-31" }, LOCK, policies).what).toBe("hold");
  });

  it("L6 re-dating names both tax periods", () => {
    const locks = { periodLockOn: "2026-06-30", yearLockOn: null };
    const moved = decideLock(on("2026-06-14"), locks, { "sales-invoice": "redate" }, "quarters-3");
    expect(moved).toMatchObject({
      issuedOn: "2026-07-01",
      words: expect.stringMatching(/period 1 Apr 2026 to 30 Jun 2026 into the period 1 Jul 2026 to 30 Sep/),
    });
    const same = decideLock(on("2026-06-14"), locks, { "sales-invoice": "redate" }, "quarters-1");
    expect(same).toMatchObject({ words: expect.stringMatching(/stays 1 May 2026 to 31 Jul 2026/) });
  });

  it("L6 tax periods begin and end where they do, over the turn of the year too", () => {
    expect(taxPeriodOf("2026-02-28", "monthly")).toEqual({ from: "2026-02-01", to: "2026-02-28" });
    expect(taxPeriodOf("2026-12-31", "quarters-1")).toEqual({ from: "2026-11-01", to: "2027-01-31" });
    expect(taxPeriodOf("2027-01-01", "quarters-1")).toEqual({ from: "2026-11-01", to: "2027-01-31" });
    expect(taxPeriodOf("2026-02-01", "quarters-2")).toEqual({ from: "2025-12-01", to: "2026-02-28" });
    expect(taxPeriodOf("2026-03-31", "quarters-3")).toEqual({ from: "2026-01-01", to: "2026-03-31" });
  });

  it("L6 the warning of a close appears two days ahead, and goes once the period is locked", () => {
    const close = { periodTo: "2026-03-31", closesOn: "2026-04-12" };
    const none = { periodLockOn: "2026-02-28", yearLockOn: null };
    expect(closeWarning(close, none, "2026-04-09")).toBeNull();
    expect(closeWarning(close, none, "2026-04-10")).toEqual({ days: 2 });
    expect(closeWarning(close, none, "2026-04-12")).toEqual({ days: 0 });
    expect(closeWarning(close, none, "2026-04-14")).toEqual({ days: -2 });
    expect(closeWarning(close, { periodLockOn: "2026-03-31", yearLockOn: null }, "2026-04-11")).toBeNull();
    expect(closeWarning(null, none, "2026-04-11")).toBeNull();
  });
});
