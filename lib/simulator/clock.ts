import { randomUUID } from "node:crypto";

export type ClockState = { id: string; version: number; anchorMs: number; realAnchorMs: number; scale: number };

type Sleeper = { at: number; wake: () => void };

/** Node cannot hold a timer longer than this (2^31 - 1 ms); a longer wait is armed again when it fires. */
const LONGEST_TIMER_MS = 2_000_000_000;

/**
 * The one clock of the demo and the tests: `now = anchor + (real - realAnchor) * scale`, in milliseconds.
 *
 * Everything the simulator stamps, times out or waits for runs on it. Setting it back keeps what is left of each wait;
 * setting it forward lets waits come due.
 */
export class SimulatorClock {
  readonly id: string;
  #version: number;
  #anchorMs: number;
  #realAnchorMs: number;
  #scale: number;
  #sleepers: Sleeper[] = [];
  #timer: NodeJS.Timeout | undefined;
  #watchers = new Set<() => void>();

  constructor(saved?: ClockState) {
    const real = Date.now();
    this.id = saved?.id ?? randomUUID();
    this.#version = saved?.version ?? 1;
    this.#anchorMs = saved?.anchorMs ?? real;
    this.#realAnchorMs = saved?.realAnchorMs ?? real;
    this.#scale = saved?.scale ?? 1;
  }

  /** Milliseconds since 1970 by the simulator's clock. */
  now(): number {
    return Math.floor(this.#anchorMs + (Date.now() - this.#realAnchorMs) * this.#scale);
  }

  get scale(): number {
    return this.#scale;
  }

  get version(): number {
    return this.#version;
  }

  state(): ClockState {
    return {
      id: this.id,
      version: this.#version,
      anchorMs: this.#anchorMs,
      realAnchorMs: this.#realAnchorMs,
      scale: this.#scale,
    };
  }

  /** Sets the moment, the speed or both. A scale of 0 stops the clock. */
  set(change: { nowMs?: number; scale?: number }): void {
    const before = this.now();
    const after = change.nowMs ?? before;
    this.#anchorMs = after;
    this.#realAnchorMs = Date.now();
    this.#scale = change.scale ?? this.#scale;
    this.#version += 1;
    if (after < before) for (const sleeper of this.#sleepers) sleeper.at -= before - after;
    this.#wakeDue();
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** Back to real time at normal speed. */
  reset(): void {
    this.set({ nowMs: Date.now(), scale: 1 });
  }

  /** Resolves once `ms` of the simulator's time have passed, or at once when `signal` aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const aborted = () => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        resolve();
      };
      const wake = () => {
        signal?.removeEventListener("abort", aborted);
        resolve();
      };
      const sleeper: Sleeper = { at: this.now() + ms, wake };
      this.#sleepers.push(sleeper);
      signal?.addEventListener("abort", aborted, { once: true });
      this.#arm();
    });
  }

  /** Resolves when the version is no longer `after`, or after `realMs` of real time. */
  changed(after: number, realMs: number, signal: AbortSignal): Promise<void> {
    if (this.#version !== after || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#watchers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, realMs);
      this.#watchers.add(done);
      signal.addEventListener("abort", done, { once: true });
    });
  }

  /** Lets go of every timer and every waiter. */
  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of [...this.#watchers]) watcher();
    this.#sleepers = [];
  }

  #wakeDue(): void {
    const now = this.now();
    const due = this.#sleepers.filter((sleeper) => sleeper.at <= now);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.at > now);
    for (const sleeper of due) sleeper.wake();
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#sleepers.length === 0 || this.#scale <= 0) return;
    let next = Number.POSITIVE_INFINITY;
    for (const sleeper of this.#sleepers) if (sleeper.at < next) next = sleeper.at;
    const realMs = Math.max(0, Math.ceil((next - this.now()) / this.#scale));
    this.#timer = setTimeout(() => this.#wakeDue(), Math.min(realMs, LONGEST_TIMER_MS));
  }
}
