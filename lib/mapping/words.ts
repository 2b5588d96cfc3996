import type { DocumentSide } from "#lib/tax/kinds.ts";
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
    case "charges-otherwise":
      return "different charge";
    case "wrong-side":
      return "for the other side";
    case "accounts-otherwise":
      return "different reverse charge";
    case "recovers-otherwise":
      return "reclaims different VAT";
  }
}

/** Why a code that is mapped for both sides is not for one of them: the package has the rate for the other. */
export function otherSideSentence(target: string, side: DocumentSide): string {
  const [here, there] = side === "sales" ? ["sales", "purchases"] : ["purchases", "sales"];
  return `The code is mapped to ${target}, which is for ${there} only. Choose a rate for ${here}.`;
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
        ? `${packageName} accepts no payments on this account: it is not a bank account, and payments are not enabled for it. Choose another one.`
        : "A bank or control account can't be used on a line. Choose another one.";
    case "charges-otherwise":
      return "The tax rate charges differently from our tax code. Choose another one, or set the code's kind on its page.";
    case "wrong-side":
      return "The tax rate is for the other side (sales or purchases). Choose another one, or set the code's side on its page.";
    case "recovers-otherwise":
      return `${packageName} reclaims another part of the VAT than our tax code: box 4 would be wrong. Choose a rate that reclaims the same; where there is none, an adviser decides how to enter such bills.`;
    case "accounts-otherwise":
      return "The tax rate and our tax code differ in what the buyer accounts for. Choose another one, or set the code's kind on its page.";
  }
}
