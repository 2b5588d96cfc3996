import { xero } from "#lib/connectors/xero/index.ts";
import { runWorker } from "#lib/jobs/worker.ts";
import { withFigures } from "#lib/testing/limit-figures.ts";

/** The product's own worker, made wasteful: a call for each record, so that few records press on every limit. */
Object.defineProperty(xero, "can", { value: { ...xero.can, usually: { ...xero.can.usually, batch: 1 } } });
/** And on the starter tier of Xero: a thousand calls a day, which a campaign comes to in its time. */
Object.defineProperty(xero, "limits", { value: withFigures(xero.limits, { perDay: 1_000 }) });
await runWorker();
