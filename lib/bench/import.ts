import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { openDatabase } from "#db/client.ts";
import { migrate } from "#db/migrate.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { commitImport, readFile } from "#lib/operational/file-import.ts";
import { EMBEDDED, removeScratch, startEmbedded } from "#lib/start/embedded.ts";
import { StartRefusal } from "#lib/start/refusal.ts";
import { samplePath } from "#lib/testing/sample.ts";
import { insertBenchClient } from "./bench-sql.ts";

export interface ImportBenchOptions {
  readonly seed: number;
  /** How many times the sample's 30,000 lines stand in the file; 18 makes 540,000. */
  readonly repeats?: number;
  readonly say: (line: string) => void;
}

export interface ImportBenchResult {
  readonly bench: "import";
  readonly seed: number;
  readonly seconds: number;
  /** Every line is in a document or set aside, every document came once, and the proof is to the penny. */
  readonly ok: boolean;
  readonly linesPerSecond: number;
  /** Peak of the importing process, making the file included. */
  readonly rssMiB: number;
}

/** What one pass of the sample makes (the import's own tests count it by other code). */
const SAMPLE = { lines: 30_000, documents: 12_357 } as const;
const ROUND = 1_000;

/**
 * Uploads a file made of the sample, repeated under new document numbers, to a client without a connection in a database of its own
 * with the settings of a real one; times reading, preview and commit together.
 *
 * @throws {StartRefusal} where the sample is absent
 */
export async function importBench({ seed, repeats = 18, say }: ImportBenchOptions): Promise<ImportBenchResult> {
  if (samplePath === null)
    throw new StartRefusal("../shared/data/online-retail-sample.csv is not here; this benchmark needs it.");
  const folder = await mkdtemp(join(tmpdir(), "greentick-bench-"));
  const server = await startEmbedded({ dataDir: join(folder, "data") });
  try {
    await migrate({ ownerUrl: server.ownerUrl, webUser: EMBEDDED.web, workerUser: EMBEDDED.worker });
    const database = openDatabase(server.webUrl, { max: 2, applicationName: "greentick bench" });
    try {
      const practice = jobPracticeScope();
      const clientId = await database.inScope(practice, (db) =>
        insertBenchClient(db, practice, { slug: "bench", name: "Bench" }),
      );
      const scope = jobScope(clientId);
      const path = join(folder, "repeated.csv");
      await repeatSample(samplePath, path, repeats, seed);

      const began = performance.now();
      const preview = await readFile(database, scope, { path, fileName: "repeated.csv", profileName: "online-retail" });
      const read = performance.now();
      const { result } = await database.inScope(scope, (db) => commitImport(db, scope, preview.importId));
      const ended = performance.now();

      const lines = SAMPLE.lines * repeats;
      const seconds = (ended - began) / ROUND;
      say(`${lines} lines: read and previewed in ${inSeconds(read - began)} s, committed in ${inSeconds(ended - read)} s`);
      return {
        bench: "import",
        seed,
        seconds: Math.round(seconds * 10) / 10,
        ok:
          preview.state === "previewed" &&
          preview.summary.lines === lines &&
          preview.summary.proof.every((row) => row.differenceMinor === "0") &&
          result.documents.new === SAMPLE.documents * repeats,
        linesPerSecond: Math.round(lines / seconds),
        rssMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      };
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
    await removeScratch(join(folder, "data"));
    await rm(folder, { recursive: true, force: true });
  }
}

function inSeconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10}`;
}

/** Writes the sample `repeats` times over; from the second time on its document numbers end in the number of the pass and the seed. */
async function repeatSample(from: string, to: string, repeats: number, seed: number): Promise<void> {
  const out = createWriteStream(to);
  const failed = new Promise<never>((_, reject) => out.once("error", reject));
  const write = async (text: string) => {
    if (!out.write(text)) await Promise.race([new Promise((resolve) => out.once("drain", resolve)), failed]);
  };
  for (let pass = 0; pass < repeats; pass += 1) {
    let part = "";
    let header = true;
    for await (const line of createInterface({ input: createReadStream(from) })) {
      const comma = line.indexOf(",");
      if (header) {
        header = false;
        if (pass === 0) part += `${line}\n`;
        continue;
      }
      part += pass === 0 ? `${line}\n` : `${line.slice(0, comma)}-${seed}-${pass}${line.slice(comma)}\n`;
      if (part.length > 256 * 1024) {
        await write(part);
        part = "";
      }
    }
    await write(part);
  }
  await Promise.race([new Promise<void>((resolve) => out.end(resolve)), failed]);
}
