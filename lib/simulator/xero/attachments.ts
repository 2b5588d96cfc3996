import { randomUUID } from "node:crypto";
import { ElementRefused, type WriteContext, type Written } from "#lib/simulator/xero/element.ts";
import type { Attachment } from "#lib/simulator/xero/records.ts";
import type { Tenant } from "#lib/simulator/xero/tenant.ts";
import { num, type WireObject } from "#lib/simulator/xero/wire.ts";

const MOST_FILES = 10;
const LARGEST_BYTES = 10 * 1024 * 1024;
const FORBIDDEN = /[<>:"/\\|?*+\0]/;

export function wireAttachment(attachment: Attachment, plural: string): WireObject {
  return {
    AttachmentID: attachment.id,
    FileName: attachment.fileName,
    Url: `https://api.xero.com/api.xro/2.0/${plural}/${attachment.parent}/Attachments/${encodeURIComponent(attachment.fileName)}`,
    MimeType: attachment.mimeType,
    ContentLength: num(String(attachment.size)),
    IncludeOnline: attachment.includeOnline,
  };
}

export const attachmentsOf = (tenant: Tenant, parent: string): Attachment[] => tenant.attachments.find("parent", parent);

/** Keeps a file with a document; the same name is the same file, and takes the new bytes. @throws {ElementRefused} */
export function writeAttachment(
  context: WriteContext,
  parent: string,
  plural: string,
  file: { readonly name: string; readonly mimeType: string; readonly bytes: Buffer; readonly includeOnline: boolean },
): Written {
  const { tenant, now } = context;
  const there = attachmentsOf(tenant, parent);
  const same = there.find((one) => one.fileName === file.name);
  if (FORBIDDEN.test(file.name)) throw new ElementRefused([`The file name '${file.name}' contains invalid characters.`]);
  if (file.bytes.length === 0) throw new ElementRefused(["The file is empty."]);
  if (file.bytes.length > LARGEST_BYTES) throw new ElementRefused(["The file is larger than the limit of 10 MB."]);
  if (same === undefined && there.length >= MOST_FILES) {
    throw new ElementRefused([`A maximum of ${MOST_FILES} attachments is allowed.`]);
  }
  const kept = tenant.attachments.put({
    id: same?.id ?? randomUUID(),
    updatedAt: now,
    parent,
    fileName: file.name,
    mimeType: file.mimeType,
    size: file.bytes.length,
    content: file.bytes.toString("base64"),
    includeOnline: file.includeOnline,
  });
  return { wire: wireAttachment(kept, plural), warnings: [], ids: [] };
}
