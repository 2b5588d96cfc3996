import type { Permission } from "./permissions.ts";

export interface Registered {
  /** The audit's name of it: `export.upload`. */
  readonly name: string;
  /** Null for what a signed-out person may do; a test lists them all. */
  readonly allow: Permission | null;
  readonly scope: "client" | "practice";
}

const KEPT = Symbol.for("greentick.registered");
const kept = globalThis as typeof globalThis & { [KEPT]?: Map<unknown, Registered> };
kept[KEPT] ??= new Map();
const registered = kept[KEPT];

/** Notes a wrapped action or handler, so that a test can tell it from a bare function. */
export function register<Wrapped>(wrapped: Wrapped, about: Registered): Wrapped {
  registered.set(wrapped, about);
  return wrapped;
}

/** What a wrapped action or handler was registered as; undefined for a bare function. */
export function registrationOf(wrapped: unknown): Registered | undefined {
  return registered.get(wrapped);
}
