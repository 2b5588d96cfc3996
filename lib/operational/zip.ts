import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { createInflateRaw } from "node:zlib";
import { Refusal } from "#lib/common/refusal.ts";

/** One file inside an archive, as the archive's own directory describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  /** What the directory claims; what really comes out is counted too. */
  readonly unpacked: number;
  readonly offset: number;
}

/** How much larger than itself a workbook may unpack, in all. A real one reaches 10 to 20. */
const MAX_RATIO = 100;
/** What the parts of one workbook may come to, unpacked. */
export const MAX_UNPACKED = 512 * 1024 * 1024;
const MAX_ENTRIES = 10_000;

function broken(): Refusal {
  return new Refusal("The workbook is damaged: its list of contents cannot be read. Save it again and upload that file.", {
    field: "file",
  });
}

function tooDense(): Refusal {
  return new Refusal(
    `The workbook unpacks to more than ${MAX_RATIO} times its size, or to more than ${MAX_UNPACKED / 1024 / 1024} MiB: it is refused. Save its sheet as CSV and upload that.`,
    { field: "file", code: "too-dense" },
  );
}

/** An opened archive: nothing of it is unpacked before the whole is known to be of a sane size. */
export interface Zip {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** The bytes of one entry, unpacked as they are read. */
  read(entry: ZipEntry): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

/**
 * Opens a zip archive by its directory.
 *
 * @throws {Refusal} when it is damaged or encrypted, or claims or proves to unpack to too much
 */
export async function openZip(path: string): Promise<Zip> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const entries = await directoryOf(file, size);
    let claimed = 0;
    for (const entry of entries.values()) claimed += entry.unpacked;
    const limit = Math.min(MAX_UNPACKED, Math.max(size, 1) * MAX_RATIO);
    if (claimed > limit) throw tooDense();
    return {
      entries,
      read: async function* (entry) {
        // The directory may lie: what really comes out is held to what it claims.
        let total = 0;
        for await (const chunk of unpacked(path, file, entry)) {
          total += chunk.length;
          if (total > entry.unpacked) throw tooDense();
          yield chunk;
        }
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function bytesAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await file.read(buffer, 0, length, at);
  if (bytesRead < length) throw broken();
  return buffer;
}

async function directoryOf(file: FileHandle, size: number): Promise<Map<string, ZipEntry>> {
  const tailLength = Math.min(size, 66_000);
  const tail = await bytesAt(file, size - tailLength, tailLength);
  const mark = tail.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (mark < 0 || mark + 22 > tail.length) throw broken();
  const count = tail.readUInt16LE(mark + 10);
  const length = tail.readUInt32LE(mark + 12);
  const offset = tail.readUInt32LE(mark + 16);
  if (count > MAX_ENTRIES || offset + length > size) throw broken();
  const directory = await bytesAt(file, offset, length);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== 0x02014b50) throw broken();
    if ((directory.readUInt16LE(at + 8) & 1) === 1) {
      throw new Refusal("The workbook is protected by a password. Save it without one and upload that file.", { field: "file" });
    }
    const [nameLength, extra, comment] = [28, 30, 32].map((field) => directory.readUInt16LE(at + field));
    const name = directory.toString("utf8", at + 46, at + 46 + (nameLength ?? 0));
    entries.set(name.replace(/^\//, "").toLowerCase(), {
      name,
      method: directory.readUInt16LE(at + 10),
      packed: directory.readUInt32LE(at + 20),
      unpacked: directory.readUInt32LE(at + 24),
      offset: directory.readUInt32LE(at + 42),
    });
    at += 46 + (nameLength ?? 0) + (extra ?? 0) + (comment ?? 0);
  }
  return entries;
}

async function* unpacked(path: string, file: FileHandle, entry: ZipEntry): AsyncGenerator<Buffer> {
  const head = await bytesAt(file, entry.offset, 30);
  if (head.readUInt32LE(0) !== 0x04034b50) throw broken();
  const start = entry.offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
  if (entry.packed === 0) return;
  const packed = createReadStream(path, { start, end: start + entry.packed - 1 });
  if (entry.method === 0) {
    yield* packed;
    return;
  }
  if (entry.method !== 8) throw broken();
  const inflate = createInflateRaw();
  packed.on("error", (error) => inflate.destroy(error));
  try {
    for await (const chunk of packed.pipe(inflate)) yield chunk;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw broken();
  } finally {
    packed.destroy();
    inflate.destroy();
  }
}
