import { familyOf } from "#lib/common/records.ts";
import { hexKey } from "../shared/keys.ts";
import type { DirectConnector } from "../types.ts";
import { send } from "./client.ts";
import { confirm } from "./confirm.ts";
import { faultOf, REQUEST_ID, saidIn } from "./errors.ts";
import { FREEAGENT_FIELDS } from "./fields.ts";
import { guide } from "./guide.ts";
import { check, discover } from "./lists.ts";
import { faultIn } from "./map.ts";
import { options } from "./options.ts";
import { idIn } from "./pasted-id.ts";
import { pull, streams } from "./pull.ts";
import { push } from "./push.ts";
import { TAX_RATES } from "./tax.ts";

/** FreeAgent API v2. @see https://dev.freeagent.com/docs/introduction */
export const freeagent: DirectConnector = {
  id: "freeagent",
  name: "FreeAgent",
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
      "allocation",
    ],
    update: ["customer", "supplier", "sales-invoice", "bill", "sales-credit-note", "supplier-credit-note"],
    // It takes one record a call. A reading is a page of its lists.
    usually: { batch: 1, readAtOnce: 100 },
    kinds: { journal: { readAtOnce: 10 } },
    // A number that is there already may be saved, and refused when it is marked as sent, or not at all.
    uniqueNumbers: [],
    keys: null,
    // FreeAgent names no time within which it gives a call up: five minutes after ours is room for what a proxy still carries.
    settleMs: 5 * 60_000,
    drafts: false,
    accounts: { onLines: "code", onSales: "account" },
    tax: "by-line",
  },
  guide,
  // FreeAgent's own: 120 a minute, 3,600 an hour and 15 refreshes a minute for one user of the app. For a practice's app they hold for
  // each client by itself; they are kept for the user there too, which is the stricter reading.
  limits: {
    windows: [
      { of: "user", calls: 120, seconds: 60 },
      { of: "user", calls: 3_600, seconds: 3_600 },
    ],
    refreshes: [{ of: "user", calls: 15, seconds: 60 }],
    // Two creates at once have clashed over a number there: one writer a company.
    concurrent: { calls: 3, writes: 1 },
    keptForStaff: 1,
    staffShare: 0.2,
    gapMs: 0,
    timeoutMs: { read: 30_000, write: 60_000 },
  },
  check,
  discover,
  fixedTaxRates: TAX_RATES,
  // It is sent to nobody: FreeAgent has no idempotency keys.
  keyOf: (digest) => hexKey(digest),
  push,
  confirm,
  streams,
  pull,
  // A contact buys and sells.
  entityOf: familyOf,
  fields: FREEAGENT_FIELDS,
  options,
  faultIn,
  faultOf,
  saidIn,
  dayLeftIn: () => null,
  idIn,
  requestIdHeader: REQUEST_ID,
  prices: null,
  send,
};
