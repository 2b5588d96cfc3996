import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { LeaseLostError } from "#db/queries/postings/outcomes.ts";
import { now } from "#lib/clock.ts";
import type { CalledConnector, Limits } from "#lib/connectors/types.ts";
import { workOn } from "#lib/jobs/time-slice.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { sendNextBatch } from "./send.ts";
import type { PostingWorld } from "./world.ts";

// A package that may be at work on a write for two minutes, and one that takes one write at a time.

const scene = await makePostingScene("own");
afterAll(() => scene.close());

/** Of the sheets: QuickBooks Online ends a write after 120 s. */
const SLOW: Partial<Limits> = { timeoutMs: { read: 30_000, write: 125_000 } };

async function queued(...numbers: readonly string[]): Promise<SceneClient> {
  const client = await scene.client();
  await client.add(...numbers.map((number) => ({ number })));
  await client.upload("C1");
  await client.work();
  await client.upload(...numbers);
  return client;
}

async function worldWith(
  client: SceneClient,
  limits: Partial<Limits>,
  over: (connector: CalledConnector) => Partial<CalledConnector> = () => ({}),
): Promise<PostingWorld> {
  const world = client.worldFor(await client.lease());
  const { connector } = world;
  return { ...world, connector: { ...connector, limits: { ...connector.limits, ...limits }, ...over(connector) } };
}

const invoices = async (client: SceneClient) => (await client.writes()).filter((call) => call.path.includes("Invoices")).length;

describe("BB7 timeouts of the package", () => {
  it("a write is given its 125 s, and a read its 30", async () => {
    const client = await queued("INV-1");
    const given: number[] = [];
    const world = await worldWith(client, SLOW, ({ send }) => ({
      send: (message, context) => {
        given.push(context.timeoutMs);
        return send(message, context);
      },
    }));
    const began = now().getTime();
    await workOn(world, 30_000);
    const [read, write] = [Math.min(...given), Math.max(...given)];
    expect(write).toBeGreaterThan(100_000);
    expect(write).toBeLessThanOrEqual(125_000);
    expect(read).toBeGreaterThan(20_000);
    expect(read).toBeLessThanOrEqual(30_000);
    expect((await client.row("INV-1")).state).toBe("confirmed");
    const { rows } = await client.inScope((db) =>
      db.execute<{ deadline: string }>(
        sql`select max(extract(epoch from deadline_at) * 1000)::bigint as deadline from posting_calls where client_id = ${client.clientId}`,
      ),
    );
    expect(Number(rows[0]?.deadline) - began).toBeGreaterThan(124_000);
  });

  it("K03 a write whose worker lost the lease is nobody's to judge or to send before its deadline, and is there once", async () => {
    const client = await queued("INV-1");
    const before = await invoices(client);
    // The worker freezes for two minutes in mid-call: its lease goes to another, who finds the row on its way.
    const world = await worldWith(client, SLOW, ({ send }) => ({
      send: async (message, context) => {
        for (let waited = 0; waited < 120; waited += 40) {
          await scene.step(40);
          await client.work();
          expect((await client.row("INV-1")).state).toBe("sending");
        }
        return send(message, context);
      },
    }));
    await expect(sendNextBatch(world, ["sales-invoice"], { sent: 0 })).rejects.toThrow(LeaseLostError);
    expect((await client.row("INV-1")).state).toBe("sending");
    expect(await client.broken()).toEqual([]);
    await scene.step(30);
    await client.work();
    expect((await client.row("INV-1")).state).toBe("confirmed");
    expect((await client.ledger()).documents.filter(({ number }) => number === "INV-1")).toHaveLength(1);
    // Settled under its key: Xero keeps numbers unique.
    expect((await invoices(client)) - before).toBeLessThanOrEqual(2);
  });

  it.each([
    ["FreeAgent, Sage: one write after the other", 1],
    ["Xero: three lanes", 3],
  ])("%s", async (_, writes) => {
    const client = await queued(...Array.from({ length: 6 }, (_each, at) => `INV-${at}`));
    let atOnce = 0;
    let most = 0;
    const world = await worldWith(client, { concurrent: { calls: 5, writes } }, ({ send, can }) => ({
      can: { ...can, usually: { ...can.usually, batch: 1 } },
      send: async (message, context) => {
        if (message.method === "GET") return send(message, context);
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise((resolve) => setTimeout(resolve, 150));
        return send(message, context).finally(() => {
          atOnce -= 1;
        });
      },
    }));
    await workOn(world, 30_000);
    expect(most).toBe(writes);
    expect((await client.rows()).filter(({ kind, state }) => kind === "sales-invoice" && state === "confirmed")).toHaveLength(6);
  });
});
