import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chownSync, closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, isAbsolute, join, resolve } from "node:path";
import pg from "pg";
import { z } from "zod";
import { childEnv } from "#lib/env.ts";
import { canReach, type ServerUser, SYSTEM_HOME, serverUser, usableBinaries } from "./binaries.ts";
import { makeFolder, readJson, writeWhole } from "./files.ts";
import { isAlive, takeLock, waitUntil } from "./processes.ts";
import { StartRefusal } from "./refusal.ts";

/** The database and logins of an embedded server. Only the owner may create; web and worker are bound by row-level security. */
export const EMBEDDED = {
  database: "greentick",
  superuser: "postgres",
  owner: "greentick_owner",
  web: "greentick_web",
  worker: "greentick_worker",
} as const;

export interface EmbeddedOptions {
  /** Absolute path of the data folder; made when it is not there. */
  readonly dataDir: string;
  /**
   * `keep` (the default) for real data. `scratch` for tests alone: no fsync, and `stop` deletes cluster and folder unless told otherwise.
   */
  readonly purpose?: "keep" | "scratch";
  /** The port to listen on; a free one without it. */
  readonly port?: number;
  /** Take charge of a server that is already running: `stop` then stops it. Without it only the one who started a server stops it. */
  readonly adopt?: boolean;
}

export interface EmbeddedServer {
  readonly ownerUrl: string;
  readonly webUrl: string;
  readonly workerUrl: string;
  readonly superUrl: string;
  readonly port: number;
  readonly pid: number;
  /** True when a running server was found. */
  readonly reused: boolean;
  /** The folder of the Postgres cluster itself, which may lie outside the data folder. */
  readonly cluster: string;
  /** Fast shutdown, waited for. `keepFiles` leaves a scratch cluster on disk. */
  stop(how?: { keepFiles?: boolean }): Promise<void>;
}

const recordSchema = z.object({
  /** Relative to the data folder, or absolute where the server's user could not reach that. */
  cluster: z.string(),
  passwords: z.object({ superuser: z.string(), owner: z.string(), web: z.string(), worker: z.string() }),
});
type ClusterRecord = z.infer<typeof recordSchema>;

const serverSchema = z.object({ port: z.number(), pid: z.number(), startedBy: z.number() });

/** Longest wait for a server to answer: a crash recovery of a large cluster takes a while, a hung one must not hang us. */
const START_WITHIN_MS = 120_000;
const STOP_WITHIN_MS = 60_000;

/**
 * Starts the embedded Postgres of a data folder, or finds the one that runs there already, and makes sure of its database and logins.
 *
 * @throws {Error} saying what to do, when the cluster belongs to another user, is gone, or does not start
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedServer> {
  const dataDir = resolve(options.dataDir);
  const scratch = options.purpose === "scratch";
  const user = serverUser();
  makeFolder(dataDir, user === null ? 0o700 : 0o711);

  // Two commands at once (`start` and `import`, say) must not both make or start the cluster.
  const lockPath = join(dataDir, "server.lock");
  let lock = takeLock(lockPath, "starting the database");
  const got = await waitUntil(() => {
    if ("release" in lock) return true;
    lock = takeLock(lockPath, "starting the database");
    return "release" in lock;
  }, START_WITHIN_MS);
  if (!got || !("release" in lock))
    throw new StartRefusal(`Another process has been starting the database in ${dataDir} for two minutes.`);
  try {
    const record = loadRecord(dataDir, user);
    const cluster = isAbsolute(record.cluster) ? record.cluster : join(dataDir, record.cluster);
    const binaries = usableBinaries(user, dataDir);
    const made = existsSync(join(cluster, "PG_VERSION")) || isAbsoluteAndHidden(cluster, user);
    if (!made) makeCluster(cluster, record, binaries.initdb, user);
    refuseForeignCluster(cluster, user);

    const running = made ? await findRunning(cluster, record) : null;
    const server = running ?? (await launch(dataDir, cluster, record, binaries.postgres, user, scratch, options.port));
    await ensureLogins(server.port, record);
    const serverFile = join(dataDir, "server.json");
    const before = serverSchema.safeParse(readJson(serverFile));
    const startedBy = running === null || options.adopt === true || !before.success ? process.pid : before.data.startedBy;
    writeWhole(serverFile, `${JSON.stringify({ port: server.port, pid: server.pid, startedBy })}\n`, 0o600);

    const url = (login: string, password: string, database?: string) => address(server.port, login, password, database);
    return {
      ownerUrl: url(EMBEDDED.owner, record.passwords.owner),
      webUrl: url(EMBEDDED.web, record.passwords.web),
      workerUrl: url(EMBEDDED.worker, record.passwords.worker),
      superUrl: url(EMBEDDED.superuser, record.passwords.superuser, "postgres"),
      port: server.port,
      pid: server.pid,
      reused: running !== null,
      cluster,
      stop: async ({ keepFiles = false } = {}) => {
        const now = serverSchema.safeParse(readJson(serverFile));
        // Somebody else has taken charge of it since.
        if (now.success && (now.data.pid !== server.pid || now.data.startedBy !== process.pid)) return;
        await stopServer(server.pid, cluster, binaries.pgCtl);
        rmSync(serverFile, { force: true });
        if (scratch && !keepFiles) removeCluster(dataDir, cluster);
      },
    };
  } finally {
    lock.release();
  }
}

function address(port: number, login: string, password: string, database: string = EMBEDDED.database): string {
  return `postgres://${login}:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * A login's address at the server that `start` runs over a data folder, for tests that must look behind the screen.
 *
 * @throws {z.ZodError} when none runs there
 */
export function savedUrl(dataDir: string, login: "owner" | "web" | "worker"): string {
  const { port } = serverSchema.parse(readJson(join(dataDir, "server.json")));
  const { passwords } = recordSchema.parse(readJson(join(dataDir, "database.json")));
  return address(port, EMBEDDED[login], passwords[login]);
}

/** Stops whatever runs in a scratch folder that a killed run left behind, and deletes folder and cluster. */
export async function removeScratch(dataDir: string): Promise<void> {
  const record = recordSchema.safeParse(readJson(join(dataDir, "database.json")));
  if (record.success) {
    const cluster = isAbsolute(record.data.cluster) ? record.data.cluster : join(dataDir, record.data.cluster);
    const pid = postmaster(cluster)?.pid;
    if (pid !== undefined && isPostmasterOf(pid, cluster)) await stopServer(pid, cluster, null);
    removeCluster(dataDir, cluster);
  }
  rmSync(dataDir, { recursive: true, force: true });
}

function removeCluster(dataDir: string, cluster: string): void {
  rmSync(cluster, { recursive: true, force: true });
  const home = dirname(cluster);
  if (dirname(home) === SYSTEM_HOME) rmSync(home, { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
}

/** The cluster's place and passwords, decided once and kept where only the starting user can read them. */
function loadRecord(dataDir: string, user: ServerUser | null): ClusterRecord {
  const path = join(dataDir, "database.json");
  if (existsSync(path)) {
    const known = recordSchema.safeParse(JSON.parse(readFileSync(path, "utf8")));
    if (!known.success)
      throw new StartRefusal(`${path} is damaged: it holds the passwords of the embedded database. Put it back from a backup.`);
    return known.data;
  }
  const inside = join(dataDir, "postgres");
  if (existsSync(inside)) {
    throw new StartRefusal(
      `${inside} holds a database, but its passwords in ${path} are gone. Put that file back, or set GREENTICK_DATA to a new folder.`,
    );
  }
  const word = () => randomBytes(24).toString("base64url");
  const record: ClusterRecord = {
    cluster: canReach(user, dataDir, "x") ? "postgres" : join(SYSTEM_HOME, randomBytes(8).toString("hex"), "postgres"),
    passwords: { superuser: word(), owner: word(), web: word(), worker: word() },
  };
  writeWhole(path, `${JSON.stringify(record, null, 2)}\n`, 0o600);
  return record;
}

/** True for a cluster outside the data folder that this ordinary user may not even look at. */
function isAbsoluteAndHidden(cluster: string, user: ServerUser | null): boolean {
  return user === null && existsSync(cluster) && !canReach(null, cluster, "x");
}

function refuseForeignCluster(cluster: string, user: ServerUser | null): void {
  if (user === null && !canReach(null, cluster, "w")) {
    throw new StartRefusal(
      `The embedded database in ${cluster} belongs to another user (it was made by root, perhaps). Start Greentick as that user, or set GREENTICK_DATA to a new folder.`,
    );
  }
}

/** Runs initdb beside the final place and renames, so that a killed first start leaves nothing half made. */
function makeCluster(cluster: string, record: ClusterRecord, initdb: string, user: ServerUser | null): void {
  const home = dirname(cluster);
  makeFolder(home, 0o755);
  const draft = `${cluster}.new`;
  const passwordFile = `${cluster}.password`;
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  makeFolder(draft, 0o700);
  try {
    writeFileSync(passwordFile, `${record.passwords.superuser}\n`, { mode: 0o600, flag: "wx" });
    if (user !== null) {
      chownSync(draft, user.uid, user.gid);
      chownSync(passwordFile, user.uid, user.gid);
    }
    const flags = [`--pgdata=${draft}`, `--username=${EMBEDDED.superuser}`, `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
    // Postgres's own collation: the same order on every machine, and no index to rebuild when a system library changes.
    flags.push("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions");
    const made = spawnAs(user, initdb, flags);
    if (made.status !== 0) throw new StartRefusal(`The embedded database could not be made in ${cluster}:\n${made.output}`);
    renameSync(draft, cluster);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(draft, { recursive: true, force: true });
  }
}

/** The umask is set by a shell of the child's own: ours stays as it is, and may not be changed in a worker thread at all. */
function underUmask(program: string, args: readonly string[]): [string, string[]] {
  if (process.platform === "win32") return [program, [...args]];
  return ["/bin/sh", ["-c", 'umask 022; exec "$@"', "sh", program, ...args]];
}

function spawnAs(user: ServerUser | null, program: string, args: readonly string[]) {
  const [command, commandArgs] = underUmask(program, args);
  const run = spawnSync(command, commandArgs, {
    cwd: user === null ? undefined : "/",
    uid: user?.uid,
    gid: user?.gid,
    env: childEnv({ LC_ALL: "C" }),
    encoding: "utf8",
  });
  return { status: run.status, output: run.error?.message ?? `${run.stdout}${run.stderr}` };
}

interface Postmaster {
  readonly pid: number;
  readonly port: number | null;
}

/** What Postgres itself says of its process in `postmaster.pid`. Line 1 is the id, line 4 the port. */
function postmaster(cluster: string): Postmaster | null {
  try {
    const lines = readFileSync(join(cluster, "postmaster.pid"), "utf8").split("\n");
    const pid = Number(lines[0]);
    const port = Number(lines[3]);
    return Number.isInteger(pid) && pid > 0 ? { pid, port: Number.isInteger(port) && port > 0 ? port : null } : null;
  } catch {
    return null;
  }
}

/** Whether a process is the server of this cluster, and not another one that was given the same id since. */
function isPostmasterOf(pid: number, cluster: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(cluster);
  } catch {
    try {
      return execFileSync("ps", ["-p", String(pid), "-o", "command="], { encoding: "utf8" }).includes(cluster);
    } catch {
      return true;
    }
  }
}

/** The running server of a cluster, once it answers; null when there is none. A pid file that lies is removed. */
async function findRunning(cluster: string, record: ClusterRecord): Promise<{ pid: number; port: number } | null> {
  const said = postmaster(cluster);
  if (said === null) return null;
  if (!isPostmasterOf(said.pid, cluster)) {
    // Postgres removes it by itself only while no process at all has that id.
    rmSync(join(cluster, "postmaster.pid"), { force: true });
    return null;
  }
  let port: number | null = null;
  const answered = await waitUntil(async () => {
    if (!isAlive(said.pid)) return true;
    port = postmaster(cluster)?.port ?? null;
    return port !== null && (await answers(port, record));
  }, START_WITHIN_MS);
  if (!isAlive(said.pid)) return null;
  if (!answered || port === null)
    throw new StartRefusal(`The database server with process id ${said.pid} does not answer. Stop it, then start again.`);
  return { pid: said.pid, port };
}

async function launch(
  dataDir: string,
  cluster: string,
  record: ClusterRecord,
  program: string,
  user: ServerUser | null,
  scratch: boolean,
  wantedPort: number | undefined,
): Promise<{ pid: number; port: number }> {
  const logPath = join(dataDir, "postgres.log");
  for (let attempt = 1; ; attempt += 1) {
    const port = wantedPort ?? (await freePort());
    const settings = {
      port: String(port),
      listen_addresses: "127.0.0.1",
      unix_socket_directories: "",
      shared_buffers: "128MB",
      max_connections: "100",
      jit: "off",
      timezone: "UTC",
      log_timezone: "UTC",
      // Scratch clusters alone: a test's data need not survive the machine.
      ...(scratch ? { fsync: "off", synchronous_commit: "off", full_page_writes: "off" } : {}),
    };
    const args = ["-D", cluster, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])];
    const [command, commandArgs] = underUmask(program, args);
    const log = openSync(logPath, "a", 0o600);
    // A process group of its own: Ctrl-C in the terminal reaches us and our children, never the database under them.
    const child = spawn(command, commandArgs, {
      cwd: user === null ? undefined : "/",
      uid: user?.uid,
      gid: user?.gid,
      env: childEnv({ LC_ALL: "C" }),
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    child.unref();
    let ended: string | null = null;
    child.on("error", (error) => {
      ended = error.message;
    });
    child.on("exit", (code, signal) => {
      ended = `it ended with ${signal ?? code}`;
    });
    const up = await waitUntil(async () => ended !== null || (await answers(port, record)), START_WITHIN_MS);
    if (up && ended === null && child.pid !== undefined) return { pid: child.pid, port };
    const tail = readFileSync(logPath, "utf8").trimEnd().split("\n").slice(-15).join("\n");
    const portTaken = tail.includes("could not bind") || tail.includes("Address already in use");
    if (ended === null || !portTaken || attempt >= 5) {
      throw new StartRefusal(`The embedded database did not start (${ended ?? "no answer"}). The end of ${logPath}:\n${tail}`);
    }
  }
}

/** A port on the loopback address that nothing listens on just now. */
export async function freePort(): Promise<number> {
  return await new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        address !== null && typeof address === "object" ? done(address.port) : fail(new Error("No free port.")),
      );
    });
  });
}

function superClient(port: number, record: ClusterRecord, database: string): pg.Client {
  const client = new pg.Client({
    host: "127.0.0.1",
    port,
    user: EMBEDDED.superuser,
    password: record.passwords.superuser,
    database,
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => undefined);
  return client;
}

async function answers(port: number, record: ClusterRecord): Promise<boolean> {
  const client = superClient(port, record, "postgres");
  try {
    await client.connect();
    return true;
  } catch (error) {
    // A wrong password is not "not yet": somebody else's server has the port.
    if (error instanceof pg.DatabaseError && error.code === "28P01")
      throw new StartRefusal(`The database server on port ${port} refuses our password.`);
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes database and logins that are missing, and gives each login the password we keep. */
async function ensureLogins(port: number, record: ClusterRecord): Promise<void> {
  const client = superClient(port, record, "postgres");
  await client.connect();
  try {
    for (const [login, password] of [
      [EMBEDDED.owner, record.passwords.owner],
      [EMBEDDED.web, record.passwords.web],
      [EMBEDDED.worker, record.passwords.worker],
    ] as const) {
      const { rowCount } = await client.query("select 1 from pg_roles where rolname = $1", [login]);
      if (rowCount === 0) {
        await client.query(
          `create role ${pg.escapeIdentifier(login)} login nosuperuser nocreatedb nocreaterole nobypassrls password ${pg.escapeLiteral(password)}`,
        );
      }
    }
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [EMBEDDED.database]);
    if (rowCount === 0) {
      await client.query(
        `create database ${pg.escapeIdentifier(EMBEDDED.database)} owner ${pg.escapeIdentifier(EMBEDDED.owner)}`,
      );
    }
  } finally {
    await client.end();
  }
}

/** Fast shutdown: open transactions are rolled back, then the server ends cleanly. */
async function stopServer(pid: number, cluster: string, pgCtl: string | null): Promise<void> {
  if (!isAlive(pid)) return;
  if (process.platform === "win32" && pgCtl !== null) {
    spawnSync(pgCtl, ["stop", "-D", cluster, "-m", "fast", "-w"], { stdio: "ignore", env: childEnv() });
  } else {
    process.kill(pid, "SIGINT");
  }
  if (await waitUntil(() => !isAlive(pid), STOP_WITHIN_MS)) return;
  process.kill(pid, "SIGQUIT");
  if (!(await waitUntil(() => !isAlive(pid), 10_000)))
    throw new StartRefusal(`The embedded database (process id ${pid}) does not stop.`);
}
