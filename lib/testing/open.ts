import { startEmbedded } from "#lib/start/embedded.ts";

/** Starts the server of a test run that failed, so that a person can look into its databases. Ctrl-C stops it. */
const dataDir = process.argv[2];
if (dataDir === undefined) {
  console.error("Usage: node_modules/.bin/node lib/testing/open.ts FOLDER");
  process.exit(2);
}
const server = await startEmbedded({ dataDir, purpose: "scratch", adopt: true });
console.log(server.superUrl);
await new Promise<void>((resolve) => {
  const keepAlive = setInterval(() => undefined, 60_000);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      clearInterval(keepAlive);
      resolve();
    });
  }
});
await server.stop({ keepFiles: true });
