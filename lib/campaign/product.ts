import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Database, openDatabase } from "#db/client.ts";
import { loadDemo } from "#db/demo/load.ts";
import { migrate } from "#db/migrate.ts";
import type { AppSettings } from "#lib/calling/app-settings.ts";
import { parseSecretKeys } from "#lib/common/secrets.ts";
import { type Env, packageApp, parseEnv } from "#lib/env.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { ROOT } from "#lib/start/binaries.ts";
import { ensureBuild, NEXT } from "#lib/start/build.ts";
import { type Child, runChild } from "#lib/start/children.ts";
import { EMBEDDED, type EmbeddedServer, freePort, removeScratch, startEmbedded } from "#lib/start/embedded.ts";
import { simulatorEnv, webEnv, workerEnv } from "#lib/start/environments.ts";
import { isAlive } from "#lib/start/processes.ts";

/** A product of its own for one campaign or benchmark: database, simulator and workers, in a folder that goes when it ends. */
export interface ScratchProduct {
  readonly database: Database;
  readonly environment: Env;
  readonly settings: AppSettings;
  readonly control: ReturnType<typeof simulatorControl>;
  readonly simulatorUrl: string;
  /** Null where none was asked for. */
  readonly worker: Child | null;
  /** Web's address; null where it was not asked for. */
  readonly webUrl: string | null;
  /** Of the demo's sign-ins. */
  readonly password: string;
  /** For worker processes that are started beside it. */
  readonly workerEnvironment: NodeJS.ProcessEnv;
  /** The database's owner, to set a scene in bulk. */
  readonly ownerUrl: string;
  /** Ends the database server in the middle of everything, as `pg_ctl -m immediate` does, and starts it again where it was. */
  crashDatabase(): Promise<void>;
  /** Backs the database up while it works, as `pg_basebackup` does, in the place of the backup before. */
  backUp(): Promise<void>;
  /** Ends the database server and starts it with what the backup holds. @throws {Error} when there is none */
  restore(): Promise<void>;
  close(): Promise<void>;
}

export interface ScratchParts {
  /** The worker's program; null for none. The product's own without it. */
  readonly worker?: string | null;
  /** Web too, built when it is not. */
  readonly web?: boolean;
}

/** Starts it, with the demo's clients and codes. `print` gets what the processes say. */
export async function startScratchProduct(
  print: (line: string) => void,
  { worker: workerFile = join("lib", "jobs", "main.ts"), web = false }: ScratchParts = {},
): Promise<ScratchProduct> {
  if (web) await ensureBuild(print);
  const folder = await mkdtemp(join(tmpdir(), "greentick-campaign-"));
  let server = await startEmbedded({ dataDir: join(folder, "data") });
  const children: Child[] = [];
  const close = async () => {
    for (const child of children.toReversed()) await child.stop(30_000);
    await server.stop();
    await rm(backupOf(server.cluster), { recursive: true, force: true });
    // The cluster may lie outside the folder, where the server's user can reach it.
    await removeScratch(join(folder, "data"));
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await migrate({ ownerUrl: server.ownerUrl, webUser: EMBEDDED.web, workerUser: EMBEDDED.worker });
    const password = randomBytes(18).toString("base64url");
    await loadDemo({ ownerUrl: server.ownerUrl, workerUrl: server.workerUrl, password });
    const port = await freePort();
    const secrets = `campaign:${randomBytes(32).toString("base64")}`;
    const environment = parseEnv({
      DEMO: "1",
      SIMULATOR_PORT: String(port),
      PORT: String(await freePort()),
      GREENTICK_DATA: join(folder, "simulator"),
      APP_SECRETS: secrets,
    });
    const simulatorUrl = environment.SIMULATOR_URL;
    const start = (name: string, args: readonly string[], env: NodeJS.ProcessEnv) => {
      const child = runChild({ name, args, env, restart: true, onEnd: () => undefined, print });
      children.push(child);
      return child;
    };
    start("simulator", [join(ROOT, "lib", "simulator", "main.ts")], simulatorEnv(environment));
    const control = simulatorControl(simulatorUrl, "xero");
    await until("the simulator answers", 30_000, () =>
      control.clock().then(
        () => true,
        () => false,
      ),
    );
    const workerEnvironment = {
      ...workerEnv(environment, { workerUrl: server.workerUrl, appSecrets: secrets }),
      // A worker that starts for the hundredth time need not read its sources anew.
      NODE_COMPILE_CACHE: join(folder, "compiled"),
    };
    const worker = workerFile === null ? null : start("worker", [join(ROOT, workerFile)], workerEnvironment);
    if (web) {
      const sessionSecret = randomBytes(48).toString("base64url");
      const logins = { webUrl: server.webUrl, appSecrets: secrets, sessionSecret };
      start("web", [NEXT, "start", "--port", String(environment.PORT)], webEnv(environment, logins));
      await until("web answers", 60_000, () =>
        fetch(`http://127.0.0.1:${environment.PORT}/sign-in`).then(
          (answer) => answer.ok,
          () => false,
        ),
      );
    }
    const database = openDatabase(server.webUrl, { max: 6, applicationName: "greentick campaign" });
    return {
      database,
      environment,
      control,
      simulatorUrl,
      worker,
      workerEnvironment,
      webUrl: web ? environment.APP_URL : null,
      password,
      ownerUrl: server.ownerUrl,
      settings: {
        appUrl: environment.APP_URL,
        keys: parseSecretKeys(secrets),
        appAt: (packageId) => packageApp(packageId, environment),
      },
      async crashDatabase() {
        const { pid, port } = server;
        process.kill(pid, "SIGQUIT");
        await until("the database server is gone", 30_000, async () => !isAlive(pid), 20);
        server = await startEmbedded({ dataDir: join(folder, "data"), port, adopt: true });
      },
      async backUp() {
        await backUpCluster(server);
      },
      async restore() {
        const { pid, port, cluster } = server;
        if (!existsSync(backupOf(cluster))) throw new Error("Nothing was backed up");
        process.kill(pid, "SIGQUIT");
        await until("the database server is gone", 30_000, async () => !isAlive(pid), 20);
        await rm(cluster, { recursive: true });
        execFileSync("cp", ["-a", backupOf(cluster), cluster]);
        server = await startEmbedded({ dataDir: join(folder, "data"), port, adopt: true });
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

const backupOf = (cluster: string) => `${cluster}.backup`;

/** Copies a cluster's files between Postgres's own `pg_backup_start` and `pg_backup_stop`, with the log that makes one whole of them. */
async function backUpCluster({ cluster, superUrl }: EmbeddedServer): Promise<void> {
  const backup = backupOf(cluster);
  await rm(backup, { recursive: true, force: true });
  const client = new pg.Client({ connectionString: superUrl });
  await client.connect();
  try {
    await client.query("select pg_backup_start('campaign', true)");
    // A file may go while it is copied: the log makes up for it.
    spawnSync("cp", ["-a", cluster, backup], { stdio: "ignore" });
    const { rows } = await client.query<{ labelfile: string }>("select labelfile from pg_backup_stop(false)");
    for (const name of ["postmaster.pid", "postmaster.opts", "pg_wal"])
      await rm(join(backup, name), { recursive: true, force: true });
    spawnSync("cp", ["-a", join(cluster, "pg_wal"), join(backup, "pg_wal")], { stdio: "ignore" });
    // Named after a file that is there, so that it has that one's owner.
    const label = join(backup, "backup_label");
    execFileSync("cp", ["-a", join(backup, "PG_VERSION"), label]);
    await writeFile(label, rows[0]?.labelfile ?? "");
  } finally {
    await client.end();
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
