"use server";

import { revalidatePath } from "next/cache";
import { z } from "zod";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import { clientAction } from "#lib/auth/action.ts";
import { countWords } from "#lib/common/count-words.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { answerImport, bringExport, type Filed, takeBack } from "#lib/posting/files-by-hand.ts";
import { liveConnector } from "#lib/posting/live-connector.ts";

const clientId = z.string().min(1).max(100);
/** A file's bytes, base64: what an action may carry. */
const content = z.base64().min(1).max(900_000);

async function filedOf(db: ScopedDb, scope: ClientScope): Promise<Filed> {
  const { connector, connection } = await liveConnector(db, scope);
  if (connector.style !== "file") throw new Refusal(`${connector.name} takes no files.`);
  return { connector, connection };
}

const bytesOf = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

export const answerFile = clientAction({
  name: "file.answer",
  allow: "export",
  input: z.object({ clientId, fileId: z.uuid(), result: content.nullable() }),
  run: async ({ fileId, result }, { db, scope, client }) => {
    const filed = await filedOf(db, scope);
    const { number } = await answerImport(db, scope, filed, fileId, result === null ? null : bytesOf(result));
    revalidatePath(`/clients/${client.slug}/runs`);
    return { said: `What came of file ${number} is noted.` };
  },
  audit: ({ fileId, result }) => ({ subject: fileId, detail: { came: result === null ? "word" : "result" } }),
});

export const takeFileBack = clientAction({
  name: "file.take-back",
  allow: "export",
  input: z.object({ clientId, fileId: z.uuid(), nothingImported: z.boolean() }),
  run: async ({ fileId, nothingImported }, { db, scope, client }) => {
    const { number, rows } = await takeBack(db, scope, fileId, { nothingImported });
    revalidatePath(`/clients/${client.slug}/runs`);
    return { said: `File ${number} was taken back: ${countWords(rows, "record", client.locale)} in Pending Export.` };
  },
  audit: ({ fileId, nothingImported }) => ({ subject: fileId, detail: { nothingImported } }),
});

export const bringBooks = clientAction({
  name: "file.bring-export",
  allow: "export",
  input: z.object({ clientId, name: z.string().min(1).max(300), content }),
  run: async ({ name, content: text }, { db, scope, client }) => {
    await bringExport(db, scope, await filedOf(db, scope), { name, bytes: bytesOf(text) });
    revalidatePath(`/clients/${client.slug}/runs`);
    return { said: "The export is being read." };
  },
  audit: ({ name }) => ({ subject: name, detail: {} }),
});
