import type { OpenApart } from "#db/queries/open-apart.ts";
import { formatMoney } from "#lib/common/money.ts";
import { signOf } from "#lib/common/records.ts";
import type { Wording } from "../export/words.ts";

type Amounts = Pick<
  OpenApart,
  | "kind"
  | "currency"
  | "oursMinor"
  | "theirsMinor"
  | "contentMinor"
  | "toGoMinor"
  | "sinceMinor"
  | "waitingMinor"
  | "unexplainedMinor"
>;

/** What is open there, and what accounts for the difference: "Xero: £13.20 open; £6.00 not explained". */
export function openApartWords(apart: Amounts, wording: Pick<Wording, "packageName" | "locale">): string {
  const money = (minor: bigint) => formatMoney(minor, apart.currency, wording.locale);
  const size = (text: string) => {
    const minor = BigInt(text);
    return money(minor < 0n ? -minor : minor);
  };
  const toGo = BigInt(apart.toGoMinor) - BigInt(apart.sinceMinor);
  const parts = [
    `${wording.packageName}: ${money(signOf(apart.kind) * BigInt(apart.theirsMinor))} open`,
    ...(apart.waitingMinor === "0" ? [] : [`${size(apart.waitingMinor)} paid there is waiting in Import`]),
    ...(toGo === 0n ? [] : [`${money(toGo)} paid here is not there`]),
    ...(apart.sinceMinor === "0" ? [] : [`${size(apart.sinceMinor)} was sent since it was read there`]),
    ...(apart.contentMinor === "0" ? [] : [`the document itself differs by ${size(apart.contentMinor)}`]),
    ...(apart.unexplainedMinor === "0" ? [] : [`${size(apart.unexplainedMinor)} not explained`]),
  ];
  return parts.join("; ");
}
