import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type ClientScope, type Database, openDatabase } from "#db/client.ts";
import { listFaults } from "#db/queries/imports/file-imports.ts";
import { type Actor, jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { commitImport, type Preview, readFile, rereadUpload } from "#lib/operational/file-import.ts";
import type { Answers } from "#lib/operational/questions.ts";
import { createTestDatabase } from "./database.ts";

const BOOKKEEPER: Actor = { userId: null, label: "Bookkeeper" };

/** How a file is read, where not as `file.csv` (a workbook: `book.xlsx`) under the profile Standard. */
export interface SceneReading {
  readonly profile?: string | undefined;
  readonly answers?: Answers | undefined;
  readonly name?: string | undefined;
  readonly sheet?: string | null | undefined;
}

/** A database of a test file's own, with clients to upload files into. Made before its tests and gone after them. */
export function importScene(name: string) {
  const folder = mkdtempSync(join(tmpdir(), `greentick-${name}-`));
  let opened: Database | undefined;
  let webUrl = "";
  let clients = 0;
  let files = 0;
  beforeAll(async () => {
    ({ webUrl } = await createTestDatabase());
    opened = openDatabase(webUrl, { max: 4 });
  });
  afterAll(async () => {
    await opened?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const database = (): Database => {
    if (!opened) throw new Error("the scene's database is there once its tests run");
    return opened;
  };
  const write = (content: string | Buffer): string => {
    files += 1;
    const path = join(folder, `${files}`);
    writeFileSync(path, content);
    return path;
  };
  const faultsOf = (scope: ClientScope, { importId }: Pick<Preview, "importId">) =>
    database().inScope(scope, (db) => listFaults(db, scope, importId, 100));
  return {
    /** @throws {Error} before the tests begin */
    get database(): Database {
      return database();
    },
    /** Where a command of its own finds the database; blank before the tests begin. */
    get webUrl(): string {
      return webUrl;
    },
    /** A new client, as the bookkeeper sees it. */
    async aClient(): Promise<ClientScope> {
      clients += 1;
      const { rows } = await database().inScope(jobPracticeScope(), (db) =>
        db.execute<{ id: string }>(
          `insert into clients (slug, name) values ('${name}-${clients}', 'Client ${clients}') returning id`,
        ),
      );
      return jobScope(rows[0]?.id ?? "", BOOKKEEPER);
    },
    query: <Row extends Record<string, unknown>>(scope: ClientScope, text: string) =>
      database().inScope(scope, async (db) => (await db.execute<Row>(text)).rows),
    /** Writes a file of its own; answers its path. */
    write,
    read(scope: ClientScope, content: string | Buffer, reading: SceneReading = {}): Promise<Preview> {
      const { profile = "standard", answers, sheet = null } = reading;
      const fileName = reading.name ?? (typeof content === "string" ? "file.csv" : "book.xlsx");
      const file = { path: write(content), fileName, profileName: profile, sheet };
      return readFile(database(), scope, answers ? { ...file, answers } : file);
    },
    answer: (scope: ClientScope, { importId }: Preview, answers: Answers): Promise<Preview> =>
      database().inScope(scope, (db) => rereadUpload(db, scope, importId, answers)),
    commit: (scope: ClientScope, { importId }: Pick<Preview, "importId">) =>
      database().inScope(scope, async (db) => (await commitImport(db, scope, importId)).result),
    faultsOf,
    /** Each fault as `line field value: rule`. */
    toldFaults: async (scope: ClientScope, preview: Pick<Preview, "importId">) =>
      (await faultsOf(scope, preview)).map(({ line, field, value, rule }) => `${line} ${field} ${value}: ${rule}`),
  };
}
