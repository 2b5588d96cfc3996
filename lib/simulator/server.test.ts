import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { type OutgoingHttpHeaders, request } from "node:http";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PACKAGE_ENVIRONMENTS } from "#lib/connectors/environment.ts";
import { hostCheck } from "#lib/simulator/callers.ts";
import { SimulatorClock } from "#lib/simulator/clock.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import { Journal } from "#lib/simulator/journal.ts";
import { SIMULATED } from "#lib/simulator/registry.ts";
import { startSimulator } from "#lib/simulator/server.ts";
import { anInvoice, type TestSimulator, testSimulator } from "#lib/simulator/xero/test-organisation.ts";

describe("the control calls", () => {
  let simulator: TestSimulator;
  beforeAll(async () => {
    simulator = await testSimulator();
  });
  afterAll(() => simulator.close());

  it("know three organisations from the start, and take more", async () => {
    const names = (await simulator.control.tenants()).map((one) => one.name);
    expect(names.slice(0, 3)).toEqual(["Ashdown Trading Ltd", "Brackenfell Pottery Ltd", "Calder & Sons (Exports) Ltd"]);
    const added = await simulator.control.addTenant("Dunmore Ltd");
    expect(await simulator.control.tenants()).toContainEqual(added);
  });

  it("show the ledger in neutral words, amounts as decimal strings", async () => {
    const organisation = await simulator.organisation();
    await organisation.call("PUT", "/Invoices", { Invoices: [anInvoice(organisation, "S-1"), anInvoice(organisation, "S-2")] });
    const paid = await simulator.control.pay(organisation.id, {
      number: "S-1",
      amount: "24.30",
      date: "2026-11-21",
      reference: "BACS",
    });
    const ledger = await simulator.control.ledger(organisation.id, { lines: true });
    expect(ledger.contacts).toMatchObject([{ name: "First Customer", key: "CUST" }]);
    expect(ledger.documents.find((one) => one.number === "S-1")).toMatchObject({
      type: "sales-invoice",
      date: "2026-11-02",
      currency: "GBP",
      status: "AUTHORISED",
      net: "100.00",
      tax: "20.00",
      gross: "120.00",
      due: "95.70",
      lines: [{ account: "200", taxType: "OUTPUT2", amount: "100.00", tax: "20.00" }],
    });
    expect(ledger.payments).toMatchObject([{ id: paid.id, date: "2026-11-21", amount: "24.30", reference: "BACS" }]);
    expect(ledger.totals).toEqual([{ type: "sales-invoice", currency: "GBP", count: 2, gross: "240.00" }]);
  });

  it("pay over several invoices in one batch, and on account", async () => {
    const organisation = await simulator.organisation();
    await organisation.call("PUT", "/Invoices", { Invoices: [anInvoice(organisation, "S-1"), anInvoice(organisation, "S-2")] });
    const numbers = [
      { number: "S-1", amount: "120.00" },
      { number: "S-2", amount: "20.00" },
    ];
    const batch = await simulator.control.pay(organisation.id, { numbers, date: "2026-11-21", reference: "BACS" });
    const credit = await simulator.control.pay(organisation.id, { contact: "CUST", amount: "10.00", date: "2026-11-21" });
    const ledger = await simulator.control.ledger(organisation.id);
    expect(ledger.payments.map((one) => one.batchId)).toEqual([batch.id, batch.id]);
    expect(ledger.overpayments).toMatchObject([{ id: credit.id, remaining: "10.00" }]);
  });

  it("change a document's gross by a penny, its lines and tax still adding up, or its status", async () => {
    const organisation = await simulator.organisation();
    await organisation.call("PUT", "/Invoices", anInvoice(organisation, "S-1"));
    const [document] = (await simulator.control.ledger(organisation.id)).documents;
    const id = document?.id ?? "";
    expect(await simulator.control.editDocument(organisation.id, id, { gross: "120.01" })).toMatchObject({ gross: "120.01" });
    const [line] = (await simulator.control.ledger(organisation.id, { lines: true })).documents[0]?.lines ?? [];
    expect([line?.amount, line?.tax]).toEqual(["100.01", "20.00"]);
    expect(await simulator.control.editDocument(organisation.id, id, { status: "VOIDED" })).toMatchObject({ status: "VOIDED" });
    await expect(simulator.control.editDocument(organisation.id, "none", { gross: "1.00" })).rejects.toThrow("404");
  });

  it("refuse what they do not know, in words", async () => {
    const organisation = await simulator.organisation();
    await expect(simulator.control.faults(organisation.id, [{ name: "N99", rate: 1 }])).rejects.toThrow("must be one of");
    await expect(simulator.control.patchSettings(organisation.id, { periodLock: "31/07/2026" })).rejects.toThrow("YYYY-MM-DD");
    await expect(simulator.control.pay(organisation.id, { number: "none", amount: "1.00" })).rejects.toThrow(
      "There is no document none",
    );
    await expect(simulator.control.ledger("nobody")).rejects.toThrow("404");
  });

  it("tell a waiting reader as soon as the clock changes", async () => {
    const { version, id } = await simulator.control.clock();
    const waiting = simulator.control.clockAfter(version);
    await simulator.control.setClock({ now: "2026-11-22T01:59:00Z", scale: 60 });
    const changed = await waiting;
    expect(changed).toMatchObject({ id, scale: 60, version: version + 1 });
    expect(changed.now.slice(0, 16)).toBe("2026-11-22T01:59");
    await simulator.control.setClock({ scale: 1 });
  });

  it("forget everything on reset, the first organisations keeping their ids", async () => {
    const before = (await simulator.control.tenants())[0];
    await simulator.control.addTenant("Passing Ltd");
    await simulator.control.reset("xero");
    expect(await simulator.control.tenants()).toHaveLength(3);
    expect((await simulator.control.tenants())[0]).toEqual(before);
  });
});

it("BB11 plays each package where the demo's own addresses look for it", () => {
  const journal = new Journal(undefined);
  const clock = new SimulatorClock();
  const played = Object.values(SIMULATED).map((make) => make({ clock, journal, client: null }));
  const wanted = PACKAGE_ENVIRONMENTS.map((one): [string, string] => [one.packageId, one.simulatedUnder]);
  expect(new Map(played.map((one) => [one.id, one.mount]))).toEqual(new Map(wanted));
  for (const one of played)
    expect(
      one.tenants().map(({ name }) => name),
      one.id,
    ).toContain("Ashdown Trading Ltd");
  clock.close();
});

describe("the pages for a person", () => {
  let simulator: TestSimulator;
  beforeAll(async () => {
    simulator = await testSimulator();
  });
  afterAll(() => simulator.close());

  it("say on every page that this is no real package, and show whatever names hold as text", async () => {
    const organisation = await simulator.organisation();
    await organisation.call("PUT", "/Invoices", anInvoice(organisation, "<b>&'\"", { Status: "DRAFT" }));
    for (const path of [
      "/",
      ...["", "/payments", "/contacts", "/items", "/accounts", "/calls"].map((tab) => `/xero/${organisation.id}${tab}`),
    ]) {
      const page = await fetch(`${simulator.url}${path}`);
      expect(page.status, path).toBe(200);
      const html = await page.text();
      expect(html).toContain("Simulator: not a real accounting package");
      expect(html).not.toContain("<b>&'");
    }
    expect((await fetch(`${simulator.url}/xero/${organisation.id}/nothing`)).status).toBe(404);
  });

  it("pay, void, change by a penny, lock, archive, take a code away, remove an item", async () => {
    const organisation = await simulator.organisation();
    await organisation.call("PUT", "/Invoices", { Invoices: [anInvoice(organisation, "S-1"), anInvoice(organisation, "S-2")] });
    await organisation.call("PUT", "/Items", { Code: "W1" });
    const press = async (fields: Record<string, string>) => {
      const answer = await fetch(`${simulator.url}/xero/${organisation.id}/act`, {
        method: "POST",
        body: new URLSearchParams(fields),
        redirect: "manual",
      });
      expect(answer.status).toBe(303);
      return decodeURIComponent(answer.headers.get("location") ?? "").replaceAll("+", " ");
    };
    const second = (await simulator.control.ledger(organisation.id)).documents.find((one) => one.number === "S-2");
    expect(await press({ what: "pay", number: "S-1", amount: "20.00", date: "2026-11-20", reference: "" })).toContain(
      "20.00 paid",
    );
    expect(await press({ what: "pay", number: "S-1", amount: "500.00", date: "2026-11-20" })).toContain(
      "Refused: Payment amount exceeds",
    );
    expect(await press({ what: "penny", id: second?.id ?? "", by: "1" })).toContain("120.01");
    await press({ what: "void", id: second?.id ?? "" });
    await press({ what: "locks", periodLock: "2026-10-31", yearLock: "" });
    await press({ what: "archive", id: organisation.contactId });
    await press({ what: "code", code: "200" });
    await press({ what: "item", code: "W1" });
    const ledger = await simulator.control.ledger(organisation.id);
    expect(ledger.documents.map((one) => [one.number, one.status, one.due]).sort()).toEqual([
      ["S-1", "AUTHORISED", "100.00"],
      ["S-2", "VOIDED", "0.00"],
    ]);
    expect(ledger.items).toEqual([]);
    expect(ledger.contacts[0]?.status).toBe("ARCHIVED");
    expect(await simulator.control.settings(organisation.id)).toMatchObject({
      periodLock: "2026-10-31",
      accountsWithoutCode: ["200"],
    });
  });

  it("FC5 refuse a form that another site sends", async () => {
    const [first] = await simulator.control.tenants();
    const answer = await fetch(`${simulator.url}/xero/${first?.id}/act`, {
      method: "POST",
      body: "what=locks",
      headers: { origin: "https://elsewhere.test" },
    });
    expect(answer.status).toBe(403);
  });
});

describe("FC5 who may drive it", () => {
  let simulator: TestSimulator;
  beforeAll(async () => {
    simulator = await testSimulator();
  });
  afterAll(() => simulator.close());

  /** As a browser or a program sends it: `fetch` forbids some of these headers. */
  const ask = (method: string, path: string, headers: OutgoingHttpHeaders, body?: string, port = simulator.port) =>
    new Promise<number>((resolve, reject) => {
      const call = request({ host: "127.0.0.1", port, method, path, headers }, (answer) => {
        answer.resume();
        answer.on("end", () => resolve(answer.statusCode ?? 0));
      });
      call.on("error", reject);
      call.end(body);
    });
  const JSON_TYPE = { "content-type": "application/json" };
  const CALLS = [
    ["POST", "/_control/reset", "{}"],
    ["POST", "/_control/clock", '{"now":"2030-01-01T00:00:00Z"}'],
    ["POST", "/_control/xero/tenants", '{"name":"Foreign Ltd"}'],
    ["GET", "/_control/xero/tenants", undefined],
    ["GET", "/_control/clock", undefined],
  ] as const;
  const standing = async () => ({ clock: (await simulator.control.clock()).version, tenants: await simulator.control.tenants() });

  it.each(CALLS)("%s %s: no page of another site, whatever it calls itself; nothing is done", async (method, path, body) => {
    const before = await standing();
    const own = `127.0.0.1:${simulator.port}`;
    for (const headers of [
      { host: own, origin: "https://elsewhere.test" },
      { host: own, origin: "null" },
      { host: own, origin: "http://127.0.0.1:1" },
      { host: own, "sec-fetch-site": "cross-site" },
      { host: own, "sec-fetch-site": "same-site" },
    ])
      expect(await ask(method, path, { ...JSON_TYPE, ...headers }, body), JSON.stringify(headers)).toBe(403);
    for (const host of [
      "elsewhere.test",
      `elsewhere.test:${simulator.port}`,
      `127.0.0.1.elsewhere.test:${simulator.port}`,
      "10.1.1.1",
    ])
      expect(await ask(method, path, { ...JSON_TYPE, host, origin: `http://${host}` }, body), host).toBe(421);
    expect(await standing()).toEqual(before);
  });

  it("a body that is not JSON by its type is refused: a form could send it", async () => {
    const before = await standing();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"])
      expect(await ask("POST", "/_control/xero/tenants", { "content-type": type }, '{"name":"Foreign Ltd"}'), type).toBe(415);
    expect(await ask("POST", "/_control/reset", { "content-type": "text/plain" })).toBe(415);
    expect(await standing()).toEqual(before);
  });

  it("its pages and its package answer to no foreign name either", async () => {
    for (const path of ["/", "/xero/x", "/identity/connect/authorize", "/api.xro/2.0/Invoices"])
      expect(await ask("GET", path, { host: "elsewhere.test" }), path).toBe(421);
  });

  it("programs, and its own pages, by any name of this machine's loopback, drive it as before", async () => {
    for (const host of [
      `127.0.0.1:${simulator.port}`,
      `localhost:${simulator.port}`,
      `LOCALHOST:${simulator.port}`,
      "127.0.0.1",
      "[::1]:4010",
    ]) {
      expect(await ask("GET", "/_control/clock", { host }), host).toBe(200);
      expect(await ask("POST", "/_control/clock", { host, ...JSON_TYPE }, "{}"), host).toBe(200);
      const page = { host, origin: new URL(`http://${host}`).origin, "sec-fetch-site": "same-origin" };
      expect(await ask("POST", "/_control/clock", { ...page, ...JSON_TYPE }, "{}"), host).toBe(200);
    }
    expect(await ask("POST", "/_control/reset", {})).toBe(200);
  });

  it("put on the network on purpose, it answers to addresses, to this machine and to names of a private network", async () => {
    const open = await startSimulator({ port: 0, host: "0.0.0.0" });
    try {
      for (const host of ["10.1.1.1:4010", "simulator:4010", hostname(), "[fe80::1]", "localhost"])
        expect(await ask("GET", "/_control/clock", { host }, undefined, open.port), host).toBe(200);
      expect(await ask("GET", "/_control/clock", { host: "elsewhere.test" }, undefined, open.port)).toBe(421);
      expect(await ask("GET", "/_control/clock", { host: "10.1.1.1", origin: "http://x" }, undefined, open.port)).toBe(403);
    } finally {
      await open.close();
    }
    expect(hostCheck("sim.practice.test")("sim.practice.test:4010")).toBe(true);
    expect(hostCheck("sim.practice.test")("other.practice.test:4010")).toBe(false);
    expect(hostCheck("::1")("[::1]:4010")).toBe(true);
  });
});

describe("what is kept in a data folder", () => {
  const folder = mkdtempSync(join(tmpdir(), "simulator-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("survives a SIGKILL: every answered change, tokens, keys and the clock", async () => {
    const program = `
      import { Journal } from "#lib/simulator/journal.ts";
import { SIMULATED } from "#lib/simulator/registry.ts";
import { startSimulator } from "#lib/simulator/server.ts";
      const simulator = await startSimulator({ port: 0, host: "127.0.0.1", dataDir: process.argv[1] });
      process.stdout.write(simulator.url + "\\n");`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, folder], {
      cwd: process.cwd(),
      stdio: ["ignore", "pipe", "inherit"],
    });
    const url = await new Promise<string>((resolve, reject) => {
      child.stdout.once("data", (text: Buffer) => resolve(text.toString().trim()));
      child.once("exit", () => reject(new Error("The simulator did not start")));
    });
    const control = simulatorControl(url, "xero");
    const tenant = await control.addTenant("Durable Ltd");
    const tokens = await control.tokens([tenant.id]);
    await control.setClock({ now: "2026-11-21T09:00:00Z", scale: 0 });
    await control.patchSettings(tenant.id, { periodLock: "2026-01-31" });
    const clock = await control.clock();
    const put = async (base: string) => {
      const response = await fetch(`${base}/api.xro/2.0/Invoices`, {
        method: "PUT",
        headers: {
          authorization: `Bearer ${tokens.access_token}`,
          "xero-tenant-id": tenant.id,
          accept: "application/json",
          "idempotency-key": "once",
        },
        body: JSON.stringify(anInvoice({ contactId: "" }, "S-1", { Contact: { Name: "Someone" } })),
      });
      return response.text();
    };
    const answered = await put(url);
    const exited = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await exited;

    const again = await startSimulator({ port: 0, host: "127.0.0.1", dataDir: folder });
    const after = simulatorControl(again.url, "xero");
    expect(await after.clock()).toEqual(clock);
    expect((await after.ledger(tenant.id)).documents).toMatchObject([{ number: "S-1", gross: "120.00" }]);
    expect((await after.settings(tenant.id)).periodLock).toBe("2026-01-31");
    expect(await put(again.url)).toBe(answered);
    expect((await after.ledger(tenant.id)).documents).toHaveLength(1);
    await again.close();
  }, 60_000);
});
