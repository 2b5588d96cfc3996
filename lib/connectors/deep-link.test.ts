import { describe, expect, it } from "vitest";
import { RECORD_KINDS } from "#lib/common/records.ts";
import { packageLink } from "./deep-link.ts";
import { xeroWebUrl } from "./xero/deep-link.ts";

const ID = "0b6f2c5a-6a63-4f6e-9d2b-7a5d2a4a1c11";

describe("links to the record in its package", () => {
  it("N26 opens each kind at Xero's own screen, in the organisation that the short code names", () => {
    const site = { packageId: "xero", webUrl: xeroWebUrl("https://login.xero.com"), shortCode: "!ab12c" } as const;
    expect(packageLink(site, "sales-invoice", ID)).toBe(
      `https://go.xero.com/organisationlogin/default.aspx?shortcode=!ab12c&redirecturl=/AccountsReceivable/View.aspx?InvoiceID=${ID}`,
    );
    expect(packageLink(site, "allocation", ID)).toBeNull();
    const links = RECORD_KINDS.filter((kind) => kind !== "allocation").map((kind) => packageLink(site, kind, ID));
    expect(links.every((link) => link !== null && new URL(link).searchParams.get("redirecturl")?.endsWith(ID))).toBe(true);
    // Customer and supplier are one kind of contact; every other kind has a screen of its own, but for allocations.
    expect(new Set(links).size).toBe(RECORD_KINDS.length - 2);
  });

  it("N26 without a short code the screen itself is opened, and an id never reaches out of it", () => {
    const site = { packageId: "xero", webUrl: xeroWebUrl("http://127.0.0.1:4010"), shortCode: null } as const;
    expect(packageLink(site, "customer", ID)).toBe(`http://127.0.0.1:4010/Contacts/View/${ID}`);
    expect(packageLink(site, "bill", "a&b/../c")).toBe(
      "http://127.0.0.1:4010/AccountsPayable/View.aspx?InvoiceID=a%26b%2F..%2Fc",
    );
  });

  it("a package without screens of its own has no link", () => {
    expect(packageLink({ packageId: "sage-50", webUrl: "http://x", shortCode: null }, "bill", ID)).toBeNull();
  });
});
