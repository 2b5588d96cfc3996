import { parentPort, workerData } from "node:worker_threads";
import { Refusal } from "#lib/common/refusal.ts";
import { type PackedRows, packRows } from "./packed-rows.ts";
import { openSheets, type SheetRow, type Workbook } from "./sheets.ts";
import type { Ask, Reply } from "./workbook.ts";

// Takes one workbook apart in a thread of its own, which `workbook.ts` may end at any moment. Rows go out as they are asked for, a batch
// ahead at most: what is slow to take them in slows the reading down.

/** So that taking a batch apart holds nobody up for more than a few milliseconds. */
const BATCH_ROWS = 500;
const BATCH_CHARACTERS = 64 * 1024;

async function* batches(rows: AsyncIterable<SheetRow>): AsyncGenerator<PackedRows> {
  let batch: SheetRow[] = [];
  let characters = 0;
  for await (const row of rows) {
    // A frame of blank cells may be as wide and as long as it likes.
    if (row.cells.every((cell) => cell.text === "")) continue;
    batch.push(row);
    for (const cell of row.cells) characters += cell.text.length + 8;
    if (batch.length < BATCH_ROWS && characters < BATCH_CHARACTERS) continue;
    yield packRows(batch);
    batch = [];
    characters = 0;
  }
  if (batch.length > 0) yield packRows(batch);
}

function failed(error: unknown): Reply {
  if (error instanceof Refusal) return { refused: error.message, field: error.field, code: error.code };
  return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** One reading of a sheet: the next batch is made while the last one is being taken in. */
interface Reader {
  readonly batches: AsyncGenerator<PackedRows>;
  next: Promise<Reply>;
}

function nextOf(from: AsyncGenerator<PackedRows>): Promise<Reply> {
  return from.next().then(({ done, value }): Reply => (done ? { done: true } : { rows: value }), failed);
}

const port = parentPort;
if (!port) throw new Error("workbook-thread.ts runs as a worker thread");
const readers = new Map<number, Reader>();
let book: Workbook | null = null;

async function answer(ask: Ask): Promise<Reply> {
  if (ask.do === "open") {
    book = await openSheets(String(workerData));
    return { sheets: book.sheets };
  }
  if (!book) throw new Error("the workbook is not open");
  if (ask.do === "stop") {
    const reader = readers.get(ask.reader);
    readers.delete(ask.reader);
    await reader?.batches.return(undefined);
    return { done: true };
  }
  let reader = readers.get(ask.reader);
  if (!reader) {
    const made = batches(book.rows(ask.sheet));
    reader = { batches: made, next: nextOf(made) };
    readers.set(ask.reader, reader);
  }
  const reply = await reader.next;
  if ("rows" in reply) reader.next = nextOf(reader.batches);
  else readers.delete(ask.reader);
  return reply;
}

port.on("message", (ask: Ask) => {
  answer(ask)
    .catch(failed)
    .then((reply) => port.postMessage({ ...reply, to: ask.id }));
});
