import { createHash } from "node:crypto";
import { kindsInState } from "#db/queries/connections/sync-work.ts";
import { insertBatchFile, nextFileNumber } from "#db/queries/files/batch-files.ts";
import { holdStranded } from "#db/queries/postings/outgoing.ts";
import { holdStrandedPayments } from "#db/queries/postings/outgoing-money.ts";
import { audit } from "#lib/audit.ts";
import { checkpoint } from "#lib/calling/checkpoint.ts";
import type { RecordKind } from "#lib/common/records.ts";
import { prepare } from "./send.ts";
import type { FileWorld } from "./world.ts";

/** What goes into one file each, in the order in which the package needs them. */
const FILES: readonly (readonly RecordKind[])[] = [
  ["customer", "supplier"],
  ["product"],
  ["sales-invoice", "bill", "sales-credit-note", "supplier-credit-note"],
  ["payment"],
  ["journal"],
];

/**
 * Makes files of all that is queued and may go: each is one call, with its intent, its rows and its bytes committed together. What
 * names something that the package does not hold yet is held until that was imported.
 * @returns how many files were made
 */
export async function makeFiles(world: FileWorld, goOn: () => boolean): Promise<number> {
  const { scope, connection, connector } = world;
  let made = 0;
  const queued = await world.inScope((db) => kindsInState(db, connection.id, "queued"));
  if (queued.size === 0) return 0;
  await world.inScope(async (db) => {
    await holdStranded(db, scope, connection.id, connector.can.update);
    await holdStrandedPayments(db, scope, connection.id);
  });
  for (const kinds of FILES.filter((one) => one.some((kind) => queued.has(kind)))) {
    let next = await makeFile(world, kinds);
    while (next !== null && goOn()) {
      if (next === "made") made += 1;
      next = await makeFile(world, kinds);
    }
    if (next === "made") made += 1;
  }
  return made;
}

/** @returns null when nothing of these kinds may go */
async function makeFile(world: FileWorld, kinds: readonly RecordKind[]): Promise<"made" | "held" | null> {
  checkpoint("P2");
  const token = await world.token();
  const what = await world.inScope(async (db) => {
    const prepared = await prepare(db, world, kinds, token, "new", null, new Map());
    if (prepared === null) return null;
    if (prepared === "all-held") return "held";
    if ("read" in prepared) throw new Error(`${world.connector.name} takes files, and cannot be asked first`);
    if (prepared.isInSteps) throw new Error(`${world.connector.name} takes files, and a file is one call`);
    const number = await nextFileNumber(db, world.connection.id);
    const { name, mediaType, bytes } = world.files.fileOf(prepared.message, number);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const records = prepared.carried.length;
    const { callId } = prepared;
    await insertBatchFile(db, world.scope, {
      connectionId: world.connection.id,
      callId,
      number,
      name,
      mediaType,
      bytes,
      sha256,
      records,
    });
    await audit(db, world.scope, { action: "file.made", subject: name, detail: { number, callId, sha256, records } });
    return "made" as const;
  });
  checkpoint("P4");
  return what;
}
