import { join } from "node:path";
import { env, packageSettings } from "#lib/env.ts";
import { SIMULATED, type SimulatedId } from "#lib/simulator/registry.ts";
import { startSimulator } from "#lib/simulator/server.ts";

const { DEMO, GREENTICK_DATA, SIMULATOR_HOST, SIMULATOR_PORT } = env();
// Beside real packages it knows our app alone; in the demo anybody's.
const clients = Object.fromEntries(
  (Object.keys(SIMULATED) as SimulatedId[]).flatMap((packageId) => {
    const { clientId, clientSecret } = packageSettings(packageId);
    if (DEMO || clientId === undefined || clientSecret === undefined) return [];
    return [[packageId, { id: clientId, secret: clientSecret }]];
  }),
);
const simulator = await startSimulator({
  port: SIMULATOR_PORT,
  host: SIMULATOR_HOST,
  dataDir: join(GREENTICK_DATA, "simulator"),
  clients,
});
process.stdout.write(`simulator: ${simulator.url}\n`);

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    simulator.close().then(() => process.exit(0));
  });
}
