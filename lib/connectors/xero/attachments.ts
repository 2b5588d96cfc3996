import { SyncError } from "#lib/errors/sync-error.ts";
import { bodyOf, list, text } from "../shared/json.ts";
import type { Attaching, FileToAttach, Message } from "../types.ts";
import { complaintsIn, detailOf, errorOf, faultOf, wordsOf } from "./errors.ts";
import { guid } from "./json.ts";
import { ACCOUNTING, resourceOf } from "./push.ts";

/** Xero's names of the two calls, by the resource that the document is. */
const CALLS: Readonly<Record<string, { readonly put: string; readonly list: string }>> = {
  Invoices: { put: "createInvoiceAttachmentByFileName", list: "getInvoiceAttachments" },
  CreditNotes: { put: "createCreditNoteAttachmentByFileName", list: "getCreditNoteAttachments" },
};

function messageTo(ask: Pick<FileToAttach, "kind" | "documentExternalId">): Pick<Message, "path" | "headers" | "body"> & {
  readonly calls: { readonly put: string; readonly list: string };
} {
  const resource = resourceOf(ask.kind);
  const calls = CALLS[resource.plural];
  if (!calls) throw new SyncError("internal.unexpected", { value: ask.kind, said: ["Xero takes no files on this kind"] });
  return {
    calls,
    path: `${ACCOUNTING}${resource.path}/${encodeURIComponent(ask.documentExternalId)}/Attachments`,
    headers: {},
    body: null,
  };
}

/**
 * Files on invoices and credit notes: `PUT` by name with the file as the body, so that the same name is the same file, and never a
 * second one.
 * @see https://developer.xero.com/documentation/api/accounting/attachments
 */
export const attach: Attaching = {
  put: {
    ask(file) {
      const { calls, ...message } = messageTo(file);
      return {
        ...message,
        operation: calls.put,
        method: "PUT",
        path: `${message.path}/${encodeURIComponent(file.fileName)}`,
        query: {},
        file: { mediaType: file.mediaType, bytes: file.bytes },
      };
    },
    read(message, answer, file) {
      const fault = faultOf(answer, message);
      const body = bodyOf(answer);
      if (fault === null) {
        const held = body ? list(body, "Attachments").find((one) => text(one, "FileName") === file.fileName) : undefined;
        const id = held && guid(held, "AttachmentID");
        return id ? { status: "accepted", externalId: id } : { status: "unknown", why: "missing-in-answer" };
      }
      if (fault.what === "refused") {
        const said = body ? list(body, "Elements").flatMap((element) => complaintsIn(element)) : [];
        return { status: "refused", error: said.length > 0 ? errorOf(said, null, detailOf(answer)) : fault.error };
      }
      // A file is refused as a whole: the document is not there, or the file is too large.
      if (answer.status === 404 || answer.status === 413) {
        return { status: "refused", error: new SyncError("package.refused", { ...detailOf(answer), said: wordsOf(answer) }) };
      }
      return { status: "unknown", why: fault.what === "unclear" ? fault.why : "not-definite" };
    },
  },
  list: {
    ask(document) {
      const { calls, ...message } = messageTo(document);
      return { ...message, operation: calls.list, method: "GET", query: {} };
    },
    read(_message, answer) {
      const body = bodyOf(answer);
      return (body ? list(body, "Attachments") : []).flatMap((one) => {
        const externalId = guid(one, "AttachmentID");
        const fileName = text(one, "FileName");
        const bytes = text(one, "ContentLength");
        return externalId && fileName && bytes && /^\d{1,12}$/.test(bytes)
          ? [{ externalId, fileName, bytes: Number(bytes) }]
          : [];
      });
    },
  },
};
