import type { DocumentKind } from "#lib/common/records.ts";
import type { ClientScope } from "#lib/common/scope.ts";
import type { Connector } from "#lib/connectors/types.ts";
import type { PackageCall, TheirTotal } from "#lib/posting/invariants.ts";
import type { ScratchProduct } from "./product.ts";

/** A document that stands in the package: neither voided there nor deleted. */
export interface HeldDocument {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly number: string | null;
  readonly currency: string;
  readonly grossMinor: bigint;
}

/** What an organisation in the package holds, as the package itself has it. */
export interface Held {
  readonly documents: readonly HeldDocument[];
  readonly totals: readonly TheirTotal[];
  /** Customers, suppliers and products that stand there once more than they should. */
  readonly repeats: number;
  /** The package's log of calls; empty where it allows any number. */
  readonly calls: readonly PackageCall[];
  /** How many calls were struck. */
  readonly faults: number;
}

/** A package as a campaign plays it: whoever holds its books outlives every worker. */
export interface PlayedPackage {
  readonly connector: Connector;
  /** The worker's program, of this folder; the product's own without it. */
  readonly worker?: string;
  /** Organisations at most; the campaign's own figure without it. */
  readonly tenants?: number;
  /** People amend, withdraw, stop and retry while the workers work. */
  readonly isMeddledWith: boolean;
  /** Connects a client to an organisation of its own and maps its codes. @returns the organisation's id */
  connect(product: ScratchProduct, scope: ClientScope, name: string): Promise<string>;
  /** From now on things go wrong with an organisation's calls. `calm`: all goes well */
  spoil(tenantId: string, by: { readonly seed: number; readonly scale: number; readonly calm: boolean }): Promise<void>;
  held(tenantId: string): Promise<Held>;
  close(): Promise<void>;
}

/** How many names stand once more than they should. */
export const repeatsOf = (names: readonly (string | null)[]) => names.length - new Set(names).size;
