import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { consent, simulatorControl } from "#lib/simulator/control-client.ts";
import { jsonAnswer } from "#lib/simulator/core/answer.ts";
import { Books } from "#lib/simulator/core/books/books.ts";
import type { BookPolicy } from "#lib/simulator/core/books/policy.ts";
import { Refused } from "#lib/simulator/core/books/refusal.ts";
import { fixedId } from "#lib/simulator/core/ids.ts";
import { simulated } from "#lib/simulator/core/simulated.ts";
import type { Call } from "#lib/simulator/core/wire.ts";
import type { Surroundings } from "#lib/simulator/package.ts";
import { startSimulator } from "#lib/simulator/server.ts";

/** A package's name that has no wire: the control calls need one of the list. */
const ID = "sage-50";
const policy: BookPolicy<Record<never, never>> = {
  chart: () => ({
    accounts: [
      { id: "1", code: "1200", name: "Bank", role: "bank" },
      { id: "2", code: "1100", name: "Debtors", role: "receivable" },
      { id: "3", code: "2200", name: "VAT", role: "tax" },
      { id: "4", code: "4000", name: "Sales", role: "income" },
    ],
    taxRates: [{ id: "T1", name: "Standard", percent: "20", on: "both" }],
  }),
  ids: "numbers",
  nameSpaces: [["customer", "supplier"]],
  uniqueNumbers: (type) => (type === "sales-invoice" ? "all" : "no"),
  taxPer: "line",
  notOnLines: ["receivable", "payable"],
  ownSettings: {},
};

/** The smallest wire: bodies are the books' own inputs. */
function perform({ organisation, method, url, bytes, role, logged }: Call<Books>) {
  const [, , , kind = ""] = url.pathname.split("/");
  const actor = { adviser: role === "adviser" };
  const made = (body: unknown) => ({ answer: jsonAnswer(201, body), committed: 1 });
  try {
    if (method === "GET") {
      const since = Number(url.searchParams.get("since") ?? "0");
      const changes = organisation.changes(["parties", "documents", "payments"], since);
      const told = changes.map((one) => ({ kind: one.kind, id: one.record.id, version: one.record.version }));
      return { answer: jsonAnswer(200, told), committed: 0 };
    }
    logged.records = 1;
    const body = JSON.parse(bytes.toString());
    if (kind === "parties") return made(organisation.lists.addParty(body));
    if (kind === "documents") return made(organisation.documents.create("sales-invoice", body, actor));
    return made(organisation.payments.record(body, actor));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { answer: jsonAnswer(422, error.reasons), committed: 0 };
  }
}

const createToy = (surroundings: Surroundings) =>
  simulated<Books>(surroundings, {
    id: ID,
    name: "Toy",
    mount: "/toy",
    oauth: {
      paths: { authorize: "/approve", token: "/token", revoke: "/revoke" },
      codeSeconds: 900,
      accessSeconds: 3600,
      refresh: { unusedSeconds: 100 * 86_400, graceSeconds: 86_400, sameForSeconds: 86_400 },
      scopes: null,
      offlineScope: null,
      reaches: "one",
      choosesOne: () => true,
      callback: ({ tenantIds }) => ({ company: tenantIds[0] ?? "" }),
      invalidClientStatus: 401,
      answer: ({ accessToken, refreshToken }) => ({ access_token: accessToken, refresh_token: refreshToken }),
    },
    limits: {
      concurrent: null,
      windows: [
        { name: "minute", of: "tenant", calls: 10, seconds: 60, aligned: true },
        { name: "refreshes", of: "user", calls: 2, seconds: 60, kind: "refresh" },
      ],
    },
    wire: {
      owns: (url) => url.pathname.startsWith("/v1/"),
      tenantOf: (_request, url) => url.pathname.split("/")[2] ?? null,
      perform,
      headers: ({ subject, now }, limits): Record<string, number> =>
        subject === null ? {} : { "x-left": limits.remaining("minute", now, subject) },
      words: {
        unauthorized: () => jsonAnswer(401, { error: "token" }),
        forbidden: () => jsonAnswer(403, { error: "company" }),
        tooMany: (limited) => jsonAnswer(429, limited, { "retry-after": String(limited?.retryAfter ?? 1) }),
        serverError: () => jsonAnswer(500, {}),
        unavailable: () => jsonAnswer(503, {}),
      },
      faultWindows: { P01: "minute", P02: "minute", P04: "minute" },
      keys: {
        seconds: 3600,
        keyOf: (_request, _method, url) => url.searchParams.get("requestid"),
        refused: () => null,
        scope: ({ organisation }) => organisation.info.id,
        reused: () => null,
      },
    },
    tenantId: (name) => fixedId(name ?? String(Math.random())),
    make: (info, note) => new Books(info, surroundings.clock, note, policy),
  });

const folder = mkdtempSync(join(tmpdir(), "toy-"));
afterAll(() => rmSync(folder, { recursive: true }));
const start = () => startSimulator({ port: 0, host: "127.0.0.1", dataDir: folder, packages: [createToy] });

it("BB11 a package is its wire: consent, contact, invoice, payment, changes, limits, faults, keys, locks, a restart", async () => {
  let simulator = await start();
  const control = simulatorControl(simulator.url, ID);
  const tenant = await control.addTenant("Ashdown");
  const back = new URL(
    await consent(
      simulator.url,
      `${simulator.url}/toy/approve?response_type=code&client_id=us&redirect_uri=http%3A%2F%2Flocalhost%2Fback`,
      tenant.id,
    ),
  );
  expect(back.searchParams.get("company")).toBe(tenant.id);
  const post = async (path: string, form: Record<string, string>) => {
    const authorization = `Basic ${btoa("us:secret")}`;
    const body = new URLSearchParams(form);
    const answer = await fetch(`${simulator.url}/toy${path}`, { method: "POST", body, headers: { authorization } });
    return { status: answer.status, body: await answer.json() };
  };
  const code = back.searchParams.get("code") ?? "";
  const grant = { grant_type: "authorization_code", code, redirect_uri: "http://localhost/back" };
  const tokens = (await post("/token", grant)).body;
  const refresh = { grant_type: "refresh_token", refresh_token: tokens.refresh_token };
  expect((await post("/token", refresh)).body.refresh_token, "the same within a day").toBe(tokens.refresh_token);
  expect([(await post("/token", refresh)).status, (await post("/token", refresh)).status]).toEqual([200, 429]);

  const call = async (path: string, body?: unknown) => {
    const answer = await fetch(`${simulator.url}/toy/v1/${tenant.id}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${tokens.access_token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, left: answer.headers.get("x-left"), body: await answer.json() };
  };
  const party = (await call("/parties?requestid=p1", { kind: "customer", name: "Bell", reference: "C1", currency: null })).body;
  const invoice = (number: string, date = "2026-11-02") => ({
    partyId: party.id,
    date,
    number,
    status: "open",
    amounts: "net",
    lines: [{ description: "Work", quantity: "3", unit: "33.335", accountId: "4", taxId: "T1" }],
  });
  const first = (await call("/documents?requestid=d1", invoice("S-1"))).body;
  expect(first).toMatchObject({ net: "100.01", tax: "20.00", gross: "120.01", version: 0 });
  expect((await call("/documents?requestid=d1", invoice("S-1"))).body.id, "sent twice, done once").toBe(first.id);
  expect((await call("/documents", invoice("S-1"))).body).toMatchObject([{ code: "number-taken", id: first.id }]);
  const lines = [{ documentId: first.id, amount: "120.01" }];
  const payment = { direction: "in", partyId: party.id, accountId: "1", date: "2026-11-03", amount: "120.01", lines };
  expect((await call("/payments", payment)).status).toBe(201);
  // A payment and the document that it pays change in one moment, in no order.
  const [made, ...together]: { kind: string }[] = (await call("/changes?since=0")).body;
  expect(made?.kind).toBe("parties");
  expect(together.map((one) => one.kind).toSorted()).toEqual(["documents", "payments"]);

  await control.faults(tenant.id, [{ name: "P06", call: 1 }]);
  expect((await call("/documents", invoice("S-2"))).status, "500, though it is there").toBe(500);
  await control.patchSettings(tenant.id, { periodLock: "2026-10-31" });
  expect((await call("/documents", invoice("S-3", "2026-10-31"))).body).toMatchObject([{ code: "locked", text: "2026-10-31" }]);
  const ledger = await control.ledger(tenant.id);
  expect(ledger.documents.map((one) => [one.number, one.status, one.due])).toEqual([
    ["S-1", "PAID", "0.00"],
    ["S-2", "AUTHORISED", "120.01"],
  ]);
  expect((await control.calls(tenant.id)).map((one) => one.committed)).toEqual([1, 1, 0, 0, 1, 0, 1, 0]);

  await simulator.close();
  simulator = await start();
  const again = simulatorControl(simulator.url, ID);
  expect(await again.ledger(tenant.id)).toEqual(ledger);
  expect((await call("/parties?requestid=p1", {})).body.id, "keys outlive a restart").toBe(party.id);
  const paid = await again.pay(tenant.id, { number: "S-2", amount: "20.01", date: "2026-11-05", reference: "BACS" });
  expect(Number(paid.id), "numbers go on").toBeGreaterThan(Number(first.id));
  while ((await call("/changes")).status === 200);
  expect(await call("/changes")).toMatchObject({ status: 429, left: "0", body: { window: "minute" } });
  const page = await (await fetch(`${simulator.url}/${ID}/${tenant.id}/document/${first.id}`)).text();
  expect(page).toContain("gross <b>120.01 GBP</b>, due 0.00");
  await simulator.close();
});
