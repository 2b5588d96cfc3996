import { randomUUID } from "node:crypto";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";
import { createFreeAgent } from "#lib/simulator/freeagent/index.ts";
import { startSimulator } from "#lib/simulator/server.ts";
import type { Carried, ContractWorld, Mishap, Subject } from "../contract/world.ts";
import type { Connection, Message } from "../types.ts";
import { freeagentEnvironment } from "./environment.ts";
import { freeagent } from "./index.ts";

/** How late the late answer is, in ms on the simulator's clock. */
const LATE_MS = 60_000;
/** Nobody listens there. */
const NOBODY = "http://127.0.0.1:1";

/** Those that can befall a package of one record a call: there is no other record to leave out or to answer before it. */
type Possible = Exclude<Mishap, "reordered" | "element-missing">;

const FAULTS: Readonly<Record<Exclude<Possible, "not-now">, FaultOrder>> = {
  "answer-lost": { name: "N05", call: 1, method: "POST" },
  "server-error": { name: "P06", call: 1, method: "POST" },
  "slow-down": { name: "P01", call: 1, method: "POST", retryAfter: 1 },
  "token-expired": { name: "P20", call: 1, method: "POST" },
  "late-answer": { name: "N10", call: 1, method: "POST", delayMs: LATE_MS },
};
const isPossible = (mishap: Mishap): mishap is Possible => mishap === "not-now" || mishap in FAULTS;

/** FreeAgent under contract, with the simulator for a package. */
export const freeagentSubject: Subject = {
  name: "FreeAgent",
  connector: freeagent,
  mishaps: [...(Object.keys(FAULTS) as (keyof typeof FAULTS)[]), "not-now"],
  makeWorld: simulatedFreeAgent,
};

async function simulatedFreeAgent(): Promise<ContractWorld> {
  const simulator = await startSimulator({ port: 0, host: "127.0.0.1", packages: [createFreeAgent] });
  const control = simulatorControl(simulator.url, "freeagent");
  const tenant = await control.addTenant("Contract Ltd");
  await control.patchSettings(tenant.id, { limits: false });
  let accessToken = (await control.tokens([tenant.id])).access_token;
  const connection: Connection = {
    id: randomUUID(),
    tenantId: tenant.id,
    apiUrl: `${simulator.url}${freeagentEnvironment.simulatedUnder}`,
    baseCurrency: "GBP",
    options: {},
  };
  let next: Possible | null = null;
  let isLate = false;

  const strikes = async (name: string) => (await control.calls(tenant.id)).filter((call) => call.fault === name);
  async function until(done: () => Promise<boolean>): Promise<void> {
    while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  async function carry(message: Message, key: string | null): Promise<Carried> {
    const mishap = key === null ? null : next;
    if (key !== null) next = null;
    const given = new AbortController();
    const sending = freeagent.send(message, {
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
    if (result.sent === true && freeagent.faultOf(result.answer, message)?.what === "token-expired")
      accessToken = (await control.tokens([tenant.id])).access_token;
    return result;
  }

  return {
    connection,
    carry,
    arrange: async (mishap) => {
      if (!isPossible(mishap)) throw new Error(`${mishap} cannot befall FreeAgent`);
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
    spoiled: (document) => document,
    close: () => simulator.close(),
  };
}
