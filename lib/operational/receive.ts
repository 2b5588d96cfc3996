import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream as NodeReadableStream } from "node:stream/web";
import { Refusal } from "#lib/common/refusal.ts";
import { MAX_BYTES, tooLarge } from "./examine.ts";

export interface Incoming {
  readonly body: ReadableStream<Uint8Array> | null;
  /** The request's own headers, as they came. */
  readonly contentLength: string | null;
  readonly contentType: string | null;
  /** As its owner calls it: judged by its ending, never used as a path. */
  readonly fileName: string;
}

export interface Received {
  /** In a folder of this upload's own, under a name of ours. */
  readonly path: string;
  readonly bytes: number;
  /** Deletes the file and its folder. */
  remove(): Promise<void>;
}

const ENDINGS = [".csv", ".txt", ".tsv", ".xlsx"];
/** What browsers call a CSV file; Windows names it after Excel. */
const TYPES = [
  "text/csv",
  "text/plain",
  "text/tab-separated-values",
  "application/csv",
  "application/vnd.ms-excel",
  "application/octet-stream",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
];

/**
 * Takes an upload's bytes to a temporary file as they come, never holding them in memory.
 *
 * @throws {Refusal} when name or type is neither a CSV file's nor a workbook's, when it is too large, or when fewer bytes come than were announced
 */
export async function receiveUpload({ body, contentLength, contentType, fileName }: Incoming): Promise<Received> {
  if (!ENDINGS.some((ending) => fileName.toLowerCase().endsWith(ending))) {
    throw new Refusal("Choose a CSV file or an Excel workbook: its name ends in .csv, .txt, .tsv or .xlsx.", { field: "file" });
  }
  const type = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "" && !TYPES.includes(type))
    throw new Refusal(`A CSV file or an Excel workbook is expected, and this is "${type.slice(0, 100)}".`, { field: "file" });
  if (contentLength === null || !/^\d{1,15}$/.test(contentLength))
    throw new Refusal("The upload does not say how long it is.", { field: "file" });
  const announced = Number(contentLength);
  if (announced > MAX_BYTES) throw tooLarge();
  if (announced === 0 || body === null) throw new Refusal("The file is empty.", { field: "file" });

  const folder = await mkdtemp(join(tmpdir(), "greentick-upload-"));
  const remove = () => rm(folder, { recursive: true, force: true });
  const path = join(folder, "upload");
  let bytes = 0;
  const count = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length;
      if (bytes > announced || bytes > MAX_BYTES) done(tooLarge());
      else done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.fromWeb(body as NodeReadableStream<Uint8Array>), count, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    await remove();
    if (error instanceof Refusal) throw error;
    throw cutOff(bytes, announced);
  }
  if (bytes < announced) {
    await remove();
    throw cutOff(bytes, announced);
  }
  return { path, bytes, remove };
}

function cutOff(bytes: number, announced: number): Refusal {
  return new Refusal(
    `The upload was cut off: ${bytes.toLocaleString("en-GB")} of ${announced.toLocaleString("en-GB")} bytes arrived. Nothing was imported; upload it again.`,
    { field: "file", code: "cut-off" },
  );
}
