import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Worker } from "node:worker_threads";
import { Refusal } from "#lib/common/refusal.ts";
import { type PackedRows, unpackRows } from "./packed-rows.ts";
import type { Workbook } from "./sheets.ts";
import { MAX_UNPACKED } from "./zip.ts";

export type { Cell, SheetRow, Workbook } from "./sheets.ts";

/** What the thread is asked for; `id` comes back as the reply's `to`. */
export type Ask = { readonly id: number } & (
  | { readonly do: "open" }
  | { readonly do: "next"; readonly reader: number; readonly sheet: string }
  | { readonly do: "stop"; readonly reader: number }
);
export type Reply =
  | { readonly sheets: readonly string[] }
  | { readonly rows: PackedRows }
  | { readonly done: true }
  | { readonly refused: string; readonly field: string | undefined; readonly code: string }
  | { readonly failed: string };

/** What reading one workbook may cost. */
export interface WorkbookBudget {
  /** Milliseconds in which its thread was busy; waiting for whoever takes the rows does not count. */
  readonly busyMs: number;
  /** MiB of heap. */
  readonly heapMb: number;
}

/** The largest that is taken ({@link MAX_UNPACKED}) at 4 MiB a second, a tenth of what a quiet machine reads. */
export const WORKBOOK_BUDGET: WorkbookBudget = { busyMs: 10_000 + MAX_UNPACKED / 1024 / 4, heapMb: 512 };
const CHECK_EVERY_MS = 200;

/**
 * Opens an XLSX workbook, in a thread of its own: whatever its bytes make of the reading, the process that asks goes on answering, and
 * the thread is ended when it takes more time or memory than any workbook needs.
 *
 * @throws {Refusal} when it is none, is damaged, unpacks to too much, or goes beyond the budget
 */
export async function openWorkbook(path: string, budget = WORKBOOK_BUDGET): Promise<Workbook> {
  const thread = startThread(path, budget);
  try {
    const opened = await thread.ask({ do: "open" });
    if (!("sheets" in opened)) throw new Error("the workbook's thread answered something else");
    let readers = 0;
    return {
      sheets: opened.sheets,
      rows: async function* (sheet) {
        readers += 1;
        const reader = readers;
        let ended = false;
        try {
          for (;;) {
            const reply = await thread.ask({ do: "next", reader, sheet });
            if (!("rows" in reply)) break;
            yield* unpackRows(reply.rows);
          }
          ended = true;
        } finally {
          if (!ended) await thread.ask({ do: "stop", reader }).catch(() => undefined);
        }
      },
      close: () => thread.end(),
    };
  } catch (error) {
    await thread.end();
    throw error;
  }
}

interface Waiting {
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: unknown) => void;
}

type Question = Ask extends infer One ? (One extends Ask ? Omit<One, "id"> : never) : never;

function startThread(path: string, budget: WorkbookBudget) {
  // Not `import { Worker }` nor a `new URL`: Next's bundler would take the thread's file into web, and Node runs it as it stands.
  const { Worker } = process.getBuiltinModule("node:worker_threads");
  const file = join(dirname(fileURLToPath(import.meta.url)), "workbook-thread.ts");
  const waiting = new Map<number, Waiting>();
  let asked = 0;
  let over: unknown = null;
  // Neither the process's settings nor what is preloaded into it: a parser needs no secret.
  const worker: Worker = new Worker(file, {
    workerData: path,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: budget.heapMb, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
  });
  const fail = (error: unknown) => {
    over ??= error;
    for (const { reject } of waiting.values()) reject(over);
    waiting.clear();
    clearInterval(watch);
  };
  const watch = setInterval(() => {
    if (worker.performance.eventLoopUtilization().active <= budget.busyMs) return;
    fail(tooMuch("took too long to read"));
    void worker.terminate();
  }, CHECK_EVERY_MS);
  watch.unref();
  worker.on("message", ({ to, ...reply }: Reply & { readonly to: number }) => {
    const asker = waiting.get(to);
    waiting.delete(to);
    if ("refused" in reply) asker?.reject(new Refusal(reply.refused, { field: reply.field, code: reply.code }));
    else if ("failed" in reply) asker?.reject(new Error(`reading a workbook failed: ${reply.failed}`));
    else asker?.resolve(reply);
  });
  worker.on("error", (error: NodeJS.ErrnoException) => {
    fail(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? tooMuch("takes too much memory to read") : error);
  });
  worker.on("exit", () => fail(new Error("the workbook's thread ended")));
  return {
    ask: (question: Question) =>
      new Promise<Reply>((resolve, reject) => {
        if (over !== null) return reject(over);
        asked += 1;
        waiting.set(asked, { resolve, reject });
        worker.postMessage({ ...question, id: asked });
      }),
    end: async () => {
      fail(new Error("the workbook is closed"));
      await worker.terminate();
    },
  };
}

function tooMuch(what: string): Refusal {
  return new Refusal(`The workbook ${what}: it is refused. Save its sheet as CSV and upload that.`, {
    field: "file",
    code: "over-budget",
  });
}
