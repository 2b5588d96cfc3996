import { fixedId } from "#lib/simulator/core/ids.ts";
import type { Signer } from "#lib/simulator/core/jwt.ts";
import type { Fields } from "#lib/simulator/http.ts";

export type Role = "standard" | "adviser";

/** One person at the package who may connect organisations; some lock dates bind them by role. */
export type User = { id: string; role: Role; label: string; name: string; email: string };

export const USERS: readonly User[] = [
  {
    id: fixedId("user:standard"),
    role: "standard",
    label: "a standard user",
    name: "Standard User",
    email: "standard@simulator.test",
  },
  {
    id: fixedId("user:adviser"),
    role: "adviser",
    label: "an adviser",
    name: "Adviser User",
    email: "adviser@simulator.test",
  },
];

/** Who consented to what. `tenantId` is null where a token reaches every organisation that its user connected. */
export type Grant = {
  clientId: string;
  userId: string;
  tenantId: string | null;
  scope: string;
  authEventId: string;
};

/** What a token answer is made of. */
export type Issued = Grant & {
  nonce: string | null;
  issuer: string;
  now: number;
  accessToken: string;
  /** Undefined where this grant has none. */
  refreshToken: string | undefined;
};

/** What one package's OAuth has of its own; the rest is the standard's. All paths are below the package's own root. */
export type OAuthPolicy = {
  paths: { authorize: string; token: string; revoke: string; discovery?: string };
  codeSeconds: number;
  accessSeconds: number;
  refresh: {
    /** A token that nobody uses so long is dead. */
    unusedSeconds: number;
    /** An exchanged token goes on working so long. */
    graceSeconds: number;
    /** A token younger than this is answered again instead of a new one; 0 gives a new one every time. */
    sameForSeconds: number;
  };
  /** What may be asked for, at least one of it; null where the package knows no scopes. */
  scopes: readonly string[] | null;
  /** The scope without which there is no refresh token; null where there always is one. */
  offlineScope: string | null;
  /** Whether a token reaches one organisation, all that its user connected with this app, or one where just one was chosen. */
  reaches: "one" | "all" | "chosen";
  /** Whether the person may choose one organisation only. */
  choosesOne(asked: URLSearchParams): boolean;
  /** What the callback's query has beside `code` and `state`. */
  callback(chosen: { tenantIds: readonly string[]; scope: string }): Record<string, string>;
  /** The status of `invalid_client`. */
  invalidClientStatus: 400 | 401;
  /** A token's text; random where the package's tokens say nothing. */
  accessToken?(grant: Grant & { issuer: string; now: number }, signer: Signer): string;
  /** The token call's body. */
  answer(issued: Issued, signer: Signer): Fields;
};
