import { familyOf, type RecordKind } from "#lib/common/records.ts";
import { hexKey } from "../shared/keys.ts";
import { oneCall } from "../shared/one-call.ts";
import type { Batch, ConfirmPage, ConfirmRequest, DirectConnector, Exchange } from "../types.ts";
import { confirmAllocations, pushAllocation } from "./allocations.ts";
import { attach } from "./attachments.ts";
import { send } from "./client.ts";
import { confirm } from "./confirm.ts";
import { confirmJournals, confirmPayments } from "./confirm-money.ts";
import { dayLeftIn, faultOf, REQUEST_ID, saidIn } from "./errors.ts";
import { XERO_FIELDS } from "./fields.ts";
import { guide } from "./guide.ts";
import { check, discover } from "./lists.ts";
import { faultIn } from "./map.ts";
import { idIn } from "./pasted-id.ts";
import { prices } from "./prices.ts";
import { pull, streams } from "./pull.ts";
import { push } from "./push.ts";

const confirmOf = (kind: RecordKind): Exchange<ConfirmRequest, ConfirmPage> =>
  kind === "payment"
    ? confirmPayments
    : kind === "journal"
      ? confirmJournals
      : kind === "allocation"
        ? confirmAllocations
        : confirm;
const pushOf = (batch: Batch) => (batch.records[0]?.kind === "allocation" ? pushAllocation : push);

const pushing = oneCall({
  ask: (batch: Batch, connection) => pushOf(batch).ask(batch, connection),
  read: (message, answer, batch) => pushOf(batch).read(message, answer, batch),
});

/** Xero Accounting API 2.0. @see https://developer.xero.com/documentation/api/accounting/overview */
export const xero: DirectConnector & { readonly push: typeof pushing } = {
  id: "xero",
  name: "Xero",
  style: "direct",
  can: {
    push: [
      "customer",
      "supplier",
      "product",
      "sales-invoice",
      "bill",
      "sales-credit-note",
      "supplier-credit-note",
      "payment",
      "journal",
      "allocation",
    ],
    update: ["customer", "supplier", "product", "sales-invoice", "bill", "sales-credit-note", "supplier-credit-note"],
    // Xero advises fifty; a list filter takes forty, so that one read settles a whole unknown batch.
    // A reading is a page of its lists.
    usually: { batch: 40, readAtOnce: 1_000 },
    kinds: { allocation: { batch: 1 } },
    uniqueNumbers: ["sales-invoice"],
    // Lines carry the id, yet Xero shows, exports and refuses by the code: an account without one is not for lines.
    accounts: { onLines: "code", onSales: "account" },
    tax: "ours",
    // Keys live six minutes from first use, and have been seen to be forgotten under another token.
    keys: { windowMs: 4 * 60_000, boundToToken: true, trusted: false },
    settleMs: 6 * 60_000,
    drafts: true,
  },
  guide,
  // Xero's own: 60 a minute, 5,000 a day, 5 at once, 10,000 a minute for the app. A hundred calls a day are left to what else the practice's
  // app may do. No limit of refreshes is documented.
  limits: {
    windows: [
      { of: "tenant", calls: 60, seconds: 60 },
      { of: "tenant", calls: 4_900, seconds: 86_400 },
      { of: "app", calls: 10_000, seconds: 60 },
    ],
    refreshes: [],
    // One of the five is a person's, and one is left to reads between the lanes that write.
    concurrent: { calls: 5, writes: 3 },
    keptForStaff: 1,
    staffShare: 0.2,
    gapMs: 0,
    timeoutMs: { read: 30_000, write: 30_000 },
  },
  check,
  discover,
  // It takes 128 characters in the Idempotency-Key header.
  keyOf: (digest) => hexKey(digest),
  push: pushing,
  confirm: {
    ask: (request, connection) => confirmOf(request.kind).ask(request, connection),
    read: (message, answer, request) => confirmOf(request.kind).read(message, answer, request),
  },
  attach,
  streams,
  pull,
  // A contact buys and sells.
  entityOf: familyOf,
  fields: XERO_FIELDS,
  faultIn,
  faultOf,
  saidIn,
  dayLeftIn,
  idIn,
  idsIgnoreCase: true,
  requestIdHeader: REQUEST_ID,
  prices,
  send,
};
