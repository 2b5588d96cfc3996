import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { createQuickbooksOnline } from "#lib/simulator/quickbooks-online/index.ts";
import { type Simulator, startSimulator } from "#lib/simulator/server.ts";

let simulator: Simulator;
beforeAll(async () => {
  simulator = await startSimulator({ port: 0, host: "127.0.0.1", packages: [createQuickbooksOnline] });
});
afterAll(() => simulator.close());

async function company() {
  const control = simulatorControl(simulator.url, "quickbooks-online");
  const tenant = await control.addTenant("Wire Ltd", ["GBP"]);
  const { access_token } = await control.tokens([tenant.id]);
  const call = async (method: "GET" | "POST", path: string, body?: unknown, token = access_token) => {
    const answer = await fetch(`${simulator.url}/quickbooks-online/v3/company/${tenant.id}/${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, accept: "application/json" },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, text, headers: answer.headers, body: text.startsWith("{") ? JSON.parse(text) : null };
  };
  const query = (text: string) => call("GET", `query?query=${encodeURIComponent(text)}`);
  return { control, tenant, call, query };
}

const codeOf = (answer: { body: { Fault?: { Error: { code: string }[] } } | null }) => answer.body?.Fault?.Error[0]?.code;

describe("the wire of QuickBooks Online", () => {
  it("a name is answered in its wrapper with what follows from it, and is once for customers and vendors", async () => {
    const { call } = await company();
    const made = await call("POST", "customer?requestid=a1", { DisplayName: "Bank West" });
    expect(made.body.Customer).toMatchObject({ Id: "1000", SyncToken: "0", domain: "QBO", sparse: false, Active: true });
    expect(made.body.time).toMatch(/-08:00$/);
    expect(made.headers.get("intuit_tid")).toBeTruthy();
    // The same request has the same answer; another of that name is refused.
    expect((await call("POST", "customer?requestid=a1", { DisplayName: "Bank West" })).body.Customer.Id).toBe("1000");
    expect(codeOf(await call("POST", "vendor?requestid=a2", { DisplayName: "bank west" }))).toBe("6240");
    expect(codeOf(await call("POST", "customer?requestid=a3", { DisplayName: "A", Colour: "red" }))).toBe("2010");
    expect(codeOf(await call("POST", `customer?requestid=${"x".repeat(51)}`, { DisplayName: "B" }))).toBe("2130");
  });

  it("a query hides what is inactive, knows no places by id, and counts from one", async () => {
    const { call, query } = await company();
    await call("POST", "customer", { DisplayName: "O'Hara" });
    const gone = (await call("POST", "customer", { DisplayName: "Gone" })).body.Customer;
    await call("POST", "customer", { Id: gone.Id, SyncToken: "0", sparse: true, Active: false });
    const names = async (text: string) =>
      ((await query(text)).body.QueryResponse.Customer ?? []).map((one: { DisplayName: string }) => one.DisplayName);
    expect(await names("SELECT * FROM Customer")).toEqual(["O'Hara"]);
    expect(await names("select * from Customer where Active IN (true,false)")).toHaveLength(2);
    expect(await names("SELECT * FROM Customer WHERE DisplayName = 'O\\'Hara'")).toEqual(["O'Hara"]);
    expect((await query("SELECT * FROM Customer WHERE DisplayName = 'nobody'")).body.QueryResponse).toEqual({});
    expect(codeOf(await query("SELECT * FROM Customer STARTPOSITION 0"))).toBe("4001");
    expect(codeOf(await query("SELECT * FROM Customer ORDERBY Id"))).toBe("4001");
    expect(codeOf(await query("SELECT Id FROM Customer"))).toBe("4000");
  });

  it("a batch is OK as a whole, each item by its number, and what was deleted says no more than that", async () => {
    const { call } = await company();
    const legs = ["Debit", "Credit"].map((PostingType) => ({
      Amount: 10,
      DetailType: "JournalEntryLineDetail",
      JournalEntryLineDetail: { PostingType, AccountRef: { value: "7" } },
    }));
    const JournalEntry = { TxnDate: "2026-11-02", Line: legs };
    const { status, body } = await call("POST", "batch", {
      BatchItemRequest: [
        { bId: "1", operation: "create", JournalEntry },
        { bId: "2", operation: "create", JournalEntry: { ...JournalEntry, Line: legs.slice(1) } },
        { bId: "3", Query: "SELECT * FROM Item" },
      ],
    });
    expect(status).toBe(200);
    const [made, refused, read] = body.BatchItemResponse;
    expect(refused).toMatchObject({ bId: "2", Fault: { Error: [{ code: "2300" }] } });
    expect(read).toEqual({ bId: "3", QueryResponse: {} });
    const named = { Id: made.JournalEntry.Id, SyncToken: "0" };
    expect((await call("POST", "journalentry?operation=delete", named)).body.JournalEntry).toEqual({
      domain: "QBO",
      status: "Deleted",
      Id: named.Id,
    });
    expect(codeOf(await call("GET", `journalentry/${named.Id}`))).toBe("610");
    expect(codeOf(await call("GET", "journalentry/1.5"))).toBe("2030");
  });

  it("a bad token is told in lower case, too many calls in XML", async () => {
    const { call } = await company();
    const bad = await call("GET", "preferences", undefined, "none");
    expect([bad.status, bad.body.fault.error[0].code]).toEqual([401, "3200"]);
    const many = await Promise.all(Array.from({ length: 14 }, () => call("GET", "preferences")));
    expect(many.find((one) => one.status === 429)?.text).toContain('<Error code="3001">');
  });
});
