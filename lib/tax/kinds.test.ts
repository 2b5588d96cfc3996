import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { minorDigits } from "#lib/common/money.ts";
import { compareCharge, noFittingRate, selfAccounted, taxFaultWords, taxMappingFault } from "./charged.ts";
import { namesPlainRate, sideByName } from "./evidence.ts";
import { chargedRate, kindFault, readTaxKind, TAX_KIND_ROWS, TAX_KINDS, type TaxKind } from "./kinds.ts";

const kinds = fc.constantFrom(...TAX_KINDS);
const rates = fc.constantFrom("20", "20.0000", "17.5", "5", "0", "12.5", "9.975");
const nets = fc.bigInt({ min: -10_000_000n, max: 10_000_000n });

describe("FA7 what a document is charged", () => {
  it("is the rate or nothing by the kind, never the headline rate", () => {
    expect(chargedRate({ kind: "domestic-reverse-charge", rate: "20" })).toBe("0");
    expect(chargedRate({ kind: "import-postponed", rate: "20" })).toBe("0");
    expect(chargedRate({ kind: "blocked", rate: "20" })).toBe("20");
    expect(chargedRate({ kind: null, rate: "20" })).toBe("20");
  });

  it("N15 is compared to the penny a document and code: a penny is carried and listed, more is held, for every kind, rate, sign and currency", () => {
    const currency = fc.constantFrom("GBP", "EUR", "JPY", "KWD");
    fc.assert(
      fc.property(
        kinds,
        rates,
        fc.array(nets, { minLength: 1, maxLength: 40 }),
        currency,
        fc.bigInt(-1n, 1n),
        (kind, rate, lines, money, off) => {
          const percent = chargedRate({ kind, rate });
          const [whole = "0", part = ""] = percent.split(".");
          const thousandths = BigInt(whole) * 1000n + BigInt(part.padEnd(3, "0").slice(0, 3));
          const rounded = (net: bigint) => {
            const value = net * thousandths;
            return value < 0n ? -((-value + 50_000n) / 100_000n) : (value + 50_000n) / 100_000n;
          };
          const netMinor = lines.reduce((sum, net) => sum + net, 0n);
          // Rounded line by line, as packages do: always within the rule, whatever the currency's minor unit is worth.
          const taxMinor = lines.reduce((sum, net) => sum + rounded(net), 0n);
          expect(minorDigits(money)).toBeGreaterThanOrEqual(0);
          expect(compareCharge({ lines: lines.length, netMinor, taxMinor }, percent).verdict).not.toBe("disagrees");
          // Worked out on the whole, and a penny off it.
          const onWhole = { lines: lines.length, netMinor, taxMinor: rounded(netMinor) };
          expect(compareCharge(onWhole, percent).verdict).toBe("exact");
          if ((netMinor * thousandths) % 100_000n === 0n && off !== 0n) {
            expect(compareCharge({ ...onWhole, taxMinor: onWhole.taxMinor + off }, percent).verdict).toBe("penny");
          }
          // Further away than rounding can be.
          const far = BigInt(lines.length) + 2n;
          for (const away of [far, -far]) {
            expect(compareCharge({ ...onWhole, taxMinor: onWhole.taxMinor + away }, percent).verdict).toBe("disagrees");
          }
          // Turned round, the same.
          expect(compareCharge({ lines: lines.length, netMinor: -netMinor, taxMinor: -taxMinor }, percent).verdict).toBe(
            compareCharge({ lines: lines.length, netMinor, taxMinor }, percent).verdict,
          );
        },
      ),
      { numRuns: 400 },
    );
  });

  it("c09: 0.00 at 20% and 20.00 at 0% on a net of 100.00 both disagree, with what was expected", () => {
    expect(compareCharge({ lines: 1, netMinor: 10_000n, taxMinor: 0n }, "20")).toEqual({
      expectedMinor: 2_000n,
      verdict: "disagrees",
    });
    expect(compareCharge({ lines: 1, netMinor: 10_000n, taxMinor: 2_000n }, "0")).toEqual({
      expectedMinor: 0n,
      verdict: "disagrees",
    });
    expect(compareCharge({ lines: 1, netMinor: 10_000n, taxMinor: 1_998n }, "20").verdict).toBe("disagrees");
    expect(compareCharge({ lines: 2, netMinor: 10_000n, taxMinor: 1_998n }, "20").verdict).toBe("penny");
    expect(compareCharge({ lines: 2, netMinor: 10_000n, taxMinor: 1_997n }, "20").verdict).toBe("disagrees");
    // A penny off an amount that was rounded by half a penny.
    expect(compareCharge({ lines: 1, netMinor: 3n, taxMinor: 2n }, "50").verdict).toBe("exact");
    expect(compareCharge({ lines: 1, netMinor: 3n, taxMinor: 3n }, "50").verdict).toBe("penny");
  });
});

describe("FA7 what is self-accounted", () => {
  it("c10: a reverse-charge bill of 500.00 has 100.00 in boxes 1 and 4 and its net in box 7", () => {
    expect(selfAccounted({ kind: "domestic-reverse-charge", rate: "20" }, "purchase", 50_000n)).toEqual({
      vatMinor: 10_000n,
      vatBoxes: [1, 4],
      netBoxes: [7],
    });
    expect(selfAccounted({ kind: "domestic-reverse-charge", rate: "20" }, "sales", 50_000n)).toBeNull();
    expect(selfAccounted({ kind: "services-from-abroad", rate: "20" }, "purchase", 50_000n)?.netBoxes).toEqual([6, 7]);
    expect(selfAccounted({ kind: "ni-eu-goods", rate: "20" }, "purchase", 50_000n)?.vatBoxes).toEqual([2, 4]);
    expect(selfAccounted({ kind: null, rate: "20" }, "purchase", 50_000n)).toBeNull();
  });

  it("stands only where the document charges nothing, on sides that the kind can have", () => {
    for (const kind of TAX_KINDS) {
      const row = TAX_KIND_ROWS[kind];
      for (const side of row.selfAccounts) {
        expect(row.charges).toBe("nothing");
        expect(row.sides).toContain(side);
        expect(row.boxes[side].vat.length).toBeGreaterThan(0);
      }
    }
  });
});

describe("FA7 N17 a mapping of a tax code", () => {
  const drc = { rate: "0", appliesTo: ["expense", "asset"], selfAccounts: true };
  const input = { rate: "20.0000", appliesTo: ["expense", "asset"], selfAccounts: false };
  const ours = (kind: TaxKind | null, rate = "20") => ({ kind, rate, side: "purchase" as const });

  it("is refused where the package's rate charges otherwise, with both said", () => {
    expect(taxMappingFault(ours("domestic-reverse-charge"), drc)).toBeNull();
    expect(taxMappingFault(ours("domestic-reverse-charge"), input)).toBe("charges-otherwise");
    expect(taxMappingFault(ours("standard"), drc)).toBe("charges-otherwise");
    expect(taxFaultWords("charges-otherwise", ours("standard"), { ...drc, name: "Domestic Reverse Charge @ 20%" }, "Xero")).toBe(
      "Ours charges 20% (standard rate), theirs charges nothing on the bill.",
    );
  });

  it("is refused where the one accounts for tax that the other does not, though both charge nothing", () => {
    expect(taxMappingFault(ours("zero", "0"), drc)).toBe("accounts-otherwise");
    expect(taxMappingFault(ours("services-from-abroad"), { rate: "0", appliesTo: ["expense"], selfAccounts: false })).toBe(
      "accounts-otherwise",
    );
    // A package that does not say is not held to it.
    expect(taxMappingFault(ours("zero", "0"), { ...drc, selfAccounts: null })).toBeNull();
  });

  it("FD3 N27 is refused across sides, by the package's own flags", () => {
    const output = { rate: "20", appliesTo: ["revenue", "asset"], selfAccounts: false };
    expect(taxMappingFault(ours("standard"), output)).toBe("wrong-side");
    expect(taxMappingFault({ ...ours("standard"), side: null }, output)).toBeNull();
    expect(taxMappingFault(ours("standard"), { ...output, appliesTo: ["asset"] })).toBeNull();
  });

  it("FA7 M70 is refused where the package reclaims VAT that ours does not, and says what is left where no rate fits", () => {
    const reclaims = { ...input, recovers: "all" as const };
    expect(taxMappingFault(ours("blocked"), reclaims)).toBe("recovers-otherwise");
    expect(taxMappingFault(ours("partly-recoverable"), reclaims)).toBe("recovers-otherwise");
    expect(taxMappingFault(ours("standard"), reclaims)).toBeNull();
    expect(taxMappingFault(ours("blocked"), { ...input, recovers: "nothing" })).toBeNull();
    expect(taxMappingFault(ours("partly-recoverable"), { ...input, recovers: "part" })).toBeNull();
    expect(taxMappingFault(ours("blocked"), { ...input, recovers: "part" })).toBe("recovers-otherwise");
    // The other way round a purchase's VAT would not be reclaimed; on sales nothing is.
    expect(taxMappingFault(ours("standard"), { ...input, recovers: "nothing" })).toBe("recovers-otherwise");
    expect(
      taxMappingFault(
        { ...ours("standard"), side: "sales" },
        { ...input, appliesTo: ["revenue", "expense"], recovers: "nothing" },
      ),
    ).toBeNull();
    expect(taxFaultWords("recovers-otherwise", ours("blocked"), { ...reclaims, name: "20% (VAT on Expenses)" }, "Xero")).toBe(
      "Of our VAT nothing is reclaimed; of 20% (VAT on Expenses)’s, Xero reclaims all: box 4 would be wrong.",
    );
    expect(noFittingRate(ours("blocked"), "Xero")).toMatch(/^Xero has no rate of 20% that reclaims nothing\. An adviser decides/);
  });

  it("never lets through a rate that charges another figure, whatever the kinds and rates", () => {
    fc.assert(
      fc.property(fc.option(kinds, { nil: null }), rates, rates, (kind, rate, theirs) => {
        const fault = taxMappingFault({ kind, rate, side: null }, { rate: theirs, appliesTo: ["revenue"], selfAccounts: null });
        expect(fault === "charges-otherwise").toBe(Number(chargedRate({ kind, rate })) !== Number(theirs));
      }),
    );
  });
});

describe("what a code's name tells", () => {
  it.each([
    ["BUY20", "Standard rate 20%, purchases", "purchase"],
    ["STD20", "Standard rate 20%", null],
    ["OUT20", "20%", "sales"],
    ["T0", "Out of scope", null],
    ["X", "Sales and purchases", null],
    ["X", "20% VAT on income", "sales"],
  ])("FD3 %s %s: side %s", (code, name, side) => expect(sideByName(code, name)).toBe(side));

  it.each([
    ["STD20", "Standard rate 20%", true],
    ["T1", "20% VAT", true],
    ["S", "Standard rate", true],
    ["STD175", "Standard rate 17.5%", true],
    ["BUY20", "Standard rate 20%, purchases", true],
    ["DRC20", "Domestic reverse charge 20%", false],
    ["T24", "EU services 20%", false],
    ["DRC20", "20%", false],
    ["X7", "Construction 20%", false],
    ["T9", "PVA", false],
  ])("FA7 %s %s: a plain rate %s", (code, name, plain) => expect(namesPlainRate(code, name)).toBe(plain));
});

describe("M70 a kind in a file or form", () => {
  it("is read by name, label and common words, and a bare reverse charge is asked about", () => {
    expect(readTaxKind("Domestic reverse charge")).toBe("domestic-reverse-charge");
    expect(readTaxKind("domestic-reverse-charge")).toBe("domestic-reverse-charge");
    expect(readTaxKind("Zero rated")).toBe("zero");
    expect(readTaxKind("Reverse charge")).toBeNull();
    for (const kind of TAX_KINDS) expect(readTaxKind(TAX_KIND_ROWS[kind].label)).toBe(kind);
  });

  it("is refused where its rate or side cannot be", () => {
    expect(kindFault({ kind: "zero", rate: "20", side: null })?.words).toMatch(/has the rate 0, and this code has 20/);
    expect(kindFault({ kind: "standard", rate: "0.00", side: null })?.field).toBe("kind");
    expect(kindFault({ kind: "blocked", rate: "20", side: "sales" })?.words).toBe(
      "Not recoverable (blocked) is for purchases only.",
    );
    expect(kindFault({ kind: "domestic-reverse-charge", rate: "0", side: "sales" })).toBeNull();
  });
});
