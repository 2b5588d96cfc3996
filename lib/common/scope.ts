/** Who acts: a signed-in person, or a job of ours. Stands in every audit row. */
export interface Actor {
  readonly userId: string | null;
  readonly label: string;
}

declare const scopeBrand: unique symbol;

/**
 * The right to touch one client's rows. Only `scopeFor` (a person) and `jobScope` (a job) make one, through
 * {@link issueClientScope}, so that an unscoped query does not compile.
 */
export interface ClientScope {
  readonly kind: "client";
  readonly clientId: string;
  readonly actor: Actor;
  readonly [scopeBrand]: true;
}

/** The right to read and write over all clients: the worker's sweeps, migrations of data, the administrator's lists. */
export interface PracticeScope {
  readonly kind: "practice";
  readonly actor: Actor;
  readonly [scopeBrand]: true;
}

export type Scope = ClientScope | PracticeScope;

/** For `lib/auth/scope.ts` and {@link jobScope} alone. */
export function issueClientScope(clientId: string, actor: Actor): ClientScope {
  return { kind: "client", clientId, actor } as ClientScope;
}

/** For `lib/auth/scope.ts` and {@link jobPracticeScope} alone. */
export function issuePracticeScope(actor: Actor): PracticeScope {
  return { kind: "practice", actor } as PracticeScope;
}

const WORKER: Actor = { userId: null, label: "Greentick worker" };

/** A job's scope over one client. */
export function jobScope(clientId: string, actor: Actor = WORKER): ClientScope {
  return issueClientScope(clientId, actor);
}

/** A job's scope over the whole practice: sweeper, sign-in, command line. */
export function jobPracticeScope(actor: Actor = WORKER): PracticeScope {
  return issuePracticeScope(actor);
}
