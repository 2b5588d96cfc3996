import { runWorker } from "#lib/jobs/worker.ts";
import { addToys } from "./toys/modules.ts";

/** The product's own worker, which knows the throwaways of the campaigns besides. */
addToys();
await runWorker();
