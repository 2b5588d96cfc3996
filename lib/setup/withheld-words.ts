import type { WithheldGroup } from "#db/queries/export/withheld.ts";
import type { WithheldReason } from "#db/schema/postings.ts";
import type { RecordKind } from "#lib/common/records.ts";
import { sideOf } from "#lib/common/records.ts";
import { addUp, type SideSum } from "#lib/common/sums.ts";
import { amountText } from "#lib/mapping/amount-text.ts";

type Group = Pick<WithheldGroup, "count" | "side" | "currency" | "grossMinor">;

/** Rows and amounts of some groups; sums stay apart by side and currency. */
export function totalOf(groups: readonly Group[]): {
  readonly count: number;
  readonly amounts: readonly SideSum[];
} {
  return {
    count: groups.reduce((total, group) => total + group.count, 0),
    amounts: addUp(
      groups.flatMap(({ side, currency, grossMinor }) =>
        currency === null || grossMinor === null ? [] : { side, currency, minor: BigInt(grossMinor) },
      ),
    ),
  };
}

/** Sums as a reader sees them; sales and purchases are named where there are both. */
export const moneyWords = (amounts: readonly SideSum[], locale: string): string =>
  amountText(
    amounts.map((sum) => ({ ...sum, minor: BigInt(sum.minor) })),
    locale,
  );

const WORDS: Readonly<Record<WithheldReason, (count: number) => string>> = {
  excluded: () => "excluded",
  "before-start": () => "before the start date",
  "entity-off": (count) => (count === 1 ? "of a type that is off" : "of types that are off"),
  "on-hold": () => "on hold",
  void: () => "voided before being sent",
};

/** The reasons in the order in which they are told. */
export const WITHHELD_ORDER = Object.keys(WORDS) as readonly WithheldReason[];

/** "12 excluded (£1,204.00)", one for each reason that holds anything back. */
export function withheldParts(
  groups: readonly (Group & { readonly reason: WithheldReason })[],
  locale: string,
): readonly { readonly reason: WithheldReason; readonly words: string }[] {
  const number = new Intl.NumberFormat(locale);
  return WITHHELD_ORDER.flatMap((reason) => {
    const { count, amounts } = totalOf(groups.filter((group) => group.reason === reason));
    if (count === 0) return [];
    const money = moneyWords(amounts, locale);
    return { reason, words: `${number.format(count)} ${WORDS[reason](count)}${money === "" ? "" : ` (${money})`}` };
  });
}

/** What was made of kinds that do not sync, by kind. */
export function meanwhileOf(
  groups: readonly WithheldGroup[],
  locale: string,
): Partial<Record<RecordKind, { readonly count: number; readonly amount: string }>> {
  const own = Map.groupBy(
    groups.filter((group) => group.reason === "entity-off"),
    (group) => group.kind,
  );
  return Object.fromEntries(
    [...own].map(([kind, of]) => {
      const { count, amounts } = totalOf(of);
      return [kind, { count, amount: moneyWords(amounts, locale) }];
    }),
  );
}

/** "34 older are not sent: £4,210.00." or the empty string. */
export function olderWords(groups: readonly WithheldGroup[], locale: string): string {
  const { count, amounts } = totalOf(groups.filter((group) => group.reason === "before-start"));
  if (count === 0) return "";
  const money = moneyWords(amounts, locale);
  return `${new Intl.NumberFormat(locale).format(count)} older ${count === 1 ? "record is" : "records are"} not sent${money === "" ? "" : `: ${money}`}.`;
}

/** "7 of them are unpaid (£310.00 open)" or the empty string. */
export function unpaidWords(
  sums: readonly {
    readonly kind: RecordKind;
    readonly currency: string;
    readonly count: number;
    readonly openMinor: bigint;
  }[],
  locale: string,
): string {
  const count = sums.reduce((total, sum) => total + sum.count, 0);
  if (count === 0) return "";
  const { amounts } = totalOf(sums.map((sum) => ({ ...sum, side: sideOf(sum.kind), grossMinor: sum.openMinor.toString() })));
  return `${new Intl.NumberFormat(locale).format(count)} of them ${count === 1 ? "is" : "are"} unpaid (${moneyWords(amounts, locale)} open)`;
}
