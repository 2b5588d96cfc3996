import { randomUUID } from "node:crypto";
import type { OutgoingDocument } from "#lib/common/records.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";
import { createQuickbooksOnline } from "#lib/simulator/quickbooks-online/index.ts";
import { startSimulator } from "#lib/simulator/server.ts";
import type { Carried, ContractWorld, Mishap, Subject } from "../contract/world.ts";
import type { Connection, DirectConnector, Message } from "../types.ts";
import { quickbooksEnvironment } from "./environment.ts";
import { quickbooksOnline } from "./index.ts";

/** How late the late answer is, in ms on the simulator's clock. */
const LATE_MS = 60_000;
/** Nobody listens there. */
const NOBODY = "http://127.0.0.1:1";

const FAULTS: Readonly<Record<Exclude<Mishap, "not-now">, FaultOrder>> = {
  "answer-lost": { name: "N05", call: 1, method: "POST" },
  "server-error": { name: "P06", call: 1, method: "POST" },
  "slow-down": { name: "P01", call: 1, method: "POST", retryAfter: 1 },
  "token-expired": { name: "P20", call: 1, method: "POST" },
  reordered: { name: "P13", call: 1, method: "POST" },
  "element-missing": { name: "P12", call: 1, method: "POST" },
  "late-answer": { name: "N10", call: 1, method: "POST", delayMs: LATE_MS },
};

/** As a company has it that numbers its invoices by custom numbers: the simulator's do. */
const connector: DirectConnector = {
  ...quickbooksOnline,
  can: { ...quickbooksOnline.can, uniqueNumbers: ["sales-invoice"] },
};

/** QuickBooks Online under contract, with the simulator for a package. */
export const quickbooksSubject: Subject = {
  name: "QuickBooks Online",
  connector,
  mishaps: [...(Object.keys(FAULTS) as (keyof typeof FAULTS)[]), "not-now"],
  makeWorld: simulatedQuickbooks,
};

async function simulatedQuickbooks(): Promise<ContractWorld> {
  const simulator = await startSimulator({ port: 0, host: "127.0.0.1", packages: [createQuickbooksOnline] });
  const control = simulatorControl(simulator.url, "quickbooks-online");
  const tenant = await control.addTenant("Contract Ltd");
  await control.patchSettings(tenant.id, { limits: false });
  let accessToken = (await control.tokens([tenant.id])).access_token;
  const connection: Connection = {
    id: randomUUID(),
    tenantId: tenant.id,
    apiUrl: `${simulator.url}${quickbooksEnvironment.simulatedUnder}`,
    baseCurrency: "GBP",
    options: {},
  };
  const archived = { code: "299", name: "Closed", type: "REVENUE", status: "ARCHIVED" } as const;
  const closed = (await control.putAccount(tenant.id, archived)).id;
  let next: Mishap | null = null;
  let isLate = false;

  const strikes = async (name: string) => (await control.calls(tenant.id)).filter((call) => call.fault === name);
  async function until(done: () => Promise<boolean>): Promise<void> {
    while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async function carry(message: Message, key: string | null): Promise<Carried> {
    const mishap = key === null ? null : next;
    if (key !== null) next = null;
    const given = new AbortController();
    const sending = quickbooksOnline.send(message, {
      connection: mishap === "not-now" ? { ...connection, apiUrl: NOBODY } : connection,
      accessToken,
      idempotencyKey: key,
      timeoutMs: 10_000,
      signal: given.signal,
    });
    if (mishap === "late-answer") {
      await until(async () => (await strikes("N10")).length > 0);
      given.abort();
      isLate = true;
    }
    const result = await sending;
    // A mishap strikes one call; whatever wait it laid goes with it.
    if (mishap !== null) await control.faults(tenant.id, []);
    if (result.sent === true && quickbooksOnline.faultOf(result.answer, message)?.what === "token-expired")
      accessToken = (await control.tokens([tenant.id])).access_token;
    return result;
  }

  return {
    connection,
    carry,
    arrange: async (mishap) => {
      next = mishap;
      if (mishap !== "not-now") await control.faults(tenant.id, [FAULTS[mishap]]);
    },
    arrive: async () => {
      if (!isLate) return null;
      isLate = false;
      const at = new Date((await control.clock()).now).getTime() + LATE_MS;
      await control.setClock({ now: new Date(at).toISOString() });
      await until(async () => (await strikes("N10")).some((call) => call.committed > 0));
      // We have long hung up.
      return null;
    },
    countInBooks: async (number) => (await control.ledger(tenant.id)).documents.filter((one) => one.number === number).length,
    spoiled: (document: OutgoingDocument) => ({
      ...document,
      lines: document.lines.map((line) => ({
        ...line,
        // A purchase line names the account that is closed, a sales line an item that is none.
        target: { account: { externalId: closed, code: null }, ...(line.target.item ? { item: { externalId: "9" } } : {}) },
      })),
    }),
    close: () => simulator.close(),
  };
}
