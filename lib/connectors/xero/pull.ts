import type { Exchange, PulledPage, PullRequest } from "../types.ts";
import { pullCreditNotes, pullDocuments } from "./documents.ts";
import { pullPayments } from "./payments.ts";
import { pullContacts } from "./pulled-contacts.ts";

const OF: Readonly<Record<PullRequest["what"], Exchange<PullRequest, PulledPage>>> = {
  payments: pullPayments,
  documents: pullDocuments,
  "credit-notes": pullCreditNotes,
  contacts: pullContacts,
};

/** What changed in Xero since a cursor: payments, documents, credit notes or contacts. */
export const pull: Exchange<PullRequest, PulledPage> = {
  ask: (request, connection) => OF[request.what].ask(request, connection),
  read: (message, answer, request) => OF[request.what].read(message, answer, request),
};
