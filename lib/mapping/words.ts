import type { Level, MappingFault, MappingKind } from "./resolve.ts";

export const LEVEL_LABELS: Readonly<Record<Level, string>> = { client: "Client", practice: "Practice", master: "Master" };

/** Why a target can't be chosen, as it stands beside the greyed name. */
export function targetReason(fault: MappingFault, kind: MappingKind, packageName: string): string {
  switch (fault) {
    case "absent":
      return `not in ${packageName}`;
    case "archived":
      return `archived in ${packageName}`;
    case "no-code":
      return `no code in ${packageName}`;
    case "wrong-type":
      return kind === "bank" ? "takes no payments" : "not for lines";
  }
}

/** Why a saved mapping doesn't work, and what to do, in one sentence. */
export function faultSentence(fault: MappingFault, kind: MappingKind, packageName: string): string {
  const what = kind === "tax" ? "tax rate" : "account";
  switch (fault) {
    case "absent":
      return `${packageName} has no such ${what}. Choose another one.`;
    case "archived":
      return `The ${what} is archived in ${packageName}. Choose another one, or restore it there and press Refresh.`;
    case "no-code":
      return `The account has no code in ${packageName}. Give it one in its chart of accounts there, then press Refresh.`;
    case "wrong-type":
      return kind === "bank"
        ? `${packageName} takes no payments into this account: it is no bank account, and payments are not enabled for it. Choose one of those.`
        : "A bank or control account cannot stand on a line. Choose another one.";
  }
}
