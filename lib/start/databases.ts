import { loginOf, migrate } from "#db/migrate.ts";
import { type Env, EnvError } from "#lib/env.ts";
import { EMBEDDED, startEmbedded } from "./embedded.ts";
import { keptSecrets } from "./secrets.ts";

/** The logins and secrets that web and worker are given, wherever they come from. */
export interface Databases {
  readonly webUrl: string;
  readonly workerUrl: string;
  /** Null over a database of your own, when migrations are left to `npm run migrate`. */
  readonly ownerUrl: string | null;
  readonly appSecrets: string;
  readonly sessionSecret: string;
  /** Null over a database of your own without DEMO_PASSWORD. */
  readonly demoPassword: string | null;
  readonly embedded: boolean;
  /** Stops the embedded server, when this process is in charge of it. */
  stop(): Promise<void>;
}

/**
 * The database of this environment, running and migrated: the embedded one unless `DATABASE_URL` is set.
 *
 * @param adopt take charge of an embedded server that is running already, as `start` does
 * @throws {EnvError} when a database of your own lacks a login or a secret
 */
export async function openDatabases(environment: Env, { adopt }: { adopt: boolean }): Promise<Databases> {
  const { DATABASE_URL, WORKER_DATABASE_URL, DATABASE_OWNER_URL, APP_SECRETS, SESSION_SECRET, DEMO_PASSWORD } = environment;
  if (DATABASE_URL === undefined) {
    const server = await startEmbedded({ dataDir: environment.GREENTICK_DATA, adopt });
    try {
      await migrate({ ownerUrl: server.ownerUrl, webUser: EMBEDDED.web, workerUser: EMBEDDED.worker });
    } catch (error) {
      await server.stop();
      throw error;
    }
    const kept = keptSecrets(environment.GREENTICK_DATA);
    return {
      webUrl: server.webUrl,
      workerUrl: server.workerUrl,
      ownerUrl: server.ownerUrl,
      appSecrets: APP_SECRETS ?? kept.appSecrets,
      sessionSecret: SESSION_SECRET ?? kept.sessionSecret,
      demoPassword: DEMO_PASSWORD ?? kept.demoPassword,
      embedded: true,
      stop: () => server.stop(),
    };
  }
  if (WORKER_DATABASE_URL === undefined || APP_SECRETS === undefined || SESSION_SECRET === undefined) {
    const missing = Object.entries({ WORKER_DATABASE_URL, APP_SECRETS, SESSION_SECRET }).filter(
      ([, value]) => value === undefined,
    );
    throw new EnvError(missing.map(([name]) => `${name} is not set; it is needed beside DATABASE_URL`));
  }
  if (DATABASE_OWNER_URL !== undefined) {
    await migrate({
      ownerUrl: DATABASE_OWNER_URL,
      webUser: loginOf(DATABASE_URL, EMBEDDED.web),
      workerUser: loginOf(WORKER_DATABASE_URL, EMBEDDED.worker),
    });
  }
  return {
    webUrl: DATABASE_URL,
    workerUrl: WORKER_DATABASE_URL,
    ownerUrl: DATABASE_OWNER_URL ?? null,
    appSecrets: APP_SECRETS,
    sessionSecret: SESSION_SECRET,
    demoPassword: DEMO_PASSWORD ?? null,
    embedded: false,
    stop: async () => undefined,
  };
}
