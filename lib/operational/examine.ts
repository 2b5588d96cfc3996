import { isAscii } from "node:buffer";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Refusal } from "#lib/common/refusal.ts";
import type { ImportProfile } from "./profile.ts";

export type Encoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

export interface Examined {
  readonly bytes: number;
  /** Of the file's bytes as they came, hex. */
  readonly sha256: string;
  readonly encoding: Encoding;
  /** By its first bytes, whatever its name. */
  readonly format: "text" | "workbook";
}

export const MAX_BYTES = 200 * 1024 * 1024;
export const MAX_LINES = 1_000_000;

const CHUNK = 256 * 1024;
const NEWLINE = 0x0a;

/** What a zip archive begins with, and so a workbook. */
const ZIP_START = [0x50, 0x4b, 0x03, 0x04];

const KNOWN_STARTS: readonly (readonly [readonly number[], string])[] = [
  [[0x1f, 0x8b], "a compressed archive"],
  [[0xd0, 0xcf, 0x11, 0xe0], "an old Excel workbook"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF"],
  [[0xff, 0xfe, 0x00, 0x00], "UTF-32 text"],
  [[0x00, 0x00, 0xfe, 0xff], "UTF-32 text"],
];

/**
 * Reads the file once: its size, its SHA-256, and the encoding that its bytes show (a BOM, the zeros of UTF-16, valid UTF-8, else
 * CP1252).
 *
 * @throws {Refusal} when it is empty, too large, no text, or neither UTF-8 nor CP1252, naming the line
 */
export async function examineFile(path: string, wanted: ImportProfile["encoding"]): Promise<Examined> {
  const hash = createHash("sha256");
  const utf8 = utf8Checker();
  let bytes = 0;
  let start = Buffer.alloc(0);
  let zeros = false;
  for await (const part of createReadStream(path, { highWaterMark: CHUNK })) {
    const chunk: Buffer = part;
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw tooLarge();
    if (start.length < 4096) start = Buffer.concat([start, chunk.subarray(0, 4096 - start.length)]);
    hash.update(chunk);
    zeros ||= chunk.includes(0);
    if (!utf8.between() || !isAscii(chunk)) utf8.add(chunk);
    else utf8.skip(chunk.length);
  }
  if (bytes === 0) throw new Refusal("The file is empty.", { field: "file" });
  if (ZIP_START.every((byte, at) => start[at] === byte)) {
    return { bytes, sha256: hash.digest("hex"), encoding: "utf-8", format: "workbook" };
  }
  for (const [mark, what] of KNOWN_STARTS) {
    if (mark.every((byte, at) => start[at] === byte)) {
      throw new Refusal(
        `The file is ${what}, neither a CSV file nor an Excel workbook. Save it as CSV (UTF-8) or .xlsx and choose that file.`,
        { field: "file" },
      );
    }
  }
  const { valid, invalid, firstBad } = utf8.result();
  let encoding = wanted === "detect" ? (byMark(start) ?? (zeros ? byZeros(start) : null)) : wanted;
  if (encoding === null && zeros) {
    throw new Refusal("The file contains zero bytes: it is not text. Save it as CSV (UTF-8) and choose that file.", {
      field: "file",
    });
  }
  if (encoding === null && invalid > 0 && invalid <= valid) {
    const line = await lineAt(path, firstBad);
    throw new Refusal(`Line ${line} holds bytes that are not UTF-8, in a file that is UTF-8 otherwise. Save it as UTF-8 again.`, {
      field: "file",
    });
  }
  encoding ??= invalid > 0 ? "windows-1252" : "utf-8";
  return { bytes, sha256: hash.digest("hex"), encoding, format: "text" };
}

export function tooLarge(): Refusal {
  return new Refusal(`The file is larger than ${MAX_BYTES / 1024 / 1024} MiB. Split it and upload the parts.`, { field: "file" });
}

function byMark(start: Buffer): Encoding | null {
  if (start[0] === 0xff && start[1] === 0xfe) return "utf-16le";
  if (start[0] === 0xfe && start[1] === 0xff) return "utf-16be";
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return "utf-8";
  return null;
}

/** UTF-16 without a mark: in Western text every second byte is zero. */
function byZeros(start: Buffer): Encoding | null {
  let even = 0;
  let odd = 0;
  for (let at = 0; at < start.length; at += 1) {
    if (start[at] !== 0) continue;
    if (at % 2 === 0) even += 1;
    else odd += 1;
  }
  const half = start.length / 2;
  if (odd > half * 0.7 && even < half * 0.1) return "utf-16le";
  if (even > half * 0.7 && odd < half * 0.1) return "utf-16be";
  return null;
}

/** Counts valid multi-byte sequences and bytes that fit none, across chunks. */
function utf8Checker() {
  let valid = 0;
  let invalid = 0;
  let firstBad = -1;
  let offset = 0;
  let missing = 0;
  let low = 0x80;
  let high = 0xbf;
  const bad = (at: number) => {
    invalid += 1;
    if (firstBad < 0) firstBad = at;
    missing = 0;
  };
  return {
    /** Whether no sequence is under way, so that plain ASCII may be passed by. */
    between: () => missing === 0,
    skip(length: number) {
      offset += length;
    },
    add(chunk: Buffer) {
      for (let at = 0; at < chunk.length; at += 1) {
        const byte = chunk[at] ?? 0;
        if (missing > 0) {
          if (byte >= low && byte <= high) {
            missing -= 1;
            low = 0x80;
            high = 0xbf;
            if (missing === 0) valid += 1;
            continue;
          }
          bad(offset + at);
        }
        if (byte < 0x80) continue;
        low = 0x80;
        high = 0xbf;
        if (byte >= 0xc2 && byte <= 0xdf) missing = 1;
        else if (byte >= 0xe0 && byte <= 0xef) {
          missing = 2;
          if (byte === 0xe0) low = 0xa0;
          if (byte === 0xed) high = 0x9f;
        } else if (byte >= 0xf0 && byte <= 0xf4) {
          missing = 3;
          if (byte === 0xf0) low = 0x90;
          if (byte === 0xf4) high = 0x8f;
        } else bad(offset + at);
      }
      offset += chunk.length;
    },
    result() {
      if (missing > 0) bad(offset);
      return { valid, invalid, firstBad };
    },
  };
}

async function lineAt(path: string, offset: number): Promise<number> {
  let line = 1;
  if (offset <= 0) return line;
  for await (const part of createReadStream(path, { end: offset - 1 })) {
    const chunk: Buffer = part;
    for (const byte of chunk) if (byte === NEWLINE) line += 1;
  }
  return line;
}

/**
 * The file as UTF-8, a chunk at a time.
 *
 * @throws {Refusal} when it is not in that encoding
 */
export async function* decodeFile(path: string, encoding: Encoding): AsyncGenerator<Buffer> {
  const stream = createReadStream(path, { highWaterMark: CHUNK });
  if (encoding === "utf-8") {
    yield* stream;
    return;
  }
  const decoder = new TextDecoder(encoding, { fatal: true });
  try {
    for await (const part of stream) yield Buffer.from(decoder.decode(part, { stream: true }), "utf8");
    yield Buffer.from(decoder.decode(), "utf8");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new Refusal(`The file is not ${encoding.toUpperCase()} throughout. Save it as CSV (UTF-8) and choose that file.`, {
      field: "file",
    });
  }
}
