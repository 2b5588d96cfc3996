/** What is open on the documents of one correction, in minor units of the credit note's currency. */
export interface OpenAmounts {
  /** What is left of the credit note. */
  readonly creditMinor: bigint;
  /** What is still owed on the document that it corrects. */
  readonly correctedMinor: bigint;
  /** And on the reissue; null where there is none, or the credit note cannot be set against it. */
  readonly reissueMinor: bigint | null;
}

/** What goes where. `leftMinor` is what is then left of the credit note. */
export interface AllocationPlan {
  readonly toCorrectedMinor: bigint;
  readonly toReissueMinor: bigint;
  readonly leftMinor: bigint;
}

const least = (one: bigint, other: bigint) => (one < other ? one : other);
const atLeastNil = (minor: bigint) => (minor < 0n ? 0n : minor);

/**
 * The credit note goes to what is open on the document that it corrects, and the rest of it to what is open on the reissue: never more than
 * either has open, nor than is left. What the corrected document needs is left to it though it could not be allocated yet.
 */
export function planAllocations({ creditMinor, correctedMinor, reissueMinor }: OpenAmounts): AllocationPlan {
  const credit = atLeastNil(creditMinor);
  const toCorrectedMinor = least(credit, atLeastNil(correctedMinor));
  const toReissueMinor = least(credit - toCorrectedMinor, atLeastNil(reissueMinor ?? 0n));
  return { toCorrectedMinor, toReissueMinor, leftMinor: credit - toCorrectedMinor - toReissueMinor };
}
