/**
 * The one clock. In demo and tests it follows the simulator's, so that limits, settle delays, key windows, token life
 * and the nightly hour can be stepped or run faster; everywhere else it is real time.
 */

interface Anchor {
  readonly realMs: number;
  readonly virtualMs: number;
  readonly scale: number;
}

const REAL: Anchor = { realMs: 0, virtualMs: 0, scale: 1 };
// Next bundles instrumentation (which follows) apart from pages and handlers (which ask): one anchor a process, outside the modules.
const KEPT = Symbol.for("greentick.clock");
const kept = globalThis as typeof globalThis & { [KEPT]?: Anchor };
const anchorNow = (): Anchor => kept[KEPT] ?? REAL;

/** The moment it is on the one clock. */
export function now(): Date {
  const anchor = anchorNow();
  return new Date(anchor.virtualMs + (Date.now() - anchor.realMs) * anchor.scale);
}

/** How many seconds of the one clock pass in a real second; 1 on real time. */
export function clockScale(): number {
  return anchorNow().scale;
}

/** How many real milliseconds `ms` of the one clock take; a clock that stands still is given real time, so that nothing waits for ever. */
export function realMs(ms: number): number {
  const { scale } = anchorNow();
  return scale > 0 ? ms / scale : ms;
}

/** Resolves after `ms` on the one clock, or at once when the signal aborts. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0 || signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, realMs(ms));
    signal?.addEventListener("abort", done);
  });
}

interface ClockAnswer {
  readonly id: string;
  readonly now: string;
  readonly scale: number;
  readonly version: number;
}

function isClockAnswer(value: unknown): value is ClockAnswer {
  if (typeof value !== "object" || value === null) return false;
  const answer = value as Record<string, unknown>;
  return (
    typeof answer.id === "string" &&
    typeof answer.now === "string" &&
    typeof answer.scale === "number" &&
    typeof answer.version === "number"
  );
}

async function askClock(baseUrl: string, after: number | null, signal: AbortSignal): Promise<ClockAnswer | null> {
  const url = `${baseUrl}/_control/clock${after === null ? "" : `?after=${after}`}`;
  const answer = await fetch(url, {
    redirect: "manual",
    signal: AbortSignal.any([signal, AbortSignal.timeout(after === null ? 3_000 : 40_000)]),
  });
  if (answer.status !== 200) return null;
  const body: unknown = await answer.json().catch(() => null);
  return isClockAnswer(body) ? body : null;
}

const LOOPBACK = /^(localhost|127(?:\.\d+){3}|\[::1\])$/;

export interface ClockFollower {
  /** Whether the simulator's clock is followed; false when a package's address is not the simulator's. */
  readonly following: boolean;
  /** An address gave no answer at all: it may come up yet. One that answers without a clock is asked no more. */
  readonly unanswered: boolean;
  /** Back to real time. */
  stop(): void;
}

/**
 * Follows the simulator's clock, provided that every address given is the simulator itself or a proxy before it on this machine:
 * each is asked for its clock and must answer with the same instance. Refused otherwise, so that a real package is
 * never spoken to on a false time.
 *
 * @param onChange called with each new setting, to hand it on to SQL (`app.now()`); `null` for real time
 */
export async function followClock(
  addresses: readonly string[],
  onChange: (setting: { realAt: Date; virtualAt: Date; scale: number } | null) => Promise<void> | void,
): Promise<ClockFollower> {
  const stopping = new AbortController();
  let version: number | null = null;
  const adopt = async (answer: ClockAnswer) => {
    // The answer is for some moment between asking and now; on one machine the difference is below a millisecond.
    const realMsNow = Date.now();
    kept[KEPT] = { realMs: realMsNow, virtualMs: Date.parse(answer.now), scale: answer.scale };
    version = answer.version;
    await onChange({ realAt: new Date(realMsNow), virtualAt: new Date(answer.now), scale: answer.scale });
  };
  const origins = [...new Set(addresses.map((address) => new URL(address)).map((url) => url.origin))];
  const first = origins[0];
  if (!first || !origins.every((origin) => LOOPBACK.test(new URL(origin).hostname))) {
    await onChange(null);
    return { following: false, unanswered: false, stop: () => {} };
  }
  const answers = await Promise.all(
    origins.map((origin) => askClock(origin, null, stopping.signal).catch(() => "none" as const)),
  );
  const answer = answers[0];
  if (!answer || answer === "none" || answers.some((other) => other === "none" || other?.id !== answer.id)) {
    await onChange(null);
    return { following: false, unanswered: answers.includes("none"), stop: () => {} };
  }
  await adopt(answer);
  void (async () => {
    while (!stopping.signal.aborted) {
      const next: ClockAnswer | null = await askClock(first, version, stopping.signal).catch(() => null);
      if (stopping.signal.aborted) return;
      if (next && next.id === answer.id && next.version !== version) await Promise.resolve(adopt(next)).catch(() => {});
      // The simulator restarts: its clock goes on, so ours does too until it answers again.
      else if (!next) await new Promise((resolve) => setTimeout(resolve, 500));
    }
  })();
  return {
    following: true,
    unanswered: false,
    stop() {
      stopping.abort();
      delete kept[KEPT];
    },
  };
}
