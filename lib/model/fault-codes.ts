import type { SyncErrorCode } from "#lib/errors/catalogue.ts";
import type { MappingFault, MappingKind } from "#lib/mapping/resolve.ts";

/** What the catalogue says of a code without a usable mapping: `none` where it has none, or one that the package no longer has. */
type FaultCodes = Readonly<Partial<Record<MappingFault, SyncErrorCode>>> & { readonly none: SyncErrorCode };

/** Which entry of the catalogue a mapping's fault is: for pre-check's SQL and for the diagnosis of a code by itself. */
export const FAULT_CODES = {
  nominal: {
    none: "mapping.account-missing",
    archived: "mapping.target-archived",
    "no-code": "package.account-without-code",
    "wrong-type": "mapping.account-wrong-type",
  },
  tax: {
    none: "mapping.tax-missing",
    archived: "mapping.target-archived",
    "wrong-side": "mapping.tax-wrong-side",
    "charges-otherwise": "mapping.tax-charges-otherwise",
    "accounts-otherwise": "mapping.tax-charges-otherwise",
    "recovers-otherwise": "mapping.tax-reclaims-otherwise",
  },
  bank: {
    none: "mapping.bank-missing",
    archived: "mapping.target-archived",
    "wrong-type": "mapping.bank-wrong-type",
  },
} as const satisfies Readonly<Record<MappingKind, FaultCodes>>;

/** The catalogue's code of a mapping that cannot be used; null of one that can. @param mapping null where the code has none */
export function faultCode(kind: MappingKind, mapping: { readonly fault: MappingFault | null } | null): SyncErrorCode | null {
  if (mapping?.fault === null) return null;
  const codes: FaultCodes = FAULT_CODES[kind];
  return (mapping && codes[mapping.fault]) ?? codes.none;
}
