import { randomUUID } from "node:crypto";
import type { OutgoingDocument } from "#lib/common/records.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";
import { startSimulator } from "#lib/simulator/server.ts";
import type { Carried, ContractWorld, Mishap, Subject } from "../contract/world.ts";
import type { Connection, Message } from "../types.ts";
import { xero } from "./index.ts";

/** How late the late answer is, in ms on the simulator's clock. */
const LATE_MS = 60_000;
/** Nobody listens there. */
const NOBODY = "http://127.0.0.1:1";

/** Which of the simulator's faults is which mishap; nobody at the address needs none. */
const FAULTS: Readonly<Record<Exclude<Mishap, "not-now">, FaultOrder>> = {
  "answer-lost": { name: "N05", call: 1, method: "PUT" },
  "server-error": { name: "P06", call: 1, method: "PUT" },
  "slow-down": { name: "P01", call: 1, method: "PUT", retryAfter: 1 },
  "token-expired": { name: "P20", call: 1, method: "PUT" },
  reordered: { name: "P13", call: 1, method: "PUT" },
  "element-missing": { name: "P12", call: 1, method: "PUT" },
  "late-answer": { name: "N10", call: 1, method: "PUT", delayMs: LATE_MS },
};

/**
 * Xero under contract, with the simulator for a package.
 *
 * @param before stands a proxy before the simulator's address and answers its own
 */
export function xeroSubject(
  name: string,
  before: (url: string) => Promise<string> = async (url) => url,
): Subject {
  return {
    name,
    connector: xero,
    mishaps: [...(Object.keys(FAULTS) as (keyof typeof FAULTS)[]), "not-now"],
    makeWorld: () => simulatedXero(before),
  };
}

async function simulatedXero(before: (url: string) => Promise<string>): Promise<ContractWorld> {
  const simulator = await startSimulator({ port: 0, host: "127.0.0.1" });
  const control = simulatorControl(simulator.url, "xero");
  const tenant = await control.addTenant("Contract Ltd");
  await control.patchSettings(tenant.id, { limits: false });
  let accessToken = (await control.tokens([tenant.id])).access_token;
  const connection: Connection = {
    id: randomUUID(),
    tenantId: tenant.id,
    apiUrl: await before(simulator.url),
    baseCurrency: "GBP",
    options: {},
  };
  const archived = { code: "299", name: "Closed", type: "REVENUE", status: "ARCHIVED" } as const;
  const closed = (await control.putAccount(tenant.id, archived)).id;
  let next: Mishap | null = null;
  let isLate = false;

  /** Waits until the simulator has the call that a fault strikes. */
  async function struck(): Promise<void> {
    while (!(await control.calls(tenant.id)).some((call) => call.fault === "N10"))
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async function carry(message: Message, key: string | null): Promise<Carried> {
    const mishap = key === null ? null : next;
    if (key !== null) next = null;
    const given = new AbortController();
    const sending = xero.send(message, {
      connection: mishap === "not-now" ? { ...connection, apiUrl: NOBODY } : connection,
      accessToken,
      idempotencyKey: key,
      timeoutMs: 10_000,
      signal: given.signal,
    });
    if (mishap === "late-answer") {
      await struck();
      given.abort();
      isLate = true;
    }
    const result = await sending;
    // A mishap strikes one call; whatever wait it laid goes with it.
    if (mishap !== null) await control.faults(tenant.id, []);
    if (result.sent === true && xero.faultOf(result.answer, message)?.what === "token-expired")
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
      const done = async () =>
        (await control.calls(tenant.id)).some((call) => call.fault === "N10" && call.committed > 0);
      while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 5));
      // We have long hung up.
      return null;
    },
    countInBooks: async (number) =>
      (await control.ledger(tenant.id)).documents.filter((one) => one.number === number).length,
    spoiled: (document: OutgoingDocument) => ({
      ...document,
      lines: document.lines.map((line) => ({
        ...line,
        target: { account: { externalId: closed, code: null } },
      })),
    }),
    close: () => simulator.close(),
  };
}
