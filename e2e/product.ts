import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { scratchPath } from "#lib/testing/scratch.ts";

const productSchema = z.object({
  url: z.string(),
  simulatorUrl: z.string(),
  password: z.string(),
  dataDir: z.string(),
  /** For a spec that must look behind the screen. */
  ownerUrl: z.string(),
  pid: z.number(),
  /** Of web; the worker's is the next. */
  metricsPort: z.number(),
  metricsToken: z.string(),
  /** What the collector, the webhook and the mail server outside have got: receivers.ts. */
  receiversUrl: z.string(),
});
export type Product = z.infer<typeof productSchema>;

export const PRODUCT_FILE = "product.json";

/** The product that this run's global set-up has started: Playwright's main process is ourselves or our parent. */
export function runningProduct(): Product {
  for (const pid of [process.pid, process.ppid]) {
    try {
      return productSchema.parse(JSON.parse(readFileSync(join(scratchPath("e2e", pid), PRODUCT_FILE), "utf8")));
    } catch {
      // Not this one.
    }
  }
  throw new Error("The product of this run is not there: specs are run by Playwright, with e2e/global-setup.ts.");
}
