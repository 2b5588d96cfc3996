import { sql } from "drizzle-orm";
import { reachOf } from "#lib/calling/transports/reach.ts";
import { ImportProgram, toyFile } from "#lib/connectors/testing/toy-file.ts";
import { answerImport, bringExport, handOut, takeBack } from "#lib/posting/files-by-hand.ts";
import { turnOf } from "./killed-turn.ts";
import type { makePostingScene, SceneClient } from "./posting-scene.ts";
import { rowsOf } from "./scene-records.ts";

interface FileRow extends Record<string, unknown> {
  readonly id: string;
  readonly number: number;
  readonly state: string;
  readonly records: number;
}

interface FiledRow extends Record<string, unknown> {
  readonly id: string;
  readonly state: string;
  readonly panel: string;
  readonly revision: number;
  readonly generation: number;
  readonly external_id: string | null;
  readonly error_code: string | null;
  readonly differences: readonly { readonly theirs: string }[] | null;
}

/** A client of the scene whose package is the throwaway that takes files, and the person who carries them. */
export async function withFiles(scene: Awaited<ReturnType<typeof makePostingScene>>, client: SceneClient) {
  const program = new ImportProgram();
  const { scope, connectionId } = client;
  const { connector, files } = reachOf(toyFile, scene.database, scope, connectionId);
  if (!files) throw new Error("The throwaway takes no files");
  const connection = { id: connectionId, tenantId: "files", baseCurrency: "GBP", apiUrl: null, options: {} };
  const filed = { connector: toyFile, connection };
  const encoded = (text: string) => new TextEncoder().encode(text);

  const filing = {
    ...client,
    program,
    filed,
    /** One time slice of a worker, as {@link turnOf} has it. */
    turn: (killAt?: number) => turnOf(scene, client, () => ({ connector, files, isThere: async () => false }), { killAt }),
    files: () =>
      client.inScope((db) =>
        rowsOf<FileRow>(
          db,
          sql`select id, number, state, records from batch_files where connection_id = ${connectionId} order by number`,
        ),
      ),
    async file(number: number): Promise<FileRow> {
      const found = (await filing.files()).find((one) => one.number === number);
      if (!found) throw new Error(`There is no file ${number}`);
      return found;
    },
    async download(number: number) {
      const { id } = await filing.file(number);
      const given = await client.inScope((db) => handOut(db, scope, id));
      if (!given) throw new Error(`File ${number} is not there`);
      return given;
    },
    /** "It was imported", with what the program said, or by word alone. */
    async answer(number: number, said: string | null) {
      const { id } = await filing.file(number);
      return client.inScope((db) => answerImport(db, scope, filed, id, said === null ? null : encoded(said)));
    },
    async takeBack(number: number, nothingImported = false) {
      const { id } = await filing.file(number);
      return client.inScope((db) => takeBack(db, scope, id, { nothingImported }));
    },
    /** Brings an export of the books. */
    bring: (bytes = program.export()) => client.inScope((db) => bringExport(db, scope, filed, { name: "books.txt", bytes })),
    /** Downloads a file, imports it and brings what the program said. */
    async carry(number: number) {
      const { bytes } = await filing.download(number);
      await filing.answer(number, program.import(bytes));
    },
    async state(reference: string): Promise<FiledRow> {
      const [row] = await client.inScope((db) =>
        rowsOf<FiledRow>(
          db,
          sql`
            select id, state, panel, revision, generation, external_id, error_code, differences from postings
            where client_id = ${client.clientId} and reference = ${reference} and current`,
        ),
      );
      if (!row) throw new Error(`There is no posting ${reference}`);
      return row;
    },
    /** Chooses these, and has the worker make a file of them. */
    async asked(...references: string[]) {
      await client.click(...references);
      await filing.turn();
    },
    /** The contacts that documents name, imported and ticked: their file comes first. */
    async known() {
      await filing.carry(1);
      await filing.turn();
    },
  };
  return filing;
}
