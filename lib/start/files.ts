import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/** Makes a folder and its parents whatever the umask is; the mode is set on the folder itself, only when it was not there yet. */
export function makeFolder(path: string, mode: number): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (!existsSync(parent)) makeFolder(parent, 0o755);
  try {
    mkdirSync(path);
    chmodSync(path, mode);
  } catch (error) {
    if (!existsSync(path)) throw error;
  }
}

/** Replaces a file in one step, so that a reader or a killed writer never leaves half of it. */
export function writeWhole(path: string, content: string, mode: number): void {
  const draft = `${path}.${process.pid}.new`;
  rmSync(draft, { force: true });
  writeFileSync(draft, content, { mode, flag: "wx" });
  chmodSync(draft, mode);
  renameSync(draft, path);
}

/** The parsed JSON of a file, or null when there is none or it was cut short. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return null;
  }
}
