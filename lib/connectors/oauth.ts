import type { PackageId } from "./types.ts";

/** Where a package's OAuth server and API answer; no trailing slashes. */
export interface PackageAddresses {
  readonly loginUrl: string;
  readonly identityUrl: string;
  readonly apiUrl: string;
}

/** One organisation that a consent covers. */
export interface ConsentedTenant {
  readonly id: string;
  readonly name: string;
  /** The package's id of the connection itself, by which it is removed there; null where it has none. */
  readonly remoteConnectionId: string | null;
  /** Where its API answers, without a trailing slash, where that is not where the package's own does: a country, a cluster, a sandbox. */
  readonly apiUrl?: string;
}

/** What a consent brought back. */
interface Consented {
  readonly accessToken: string;
  /** The query that the browser came back with: some packages name the company there alone. */
  readonly returned: URLSearchParams;
}

/** What connecting needs to know of a package: its OAuth addresses, and what lies beyond the standard. */
export interface PackageConsent {
  readonly packageId: PackageId;
  readonly name: string;
  readonly scope: string;
  /**
   * An access token with less than this left is refreshed before it is used, in ms on the one clock. A package may refuse a refresh
   * that comes too early: Exact Online does, before 570 of a token's 600 seconds (its page on refresh tokens).
   */
  readonly refreshWhenLeftMs: number;
  /** How long an access token lives where the answer does not say it, in seconds. */
  readonly accessLifeSeconds: number;
  /** Where our app's secret goes when it proves itself: into the Authorization header, or into the body. */
  readonly clientAuth: "basic" | "body";
  /** What the consent page's address carries beside the standard's own parameters. */
  readonly extraParams: Readonly<Record<string, string>>;
  /** How a grant is ended: as the standard says, or by a body of JSON (Intuit's way); null where a person does it there. */
  readonly revocation: "form" | "json" | null;
  endpoints(addresses: PackageAddresses): { issuer: string; authorise: string; token: string; revoke: string };
  /**
   * Whose tokens these are: two consents of one person and app are one grant. Null when nobody says.
   * @throws {Error} when the package has to be asked, and gives no clear answer
   */
  holderOf(accessToken: string, addresses: PackageAddresses): Promise<string | null>;
  /**
   * Organisations that this very consent added or renewed; all that the token reaches where the package doesn't say.
   * @throws {Error} when the package gives no clear answer
   */
  listTenants(consented: Consented, addresses: PackageAddresses): Promise<readonly ConsentedTenant[]>;
  /**
   * Removes one organisation's connection in the package; one that is gone already is as good. Null where a package has no such thing.
   * @throws {Error} without a clear answer
   */
  readonly removeTenant: ((accessToken: string, remoteConnectionId: string, addresses: PackageAddresses) => Promise<void>) | null;
}
