import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createDeflateRaw } from "node:zlib";

/** One file of an archive; its text is made as it is read. */
export interface ZipEntry {
  readonly name: string;
  readonly content: AsyncIterable<string> | Iterable<string>;
}

const ENCODED = { bit: 1 << 11, descriptor: 1 << 3 };
const FLAGS = ENCODED.bit | ENCODED.descriptor;
const DEFLATED = 8;
/** 1 January 1980, the format's first day: an archive of the same rows is the same bytes. */
const DATE = 0x21;

function header(signature: number, size: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, signature, true);
  write(view);
  return bytes;
}

/**
 * A zip archive as it is made: nothing is held but what the compressor holds. Sizes follow each file (a data descriptor), so that an
 * entry may be written before its length is known. For archives and files below 4 GiB.
 */
export async function* zip(entries: Iterable<ZipEntry>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = encoder.encode(entry.name);
    const at = offset;
    let crc = 0;
    let size = 0;
    let packed = 0;
    const local = header(0x04034b50, 30, (view) => {
      view.setUint16(4, 20, true);
      view.setUint16(6, FLAGS, true);
      view.setUint16(8, DEFLATED, true);
      view.setUint16(12, DATE, true);
      view.setUint16(26, name.length, true);
    });
    yield local;
    yield name;

    const measured = async function* () {
      for await (const text of entry.content) {
        const bytes = encoder.encode(text);
        crc = crc32(bytes, crc);
        size += bytes.length;
        yield bytes;
      }
    };
    const deflate = createDeflateRaw();
    const fed = pipeline(Readable.from(measured()), deflate);
    // Its fault is thrown by the reading below; without a listener it would end the process first.
    fed.catch(() => {});
    try {
      for await (const chunk of deflate as AsyncIterable<Uint8Array>) {
        packed += chunk.length;
        yield chunk;
      }
      await fed;
    } finally {
      deflate.destroy();
    }
    yield header(0x08074b50, 16, (view) => {
      view.setUint32(4, crc, true);
      view.setUint32(8, packed, true);
      view.setUint32(12, size, true);
    });
    offset = at + local.length + name.length + packed + 16;
    directory.push(
      header(0x02014b50, 46, (view) => {
        view.setUint16(4, 20, true);
        view.setUint16(6, 20, true);
        view.setUint16(8, FLAGS, true);
        view.setUint16(10, DEFLATED, true);
        view.setUint16(14, DATE, true);
        view.setUint32(16, crc, true);
        view.setUint32(20, packed, true);
        view.setUint32(24, size, true);
        view.setUint16(28, name.length, true);
        view.setUint32(42, at, true);
      }),
      name,
    );
  }
  yield* directory;
  const length = directory.reduce((sum, part) => sum + part.length, 0);
  yield header(0x06054b50, 22, (view) => {
    view.setUint16(8, directory.length / 2, true);
    view.setUint16(10, directory.length / 2, true);
    view.setUint32(12, length, true);
    view.setUint32(16, offset, true);
  });
}
