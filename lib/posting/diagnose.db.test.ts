import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { setModule } from "#lib/setup/settings.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { diagnose } from "./diagnose.ts";
import { judgePostings } from "./precheck.ts";

const scene = await makePostingScene();
afterAll(() => scene.close());

const set = (client: SceneClient, query: ReturnType<typeof sql>) => client.inScope((db) => db.execute(query));

async function why(client: SceneClient, reference: string) {
  const { rows } = await client.inScope((db) =>
    db.execute<{ id: string }>(
      sql`select record_id as id from postings where client_id = ${client.clientId} and reference = ${reference} and current`,
    ),
  );
  const { steps, ...rest } = await client.inScope((db) => diagnose(db, client.scope, rows[0]?.id ?? client.clientId));
  return { ...rest, steps: steps.map(({ step, outcome }) => `${step} ${outcome}`) };
}

const HOLD = (client: SceneClient, reference: string) =>
  set(client, sql`update postings set aside = 'on-hold' where client_id = ${client.clientId} and reference = ${reference}`);

describe("M72 why isn't this syncing?", () => {
  it("M72 goes through the steps in the fixed order and stops at the first that fails, as each is mended", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", lines: [{}, { product: "P1", nominalCode: "4010", taxCode: "NONE" }] });
    await HOLD(client, "C1");
    await HOLD(client, "P1");
    await set(client, sql`update connections set period_lock_on = '2026-11-30' where id = ${client.connectionId}`);
    await set(
      client,
      sql`update connections set entities_on = array_remove(entities_on, 'sales-invoice') where id = ${client.connectionId}`,
    );
    await client.inScope((db) => setModule(db, client.scope, false));
    const left = ["customer", "product", "tax", "account", "ours"];
    const steps = (...passed: string[]) => {
      const all = ["module", "entity", ...left];
      return all.map((step, at) => `${step} ${at < passed.length ? "passed" : at === passed.length ? "failed" : "not-asked"}`);
    };
    expect(await why(client, "INV-1")).toMatchObject({ what: "fails", steps: steps() });
    await client.inScope((db) => setModule(db, client.scope, true));
    expect(await why(client, "INV-1")).toMatchObject({ code: "rule.entity-off", steps: steps("module") });
    await set(
      client,
      sql`update connections set entities_on = entities_on || '{sales-invoice}'::text[] where id = ${client.connectionId}`,
    );
    expect(await why(client, "INV-1")).toMatchObject({
      code: "source.dependency-missing",
      detail: { field: "contact", value: "C1" },
      steps: steps("module", "entity"),
    });
    await set(client, sql`update postings set aside = null where client_id = ${client.clientId} and reference = 'C1'`);
    expect(await why(client, "INV-1")).toMatchObject({
      detail: { field: "product", value: "P1" },
      steps: steps("module", "entity", "customer"),
    });
    await set(client, sql`update postings set aside = null where client_id = ${client.clientId} and reference = 'P1'`);
    expect(await why(client, "INV-1")).toMatchObject({
      code: "mapping.tax-missing",
      detail: { value: "NONE" },
      steps: steps("module", "entity", "customer", "product"),
    });
    await client.map("tax", "NONE", "OUTPUT2");
    expect(await why(client, "INV-1")).toMatchObject({
      code: "mapping.account-missing",
      detail: { value: "4010" },
      steps: steps("module", "entity", "customer", "product", "tax"),
    });
    await client.map("nominal", "4010", "260");
    expect(await why(client, "INV-1")).toMatchObject({
      code: "package.period-locked",
      steps: steps("module", "entity", "customer", "product", "tax", "account"),
    });
    // The same words as pre-check, from the same list.
    await client.inScope((db) => judgePostings(db, client.scope, "open"));
    expect(await client.row("INV-1")).toMatchObject({ precheck: "blocked", precheck_code: "package.period-locked" });
  });

  it("M69 M72 a bill is asked about its supplier, not about a customer", async () => {
    const client = await scene.client();
    await client.add({ number: "B-1", kind: "bill", contact: "S1" });
    await HOLD(client, "S1");
    expect(await why(client, "B-1")).toMatchObject({
      detail: { field: "contact", value: "S1", subject: "Supplier Company S1" },
      steps: [
        "module passed",
        "entity passed",
        "product passed",
        "supplier failed",
        "tax not-asked",
        "account not-asked",
        "ours not-asked",
      ],
    });
  });

  it("M68 one bad product lists every invoice that it blocks", async () => {
    const client = await scene.client();
    await client.add(
      { number: "INV-1", lines: [{ product: "P1" }] },
      { number: "INV-2", lines: [{}, { product: "P1" }] },
      { number: "INV-3" },
    );
    await HOLD(client, "P1");
    await client.inScope((db) => judgePostings(db, client.scope, "open"));
    const blocked = (await client.rows()).filter((row) => row.precheck === "blocked").map((row) => row.reference);
    expect(blocked).toEqual(["INV-1", "INV-2"]);
  });

  it("M72 what is there says so, what waits says so, and what stands aside names the reason", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" }, { number: "INV-3" });
    await client.upload("C1", "INV-1");
    await client.work();
    await HOLD(client, "INV-3");
    expect(await why(client, "INV-1")).toMatchObject({ what: "synced", code: null });
    expect(await why(client, "C1")).toMatchObject({ what: "synced", steps: ["module passed", "entity passed", "ours passed"] });
    expect(await why(client, "INV-2")).toMatchObject({ what: "ready", code: null });
    expect(await why(client, "INV-3")).toMatchObject({ what: "fails", aside: "on-hold" });
    expect(await why(client, "nothing of that name")).toMatchObject({ what: "not-made", steps: [] });
  });
});
