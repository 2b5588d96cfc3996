/** What every campaign answers; its keys are fixed. */
export interface CampaignResult {
  readonly campaign: string;
  readonly seed: number;
  readonly documents: number;
  readonly kills: number;
  readonly faults: number;
  readonly lost: number;
  readonly doubled: number;
  readonly wrongLinks: number;
  readonly leftUnknown: number;
  readonly invariantsBroken: readonly string[];
  readonly seconds: number;
  readonly ok: boolean;
}

/**
 * What a campaign answers that looks for broken rules and counts no records of two books.
 * @param began by `performance.now()`
 */
export function rulesResult({
  broken,
  began,
  ...counted
}: Pick<CampaignResult, "campaign" | "seed" | "documents" | "kills" | "faults"> & {
  readonly broken: readonly string[];
  readonly began: number;
}): CampaignResult {
  return {
    ...counted,
    lost: 0,
    doubled: 0,
    wrongLinks: 0,
    leftUnknown: 0,
    invariantsBroken: broken,
    seconds: Math.round((performance.now() - began) / 1000),
    ok: broken.length === 0,
  };
}
