import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { pureRing } from "../contract/pure.ts";
import { quickbooksConsent } from "./consent.ts";
import { quickbooksLink, quickbooksWebUrl } from "./deep-link.ts";
import { quickbooksEnvironment } from "./environment.ts";
import { quickbooksModule } from "./module.ts";
import { quickbooksWebhooks } from "./webhooks.ts";

describe("QuickBooks Online keeps what bytes alone can promise", () => pureRing(quickbooksModule.connector));

describe("how it is connected and linked to", () => {
  it("grants are given at one host of Intuit's and ended at another, and in the simulator at its own", () => {
    const { addresses } = quickbooksEnvironment;
    expect(quickbooksConsent.endpoints(addresses)).toEqual({
      issuer: "https://oauth.platform.intuit.com/op/v1",
      authorise: "https://appcenter.intuit.com/connect/oauth2",
      token: "https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",
      revoke: "https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
    });
    const here = { loginUrl: "http://here/q", identityUrl: "http://here/q", apiUrl: "http://here/q" };
    expect(quickbooksConsent.endpoints(here).revoke).toBe("http://here/q/v2/oauth2/tokens/revoke");
  });

  it("a way back that names no company is refused before anything is asked", async () => {
    const back = { accessToken: "t", returned: new URLSearchParams("code=1&state=2") };
    await expect(quickbooksConsent.listTenants(back, quickbooksEnvironment.addresses)).rejects.toThrow("without a company");
  });

  it("a record is opened by its own screen, and an address of one names it", () => {
    const web = quickbooksWebUrl(quickbooksEnvironment.addresses.loginUrl);
    expect(quickbooksLink(web, "sales-invoice", "1109")).toBe("https://app.qbo.intuit.com/app/invoice?txnId=1109");
    expect(quickbooksLink(web, "payment", "77")).toBe(null);
    const { connector } = quickbooksModule;
    expect(connector.idIn("https://app.qbo.intuit.com/app/invoice?txnId=1109", "sales-invoice")).toBe("1109");
    expect(connector.idIn(" 145 ", "bill")).toBe("145");
    expect(connector.idIn("INV-145", "bill")).toBe(null);
  });
});

describe("what Intuit tells by itself", () => {
  const event = {
    specversion: "1.0",
    id: "88cd52aa",
    type: "qbo.invoice.created.v1",
    time: "2026-02-03T04:05:06Z",
    intuitentityid: "1234",
    intuitaccountid: "310687",
    data: {},
  };
  const expected = {
    tenantId: "310687",
    resourceId: "1234",
    category: "INVOICE",
    type: "CREATED",
    at: new Date("2026-02-03T04:05:06Z"),
  };

  it("is read in the shape of today, of several companies at once, and in the one before", () => {
    const other = { ...event, intuitaccountid: "5", type: "qbo.customer.merged.v1" };
    expect(quickbooksWebhooks.readEvents(JSON.stringify([event, other, { type: "other" }])).events).toEqual([
      expected,
      { ...expected, tenantId: "5", category: "CUSTOMER", type: "MERGED" },
    ]);
    const entity = { name: "Invoice", id: "1234", operation: "Create", lastUpdated: "2026-02-03T04:05:06.000Z" };
    const before = { eventNotifications: [{ realmId: "310687", dataChangeEvent: { entities: [entity] } }] };
    expect(quickbooksWebhooks.readEvents(JSON.stringify(before)).events).toEqual([{ ...expected, type: "CREATE" }]);
    expect(quickbooksWebhooks.readEvents("nothing of theirs").events).toEqual([]);
  });

  it("counts where Intuit signed these very bytes", () => {
    const body = Buffer.from(JSON.stringify([event]));
    const signature = createHmac("sha256", "verifier").update(body).digest("base64");
    expect(quickbooksWebhooks.isSigned(body, signature, "verifier")).toBe(true);
    expect(quickbooksWebhooks.isSigned(Buffer.from("[]"), signature, "verifier")).toBe(false);
    expect(quickbooksWebhooks.isSigned(body, null, "verifier")).toBe(false);
  });
});
