import { describe, expect, it } from "vitest";
import { addDays } from "#lib/common/dates.ts";
import { DOCUMENT_KINDS } from "#lib/common/records.ts";
import { PROFILE_CARDS } from "#lib/setup/profiles.ts";
import { closeWarning, decideLock, firstOpenDay, lockedTo, taxPeriodOf } from "./lock-policy.ts";

const period = (to: string) => ({ label: "Period", from: null, to });
const year = (to: string) => ({ label: "Year", from: null, to });
const LOCK = [period("2026-07-31")];
const on = (issuedOn: string) => ({ kind: "sales-invoice", issuedOn }) as const;

describe("the lock policy", () => {
  it("N14 L6 a lock covers its own day, on either side of each lock", () => {
    for (const locks of [LOCK, [year("2026-07-31")], [period("2026-03-31"), year("2026-07-31")]]) {
      expect(decideLock(on("2026-07-30"), locks, {}).what).toBe("hold");
      expect(decideLock(on("2026-07-31"), locks, {}).what).toBe("hold");
      expect(decideLock(on("2026-08-01"), locks, {}).what).toBe("open");
    }
    expect(decideLock(on("1999-01-01"), [], {}).what).toBe("open");
    expect(lockedTo([...LOCK, year("2026-03-31")], "bill", "2026-01-01")).toBe("2026-07-31");
  });

  it("BB8 a package that closes each journal by itself stops the kinds of that journal alone, in its own periods", () => {
    const sales = { label: "Journal 70", kinds: ["sales-invoice", "sales-credit-note"] as const };
    const locks = [
      { ...sales, from: "2026-05-01", to: "2026-05-31" },
      { ...sales, from: "2026-06-01", to: "2026-06-30" },
      { ...sales, from: "2026-08-01", to: "2026-08-31" },
      { label: "Journal 90", from: null, to: "2026-06-30", kinds: ["journal"] as const },
    ];
    expect(decideLock(on("2026-04-30"), locks, {}).what).toBe("open");
    // Two closed periods without a gap are one: the first open day lies behind both.
    expect(decideLock(on("2026-05-04"), locks, { "sales-invoice": "redate" })).toMatchObject({
      what: "redate",
      lockDate: "2026-06-30",
      issuedOn: "2026-07-01",
    });
    expect(decideLock(on("2026-07-31"), locks, {}).what).toBe("open");
    expect(decideLock(on("2026-08-31"), locks, {})).toEqual({ what: "hold", lockDate: "2026-08-31" });
    expect(decideLock({ kind: "bill", issuedOn: "2026-05-04" }, locks, {}).what).toBe("open");
    expect(lockedTo(locks, "journal", "2020-01-01")).toBe("2026-06-30");
    expect(firstOpenDay(locks, ["sales-invoice", "journal"], "2026-06-10")).toBe("2026-07-01");
    expect(firstOpenDay(locks, ["bill"], "2026-06-10")).toBe("2026-06-10");
    const close = { periodTo: "2026-08-31", closesOn: "2026-09-12" };
    expect(closeWarning(close, locks, "2026-09-11"), "the purchases are open still").toEqual({ days: 1 });
  });

  it("BB8 a package that closes each period of the office stops every kind, and leaves an open period between two closed ones open", () => {
    const closed = ["2026-01", "2026-02", "2026-04"].map((month) => ({
      label: `Period ${month}`,
      from: `${month}-01`,
      to: addDays(`${month === "2026-01" ? "2026-02" : month === "2026-02" ? "2026-03" : "2026-05"}-01`, -1),
    }));
    for (const kind of [...DOCUMENT_KINDS, "payment", "journal"] as const) {
      expect(lockedTo(closed, kind, "2026-01-15")).toBe("2026-02-28");
      expect(lockedTo(closed, kind, "2026-03-01")).toBeNull();
      expect(lockedTo(closed, kind, "2026-04-30")).toBe("2026-04-30");
    }
    expect(firstOpenDay(closed, DOCUMENT_KINDS, "2026-04-02")).toBe("2026-05-01");
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
    const locks = [period("2026-06-30")];
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
    const none = [period("2026-02-28")];
    expect(closeWarning(close, none, "2026-04-09")).toBeNull();
    expect(closeWarning(close, none, "2026-04-10")).toEqual({ days: 2 });
    expect(closeWarning(close, none, "2026-04-12")).toEqual({ days: 0 });
    expect(closeWarning(close, none, "2026-04-14")).toEqual({ days: -2 });
    expect(closeWarning(close, [period("2026-03-31")], "2026-04-11")).toBeNull();
    expect(closeWarning(null, none, "2026-04-11")).toBeNull();
  });
});
