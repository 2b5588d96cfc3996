import { Decimal } from "decimal.js";
import { minorToDecimal, roundToMinor } from "#lib/common/money.ts";
import type { OutgoingDocument, OutgoingLine } from "#lib/common/records.ts";
import { SyncError } from "#lib/errors/sync-error.ts";
import type { PackageTaxRate } from "../types.ts";

/** What a line and its document say of tax. */
interface Treatment {
  /** Per cent. */
  readonly sales_tax_rate: string;
  readonly sales_tax_status: "TAXABLE" | "EXEMPT" | "OUT_OF_SCOPE";
  /** Of the document as a whole; left out where it is the ordinary one. */
  readonly ec_status?: string;
  readonly place_of_supply?: string;
}

const REVERSE_CHARGE = "Reverse Charge";
const EVERYWHERE = ["revenue", "expense", "asset", "liability", "equity"] as const;
const PURCHASES = ["expense", "asset", "liability", "equity"] as const;

function rate(externalId: string, name: string, treatment: Treatment, over: Partial<PackageTaxRate> = {}): PackageTaxRate {
  const charges = new Decimal(treatment.sales_tax_rate);
  return {
    externalId,
    name,
    rate: charges.toFixed(),
    attributes: { ...treatment },
    selfAccounts: false,
    // Of what a bill charges FreeAgent reclaims all.
    recovers: charges.isZero() ? null : "all",
    active: true,
    appliesTo: EVERYWHERE,
    ...over,
  };
}

/**
 * FreeAgent has no list of rates for companies in the UK: a line says a rate and a status, and the document how it stands to other
 * countries and to the reverse charge. Under the reverse charge every line is at nil, or the document is refused.
 */
export const TAX_RATES: readonly PackageTaxRate[] = [
  rate("taxable-20", "Standard rate 20%", { sales_tax_rate: "20.0", sales_tax_status: "TAXABLE" }),
  rate("taxable-5", "Reduced rate 5%", { sales_tax_rate: "5.0", sales_tax_status: "TAXABLE" }),
  rate("taxable-0", "Zero rate 0%", { sales_tax_rate: "0.0", sales_tax_status: "TAXABLE" }),
  rate("exempt", "Exempt", { sales_tax_rate: "0.0", sales_tax_status: "EXEMPT" }),
  // An invoice's line may be taxable or exempt, and nothing else.
  rate(
    "out-of-scope",
    "Outside the scope of VAT",
    { sales_tax_rate: "0.0", sales_tax_status: "OUT_OF_SCOPE" },
    { appliesTo: PURCHASES },
  ),
  rate(
    "reverse-charge-sales",
    "Reverse charge, sales",
    { sales_tax_rate: "0.0", sales_tax_status: "TAXABLE", ec_status: REVERSE_CHARGE },
    { appliesTo: ["revenue"] },
  ),
  rate(
    "reverse-charge-purchases",
    "Reverse charge, purchases",
    { sales_tax_rate: "0.0", sales_tax_status: "TAXABLE", ec_status: REVERSE_CHARGE },
    { appliesTo: PURCHASES, selfAccounts: true },
  ),
];

/** What a line says of tax: by its rate's id, or by what was stored of a rate that is no longer offered. */
function treatmentOf({ tax }: OutgoingLine): Treatment | null {
  const said = TAX_RATES.find((one) => one.externalId === tax.externalId)?.attributes ?? tax.attributes;
  const { sales_tax_rate, sales_tax_status, ec_status, place_of_supply } = said ?? {};
  const status = (["TAXABLE", "EXEMPT", "OUT_OF_SCOPE"] as const).find((one) => one === sales_tax_status);
  if (sales_tax_rate === undefined || status === undefined) return null;
  return {
    sales_tax_rate,
    sales_tax_status: status,
    ...(ec_status === undefined ? {} : { ec_status }),
    ...(place_of_supply === undefined ? {} : { place_of_supply }),
  };
}

/** @throws {SyncError} for a rate that FreeAgent has no words for, or that may not stand on this document */
export function lineTax(
  document: OutgoingDocument,
  line: OutgoingLine,
  index: number,
): Omit<Treatment, "ec_status" | "place_of_supply"> {
  const field = `lines[${index}].taxCode`;
  const subject = `line ${index + 1}`;
  const treatment = treatmentOf(line);
  if (!treatment) throw new SyncError("mapping.tax-missing", { field, value: line.tax.externalId, subject });
  const { sales_tax_rate, sales_tax_status } = treatment;
  if (document.kind === "sales-invoice" && sales_tax_status === "OUT_OF_SCOPE") {
    throw new SyncError("mapping.tax-not-allowed-on-account", {
      field,
      value: line.tax.externalId,
      subject,
      said: ["A line of a FreeAgent invoice is taxable or exempt: nothing on it is outside the scope of VAT"],
    });
  }
  return { sales_tax_rate, sales_tax_status };
}

/** Status and place of the document as a whole. @throws {SyncError} when its lines disagree about them */
export function documentTax(document: OutgoingDocument): Pick<Treatment, "ec_status" | "place_of_supply"> {
  const said = document.lines.map((line) => treatmentOf(line));
  const [first] = said;
  const differs = said.findIndex((one) => one?.ec_status !== first?.ec_status || one?.place_of_supply !== first?.place_of_supply);
  if (differs > 0) {
    throw new SyncError("mapping.tax-not-allowed-on-account", {
      field: `lines[${differs}].taxCode`,
      value: document.lines[differs]?.tax.externalId ?? "",
      subject: `line ${differs + 1}`,
      said: ["FreeAgent takes the reverse charge for a whole document: its lines must all be under it, or none"],
    });
  }
  return {
    ...(first?.ec_status === undefined ? {} : { ec_status: first.ec_status }),
    ...(first?.place_of_supply === undefined ? {} : { place_of_supply: first.place_of_supply }),
  };
}

/** The rate's id of what stands on a line there. */
export function taxIdOf(
  said: { readonly rate: Decimal | null; readonly status: string | null; readonly ecStatus: string | null },
  side: "sales" | "purchase",
): string {
  if (said.ecStatus === REVERSE_CHARGE) return side === "sales" ? "reverse-charge-sales" : "reverse-charge-purchases";
  const beyond = said.ecStatus === null || said.ecStatus === "UK/Non-EC" || said.ecStatus === "" ? "" : `${said.ecStatus} `;
  if (said.status === "EXEMPT") return `${beyond}exempt`;
  if (said.status === "OUT_OF_SCOPE") return `${beyond}out-of-scope`;
  return `${beyond}taxable-${(said.rate ?? new Decimal(0)).toFixed()}`;
}

/** Tax on a line's net, as FreeAgent reckons it: the line's net is rounded first, then the tax on it. */
export function taxOn(netMinor: bigint, per: Decimal, currency: string): bigint {
  return roundToMinor(new Decimal(minorToDecimal(netMinor, currency)).times(per).dividedBy(100), currency);
}

/** Tax in a bill line's gross, as FreeAgent reckons it. */
function taxIn(grossMinor: bigint, per: Decimal, currency: string): bigint {
  const gross = new Decimal(minorToDecimal(grossMinor, currency));
  return roundToMinor(gross.times(per).dividedBy(per.plus(100)), currency);
}

/** The tax that is to be set on a bill's line, since what FreeAgent would reckon of its gross is another; null where it is the same. */
export function manualTax(line: OutgoingLine, salesTaxRate: string, currency: string): bigint | null {
  const reckoned = taxIn(line.netMinor + line.taxMinor, new Decimal(salesTaxRate), currency);
  return reckoned === line.taxMinor ? null : line.taxMinor;
}
