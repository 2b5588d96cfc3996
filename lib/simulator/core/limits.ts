/** So many calls in so many seconds. */
export type LimitWindow = {
  name: string;
  /** Whose calls are counted together. `user` is the package's own user, of one organisation where tokens are. */
  of: "tenant" | "user" | "app";
  calls: number;
  seconds: number;
  /** Only calls that the wire says are of this kind count, and are stopped. Without it every call does. */
  kind?: string;
  /** Begins with the clock's own minute, hour or day; else at a moment of its own for each tenant or user. */
  aligned?: boolean;
};

/** A package's limits. Where several stand in the way, the answer is about the first in this order. */
export type LimitPolicy = {
  windows: readonly LimitWindow[];
  /** Calls of one organisation that may be under way at once; null for any number. */
  concurrent: number | null;
};

/** Who calls. */
export type Subject = { tenant: string; user: string; app: string };

/** What stands in a call's way: a window's name, or `concurrent`; how long to wait, in seconds, or null where nobody can say. */
export type Limited = { window: string; limit: LimitWindow | null; retryAfter: number | null };

type Slot = { offsetMs: number; index: number; used: number; blockedUntil: number };

/** The counted windows of one package: of every organisation, user and app that has called. */
export class Limits {
  readonly #policy: LimitPolicy;
  readonly #slots = new Map<string, Map<string, Slot>>();
  readonly #changed = new Map<string, number>();
  /** The windows of every call. */
  readonly #plain: readonly LimitWindow[];

  constructor(policy: LimitPolicy) {
    this.#policy = policy;
    this.#plain = policy.windows.filter((window) => window.kind === undefined);
    this.clear();
  }

  /** Forgets every count, and every change of a limit. */
  clear(): void {
    this.#changed.clear();
    for (const { name } of this.#policy.windows) this.#slots.set(name, new Map());
  }

  /** From now on the app windows have so many calls; what was counted in them is forgotten. */
  limitApps(calls: number): void {
    for (const window of this.#policy.windows) {
      if (window.of !== "app") continue;
      this.#changed.set(window.name, calls);
      this.#slots.get(window.name)?.clear();
    }
  }

  /**
   * Takes one call, or says what stands in its way. A refused call takes nothing.
   *
   * @param how `ceilings`: other numbers of calls for this organisation, by window; `only`: nothing but the windows of this kind counts
   */
  take(
    now: number,
    subject: Subject,
    how: {
      enforced: boolean;
      inFlight?: number;
      kinds?: readonly string[];
      only?: string;
      ceilings?: Readonly<Record<string, unknown>>;
    },
  ): Limited | null {
    const inside = this.#windowsOf(how.kinds ?? [], how.only);
    for (const window of inside) {
      const { blockedUntil } = this.#slot(window, subject);
      if (now < blockedUntil) return limited(window, Math.max(1, Math.ceil((blockedUntil - now) / 1000)));
    }
    if (how.enforced) {
      const { concurrent } = this.#policy;
      if (concurrent !== null && (how.inFlight ?? 0) >= concurrent)
        return { window: "concurrent", limit: null, retryAfter: null };
      for (const window of inside) {
        const slot = this.#slot(window, subject);
        if (used(window, slot, now) >= this.#most(window, how.ceilings)) return limited(window, secondsLeft(window, slot, now));
      }
    }
    for (const window of inside) {
      const slot = this.#slot(window, subject);
      used(window, slot, now);
      slot.used += 1;
    }
    return null;
  }

  #windowsOf(kinds: readonly string[], only: string | undefined): readonly LimitWindow[] {
    if (only !== undefined) return this.#policy.windows.filter((window) => window.kind === only);
    if (kinds.length === 0) return this.#plain;
    return this.#policy.windows.filter((window) => window.kind === undefined || kinds.includes(window.kind));
  }

  /** Calls that are left in a window, 0 while it is blocked. */
  remaining(name: string, now: number, subject: Subject, ceilings?: Readonly<Record<string, unknown>>): number {
    const window = this.#policy.windows.find((one) => one.name === name);
    if (window === undefined) return 0;
    const slot = this.#slot(window, subject);
    return now < slot.blockedUntil ? 0 : Math.max(0, this.#most(window, ceilings) - used(window, slot, now));
  }

  /** A fault's: tells this window's owner to wait until then. */
  block(name: string, subject: Subject, until: number): void {
    const window = this.#policy.windows.find((one) => one.name === name);
    if (window !== undefined) this.#slot(window, subject).blockedUntil = until;
  }

  /** Lifts every wait that a fault laid on an organisation, and on whoever calls. */
  unblock(tenant: string): void {
    for (const { name, of } of this.#policy.windows) {
      const slots = this.#slots.get(name);
      const own = slots?.get(tenant);
      if (of === "tenant" && own !== undefined) own.blockedUntil = 0;
      if (of !== "tenant") for (const slot of slots?.values() ?? []) slot.blockedUntil = 0;
    }
  }

  #most(window: LimitWindow, ceilings: Readonly<Record<string, unknown>> | undefined): number {
    const own = ceilings?.[`${window.name}Limit`];
    return typeof own === "number" ? own : (this.#changed.get(window.name) ?? window.calls);
  }

  #slot(window: LimitWindow, subject: Subject): Slot {
    const slots = this.#slots.get(window.name) ?? new Map<string, Slot>();
    const known = slots.get(subject[window.of]);
    if (known !== undefined) return known;
    const aligned = window.aligned === true || window.of === "app";
    const offsetMs = aligned ? 0 : Math.floor(Math.random() * window.seconds * 1000);
    const made = { offsetMs, index: Number.NaN, used: 0, blockedUntil: 0 };
    slots.set(subject[window.of], made);
    return made;
  }
}

const limited = (limit: LimitWindow, retryAfter: number): Limited => ({ window: limit.name, limit, retryAfter });

function used(window: LimitWindow, slot: Slot, now: number): number {
  const index = Math.floor((now - slot.offsetMs) / (window.seconds * 1000));
  if (index !== slot.index) {
    slot.index = index;
    slot.used = 0;
  }
  return slot.used;
}

/** Whole seconds until the next window, at least 1. */
function secondsLeft(window: LimitWindow, slot: Slot, now: number): number {
  const length = window.seconds * 1000;
  const into = (now - slot.offsetMs) % length;
  return Math.max(1, Math.ceil((length - (into < 0 ? into + length : into)) / 1000));
}
