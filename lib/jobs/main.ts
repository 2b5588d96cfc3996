import { log } from "#lib/log.ts";
import { lastWords } from "#lib/start/refusal.ts";
import { runWorker } from "./worker.ts";

try {
  await runWorker();
} catch (error) {
  log.fatal({ error }, "the worker cannot run");
  console.error(lastWords(error));
  process.exit(1);
}
