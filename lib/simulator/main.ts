import { join } from "node:path";
import { env } from "#lib/env.ts";
import { startSimulator } from "#lib/simulator/server.ts";

const { DEMO, GREENTICK_DATA, SIMULATOR_HOST, SIMULATOR_PORT, XERO_CLIENT_ID, XERO_CLIENT_SECRET } = env();
const known = !DEMO && XERO_CLIENT_ID !== undefined && XERO_CLIENT_SECRET !== undefined;
const simulator = await startSimulator({
  port: SIMULATOR_PORT,
  host: SIMULATOR_HOST,
  dataDir: join(GREENTICK_DATA, "simulator"),
  client: known ? { id: XERO_CLIENT_ID, secret: XERO_CLIENT_SECRET } : null,
});
process.stdout.write(`simulator: ${simulator.url}\n`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    simulator.close().then(() => process.exit(0));
  });
}
