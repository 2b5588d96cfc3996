import type { Exchange, PackageStream, PulledPage, PullRequest } from "../types.ts";
import { pullCreditNotes, pullDocuments } from "./documents.ts";
import { accountBanks, paymentsById, pullPayments } from "./payments.ts";
import { pullContacts } from "./pulled-contacts.ts";
import { pullItems } from "./pulled-items.ts";

/** Each of Xero's lists is a stream of one thing. Credit notes cost a call of their own, so the night does not ask for them. */
const STREAMS: readonly (PackageStream & { readonly exchange: Exchange<PullRequest, PulledPage> })[] = [
  { id: "documents", gives: ["documents"], every: "night", exchange: pullDocuments },
  { id: "credit-notes", gives: ["credit-notes"], every: "work", exchange: pullCreditNotes },
  { id: "payments", gives: ["payments"], every: "night", exchange: pullPayments },
  { id: "contacts", gives: ["contacts"], every: "need", exchange: pullContacts },
  { id: "products", gives: ["products"], every: "need", exchange: pullItems },
  { id: "account-banks", gives: ["account-banks"], every: "need", exchange: accountBanks },
];

export const streams: readonly PackageStream[] = STREAMS.map(({ exchange: _, ...stream }) => stream);

function of({ stream, ids }: PullRequest): Exchange<PullRequest, PulledPage> {
  if (stream === "payments" && ids !== undefined) return paymentsById;
  const found = STREAMS.find((one) => one.id === stream);
  if (!found) throw new Error(`Xero has no stream "${stream}"`);
  return found.exchange;
}

/** What changed in Xero since a stream's cursor; or payments by their ids. */
export const pull: Exchange<PullRequest, PulledPage> = {
  ask: (request, connection) => of(request).ask(request, connection),
  read: (message, answer, request) => of(request).read(message, answer, request),
};
