import { randomUUID } from "node:crypto";
import type { SimulatorClock } from "#lib/simulator/clock.ts";
import type { Grant } from "#lib/simulator/core/oauth-policy.ts";
import type { Fields } from "#lib/simulator/http.ts";

const DAY_MS = 86_400_000;

/** That an app may reach one organisation for one of its users. */
export type Connection = {
  id: string;
  tenantId: string;
  userId: string;
  clientId: string;
  authEventId: string;
  createdAt: number;
  updatedAt: number;
};

export type Code = Grant & {
  code: string;
  redirectUri: string;
  nonce: string | null;
  challenge: string | null;
  expiresAt: number;
  used: boolean;
};

export type RefreshToken = Grant & {
  token: string;
  issuedAt: number;
  /** When it was last exchanged without giving way to another; it is not unused since. */
  usedAt?: number;
  /** When it was first exchanged for another. */
  rotatedAt: number | null;
};

export type AccessToken = Grant & { token: string; expiresAt: number };

type Tables = {
  connections: Connection;
  codes: Code;
  refreshTokens: RefreshToken;
  accessTokens: AccessToken;
};

/** Connections, codes and tokens of one package, noted in the journal as they change. */
export class Grants {
  readonly #clock: SimulatorClock;
  readonly #note: (change: Fields) => void;
  readonly #life: { unusedSeconds: number; graceSeconds: number };
  readonly connections = new Map<string, Connection>();
  readonly codes = new Map<string, Code>();
  readonly refreshTokens = new Map<string, RefreshToken>();
  readonly accessTokens = new Map<string, AccessToken>();
  readonly #byTenant = new Map<string, Set<string>>();

  constructor(clock: SimulatorClock, life: { unusedSeconds: number; graceSeconds: number }, note: (change: Fields) => void) {
    this.#clock = clock;
    this.#life = life;
    this.#note = note;
  }

  clear(): void {
    for (const table of [this.connections, this.codes, this.refreshTokens, this.accessTokens]) table.clear();
    this.#byTenant.clear();
  }

  ofTenant(tenantId: string): Connection[] {
    return [...(this.#byTenant.get(tenantId) ?? [])].flatMap((id) => this.connections.get(id) ?? []);
  }

  /** The connection of this user and app to an organisation. */
  connection(who: { userId: string; clientId: string }, tenantId: string): Connection | null {
    for (const id of this.#byTenant.get(tenantId) ?? []) {
      const one = this.connections.get(id);
      if (one?.userId === who.userId && one.clientId === who.clientId) return one;
    }
    return null;
  }

  /** Connects organisations, or renews their connections. */
  connect(tenantIds: readonly string[], who: { userId: string; clientId: string; authEventId: string }): void {
    const now = this.#clock.now();
    for (const tenantId of tenantIds) {
      const known = this.connection(who, tenantId);
      this.put("connections", {
        id: known?.id ?? randomUUID(),
        tenantId,
        userId: who.userId,
        clientId: who.clientId,
        authEventId: who.authEventId,
        createdAt: known?.createdAt ?? now,
        updatedAt: now,
      });
    }
  }

  usable(token: RefreshToken): boolean {
    const now = this.#clock.now();
    return token.rotatedAt === null
      ? now < (token.usedAt ?? token.issuedAt) + this.#life.unusedSeconds * 1000
      : now < token.rotatedAt + this.#life.graceSeconds * 1000;
  }

  put<Name extends keyof Tables>(table: Name, put: Tables[Name]): void {
    this.#keep(table, put);
    this.#note({ identity: table, put });
  }

  drop(table: keyof Tables, id: string): void {
    this.#forget(table, id);
    this.#note({ identity: table, drop: id });
  }

  restore(table: string, change: { put?: unknown; drop?: string }): void {
    // The journal is this class's own writing: the name is a table's, and what is put belongs into it.
    const name = table as keyof Tables;
    if (change.drop !== undefined) this.#forget(name, change.drop);
    if (change.put !== undefined) this.#keep(name, change.put as Tables[keyof Tables]);
  }

  /** Whatever can still matter; dead codes and tokens are left behind. */
  *snapshot(): Generator<Fields> {
    const now = this.#clock.now();
    for (const put of this.connections.values()) yield { identity: "connections", put };
    for (const put of this.codes.values()) if (put.expiresAt > now) yield { identity: "codes", put };
    for (const put of this.refreshTokens.values()) if (this.usable(put)) yield { identity: "refreshTokens", put };
    for (const put of this.accessTokens.values()) if (put.expiresAt > now - DAY_MS) yield { identity: "accessTokens", put };
  }

  #keep(table: keyof Tables, put: Tables[keyof Tables]): void {
    if (table === "connections" && "createdAt" in put) {
      this.connections.set(put.id, put);
      const ids = this.#byTenant.get(put.tenantId) ?? new Set();
      this.#byTenant.set(put.tenantId, ids.add(put.id));
    } else if (table === "codes" && "code" in put) this.codes.set(put.code, put);
    else if (table === "refreshTokens" && "issuedAt" in put) this.refreshTokens.set(put.token, put);
    else if (table === "accessTokens" && "token" in put && "expiresAt" in put) this.accessTokens.set(put.token, put);
  }

  #forget(table: keyof Tables, id: string): void {
    if (table === "connections") {
      const connection = this.connections.get(id);
      if (connection !== undefined) this.#byTenant.get(connection.tenantId)?.delete(id);
      this.connections.delete(id);
    } else if (table === "codes") this.codes.delete(id);
    else if (table === "refreshTokens") this.refreshTokens.delete(id);
    else this.accessTokens.delete(id);
  }
}
