import type { CallWindow, Limits } from "#lib/connectors/types.ts";
import { DAY_S, MINUTE_S } from "#lib/connectors/windows.ts";

/** Figures of a package that limits the tenant's minute and day, and the app's minute. */
export interface LimitFigures {
  readonly perMinute: number;
  readonly perDay: number;
  readonly appPerMinute: number;
}

const PLACES: Readonly<Record<keyof LimitFigures, Pick<CallWindow, "of" | "seconds">>> = {
  perMinute: { of: "tenant", seconds: MINUTE_S },
  perDay: { of: "tenant", seconds: DAY_S },
  appPerMinute: { of: "app", seconds: MINUTE_S },
};

const isAt = (window: CallWindow, place: Pick<CallWindow, "of" | "seconds">) =>
  window.of === place.of && window.seconds === place.seconds;

/** A package's limits with other figures, for a test or a bench that is to press on them or be rid of them. */
export function withFigures(limits: Limits, figures: Partial<LimitFigures>): Limits {
  const given = Object.entries(figures).map(([name, calls]) => ({
    ...PLACES[name as keyof LimitFigures],
    calls,
  }));
  return {
    ...limits,
    windows: limits.windows.map((window) => ({
      ...window,
      calls: given.find((one) => isAt(window, one))?.calls ?? window.calls,
    })),
  };
}

/** The figures of such a package, as an audit of its calls wants them. */
export function figuresOf({ windows, concurrent }: Limits): LimitFigures & { concurrent: number } {
  const figure = (name: keyof LimitFigures) => {
    const found = windows.find((window) => isAt(window, PLACES[name]));
    if (!found) throw new Error(`The package has no limit ${name}`);
    return found.calls;
  };
  return {
    perMinute: figure("perMinute"),
    perDay: figure("perDay"),
    appPerMinute: figure("appPerMinute"),
    concurrent: concurrent.calls,
  };
}
