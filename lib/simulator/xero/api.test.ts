import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  anInvoice,
  eventually,
  type TestOrganisation,
  type TestSimulator,
  testSimulator,
} from "#lib/simulator/xero/test-organisation.ts";

let simulator: TestSimulator;
let organisation: TestOrganisation;
beforeAll(async () => {
  simulator = await testSimulator();
});
afterAll(() => simulator.close());
beforeEach(async () => {
  await simulator.control.setClock({ now: "2026-11-21T09:00:00Z", scale: 1 });
  organisation = await simulator.organisation();
});

const batch = (count: number, prefix = "S") => ({
  Invoices: Array.from({ length: count }, (_, position) => anInvoice(organisation, `${prefix}-${position + 1}`)),
});
const step = async (ms: number) => {
  const { now } = await simulator.control.clock();
  await simulator.control.setClock({ now: new Date(Date.parse(now) + ms).toISOString() });
};

describe("L10 the wire format of the simulated Xero", () => {
  it("answers XML unless JSON is asked for", async () => {
    const xml = await organisation.call("GET", "/Organisation", undefined, { accept: "*/*" });
    expect(xml.headers.get("content-type")).toContain("text/xml");
    expect(xml.text).toContain("<Organisations><Organisation><OrganisationID>");
    const json = await organisation.call("GET", "/Organisation");
    expect(json.json).toMatchObject({ Status: "OK", Organisations: [{ OrganisationID: organisation.id, BaseCurrency: "GBP" }] });
  });

  it("writes dates as /Date(ms+0000)/ with a DateString beside, money as it is", async () => {
    const made = await organisation.call("PUT", "/Invoices?unitdp=4", anInvoice(organisation, "D-1"));
    expect(made.status).toBe(200);
    expect(made.json.Invoices?.[0]).toMatchObject({
      Date: `/Date(${Date.UTC(2026, 10, 2)}+0000)/`,
      DateString: "2026-11-02T00:00:00",
      DueDateString: "2026-12-02T00:00:00",
    });
    expect(made.text).toContain('"SubTotal":100.00,"TotalTax":20.00,"Total":120.00');
    expect(made.json.DateTimeUTC).toMatch(/^\/Date\(\d+\+0000\)\/$/);
  });

  it("answers 404 as text/html for an unknown id or resource, 501 for a method that is not there", async () => {
    for (const path of ["/Invoices/00000000-0000-4000-8000-000000000000", "/Nothing"]) {
      const missing = await organisation.call("GET", path);
      expect(missing.status).toBe(404);
      expect(missing.headers.get("content-type")).toContain("text/html");
    }
    expect(await organisation.call("PUT", "/TaxRates", {})).toMatchObject({ status: 501, json: { ErrorNumber: 20 } });
  });

  it("answers ErrorNumber 14 for what cannot be parsed and 16 for a bad where", async () => {
    expect((await organisation.call("PUT", "/Invoices", "{oops")).json).toMatchObject({
      ErrorNumber: 14,
      Type: "PostDataInvalidException",
    });
    const wrongType = await organisation.call("PUT", "/Invoices", anInvoice(organisation, "X", { LineAmountTypes: "NO_TAX" }));
    expect(wrongType.json).toMatchObject({ ErrorNumber: 14 });
    expect(wrongType.json.Message).toContain('Error converting value "NO_TAX"');
    expect((await organisation.call("GET", "/Invoices?where=Status%3D%3D")).json).toMatchObject({
      ErrorNumber: 16,
      Type: "QueryParseException",
    });
  });
});

describe("L10 its lists", () => {
  it("leave lines out unless paged, and page with clamped sizes and a pagination block", async () => {
    await organisation.call("PUT", "/Invoices", batch(3));
    const unpaged = await organisation.call("GET", "/Invoices");
    expect(unpaged.json.pagination).toBeUndefined();
    expect(unpaged.json.Invoices?.[0]?.LineItems).toEqual([]);
    const paged = await organisation.call("GET", "/Invoices?page=2&pageSize=2");
    expect(paged.json.pagination).toEqual({ page: 2, pageSize: 2, pageCount: 2, itemCount: 3 });
    expect(paged.json.Invoices?.[0]?.LineItems).toHaveLength(1);
    expect((await organisation.call("GET", "/Invoices?page=1&pageSize=5000")).json.pagination?.pageSize).toBe(1000);
    const summary = await organisation.call("GET", "/Invoices?summaryOnly=true");
    expect(summary.json.pagination?.itemCount).toBe(3);
    expect(summary.json.Invoices?.[0]).not.toHaveProperty("LineItems");
  });

  it("filter by numbers, ids, contacts, statuses, who made them, and where", async () => {
    await organisation.call("PUT", "/Invoices", batch(3));
    await organisation.call("PUT", "/Invoices", anInvoice(organisation, "DRAFT-1", { Status: "DRAFT" }));
    const numbers = async (query: string) => {
      const answer = await organisation.call("GET", `/Invoices?${query}`);
      expect(answer.status).toBe(200);
      return [...(answer.json.Invoices ?? [])].map((one) => String(one.InvoiceNumber)).sort();
    };
    const where = (text: string) => numbers(`page=1&where=${encodeURIComponent(text)}`);
    expect(await numbers("InvoiceNumbers=S-1,S-3,none")).toEqual(["S-1", "S-3"]);
    expect(await numbers("Statuses=DRAFT")).toEqual(["DRAFT-1"]);
    expect(await numbers(`ContactIDs=${organisation.contactId}`)).toHaveLength(4);
    expect(await numbers("createdByMyApp=true&page=1")).toHaveLength(4);
    expect(await where('InvoiceNumber=="S-2"')).toEqual(["S-2"]);
    expect(await where(`InvoiceNumber="s-2" AND Contact.ContactID=guid("${organisation.contactId}")`)).toEqual(["S-2"]);
    expect(await where('Type=="ACCREC" && (Status=="DRAFT" OR InvoiceNumber=="S-1")')).toEqual(["DRAFT-1", "S-1"]);
    expect(await where("Date>=DateTime(2026, 11, 03)")).toEqual([]);
    expect(await where('Contact.ContactNumber=="CUST" AND AmountDue>=120')).toHaveLength(4);
    const [first] = [...((await organisation.call("GET", "/Invoices")).json.Invoices ?? [])];
    expect(await where(`InvoiceId==guid("${first?.InvoiceID}")`)).toEqual([first?.InvoiceNumber]);
    expect(await numbers(`IDs=${first?.InvoiceID}`)).toEqual([first?.InvoiceNumber]);
    expect((await organisation.call("GET", "/Contacts/CUST")).json.Contacts?.[0]?.ContactID).toBe(organisation.contactId);
    const named = `where=${encodeURIComponent('Name=="FIRST customer"')}`;
    expect((await organisation.call("GET", `/Contacts?${named}`)).json.Contacts).toHaveLength(1);
  });

  it("honour If-Modified-Since to the second, oldest change first; some edits do not move the date", async () => {
    await organisation.call("PUT", "/Invoices", batch(2));
    await step(10_000);
    const made = await organisation.call("PUT", "/Invoices", anInvoice(organisation, "LATE"));
    const id = made.json.Invoices?.[0]?.InvoiceID;
    const since = async (iso: string) => [
      ...((await organisation.call("GET", "/Invoices?page=1", undefined, { "if-modified-since": iso })).json.Invoices ?? []),
    ];
    expect((await since("2026-11-21T09:00:10")).map((one) => one.InvoiceNumber)).toEqual(["LATE"]);
    expect(await since("2026-11-21T09:00:00Z")).toHaveLength(3);
    await simulator.control.pay(organisation.id, { number: "LATE", amount: "20.00", date: "2026-11-20" });
    await step(60_000);
    await organisation.call("POST", "/Invoices", { InvoiceID: id, DueDate: "2027-01-31" });
    expect((await organisation.call("GET", `/Invoices/${id}`)).json.Invoices?.[0]?.DueDateString).toBe("2027-01-31T00:00:00");
    expect(await since("2026-11-21T09:01:00")).toEqual([]);
    expect((await organisation.call("GET", "/Invoices", undefined, { "if-modified-since": "never" })).status).toBe(412);
  });

  it("leave archived contacts out unless includeArchived says otherwise", async () => {
    await simulator.control.patchSettings(organisation.id, { archivedContacts: ["CUST"] });
    expect((await organisation.call("GET", "/Contacts?page=1")).json.Contacts).toEqual([]);
    expect((await organisation.call("GET", "/Contacts?page=1&includeArchived=true")).json.Contacts?.[0]?.ContactStatus).toBe(
      "ARCHIVED",
    );
  });
});

describe("L10 its batches", () => {
  const mixed = () => ({
    Invoices: [anInvoice(organisation, "G-1"), anInvoice(organisation, "B-1", { DueDate: null }), anInvoice(organisation, "G-2")],
  });

  it("by default answer 400 with only the refused, and have saved the others all the same", async () => {
    const answer = await organisation.call("PUT", "/Invoices", mixed());
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({
      ErrorNumber: 10,
      Type: "ValidationException",
      Message: "A validation exception occurred",
    });
    expect(answer.json.Elements).toHaveLength(1);
    expect(answer.json.Elements?.[0]).toMatchObject({
      InvoiceNumber: "B-1",
      ValidationErrors: [{ Message: "Due date cannot be empty." }],
    });
    const ledger = await simulator.control.ledger(organisation.id);
    expect(ledger.documents.map((one) => one.number).sort()).toEqual(["G-1", "G-2"]);
  });

  it("with summarizeErrors=false answer 200, each element with its own status, in the order sent", async () => {
    const answer = await organisation.call("PUT", "/Invoices?summarizeErrors=false", mixed());
    expect(answer.status).toBe(200);
    expect([...(answer.json.Invoices ?? [])].map((one) => [one.InvoiceNumber, one.StatusAttributeString, one.HasErrors])).toEqual(
      [
        ["G-1", "OK", false],
        ["B-1", "ERROR", true],
        ["G-2", "OK", false],
      ],
    );
    expect(answer.json.Invoices?.[1]?.InvoiceID).toBe("00000000-0000-0000-0000-000000000000");
    const [call] = (await simulator.control.calls(organisation.id)).slice(-1);
    expect(call).toMatchObject({ method: "PUT", records: 3, committed: 2, status: 200, key: null });
    expect(call?.bytesIn).toBeGreaterThan(100);
    expect(call?.bytesOut).toBeGreaterThan(100);
  });

  it("save with a warning where Xero only warns", async () => {
    const draft = anInvoice(organisation, "W-1", {
      Status: "DRAFT",
      LineItems: [{ Description: "x", UnitAmount: 5, AccountCode: "476" }],
    });
    const [saved] = [...((await organisation.call("PUT", "/Invoices?summarizeErrors=false", draft)).json.Invoices ?? [])];
    expect(saved).toMatchObject({
      StatusAttributeString: "WARNING",
      Warnings: [{ Message: "Account code '476' has been removed as it does not match a recognised account." }],
    });
    expect(saved?.LineItems?.[0]).not.toHaveProperty("AccountCode");
  });
});

describe("L10 its four limits", () => {
  it("count down in headers, then answer an empty 429 with Retry-After, and let nothing be written", async () => {
    await simulator.control.setClock({ scale: 0 });
    const tight = await simulator.organisation({ limits: true });
    const first = await tight.call("GET", "/Organisation");
    const left = Number(first.headers.get("x-minlimit-remaining"));
    expect(left).toBe(58);
    expect(Number(first.headers.get("x-daylimit-remaining"))).toBe(4998);
    expect(Number(first.headers.get("x-appminlimit-remaining"))).toBeGreaterThan(9000);
    let limited = await tight.call("GET", "/Organisation");
    for (let tries = 0; tries < 70 && limited.status !== 429; tries += 1) limited = await tight.call("GET", "/Organisation");
    expect(limited.text).toBe("");
    expect(limited.headers.get("x-rate-limit-problem")).toBe("minute");
    expect(limited.headers.get("x-minlimit-remaining")).toBe("0");
    const wait = Number(limited.headers.get("retry-after"));
    expect(wait).toBeGreaterThan(0);
    expect(wait).toBeLessThanOrEqual(60);
    const refused = await tight.call("PUT", "/Invoices", anInvoice(tight, "L-1"), { "idempotency-key": "k" });
    expect(refused.status).toBe(429);
    await step(wait * 1000);
    // The limit is looked at before the key: the refusal is not what the key remembers.
    expect((await tight.call("PUT", "/Invoices", anInvoice(tight, "L-1"), { "idempotency-key": "k" })).status).toBe(200);
    expect((await simulator.control.calls(tight.id)).filter((call) => call.status === 429).length).toBeGreaterThanOrEqual(2);
  });

  it("hold the day's calls to the day's limit", async () => {
    await simulator.control.setClock({ scale: 0 });
    const tight = await simulator.organisation({ limits: true });
    await simulator.control.patchSettings(tight.id, { dayLimit: 3 });
    await tight.call("GET", "/Organisation");
    await tight.call("GET", "/Organisation");
    const limited = await tight.call("GET", "/Organisation");
    expect(limited.status).toBe(429);
    expect(limited.headers.get("x-rate-limit-problem")).toBe("day");
    expect(Number(limited.headers.get("retry-after"))).toBeGreaterThan(60);
  });

  it("let five calls run at once and refuse the sixth, without Retry-After", async () => {
    await simulator.control.setClock({ scale: 0 });
    const tight = await simulator.organisation({ limits: true });
    await simulator.control.patchSettings(tight.id, { latencyMs: 400 });
    const calls = Array.from({ length: 6 }, () => tight.call("GET", "/Organisation"));
    // The clock stands still, so whichever call is answered first is the one that was refused.
    await Promise.race(calls);
    await step(400);
    const limited = (await Promise.all(calls)).filter((answer) => answer.status === 429);
    expect(limited).toHaveLength(1);
    expect(limited[0]?.headers.get("x-rate-limit-problem")).toBe("concurrent");
    expect(limited[0]?.headers.get("retry-after")).toBeNull();
  });
});

describe("L10 its idempotency keys", () => {
  const put = (key: string, number = "K-1") =>
    organisation.call("PUT", "/Invoices", anInvoice(organisation, number), { "idempotency-key": key });

  it("replay the first answer for six minutes, then are new again", async () => {
    const first = await put("key-1");
    const again = await put("key-1");
    expect(again.text).toBe(first.text);
    expect((await simulator.control.ledger(organisation.id)).documents).toHaveLength(1);
    await step(6 * 60_000);
    expect((await put("key-1")).json.Elements?.[0]?.ValidationErrors?.[0]).toEqual({ Message: "Invoice # must be unique." });
  });

  it("refuse another request under the same key, and a key beyond 128 characters", async () => {
    await put("key-2");
    const other = await put("key-2", "K-2");
    expect(other.status).toBe(400);
    expect(other.text).toContain("is used with a different request");
    expect((await put("x".repeat(129), "K-3")).status).toBe(400);
  });

  it("remember refusals too", async () => {
    const bad = { ...anInvoice(organisation, "K-4"), DueDate: null };
    const first = await organisation.call("PUT", "/Invoices", bad, { "idempotency-key": "key-4" });
    expect(first.status).toBe(400);
    expect((await organisation.call("PUT", "/Invoices", bad, { "idempotency-key": "key-4" })).text).toBe(first.text);
  });

  it("make concurrent repeats wait for the first and get its answer", async () => {
    await simulator.control.patchSettings(organisation.id, { latencyMs: 50 });
    const answers = await Promise.all([put("key-5", "K-5"), put("key-5", "K-5"), put("key-5", "K-5")]);
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1);
    expect((await simulator.control.ledger(organisation.id)).documents).toHaveLength(1);
  });

  it("can be tied to the access token by a setting", async () => {
    await simulator.control.patchSettings(organisation.id, { idempotencyPerToken: true, creditNoteNumbersUnique: false });
    const note = { ...anInvoice(organisation, ""), Type: "ACCRECCREDIT", InvoiceNumber: undefined, CreditNoteNumber: "CN-1" };
    const fresh = await simulator.control.tokens([organisation.id]);
    await organisation.call("PUT", "/CreditNotes", note, { "idempotency-key": "t" });
    await organisation.call("PUT", "/CreditNotes", note, {
      "idempotency-key": "t",
      authorization: `Bearer ${fresh.access_token}`,
    });
    expect((await simulator.control.ledger(organisation.id)).documents).toHaveLength(2);
  });
});

describe("L10 its faults on order", () => {
  const one = (number: string, headers: Record<string, string> = {}) =>
    organisation.call("PUT", "/Invoices?summarizeErrors=false", anInvoice(organisation, number), headers);
  const order = (fault: { name: string; commit?: boolean; delayMs?: number; method?: string; call?: number; rate?: number }) =>
    simulator.control.faults(organisation.id, [{ ...(fault.rate === undefined ? { call: 1 } : {}), ...fault }]);
  const numbers = async () => (await simulator.control.ledger(organisation.id)).documents.map((document) => document.number);

  it("N05 commits, then resets the connection", async () => {
    await order({ name: "N05" });
    await expect(one("F-1")).rejects.toThrow();
    expect(await numbers()).toEqual(["F-1"]);
    expect((await simulator.control.calls(organisation.id)).at(-1)).toMatchObject({ fault: "N05", status: 0, committed: 1 });
  });

  it("N06 commits, then cuts the body short", async () => {
    await order({ name: "N06" });
    await expect(one("F-1")).rejects.toThrow();
    expect(await numbers()).toEqual(["F-1"]);
  });

  it("N07 hangs for ever and writes nothing", async () => {
    await order({ name: "N07" });
    const gone = new AbortController();
    const hanging = fetch(`${simulator.url}/api.xro/2.0/Organisation`, {
      headers: { authorization: `Bearer ${organisation.tokens.access_token}`, "xero-tenant-id": organisation.id },
      signal: gone.signal,
    });
    await eventually(async () =>
      expect((await simulator.control.calls(organisation.id)).at(-1)).toMatchObject({ fault: "N07", status: 0 }),
    );
    gone.abort();
    await expect(hanging).rejects.toThrow();
  });

  it("N08 drips its answer, N09 answers late: both on the simulator's clock", async () => {
    await simulator.control.setClock({ scale: 100 });
    await order({ name: "N08", delayMs: 20 });
    expect((await one("F-1")).status).toBe(200);
    await order({ name: "N09" });
    const before = Date.parse((await simulator.control.clock()).now);
    expect((await one("F-2")).status).toBe(200);
    expect(Date.parse((await simulator.control.clock()).now) - before).toBeGreaterThanOrEqual(45_000);
  });

  it("N10 commits two minutes later, when nobody waits any more", async () => {
    await simulator.control.setClock({ scale: 0 });
    await order({ name: "N10" });
    const gone = new AbortController();
    const response = fetch(`${simulator.url}/api.xro/2.0/Invoices`, {
      method: "PUT",
      headers: {
        authorization: `Bearer ${organisation.tokens.access_token}`,
        "xero-tenant-id": organisation.id,
        "idempotency-key": "late",
      },
      body: JSON.stringify(anInvoice(organisation, "F-1")),
      signal: gone.signal,
    });
    await eventually(async () => expect((await simulator.control.calls(organisation.id)).at(-1)?.fault).toBe("N10"));
    gone.abort();
    await expect(response).rejects.toThrow();
    await step(119_000);
    expect(await numbers()).toEqual([]);
    await step(1000);
    await eventually(async () => expect(await numbers()).toEqual(["F-1"]));
  });

  it("N13 answers a login page and N14 nothing at all", async () => {
    await order({ name: "N13" });
    const page = await one("F-1");
    expect(page.status).toBe(200);
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(await numbers()).toEqual([]);
    await order({ name: "N14" });
    expect(await one("F-2")).toMatchObject({ status: 204, text: "" });
    expect(await numbers()).toEqual(["F-2"]);
  });

  it("P01 to P04 are the limits' refusals, and stand as long as they say", async () => {
    await order({ name: "P01" });
    const minute = await one("F-1");
    expect(minute.status).toBe(429);
    expect([minute.headers.get("x-rate-limit-problem"), minute.headers.get("retry-after")]).toEqual(["minute", "37"]);
    expect((await one("F-1")).status).toBe(429);
    await step(37_000);
    expect((await one("F-1")).status).toBe(200);
    await order({ name: "P03" });
    const bare = await one("F-2");
    expect([bare.status, bare.headers.get("x-rate-limit-problem"), bare.headers.get("retry-after")]).toEqual([429, null, null]);
    await order({ name: "P02" });
    expect((await one("F-2")).headers.get("retry-after")).toBe("81000");
    await simulator.control.faults(organisation.id, []);
    await order({ name: "P04" });
    expect((await one("F-2")).headers.get("x-rate-limit-problem")).toBe("appminute");
    await simulator.control.faults(organisation.id, []);
    expect((await one("F-2")).status).toBe(200);
  });

  it("P05 fails before the commit, P06 after it, and the key remembers the failure", async () => {
    await order({ name: "P05" });
    expect((await one("F-1")).status).toBe(500);
    expect(await numbers()).toEqual([]);
    await order({ name: "P06" });
    expect((await one("F-2", { "idempotency-key": "p06" })).status).toBe(500);
    expect(await numbers()).toEqual(["F-2"]);
    expect((await one("F-2", { "idempotency-key": "p06" })).status).toBe(500);
    await order({ name: "P07" });
    expect(await one("F-3")).toMatchObject({ status: 503, text: "The Xero API is temporarily unavailable" });
  });

  it("P11 refuses some of a batch, P12 leaves one out of the answer, P13 answers in another order", async () => {
    await order({ name: "P11" });
    const part = await organisation.call("PUT", "/Invoices?summarizeErrors=false", batch(40, "A"));
    expect([...(part.json.Invoices ?? [])].filter((element) => String(element.StatusAttributeString) === "ERROR")).toHaveLength(
      3,
    );
    expect(await numbers()).toHaveLength(37);
    await order({ name: "P12" });
    const short = await organisation.call("PUT", "/Invoices?summarizeErrors=false", batch(40, "B"));
    expect(short.json.Invoices).toHaveLength(39);
    expect(await numbers()).toHaveLength(77);
    await order({ name: "P13" });
    const turned = await organisation.call("PUT", "/Invoices?summarizeErrors=false", batch(3, "C"));
    expect([...(turned.json.Invoices ?? [])].map((element) => element.InvoiceNumber)).toEqual(["C-3", "C-2", "C-1"]);
  });

  it("P14 hides what was written for half a minute", async () => {
    await order({ name: "P14" });
    await one("F-1");
    const seen = async () => (await organisation.call("GET", "/Invoices?InvoiceNumbers=F-1")).json.Invoices;
    expect(await seen()).toEqual([]);
    await step(30_000);
    expect(await seen()).toHaveLength(1);
  });

  it("P18 locks the period in between", async () => {
    await order({ name: "P18" });
    const refused = await one("F-1");
    expect(refused.json.Invoices?.[0]?.ValidationErrors?.[0]?.Message).toBe(
      "The document date cannot be before the period lock date, currently set at 02-Nov-2026",
    );
  });

  it("P20 expires the token in mid-run, P23 withdraws the consent", async () => {
    await order({ name: "P20" });
    const expired = await one("F-1");
    expect([expired.status, String(expired.json.Detail).startsWith("TokenExpired")]).toEqual([401, true]);
    const other = await simulator.organisation();
    await simulator.control.faults(other.id, [{ name: "P23", call: 1 }]);
    expect((await other.call("GET", "/Organisation")).status).toBe(403);
    expect((await other.call("GET", "/Organisation")).status).toBe(403);
  });

  it("strike the same calls again for the same seed, and only calls that fit the filter", async () => {
    const struck = async (seed: number) => {
      await simulator.control.faults(organisation.id, [{ name: "P07", rate: 0.3, method: "GET" }], seed);
      const statuses: number[] = [];
      for (let n = 0; n < 20; n += 1) statuses.push((await organisation.call("GET", "/Organisation")).status);
      return statuses.join(" ");
    };
    const first = await struck(7);
    expect(first).toContain("503");
    expect(await struck(7)).toBe(first);
    expect(await struck(8)).not.toBe(first);
    expect((await one("F-9")).status).toBe(200);
  });
});
