import { createHash } from "node:crypto";
import type { ClientScope, ScopedDb } from "#db/client.ts";
import {
  deleteUnsentAttachment,
  insertAttachment,
  lockDocumentFiles,
  requeueAttachment,
} from "#db/queries/operational/attachments.ts";
import { findLiveConnection } from "#db/queries/postings/posting-moves.ts";
import { Refusal } from "#lib/common/refusal.ts";
import { wakeConnection } from "#lib/queue/queue.ts";

/** What packages take: Xero ten files of 10 MB a document. */
export const MOST_BYTES = 10 * 1024 * 1024;
const MOST_FILES = 10;
const LONGEST_NAME = 100;

interface FileType {
  readonly mediaType: string;
  readonly endings: readonly [string, ...string[]];
  readonly isOne: (bytes: Buffer) => boolean;
}

/** Known by their first bytes, whatever the name or the browser says. */
const TYPES: readonly FileType[] = [
  {
    mediaType: "application/pdf",
    endings: [".pdf"],
    // The mark may stand behind a few bytes of something else.
    isOne: (bytes) => bytes.subarray(0, 1024).includes("%PDF-"),
  },
  {
    mediaType: "image/png",
    endings: [".png"],
    isOne: (bytes) => bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])),
  },
  {
    mediaType: "image/jpeg",
    endings: [".jpg", ".jpeg"],
    isOne: (bytes) => bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])),
  },
];

/**
 * A name that every package and file system takes: no path, no control characters, none of `< > : " / \ | ? * +`, and the ending that
 * the bytes have.
 */
export function cleanFileName(given: string, type: Pick<FileType, "endings">): string {
  const name = (given.normalize("NFKC").split(/[/\\]/).at(-1) ?? "")
    .replace(/[\p{Cc}\p{Cf}<>:"|?*+]/gu, " ")
    .replace(/\s+/g, " ")
    .trim();
  const ending = type.endings.find((one) => name.toLowerCase().endsWith(one));
  const stem = (ending ? name.slice(0, -ending.length) : name).replace(/^[. ]+|[. ]+$/g, "");
  const tail = ending ?? type.endings[0];
  return `${[...(stem === "" ? "file" : stem)].slice(0, LONGEST_NAME - tail.length).join("")}${tail}`;
}

/** The name, or with "(2)" and so on where another file of the document has it. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  const dot = name.lastIndexOf(".");
  for (let count = 2; taken.has(name.toLowerCase()); count += 1) {
    const next = `${name.slice(0, dot).replace(/ \(\d+\)$/, "")} (${count})${name.slice(dot)}`;
    if (!taken.has(next.toLowerCase())) return next;
  }
  return name;
}

const said = (bytes: number) => `${(bytes / (1024 * 1024)).toLocaleString("en-GB", { maximumFractionDigits: 1 })} MB`;

export function fileTooLarge(bytes: number): Refusal {
  return new Refusal(
    `The file has ${said(bytes)}, and the package accepts ${said(MOST_BYTES)} at most. Make it smaller and attach it again.`,
    {
      field: "file",
      code: "too-large",
    },
  );
}

/**
 * Keeps a PDF, PNG or JPG with a document. Once the package holds the document the worker puts the file to it.
 * @throws {Refusal} for another type, a file that is empty or too large, an eleventh one, or one that is there already
 */
export async function addAttachment(
  db: ScopedDb,
  scope: ClientScope,
  documentId: string,
  file: { readonly fileName: string; readonly content: Buffer },
): Promise<{ id: string; fileName: string }> {
  const { content } = file;
  if (content.length === 0) throw new Refusal("The file is empty.", { field: "file" });
  if (content.length > MOST_BYTES) throw fileTooLarge(content.length);
  const type = TYPES.find((one) => one.isOne(content));
  if (!type) {
    throw new Refusal("Attach a PDF, PNG or JPG: this file is none of these, whatever its name.", {
      field: "file",
      code: "type",
    });
  }
  const there = await lockDocumentFiles(db, scope, documentId);
  if (!there) throw new Refusal("There is no such document.", { code: "not-found" });
  if (there.status === "void") throw new Refusal("The document is void: nothing more is sent to the package.");
  const sha256 = createHash("sha256").update(content).digest("hex");
  const same = there.files.find((one) => one.sha256 === sha256);
  if (same) throw new Refusal(`This file is already attached, as "${same.fileName}".`, { field: "file", code: "repeat" });
  if (there.files.length >= MOST_FILES) {
    throw new Refusal(`The document has ${MOST_FILES} files already, and the package accepts no more.`, { field: "file" });
  }
  const taken = new Set(there.files.map((one) => one.fileName.toLowerCase()));
  const fileName = freeName(cleanFileName(file.fileName, type), taken);
  const id = await insertAttachment(db, scope, { documentId, fileName, mediaType: type.mediaType, sha256, content });
  if (id === null) throw new Refusal("This file is already attached.", { field: "file", code: "repeat" });
  await wake(db, scope);
  return { id, fileName };
}

/** Has a file that the package refused tried again. @throws {Refusal} when it waits or is there */
export async function retryAttachment(db: ScopedDb, scope: ClientScope, id: string): Promise<{ fileName: string }> {
  const found = await requeueAttachment(db, scope, id);
  if (!found) throw new Refusal("Nothing to retry: the file is queued or already in the package.");
  await wake(db, scope);
  return found;
}

/** Takes a file back of which nothing was sent. @throws {Refusal} when the package has it, or may have it */
export async function removeAttachment(db: ScopedDb, scope: ClientScope, id: string): Promise<{ fileName: string }> {
  const gone = await deleteUnsentAttachment(db, scope, id);
  if (!gone) throw new Refusal("This file is, or may be, in the package: remove it there.");
  return gone;
}

async function wake(db: ScopedDb, scope: ClientScope): Promise<void> {
  const connection = await findLiveConnection(db, scope);
  if (connection) await wakeConnection(db, connection.id, { staff: true });
}
