import { createHmac } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobPracticeScope } from "#lib/common/scope.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { enqueueNights } from "./enqueue.ts";
import { checkSceneNight } from "./night-scene.ts";
import { NIGHT_POLICY } from "./policy.ts";
import { receiveEvents } from "./webhooks.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene("own");
});
afterAll(() => scene.close());

const practice = jobPracticeScope();
const KEY = "the app's key";
NIGHT_POLICY.nightlyListsUpTo = 0;

const sign = (body: string) => createHmac("sha256", KEY).update(body).digest("base64");
const send = (body: string, signature: string | null = sign(body), packageId = "xero") =>
  receiveEvents(
    scene.database,
    packageId,
    Buffer.from(body),
    new Headers(signature === null ? {} : { "X-Xero-Signature": signature }),
    () => KEY,
  );

let sequence = 0;
function delivery(client: SceneClient, count: number, at = "2026-11-22T00:44:09.923") {
  const first = sequence + 1;
  sequence += count;
  const events = Array.from({ length: count }, (_, index) => ({
    resourceId: `00000000-0000-4000-8000-${String(first + index).padStart(12, "0")}`,
    tenantId: client.tenant,
    tenantType: "ORGANISATION",
    eventCategory: "INVOICE",
    eventType: "UPDATE",
    eventDateUtc: at,
  }));
  return JSON.stringify({ events, firstEventSequence: first, lastEventSequence: sequence, entropy: "X" });
}

const kept = () =>
  scene.database.inScope(practice, async (db) => {
    const { rows } = await db.execute<{ n: number }>(sql`select count(*)::int as n from webhook_events`);
    return rows[0]?.n;
  });
const eventAt = (client: SceneClient) =>
  client.inScope(async (db) => {
    const { rows } = await db.execute<{ at: string | null }>(
      sql`select event_at as at from night_schedules where connection_id = ${client.connectionId}`,
    );
    return rows[0]?.at ?? null;
  });

/** A night of these clients alone; answers the lists that each was read for. */
async function nightOf(clients: readonly SceneClient[]): Promise<string[][]> {
  const ids = clients.map((one) => one.connectionId);
  const last = await Promise.all(clients.map(async (client) => (await client.calls()).at(-1)?.n ?? 0));
  await scene.database.inScope(practice, (db) => db.execute(sql`update connection_leases set until = null`));
  for (const client of clients) {
    await client.inScope(async (db) => {
      await db.execute(sql`update night_schedules set next_at = app.now() where connection_id = ${client.connectionId}`);
      await db.execute(sql`update runs set night_on = night_on - 40 where connection_id = ${client.connectionId}`);
    });
  }
  await scene.database.inScope(practice, (db) =>
    db.execute(sql`update connections set module_on = id in (${sql.join(ids, sql`, `)})`),
  );
  await enqueueNights(scene.database);
  await checkSceneNight(scene.database, clients);
  return Promise.all(
    clients.map(async (client, at) =>
      (await client.calls(last[at]))
        .filter((call) => call.status === 200)
        .map((call) => call.path.replace(/.*\/(\w+)\?.*/, "$1")),
    ),
  );
}

describe("P29 events that Xero sends by itself", () => {
  it("P29 an intent to receive is answered 200 when it is signed and 401 when it is not, over the bytes as they came", async () => {
    const intent = '{"events":[],"firstEventSequence": 0,"lastEventSequence": 0, "entropy": "S0m3"}';
    expect(await send(intent)).toBe(200);
    expect(await send(intent, sign(`${intent} `))).toBe(401);
    expect(await send(intent, null)).toBe(401);
    expect(await send(intent, "not base64 at all")).toBe(401);
    const unset = () => undefined;
    const headers = new Headers({ "X-Xero-Signature": sign(intent) });
    expect(await receiveEvents(scene.database, "xero", Buffer.from(intent), headers, unset)).toBe(401);
    for (const other of ["sage-50", "nobody", "__proto__"]) expect(await send(intent, sign(intent), other)).toBe(404);
  });

  it("P29 a burst of 10,000, sent again, in another order, and 31 days old, has one effect each; a forged one has none", async () => {
    const client = await scene.client();
    const burst = delivery(client, 10_000);
    expect(await send(burst, sign("another"))).toBe(401);
    expect(await kept()).toBe(0);
    expect(await eventAt(client)).toBeNull();
    expect(await send(burst)).toBe(200);
    expect(await send(burst)).toBe(200);
    const parsed = JSON.parse(burst) as { events: unknown[] };
    expect(await send(JSON.stringify({ ...parsed, events: parsed.events.toReversed() }))).toBe(200);
    expect(await kept()).toBe(10_000);
    expect(await eventAt(client)).not.toBeNull();
    expect(await send(delivery(client, 1, "2026-10-22T00:00:00"))).toBe(200);
    expect(await kept()).toBe(10_001);
    expect(await send(JSON.stringify({ events: [{ tenantId: "nobody", resourceId: 1 }, null, 7] }))).toBe(200);
    expect(await kept()).toBe(10_001);
  });

  it("a quiet client whose webhooks are whole costs one call a night; an event, or a gap in their numbers, brings the second back", async () => {
    const client = await scene.client();
    await scene.database.inScope(practice, (db) =>
      db.execute(sql`update connections set module_on = (id = ${client.connectionId})`),
    );
    const night = async () => (await nightOf([client]))[0];
    await scene.step(60);
    await night();
    await scene.step(60);
    await send(delivery(client, 1).replaceAll(client.tenant, "99999999-9999-4999-8999-999999999999"));
    expect(await night()).toEqual(["Payments"]);
    await scene.step(60);
    await send(delivery(client, 1));
    expect(await night()).toEqual(["Invoices", "Payments"]);
    await scene.step(60);
    sequence += 3;
    await send(delivery(client, 1).replaceAll(client.tenant, "99999999-9999-4999-8999-999999999999"));
    expect(await night()).toEqual(["Invoices", "Payments"]);
    await scene.step(60);
    expect(await night()).toEqual(["Payments"]);

    // What can't come again is forgotten.
    expect(await kept()).toBeGreaterThan(0);
    await scene.database.inScope(practice, (db) =>
      db.execute(sql`update webhook_events set received_at = received_at - interval '33 days'`),
    );
    await enqueueNights(scene.database);
    await enqueueNights(scene.database);
    await enqueueNights(scene.database);
    expect(await kept()).toBe(0);
  });

  it("BD1 of a night's connections of several packages, each is judged by its own package's webhooks", async () => {
    const told = await scene.client();
    const untold = await scene.client();
    await untold.inScope((db) => db.execute(sql`update connections set package = 'freeagent' where id = ${untold.connectionId}`));
    await nightOf([told, untold]);
    await scene.step(60);
    await send(delivery(told, 1).replaceAll(told.tenant, "99999999-9999-4999-8999-999999999999"));
    expect(await nightOf([told, untold])).toEqual([["Payments"], ["Invoices", "Payments"]]);
  });
});
