import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Database, openDatabase } from "#db/client.ts";
import { loadDemo } from "#db/demo/load.ts";
import { migrate } from "#db/migrate.ts";
import { parseSecretKeys } from "#lib/connections/secrets.ts";
import type { ConnectionSettings } from "#lib/connections/settings.ts";
import { type Env, parseEnv } from "#lib/env.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { type Child, runChild } from "#lib/start/children.ts";
import { EMBEDDED, freePort, startEmbedded } from "#lib/start/embedded.ts";
import { simulatorEnv, workerEnv } from "#lib/start/environments.ts";

/** A product of its own for one campaign or benchmark: database, simulator and workers, in a folder that goes when it ends. */
export interface ScratchProduct {
  readonly database: Database;
  readonly environment: Env;
  readonly settings: ConnectionSettings;
  readonly control: ReturnType<typeof simulatorControl>;
  readonly simulatorUrl: string;
  readonly worker: Child;
  close(): Promise<void>;
}

/** Starts it, with the demo's clients and codes. `print` gets what the processes say. */
export async function startScratchProduct(print: (line: string) => void): Promise<ScratchProduct> {
  const folder = await mkdtemp(join(tmpdir(), "greentick-campaign-"));
  const server = await startEmbedded({ dataDir: join(folder, "data") });
  const children: Child[] = [];
  const close = async () => {
    for (const child of children.toReversed()) await child.stop(30_000);
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await migrate({ ownerUrl: server.ownerUrl, webUser: EMBEDDED.web, workerUser: EMBEDDED.worker });
    await loadDemo({ ownerUrl: server.ownerUrl, workerUrl: server.workerUrl, password: randomBytes(18).toString("base64url") });
    const port = await freePort();
    const secrets = `campaign:${randomBytes(32).toString("base64")}`;
    const environment = parseEnv({
      DEMO: "1",
      SIMULATOR_PORT: String(port),
      PORT: String(await freePort()),
      GREENTICK_DATA: join(folder, "simulator"),
      APP_SECRETS: secrets,
    });
    const simulatorUrl = environment.XERO_API_URL;
    const start = (name: string, file: string, env: NodeJS.ProcessEnv) => {
      const child = runChild({ name, args: [join(ROOT, file)], env, restart: true, onEnd: () => undefined, print });
      children.push(child);
      return child;
    };
    start("simulator", "lib/simulator/main.ts", simulatorEnv(environment));
    const control = simulatorControl(simulatorUrl);
    await until("the simulator answers", 30_000, () =>
      control.clock().then(
        () => true,
        () => false,
      ),
    );
    const worker = start(
      "worker",
      "lib/jobs/main.ts",
      workerEnv(environment, { workerUrl: server.workerUrl, appSecrets: secrets }),
    );
    const database = openDatabase(server.webUrl, { max: 4, applicationName: "greentick campaign" });
    const { XERO_CLIENT_ID, XERO_CLIENT_SECRET } = environment;
    if (XERO_CLIENT_ID === undefined || XERO_CLIENT_SECRET === undefined)
      throw new Error("The demo has no client at its simulator");
    return {
      database,
      environment,
      control,
      simulatorUrl,
      worker,
      settings: {
        appUrl: environment.APP_URL,
        keys: parseSecretKeys(secrets),
        appAt: () => ({
          clientId: XERO_CLIENT_ID,
          clientSecret: XERO_CLIENT_SECRET,
          loginUrl: environment.XERO_LOGIN_URL,
          identityUrl: environment.XERO_IDENTITY_URL,
          apiUrl: environment.XERO_API_URL,
        }),
      },
      async close() {
        await database.close();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Asks again and again until it is so. @throws when it is not within `withinMs` of real time */
export async function until(what: string, withinMs: number, test: () => Promise<boolean>, everyMs = 250): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await test())) {
    if (performance.now() > end) throw new Error(`Not within ${Math.round(withinMs / 1000)} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
