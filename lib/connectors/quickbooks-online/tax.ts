import { Decimal } from "decimal.js";
import { minorToDecimal, roundToMinor } from "#lib/common/money.ts";
import type { LineTax, OutgoingDocument } from "#lib/common/records.ts";
import { amount, exact } from "../shared/json.ts";
import { isSales, ref } from "./wire.ts";

/**
 * How a company keeps tax: `us` has a mark on each line and one amount, which it may reckon by itself; `global` a code on each line and
 * amounts by rate; `none` has not set tax up. Each of its tax codes says it, so each line of ours does.
 */
export type TaxModel = "us" | "global" | "none";

/** A rate of a code, and what it charges per cent. */
export interface Share {
  readonly rateId: string;
  readonly percent: string;
}

/** The code that stands where tax is not set up: no line carries one there. */
export const NO_TAX = "NotApplicable";

/** What a line with a code says of it, in `PackageTaxRate.attributes`. */
export function attributesOf(
  model: TaxModel,
  sales: readonly Share[],
  purchase: readonly Share[],
): Readonly<Record<string, string>> {
  const said = (shares: readonly Share[]) => shares.map(({ rateId, percent }) => `${rateId}=${percent}`).join(",");
  return {
    model,
    ...(sales.length > 0 ? { sales: said(sales) } : {}),
    ...(purchase.length > 0 ? { purchase: said(purchase) } : {}),
  };
}

function sharesOf(tax: LineTax, side: "sales" | "purchase"): Share[] {
  const said = tax.attributes?.[side] ?? "";
  return said.split(",").flatMap((one) => {
    const [rateId, percent] = one.split("=");
    return rateId && percent && /^-?\d+(\.\d+)?$/.test(percent) ? [{ rateId, percent }] : [];
  });
}

/** How the company of a document keeps tax. */
export function modelOf({ lines }: Pick<OutgoingDocument, "lines">): TaxModel {
  const said = lines[0]?.tax.attributes?.model;
  return said === "us" || said === "none" ? said : "global";
}

type Wire = Readonly<Record<string, unknown>>;

/** What a line says of its tax. */
export const lineTax = (tax: LineTax): Wire => (tax.externalId === NO_TAX ? {} : { TaxCodeRef: ref(tax.externalId) });

/**
 * What a document says of its tax. Where it is ours it is sent to the penny, since they would reckon it anew over the whole document, and
 * a penny more keeps a payment from closing it.
 */
export function documentTax(document: OutgoingDocument): Wire {
  const model = modelOf(document);
  if (model === "none") return { GlobalTaxCalculation: "NotApplicable" };
  if (model === "us") {
    // Bills carry no sales tax there. What the company reckons by itself is not said.
    const isSaid = isSales(document.kind) && document.taxBy !== "package";
    return isSaid ? { TxnTaxDetail: { TotalTax: amount(document.taxMinor, document.currency) } } : {};
  }
  const lines = taxLines(document);
  return {
    GlobalTaxCalculation: "TaxExcluded",
    TxnTaxDetail: {
      TotalTax: amount(document.taxMinor, document.currency),
      ...(lines.length > 0 ? { TaxLine: lines } : {}),
    },
  };
}

interface Group {
  readonly shares: readonly Share[];
  net: bigint;
  tax: bigint;
}

/** The tax of each rate: what our lines of a code have, parted over its rates. */
function taxLines(document: OutgoingDocument): Wire[] {
  const side = isSales(document.kind) ? "sales" : "purchase";
  const groups = new Map<string, Group>();
  for (const line of document.lines) {
    const group = groups.get(line.tax.externalId) ?? { shares: sharesOf(line.tax, side), net: 0n, tax: 0n };
    group.net += line.netMinor;
    group.tax += line.taxMinor;
    groups.set(line.tax.externalId, group);
  }
  const byRate = new Map<string, { share: Share; net: bigint; tax: bigint }>();
  for (const { shares, net, tax } of groups.values()) {
    // A code that charges nothing, or as much as it takes back, is left to them.
    const charging = shares.filter(({ percent }) => !new Decimal(percent).isZero());
    const percent = charging.reduce((sum, one) => sum.plus(one.percent), new Decimal(0));
    if (percent.isZero()) continue;
    let left = tax;
    for (const [at, share] of charging.entries()) {
      const part =
        at === charging.length - 1
          ? left
          : roundToMinor(
              new Decimal(minorToDecimal(tax, document.currency)).times(share.percent).dividedBy(percent),
              document.currency,
            );
      left -= part;
      const row = byRate.get(share.rateId) ?? { share, net: 0n, tax: 0n };
      byRate.set(share.rateId, { share, net: row.net + net, tax: row.tax + part });
    }
  }
  return [...byRate.values()].map(({ share, net, tax }) => ({
    Amount: amount(tax, document.currency),
    DetailType: "TaxLineDetail",
    TaxLineDetail: {
      TaxRateRef: ref(share.rateId),
      PercentBased: true,
      TaxPercent: exact(share.percent),
      NetAmountTaxable: amount(net, document.currency),
    },
  }));
}
