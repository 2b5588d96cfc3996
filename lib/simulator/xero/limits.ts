const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const CONCURRENT = 5;
export const PER_MINUTE = 60;
export const PER_APP_MINUTE = 10_000;

/** A fixed window: so many calls, then none until the next window begins. */
class Window {
  readonly #lengthMs: number;
  readonly #offsetMs: number;
  #index = Number.NaN;
  #used = 0;

  constructor(lengthMs: number, offsetMs: number) {
    this.#lengthMs = lengthMs;
    this.#offsetMs = offsetMs;
  }

  used(now: number): number {
    const index = Math.floor((now - this.#offsetMs) / this.#lengthMs);
    if (index !== this.#index) {
      this.#index = index;
      this.#used = 0;
    }
    return this.#used;
  }

  take(now: number): void {
    this.used(now);
    this.#used += 1;
  }

  /** Whole seconds until the next window, at least 1. */
  secondsLeft(now: number): number {
    const into = (now - this.#offsetMs) % this.#lengthMs;
    return Math.max(1, Math.ceil((this.#lengthMs - (into < 0 ? into + this.#lengthMs : into)) / 1000));
  }
}

export class AppLimits {
  readonly #window = new Window(MINUTE_MS, 0);
  /** Set by fault P04: the whole app is told to wait until then. */
  blockedUntil = 0;
  /** Xero's own for every app; a smaller one stands for a small share of a large practice. */
  readonly perMinute: number;

  constructor(perMinute = PER_APP_MINUTE) {
    this.perMinute = perMinute;
  }

  remaining(now: number): number {
    return Math.max(0, this.perMinute - this.#window.used(now));
  }

  take(now: number): void {
    this.#window.take(now);
  }
}

export type LimitProblem = { problem: "minute" | "day" | "concurrent" | "appminute" | null; retryAfter: number | null };

/** The limits of one app on one organisation. Windows begin at a moment of their own for each organisation. */
export class TenantLimits {
  readonly #minute: Window;
  readonly #day: Window;
  inFlight = 0;
  /** Set by faults P01 and P02. */
  minuteBlockedUntil = 0;
  dayBlockedUntil = 0;

  constructor() {
    this.#minute = new Window(MINUTE_MS, Math.floor(Math.random() * MINUTE_MS));
    this.#day = new Window(DAY_MS, Math.floor(Math.random() * DAY_MS));
  }

  minuteRemaining(now: number): number {
    return now < this.minuteBlockedUntil ? 0 : Math.max(0, PER_MINUTE - this.#minute.used(now));
  }

  dayRemaining(now: number, dayLimit: number): number {
    return now < this.dayBlockedUntil ? 0 : Math.max(0, dayLimit - this.#day.used(now));
  }

  /** Takes one call, or says which limit stands in its way. Refused calls take nothing. */
  take(now: number, enforced: boolean, dayLimit: number, app: AppLimits): LimitProblem | null {
    const seconds = (until: number) => Math.max(1, Math.ceil((until - now) / 1000));
    if (now < app.blockedUntil) return { problem: "appminute", retryAfter: null };
    if (now < this.dayBlockedUntil) return { problem: "day", retryAfter: seconds(this.dayBlockedUntil) };
    if (now < this.minuteBlockedUntil) return { problem: "minute", retryAfter: seconds(this.minuteBlockedUntil) };
    if (enforced) {
      if (this.inFlight >= CONCURRENT) return { problem: "concurrent", retryAfter: null };
      if (app.remaining(now) === 0) return { problem: "appminute", retryAfter: null };
      if (this.#day.used(now) >= dayLimit) return { problem: "day", retryAfter: this.#day.secondsLeft(now) };
      if (this.#minute.used(now) >= PER_MINUTE) return { problem: "minute", retryAfter: this.#minute.secondsLeft(now) };
    }
    this.#minute.take(now);
    this.#day.take(now);
    app.take(now);
    return null;
  }

  unblock(): void {
    this.minuteBlockedUntil = 0;
    this.dayBlockedUntil = 0;
  }
}
