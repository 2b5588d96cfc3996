import { isForOtherSideAlone, type TheirRate } from "#lib/tax/charged.ts";
import type { DocumentSide } from "#lib/tax/kinds.ts";

/** A target as the browser holds it. */
export interface Target {
  readonly id: string;
  readonly code: string | null;
  readonly name: string;
  readonly group: string;
  readonly disabled: string | null;
  /** Of a tax rate: what it charges, and where it may be used. */
  readonly tax: TheirRate | null;
}

/** The targets of a row that is for documents of one side: without tax rates that the package has for the other side alone. */
export function targetsForSide(targets: readonly Target[], side: DocumentSide | null): readonly Target[] {
  if (side === null) return targets;
  return targets.filter(({ tax }) => tax === null || !isForOtherSideAlone(tax, side));
}

export function targetLabel(target: Target): string {
  return target.code === null ? target.name : `${target.code} ${target.name}`;
}

/**
 * Targets that match what was typed, every word of it, in code or name; those whose code begins with it first, then in the list's
 * own order. At most `limit`; `more` says how many were left off.
 */
export function searchTargets(targets: readonly Target[], typed: string, limit = 60): { found: readonly Target[]; more: number } {
  const words = typed
    .trim()
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  if (words.length === 0) return cut(targets, limit);
  const [first] = words;
  const starts: Target[] = [];
  const others: Target[] = [];
  for (const target of targets) {
    const hay = targetLabel(target).toLowerCase();
    if (!words.every((word) => hay.includes(word))) continue;
    if (first !== undefined && target.code?.toLowerCase().startsWith(first)) starts.push(target);
    else others.push(target);
  }
  return cut([...starts, ...others], limit);
}

function cut(all: readonly Target[], limit: number) {
  return { found: all.slice(0, limit), more: Math.max(0, all.length - limit) };
}
