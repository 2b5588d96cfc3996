import { describe, expect, it } from "vitest";
import { SimulatorClock } from "#lib/simulator/clock.ts";

describe("the one clock", () => {
  it("can be set to any moment, back too, and says so by a new version", () => {
    const clock = new SimulatorClock();
    const before = clock.version;
    clock.set({ nowMs: Date.UTC(2020, 0, 1), scale: 0 });
    expect(new Date(clock.now()).toISOString()).toBe("2020-01-01T00:00:00.000Z");
    expect(clock.version).toBe(before + 1);
    clock.close();
  });

  it("runs as many times faster as its scale says", async () => {
    const clock = new SimulatorClock();
    clock.set({ scale: 10_000 });
    const started = Date.now();
    await clock.sleep(60_000);
    expect(Date.now() - started).toBeLessThan(3000);
    clock.close();
  });

  it("lets a wait come due when it is set forward, and keeps what is left of it when set back", async () => {
    const clock = new SimulatorClock();
    clock.set({ nowMs: Date.UTC(2026, 0, 10), scale: 0 });
    let woken = false;
    const wait = clock.sleep(60_000).then(() => {
      woken = true;
    });
    clock.set({ nowMs: Date.UTC(2026, 0, 1) });
    await Promise.resolve();
    expect(woken).toBe(false);
    clock.set({ nowMs: Date.UTC(2026, 0, 1) + 60_000 });
    await wait;
    expect(woken).toBe(true);
    clock.close();
  });

  it("goes on from where it was after a restart, through the time it was off", () => {
    const real = Date.now();
    const clock = new SimulatorClock({ id: "kept", version: 7, anchorMs: 1_000_000, realAnchorMs: real - 1000, scale: 60 });
    expect(clock.id).toBe("kept");
    expect(clock.version).toBe(7);
    expect(clock.now()).toBeGreaterThanOrEqual(1_060_000);
    clock.close();
  });
});
