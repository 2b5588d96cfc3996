import { describe, expect, it } from "vitest";
import { idOf } from "./address.ts";
import { freeagentLink, freeagentWebUrl } from "./deep-link.ts";
import { freeagent } from "./index.ts";
import { clientTenant, subdomainOf } from "./tenant.ts";

describe("FreeAgent's addresses", () => {
  it("are ids below the API's base, whichever host writes them", () => {
    for (const one of [
      "https://api.freeagent.com/v2/invoices/12",
      "https://api.sandbox.freeagent.com/v2/invoices/12",
      "http://127.0.0.1:4000/freeagent/v2/invoices/12",
      "/v2/invoices/12",
    ])
      expect(idOf(one)).toBe("/v2/invoices/12");
    expect([idOf(null), idOf(""), idOf("https://x.test/v2/../a"), idOf("javascript:/v2/invoices/1")]).toEqual([
      null,
      null,
      null,
      null,
    ]);
  });

  it("are found in what somebody pasted: of the API, of the screens, or the number alone", () => {
    const pasted = ["https://api.freeagent.com/v2/invoices/12", "https://orchard.freeagent.com/invoices/12?x=1", " 12 "];
    for (const words of pasted) expect(freeagent.idIn(words, "sales-invoice")).toBe("/v2/invoices/12");
    expect(freeagent.idIn("https://orchard.freeagent.com/contacts/3/edit", "customer")).toBe("/v2/contacts/3");
    expect(freeagent.idIn("https://orchard.freeagent.com/bills/3", "sales-invoice")).toBeNull();
    expect(freeagent.idIn("Orchard", "customer")).toBeNull();
    expect(freeagent.idIn("12", "product")).toBeNull();
  });

  it("lead to a record's screen below the company's own name", () => {
    const web = freeagentWebUrl("https://api.freeagent.com");
    expect(freeagentLink(web, "orchard", "bill", "/v2/bills/3")).toBe("https://orchard.freeagent.com/bills/3");
    const sandbox = freeagentWebUrl("https://api.sandbox.freeagent.com");
    expect(freeagentLink(sandbox, "orchard", "customer", "/v2/contacts/3")).toBe(
      "https://orchard.sandbox.freeagent.com/contacts/3",
    );
    expect(freeagentLink(web, null, "bill", "/v2/bills/3")).toBeNull();
    expect(freeagentLink(web, "orchard", "payment", "/v2/bank_transaction_explanations/3")).toBeNull();
  });

  it("name a practice's client by its subdomain, and a company's own consent by nothing", () => {
    expect(subdomainOf(clientTenant("orchard"))).toBe("orchard");
    expect(subdomainOf("orchard")).toBeNull();
  });
});
