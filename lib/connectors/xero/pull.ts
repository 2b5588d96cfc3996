import type { Exchange, PulledPage, PullRequest } from "../types.ts";
import { pullCreditNotes, pullDocuments } from "./documents.ts";
import { accountBanks, paymentsById, pullPayments } from "./payments.ts";
import { pullContacts } from "./pulled-contacts.ts";
import { pullItems } from "./pulled-items.ts";

const OF: Readonly<Record<PullRequest["what"], Exchange<PullRequest, PulledPage>>> = {
  payments: pullPayments,
  documents: pullDocuments,
  "credit-notes": pullCreditNotes,
  contacts: pullContacts,
  products: pullItems,
  "account-banks": accountBanks,
};

const of = ({ what, ids }: PullRequest) => (what === "payments" && ids !== undefined ? paymentsById : OF[what]);

/** What changed in Xero since a cursor: payments, documents, credit notes or contacts; or payments by their ids. */
export const pull: Exchange<PullRequest, PulledPage> = {
  ask: (request, connection) => of(request).ask(request, connection),
  read: (message, answer, request) => of(request).read(message, answer, request),
};
