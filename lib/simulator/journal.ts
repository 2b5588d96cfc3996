import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

/** One change: which part of the simulator it belongs to, and what it says. */
export type JournalEntry = [part: string, change: unknown];

/**
 * What the simulator remembers across restarts: one JSON line a change, written before the call is answered.
 *
 * A write has reached the kernel when `append` returns, so a SIGKILL loses nothing that was answered. A last line cut short by a full
 * disk or a power cut is dropped on reading. Without a folder nothing is kept.
 */
export class Journal {
  readonly #file: string | null;
  #fd: number | null = null;
  #pending: string[] = [];

  constructor(dataDir: string | undefined) {
    if (dataDir === undefined) {
      this.#file = null;
      return;
    }
    mkdirSync(dataDir, { recursive: true });
    this.#file = join(dataDir, "simulator-journal.jsonl");
  }

  get kept(): boolean {
    return this.#file !== null;
  }

  /** Every change since the last compaction, oldest first. */
  read(): JournalEntry[] {
    if (this.#file === null || !existsSync(this.#file)) return [];
    const entries: JournalEntry[] = [];
    for (const line of readFileSync(this.#file, "utf8").split("\n")) {
      if (line === "") continue;
      const entry = parseEntry(line);
      if (entry === null) break;
      entries.push(entry);
    }
    return entries;
  }

  /** Replaces the file by the smallest one that says the same. */
  compact(entries: Iterable<JournalEntry>): void {
    if (this.#file === null) return;
    if (this.#fd !== null) closeSync(this.#fd);
    const next = `${this.#file}.next`;
    const fd = openSync(next, "w", 0o600);
    let chunk: string[] = [];
    for (const entry of entries) {
      chunk.push(JSON.stringify(entry));
      if (chunk.length === 1000) {
        writeSync(fd, `${chunk.join("\n")}\n`);
        chunk = [];
      }
    }
    if (chunk.length > 0) writeSync(fd, `${chunk.join("\n")}\n`);
    closeSync(fd);
    renameSync(next, this.#file);
    this.#fd = openSync(this.#file, "a", 0o600);
    this.#pending = [];
  }

  /** Notes a change; it is safe after the next `flush`. */
  note(part: string, change: unknown): void {
    if (this.#file === null) return;
    this.#pending.push(JSON.stringify([part, change]));
  }

  /** Writes what was noted. Called after each piece of work that runs without a pause, so a reader never sees half of it. */
  flush(): void {
    if (this.#pending.length === 0 || this.#fd === null) return;
    writeSync(this.#fd, `${this.#pending.join("\n")}\n`);
    this.#pending = [];
  }

  close(): void {
    this.flush();
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }
}

function parseEntry(line: string): JournalEntry | null {
  try {
    const value: unknown = JSON.parse(line);
    return Array.isArray(value) && typeof value[0] === "string" ? [value[0], value[1]] : null;
  } catch {
    return null;
  }
}
