import { describe, expect, it } from "vitest";
import { idIn } from "./pasted-id.ts";

const ID = "9ce62c4d-1f4a-4b52-8d5c-1d9f9a3c0001";

describe("N25 an id of Xero's in what was pasted", () => {
  it.each([
    ["the id", ID],
    ["with blanks and in capitals", `  ${ID.toUpperCase()}\n`],
    ["in braces", `{${ID}}`],
    ["without hyphens", ID.replaceAll("-", "")],
    ["an invoice's address", `https://go.xero.com/AccountsReceivable/View.aspx?InvoiceID=${ID}`],
    ["the newer screens' address", `https://go.xero.com/app/!k4d2F/invoicing/view/${ID}?from=list`],
    [
      "an address with the organisation before it",
      `https://go.xero.com/5f0c8d1e-0000-4000-8000-0000000000aa/Contacts/View/${ID}`,
    ],
    [
      "through the organisation's login, encoded",
      `https://go.xero.com/organisationlogin/default.aspx?shortcode=!k4&redirecturl=${encodeURIComponent(`/AccountsPayable/View.aspx?InvoiceID=${ID}`)}`,
    ],
  ])("%s", (_, pasted) => expect(idIn(pasted)).toBe(ID));

  it.each(["", "INV-1", "https://go.xero.com/app/!k4/invoices", "100%", `${ID}`.slice(1)])("none in %j", (pasted) =>
    expect(idIn(pasted)).toBeNull(),
  );
});
