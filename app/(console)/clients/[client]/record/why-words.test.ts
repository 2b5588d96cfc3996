import { describe, expect, it } from "vitest";
import type { Diagnosis } from "#lib/posting/diagnose.ts";
import type { Wording } from "../export/words.ts";
import { answerOf } from "./why-words.ts";

const wording: Wording = { packageName: "Xero", base: "/clients/ashdown", locale: "en-GB", timeZone: "Europe/London" };
const NONE = { kind: "sales-invoice", steps: [], code: null, detail: null, aside: null, differs: null, marked: null } as const;
const said = (over: Partial<Diagnosis> & Pick<Diagnosis, "what">) => answerOf({ ...NONE, ...over }, wording);

describe("M72 how a record stands, in words", () => {
  it("M72 a record that differs is there, and says in what and what may be done; never that it fails", () => {
    const gross = { field: "Gross", ours: "£120.00", theirs: "£119.00" };
    const date = { field: "Date", ours: "2026-11-20", theirs: "2026-11-21" };
    const differs = { differences: [gross], currency: "GBP", acceptedBy: null };
    expect(said({ what: "differs", differs })).toBe(
      "It was sent and is in Xero. It differs by £1.00: keep Xero’s version or resend ours.",
    );
    expect(said({ what: "differs", differs: { ...differs, differences: [gross, date] } })).toContain(
      "It differs by £1.00 (gross and date)",
    );
    expect(said({ what: "differs", differs: { ...differs, acceptedBy: "Demo adviser <adviser@demo.greentick.test>" } })).toBe(
      "It was sent and is in Xero. It differs by £1.00, which Demo adviser has accepted.",
    );
    const gone = { field: "Record", ours: "INV-1", theirs: "not there" };
    expect(said({ what: "differs", differs: { ...differs, differences: [gone] } })).toContain("is no longer in Xero");
  });

  it("M72 one that was marked says who marked it and why, that nobody asked Xero, and that it was changed since", () => {
    const marked = { by: "Demo staff <staff@demo.greentick.test>", why: "Typed in by hand", changedSince: false };
    expect(said({ what: "marked", marked })).toBe(
      "Marked as exported by Demo staff (“Typed in by hand”): it is never sent from here, and was not checked in Xero.",
    );
    expect(said({ what: "marked", marked: { ...marked, changedSince: true } })).toContain("It has been changed here since.");
  });

  it("M72 what was chosen and not yet taken is not ready: it is chosen for the upload, waiting", () => {
    expect(said({ what: "chosen" })).toContain("queued for upload");
    expect(said({ what: "ready" })).toContain("select it in Pending Export");
    expect(said({ what: "checking" })).toContain("we are checking whether");
  });
});
