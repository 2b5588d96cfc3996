import { closeSync, createReadStream, fstatSync, openSync, read, readSync } from "node:fs";
import type { Readable } from "node:stream";
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from "yauzl";
import { Refusal } from "#lib/common/refusal.ts";

/** One file inside an archive. */
export type ZipEntry = Entry;

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

function locked(): Refusal {
  return new Refusal("The workbook is protected by a password. Save it without one and upload that file.", { field: "file" });
}

function tooDense(): Refusal {
  return new Refusal(
    `The workbook unpacks to more than ${MAX_RATIO} times its size, or to more than ${MAX_UNPACKED / 1024 / 1024} MiB: it is refused. Save its sheet as CSV and upload that.`,
    { field: "file", code: "too-dense" },
  );
}

/**
 * What a reader is told about an archive that yauzl cannot take apart; a file that cannot be read
 * at all is no fault of its own.
 */
function refusalOf(error: unknown): unknown {
  if (error instanceof Refusal || (error instanceof Error && "syscall" in error)) return error;
  if (error instanceof Error && error.message === "strong encryption is not supported") return locked();
  return broken();
}

/** An opened archive: nothing of it is unpacked before the whole is known to be of a sane size. */
export interface Zip {
  /** By name, in lower case and without a leading slash. */
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** The bytes of one entry, unpacked as they are read. */
  read(entry: ZipEntry): AsyncGenerator<Buffer>;
  close(): void;
}

/**
 * Opens a zip archive by its directory.
 *
 * @throws {Refusal} when it is damaged or encrypted, or claims or proves to unpack to too much
 */
export async function openZip(path: string): Promise<Zip> {
  // Names are decoded here: they are asked for and never written to, and yauzl refuses the whole
  // archive for one that begins with a slash. Sizes are counted here too, so that the one that lies
  // is told apart from the one that is damaged.
  const options = { autoClose: false, decodeStrings: false, validateEntrySizes: false };
  const reader = new FileReader(path);
  const zip = await fromRandomAccessReaderPromise(reader, reader.archiveEnd(), options).catch((error: unknown) => {
    reader.close(() => {});
    throw refusalOf(error);
  });
  try {
    const entries = await entriesOf(zip);
    let claimed = 0;
    for (const entry of entries.values()) claimed += entry.uncompressedSize;
    if (claimed > Math.min(MAX_UNPACKED, zip.fileSize * MAX_RATIO)) throw tooDense();
    return { entries, read: (entry) => unpacked(zip, entry), close: () => zip.close() };
  } catch (error) {
    zip.close();
    throw refusalOf(error);
  }
}

/** Zero, tab, line breaks and blank. */
const PADDING = new Set([0x00, 0x09, 0x0a, 0x0d, 0x20]);
const END_MARK = Buffer.from([0x50, 0x4b, 0x05, 0x06]);
/** Most bytes that an archive's end record takes: its own and the longest comment. */
const END_MOST = 22 + 0xffff;

/**
 * Reads an archive's file, each entry by a stream of its own that closes what it opened: with
 * yauzl's own reader all share one queue, and one that is given up while another reads throws where
 * nobody can catch it.
 */
class FileReader extends RandomAccessReader {
  readonly #path: string;
  readonly #fd: number;

  constructor(path: string) {
    super();
    this.#path = path;
    this.#fd = openSync(path, "r");
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return createReadStream(this.#path, { start, end: end - 1 });
  }

  override read(buffer: Buffer, offset: number, length: number, position: number, done: (error: Error | null) => void): void {
    read(this.#fd, buffer, offset, length, position, (error, count) => done(error ?? (count < length ? broken() : null)));
  }

  override close(done: (error: Error | null) => void): void {
    closeSync(this.#fd);
    done(null);
  }

  /**
   * Where the archive ends: zeros and blanks may follow it, which gateways and block-wise copies add.
   * Anything else may be a second list of contents, and stays for yauzl to refuse.
   */
  archiveEnd(): number {
    const { size } = fstatSync(this.#fd);
    const tail = Buffer.alloc(Math.min(size, END_MOST));
    const from = size - tail.length;
    readSync(this.#fd, tail, 0, tail.length, from);
    const record = tail.lastIndexOf(END_MARK);
    if (record < 0 || record + 22 > tail.length) return size;
    const end = record + 22 + tail.readUInt16LE(record + 20);
    return end < tail.length && tail.subarray(end).every((byte) => PADDING.has(byte)) ? from + end : size;
  }
}

async function entriesOf(zip: ZipFile): Promise<Map<string, ZipEntry>> {
  if (zip.entryCount > MAX_ENTRIES) throw broken();
  const entries = new Map<string, ZipEntry>();
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) throw locked();
    entries.set(entry.fileNameRaw.toString("utf8").replace(/^\//, "").toLowerCase(), entry);
  }
  return entries;
}

async function* unpacked(zip: ZipFile, entry: ZipEntry): AsyncGenerator<Buffer> {
  if (entry.compressedSize === 0) return;
  let total = 0;
  try {
    for await (const chunk of await zip.openReadStreamPromise(entry)) {
      // The directory may lie: what really comes out is held to what it claims.
      total += chunk.length;
      if (total > entry.uncompressedSize) throw tooDense();
      yield chunk;
    }
  } catch (error) {
    throw refusalOf(error);
  }
}
