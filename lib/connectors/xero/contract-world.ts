import { randomUUID } from "node:crypto";
import type { OutgoingDocument } from "#lib/common/records.ts";
import { simulatorControl } from "#lib/simulator/control-client.ts";
import type { FaultOrder } from "#lib/simulator/faults.ts";
import { startSimulator } from "#lib/simulator/server.ts";
import type { ContractWorld, Mishap } from "../contract.ts";
import type { Batch, Connection, Exchange, PushOutcome } from "../types.ts";
import { xero } from "./index.ts";

/** Which of the simulator's faults is which mishap. */
const FAULTS: Readonly<Record<Mishap, FaultOrder>> = {
  "answer-lost": { name: "N05", call: 1, method: "PUT" },
  "server-error": { name: "P06", call: 1, method: "PUT" },
  "slow-down": { name: "P01", call: 1, method: "PUT", retryAfter: 1 },
  "token-expired": { name: "P20", call: 1, method: "PUT" },
  reordered: { name: "P13", call: 1, method: "PUT" },
  "element-missing": { name: "P12", call: 1, method: "PUT" },
};

/** What can befall a call that writes, at Xero. */
export const MISHAPS = Object.keys(FAULTS) as Mishap[];

/**
 * The contract suite's world with the simulator in it.
 *
 * @param before stands a proxy before the simulator's address and answers its own; its caller closes it
 */
export async function simulatedXero(before: (url: string) => Promise<string> = async (url) => url): Promise<ContractWorld> {
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
  };
  const closed = (await control.putAccount(tenant.id, { code: "299", name: "Closed", type: "REVENUE", status: "ARCHIVED" })).id;

  async function push(batch: Batch, key: string): Promise<ReadonlyMap<string, PushOutcome>> {
    const message = xero.push.ask(batch, connection, key);
    const result = await xero.send(message, { connection, accessToken, idempotencyKey: key, timeoutMs: 5_000 });
    // A mishap strikes one call; whatever wait it laid goes with it.
    await control.faults(tenant.id, []);
    const all = (outcome: PushOutcome) => new Map(batch.records.map((record) => [record.recordId, outcome]));
    if (result.sent === "maybe") return all({ status: "unknown", why: result.why });
    if (result.sent === false) throw new Error(`the simulator is not there: ${result.why}`);
    if (xero.faultOf(result.answer, message)?.what === "token-expired")
      accessToken = (await control.tokens([tenant.id])).access_token;
    return xero.push.read(message, result.answer, batch);
  }

  async function exchange<Ask, Answer>(one: Exchange<Ask, Answer>, ask: Ask): Promise<Answer> {
    const message = one.ask(ask, connection);
    const result = await xero.send(message, { connection, accessToken, idempotencyKey: null, timeoutMs: 10_000 });
    if (result.sent !== true) throw new Error(`${message.operation}: ${result.why}`);
    const fault = xero.faultOf(result.answer, message);
    if (fault) throw new Error(`${message.operation} answered ${result.answer.status}: ${result.answer.body.slice(0, 300)}`);
    return one.read(message, result.answer, ask);
  }

  return {
    connector: xero,
    connection,
    push,
    exchange,
    arrange: async (mishap) => {
      await control.faults(tenant.id, [FAULTS[mishap]]);
    },
    countInBooks: async (number) =>
      (await control.ledger(tenant.id)).documents.filter((document) => document.number === number).length,
    spoiled: (document: OutgoingDocument) => ({
      ...document,
      lines: document.lines.map((line) => ({ ...line, accountExternalId: closed })),
    }),
    close: () => simulator.close(),
  };
}
