import type { OutgoingLine, SeenLine } from "#lib/common/records.ts";

/**
 * Which of the package's lines each of ours is: the one that says the same, else the next that is left. A line without its id would be made
 * anew and lose what somebody added to it there; one that is not named is deleted.
 */
export function lineIds(ours: readonly OutgoingLine[], theirs: readonly SeenLine[]): (string | null)[] {
  const left = [...theirs];
  const take = (same: (line: SeenLine) => boolean): string | null => {
    const at = left.findIndex(same);
    return at < 0 ? null : (left.splice(at, 1)[0]?.externalId ?? null);
  };
  const words = (line: OutgoingLine) => line.description.trim() || line.productReference;
  const whole = ours.map((line) => take((one) => one.description === words(line) && one.netMinor === line.netMinor));
  const named = ours.map((line, index) => whole[index] ?? take((one) => one.description === words(line)));
  return named.map((id) => id ?? take(() => true));
}
