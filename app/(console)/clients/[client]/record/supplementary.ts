import type { AmendedSince } from "#db/queries/postings/reissue.ts";
import { formatMoney } from "#lib/common/money.ts";
import type { Wording } from "../export/words.ts";

/**
 * The way that leaves what the package holds as it is: a document for the difference, made in the operational system, with its amounts.
 * Nothing of it is made here, since the operational system owns the sale.
 */
export function supplementaryWords({ number, currency, sent, now }: AmendedSince, wording: Wording): string {
  const apart = (key: "netMinor" | "taxMinor" | "grossMinor") => BigInt(now[key]) - BigInt(sent[key]);
  const [net, tax, gross] = [apart("netMinor"), apart("taxMinor"), apart("grossMinor")];
  const money = (minor: bigint) => formatMoney(minor < 0n ? -minor : minor, currency, wording.locale);
  const were = `${wording.packageName} has ${number} at ${money(BigInt(sent.grossMinor))}; it is ${money(BigInt(now.grossMinor))} now.`;
  if (net === 0n && tax === 0n) return `${were} No amount has changed: credit and reissue it, or mark the change as exported.`;
  // Net and tax that go different ways are no one document's.
  if (net * tax < 0n)
    return `${were} Net and tax changed in different directions, so no one supplementary document says it: credit and reissue it.`;
  const what = gross < 0n ? "credit note" : "invoice";
  return `${were} Make a supplementary ${what} for the difference in the operational system, net ${money(net)}, tax ${money(tax)}, gross ${money(gross)}, under a number of its own, and mark this change as exported; or credit ${number} and reissue it here.`;
}
