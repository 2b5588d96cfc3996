import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { onServer } from "#lib/testing/connections.ts";
import { SYSTEM_HOME } from "./binaries.ts";
import { type EmbeddedServer, removeScratch, startEmbedded } from "./embedded.ts";
import { isAlive, lockHolder, takeLock } from "./processes.ts";

const isRoot = process.getuid?.() === 0;
const folders: string[] = [];

/** A data folder that is not made yet, under a name with a space. */
function aDataDir(parent = tmpdir()): string {
  const folder = mkdtempSync(join(parent, "greentick embedded "));
  if (isRoot && parent === tmpdir()) chmodSync(folder, 0o755);
  folders.push(folder);
  return join(folder, "data");
}

afterEach(async () => {
  for (const folder of folders.splice(0)) {
    await removeScratch(join(folder, "data"));
    rmSync(folder, { recursive: true, force: true });
  }
});

const start = (dataDir: string, adopt = false): Promise<EmbeddedServer> => startEmbedded({ dataDir, purpose: "scratch", adopt });

describe("the embedded server", () => {
  it("says where it is in server.json, lets nobody else read its passwords, and is gone after stop", async () => {
    const dataDir = aDataDir();
    const server = await start(dataDir);
    expect(JSON.parse(readFileSync(join(dataDir, "server.json"), "utf8"))).toMatchObject({ port: server.port, pid: server.pid });
    for (const file of ["server.json", "database.json", "postgres.log"])
      expect(statSync(join(dataDir, file)).mode & 0o077).toBe(0);
    const { rows } = await onServer(server.webUrl, (client) =>
      client.query("select current_user as who, current_database() as where"),
    );
    expect(rows).toEqual([{ who: "greentick_web", where: "greentick" }]);
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);
    expect(existsSync(dataDir)).toBe(false);
  });

  it("listens on the loopback address alone, and lets nobody in without a password", async () => {
    const server = await start(aDataDir());
    const { rows } = await onServer(server.superUrl, (client) => client.query("show listen_addresses"));
    expect(rows).toEqual([{ listen_addresses: "127.0.0.1" }]);
    const wrong = new URL(server.webUrl);
    wrong.password = "wrong";
    await expect(onServer(wrong.href, (client) => client.query("select 1"))).rejects.toThrow("password authentication failed");
    await server.stop();
  });

  it("is found and used again where a killed start has left it, with its data", async () => {
    const dataDir = aDataDir();
    const left = await start(dataDir);
    await onServer(left.ownerUrl, (client) => client.query("create table kept as select 1 as one"));
    const found = await start(dataDir, true);
    expect(found).toMatchObject({ reused: true, pid: left.pid, port: left.port });
    const { rows } = await onServer(found.ownerUrl, (client) => client.query("select one from kept"));
    expect(rows).toEqual([{ one: 1 }]);
    await found.stop({ keepFiles: true });
    expect(isAlive(found.pid)).toBe(false);

    const again = await start(dataDir);
    expect(again.reused).toBe(false);
    await expect(onServer(again.ownerUrl, (client) => client.query("select one from kept"))).resolves.toMatchObject({
      rowCount: 1,
    });
    await again.stop();
  });

  it("is started once when two ask at the same time", async () => {
    const dataDir = aDataDir();
    const [one, two] = await Promise.all([start(dataDir), start(dataDir)]);
    expect(one.pid).toBe(two.pid);
    expect([one.reused, two.reused].sort()).toEqual([false, true]);
    await one.stop();
  });

  it("is not taken in by a pid file whose process is another one by now", async () => {
    const dataDir = aDataDir();
    const first = await start(dataDir);
    const pidFile = readFileSync(join(first.cluster, "postmaster.pid"), "utf8");
    await first.stop({ keepFiles: true });
    writeFileSync(join(first.cluster, "postmaster.pid"), pidFile.replace(/^\d+/, String(process.pid)));
    const second = await start(dataDir);
    expect(second.reused).toBe(false);
    await second.stop();
  });

  it.runIf(isRoot)("keeps its cluster where its own user can reach it, when root's folder is closed to that", async () => {
    const parent = mkdtempSync(join(homedir(), "greentick-closed-"));
    chmodSync(parent, 0o700);
    try {
      mkdirSync(join(parent, "repo"), { mode: 0o700 });
      const dataDir = join(parent, "repo", "data");
      const server = await start(dataDir);
      expect(server.cluster.startsWith(`${SYSTEM_HOME}/`)).toBe(true);
      expect(statSync(server.cluster).uid).not.toBe(0);
      await onServer(server.ownerUrl, (client) => client.query("select 1"));
      await server.stop();
      expect(existsSync(server.cluster)).toBe(false);
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });
});

describe("a lock", () => {
  it("is refused while its holder lives, and taken over when that has died", () => {
    const path = join(mkdtempSync(join(tmpdir(), "greentick-lock-")), "a.lock");
    const mine = takeLock(path, "me");
    expect("release" in mine).toBe(true);
    expect(takeLock(path, "another")).toMatchObject({ holder: { pid: process.pid, note: "me" } });
    // The same process id, but a process that began at another time.
    writeFileSync(path, JSON.stringify({ pid: process.pid, began: "another boot:1", note: "dead" }));
    expect(lockHolder(path)).toBeNull();
    const taken = takeLock(path, "after");
    expect("release" in taken).toBe(true);
    if ("release" in taken) taken.release();
    expect(existsSync(path)).toBe(false);
  });
});
