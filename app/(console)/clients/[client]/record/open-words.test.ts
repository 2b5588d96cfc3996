import { describe, expect, it } from "vitest";
import { openApartWords } from "./open-words.ts";
import { supplementaryWords } from "./supplementary.ts";

const wording = { packageName: "Xero", base: "/clients/ashdown", locale: "en-GB", timeZone: "Europe/London" };
const apart = {
  kind: "sales-invoice",
  currency: "GBP",
  oursMinor: "720",
  theirsMinor: "1320",
  contentMinor: "0",
  toGoMinor: "0",
  sinceMinor: "0",
  waitingMinor: "0",
  unexplainedMinor: "600",
} as const;

describe("FB4 an open amount that differs, in words", () => {
  it("FB4 says what is open there and what nothing explains", () => {
    expect(openApartWords(apart, wording)).toBe("Xero: £13.20 open; £6.00 not explained");
  });

  it("FB4 says what explains the rest, each by its amount", () => {
    const all = {
      ...apart,
      toGoMinor: "500",
      sinceMinor: "200",
      waitingMinor: "100",
      contentMinor: "-50",
      unexplainedMinor: "-7",
    };
    expect(openApartWords(all, wording)).toBe(
      "Xero: £13.20 open; £1.00 paid there is waiting in Import; £3.00 paid here is not there; £2.00 was sent since it was read there; the document itself differs by £0.50; £0.07 not explained",
    );
  });
});

describe("FB10 what may be done about a document that is paid there and amended here", () => {
  const amounts = (netMinor: string, taxMinor: string, grossMinor: string) => ({ netMinor, taxMinor, grossMinor });
  const of = (now: ReturnType<typeof amounts>) =>
    supplementaryWords({ number: "C22-1", currency: "GBP", sent: amounts("10000", "2000", "12000"), now }, wording);

  it("FB10 c22 a supplementary invoice for the difference, by its amounts, or credit and reissue", () => {
    expect(of(amounts("12000", "2400", "14400"))).toBe(
      "Xero has C22-1 at £120.00; it is £144.00 now. Make a supplementary invoice for the difference in the operational system, net £20.00, tax £4.00, gross £24.00, under a number of its own, and mark this change as exported; or credit C22-1 and reissue it here.",
    );
  });

  it("FB10 a credit note where it became less, and neither where net and tax go different ways or no amount changed", () => {
    expect(of(amounts("8000", "1600", "9600"))).toContain("supplementary credit note for the difference");
    expect(of(amounts("11000", "1000", "12000"))).toContain("different directions");
    expect(of(amounts("10000", "2000", "12000"))).toContain("No amount has changed");
  });
});
