import { familyOf } from "#lib/common/records.ts";
import { hexKey } from "../shared/keys.ts";
import type { DirectConnector } from "../types.ts";
import { send } from "./client.ts";
import { confirm } from "./confirm.ts";
import { faultOf, REQUEST_ID, saidIn } from "./errors.ts";
import { QUICKBOOKS_FIELDS } from "./fields.ts";
import { guide } from "./guide.ts";
import { check, discover } from "./lists.ts";
import { faultIn } from "./map.ts";
import { idIn } from "./pasted-id.ts";
import { pull, streams } from "./pull.ts";
import { push } from "./push.ts";

/** The kind of call that has a window of its own. */
const BATCH = "batch";

/** QuickBooks Online Accounting API v3. @see https://developer.intuit.com/app/developer/qbo/docs/get-started */
export const quickbooksOnline: DirectConnector = {
  id: "quickbooks-online",
  name: "QuickBooks Online",
  style: "direct",
  can: {
    push: [
      "customer",
      "supplier",
      "sales-invoice",
      "bill",
      "sales-credit-note",
      "supplier-credit-note",
      "payment",
      "journal",
      "helper",
    ],
    update: ["customer", "supplier", "sales-invoice", "bill", "sales-credit-note", "supplier-credit-note"],
    // Thirty is what Intuit recommends at most; each item is worked on in turn, and a call may last two minutes.
    usually: { batch: 25, readAtOnce: 1_000 },
    kinds: { payment: { batch: 1 } },
    // By a preference of each company, which `discover` tells.
    uniqueNumbers: [],
    accounts: { onLines: "id", onSales: "item" },
    // In the United States a company reckons the tax that nobody gave; elsewhere, and of what was given, it is ours.
    tax: "either",
    // A repeat under one `requestid` has the first answer. For how long is published nowhere.
    keys: { windowMs: 15 * 60_000, boundToToken: false, trusted: true },
    // A call ends at two minutes on their side, and we wait longer than that.
    settleMs: 130_000,
    drafts: false,
  },
  guide,
  // Of each company: 500 calls a minute, ten a second, 40 batches a minute. The 500,000 reads a month of a free workspace are of reads
  // alone over all companies: no window here is, and what counts every call would hold back writes, which cost nothing.
  limits: {
    windows: [
      { of: "tenant", calls: 10, seconds: 1 },
      { of: "tenant", calls: 500, seconds: 60 },
      { of: "tenant", calls: 40, seconds: 60, kind: BATCH },
    ],
    kindsOf: ({ writes, kinds, message }) => {
      const isBatch = message ? message.path.endsWith("/batch") : writes && !kinds.includes("payment");
      return isBatch ? [BATCH] : [];
    },
    refreshes: [],
    concurrent: { calls: 4, writes: 2 },
    keptForStaff: 1,
    staffShare: 0.2,
    gapMs: 0,
    // Their own limit is 120 s: a write that is cut off before it leaves its outcome open.
    timeoutMs: { read: 30_000, write: 125_000 },
  },
  check,
  discover,
  // Within a batch a key has 36 characters at most.
  keyOf: (digest) => hexKey(digest, 32),
  push,
  confirm,
  streams,
  pull,
  entityOf: (kind) => (kind === "customer" || kind === "supplier" ? kind : familyOf(kind)),
  idIn: (pasted) => idIn(pasted),
  fields: QUICKBOOKS_FIELDS,
  faultIn,
  faultOf,
  saidIn,
  dayLeftIn: () => null,
  requestIdHeader: REQUEST_ID,
  prices: null,
  send,
};
