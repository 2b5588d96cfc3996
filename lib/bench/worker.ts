import { xero } from "#lib/connectors/xero/index.ts";
import { runWorker } from "#lib/jobs/worker.ts";
import { withFigures } from "#lib/testing/limit-figures.ts";

/**
 * The product's own worker, for a simulator without limits: the share of Xero's minute that it allows itself is what the bench takes
 * away, and nothing else. With an argument the simulator has Xero's limits, but so many calls a minute for the whole app.
 */
const appPerMinute = Number(process.argv[2]);
Object.defineProperty(xero, "limits", {
  value: appPerMinute
    ? withFigures(xero.limits, { appPerMinute })
    : // The day stays: the package's own count of it, in each answer, is held against it.
      withFigures(xero.limits, { perMinute: 1_000_000, appPerMinute: 1_000_000 }),
});
await runWorker();
