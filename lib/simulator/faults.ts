/** A fault on order, named as in the posting protocol's list of named faults. */
export type FaultOrder = {
  name: string;
  /** Share of the calls that it strikes, 0 to 1. */
  rate?: number;
  /** Strikes exactly this call: 1 is the first one after the order that fits `method` and `path`. */
  call?: number;
  /** Only calls with this method. */
  method?: string;
  /** Only calls whose path and query contain this text. */
  path?: string;
  /** Stops after so many strikes. */
  times?: number;
  /** Overrides whether the call's work is done. */
  commit?: boolean;
  /** Overrides how long an answer or a late commit takes, in milliseconds of the simulator's clock. */
  delayMs?: number;
  /** Overrides the seconds of a Retry-After. */
  retryAfter?: number;
};

type Standing = FaultOrder & { seen: number; struck: number };

/** Repeats itself for a seed: mulberry32. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** The faults ordered for one tenant. Each order counts its own calls from the moment it was given. */
export class Faults {
  #orders: Standing[] = [];
  #random = seededRandom(1);

  order(orders: readonly FaultOrder[], seed: number): void {
    this.#orders = orders.map((order) => ({ ...order, seen: 0, struck: 0 }));
    this.#random = seededRandom(seed);
  }

  /** What strikes this call, if anything. Every order sees every call that fits it, so one fault does not shift another's count. */
  strike(method: string, path: string): FaultOrder | null {
    let hit: Standing | null = null;
    for (const order of this.#orders) {
      if (order.method !== undefined && order.method.toUpperCase() !== method) continue;
      if (order.path !== undefined && !path.includes(order.path)) continue;
      order.seen += 1;
      const chance = order.rate === undefined ? 1 : this.#random();
      const strikes = order.call !== undefined ? order.seen === order.call : chance < (order.rate ?? 0);
      if (!strikes || hit !== null || (order.times !== undefined && order.struck >= order.times)) continue;
      order.struck += 1;
      hit = order;
    }
    return hit;
  }

  standing(): (FaultOrder & { seen: number; struck: number })[] {
    return this.#orders.map((order) => ({ ...order }));
  }
}
