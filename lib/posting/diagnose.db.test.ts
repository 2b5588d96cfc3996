import { sql } from "drizzle-orm";
import { afterAll, describe, expect, it } from "vitest";
import { judgePostings } from "#lib/pending/precheck.ts";
import { setModule } from "#lib/setup/settings.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { type DiagnosedCode, diagnose, diagnoseCode, diagnoseGroup } from "./diagnose.ts";
import { markExported } from "./mark.ts";

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
    await client.knowLocks("2026-11-30");
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

  it("M72 what is there says so, what waits says so, and what is withheld names the reason", async () => {
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

  it("M72 what differs, was marked, was chosen or is being checked says so, and none of them that it fails", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" }, { number: "INV-2" }, { number: "INV-3" }, { number: "INV-4" });
    await client.upload("C1", "INV-1", "INV-4");
    await client.work();
    await set(
      client,
      sql`update postings set state = 'drifted', differences = '[{"field":"Gross","ours":"£12.00","theirs":"£11.00"}]'
        where client_id = ${client.clientId} and reference = 'INV-1'`,
    );
    expect(await why(client, "INV-1")).toMatchObject({
      what: "differs",
      code: null,
      differs: { differences: [{ field: "Gross" }], currency: "GBP", acceptedBy: null },
      steps: [
        "module passed",
        "entity passed",
        "customer passed",
        "product passed",
        "tax passed",
        "account passed",
        "ours passed",
      ],
    });
    const { rows } = await client.inScope((db) =>
      db.execute<{ id: string }>(
        sql`select id from postings where client_id = ${client.clientId} and reference = 'INV-2' and current`,
      ),
    );
    await client.inScope((db) => markExported(db, client.scope, { ids: [rows[0]?.id ?? ""] }, "Typed in by hand"));
    expect(await why(client, "INV-2")).toMatchObject({
      what: "marked",
      marked: { why: "Typed in by hand", changedSince: false },
      steps: [],
    });
    // Both stand as they stand while the integration is off.
    await client.inScope((db) => setModule(db, client.scope, false));
    expect(await why(client, "INV-1")).toMatchObject({ what: "differs" });
    expect(await why(client, "INV-2")).toMatchObject({ what: "marked" });
    expect(await why(client, "INV-3")).toMatchObject({ what: "fails" });
    await client.inScope((db) => setModule(db, client.scope, true));
    // The click has chosen it; the worker has not come.
    expect(await why(client, "INV-3")).toMatchObject({ what: "ready" });
    await client.click("INV-3");
    expect(await why(client, "INV-3")).toMatchObject({ what: "chosen", code: null });
    await client.take();
    expect(await why(client, "INV-3")).toMatchObject({ what: "on-its-way" });
    await client.faults({ name: "N05", call: 1, method: "PUT" });
    await client.work();
    expect(await why(client, "INV-3")).toMatchObject({ what: "checking", code: null });
  });

  it("M72 what the package itself refuses stands at the step that it belongs to, in the words of Error Feedback", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    await client.upload("C1");
    await client.work();
    await client.settings({ archivedContacts: ["C1"] });
    await client.upload();
    await client.work();
    const row = await client.row("INV-1");
    expect(row).toMatchObject({ state: "rejected", error_code: "package.contact-archived" });
    expect(await why(client, "INV-1")).toMatchObject({
      what: "fails",
      code: row.error_code,
      detail: row.error_detail,
      steps: [
        "module passed",
        "entity passed",
        "customer failed",
        "product not-asked",
        "tax not-asked",
        "account not-asked",
        "ours not-asked",
      ],
    });
  });

  it("M72 nominal codes and tax codes: module, then their mapping, with the catalogue's word for its fault and the way to it", async () => {
    const client = await scene.client();
    const code = async (of: DiagnosedCode) => {
      const { steps, ...rest } = await client.inScope((db) => diagnoseCode(db, client.scope, of));
      return { ...rest, steps: steps.map(({ step, outcome }) => `${step} ${outcome}`) };
    };
    expect(await code({ kind: "nominal", code: "4010" })).toMatchObject({
      what: "fails",
      code: "mapping.account-missing",
      detail: { field: "nominalCode", value: "4010" },
      steps: ["module passed", "account failed"],
    });
    await client.map("nominal", "4010", "260");
    expect(await code({ kind: "nominal", code: "4010" })).toMatchObject({
      what: "mapped",
      steps: ["module passed", "account passed"],
    });
    await set(client, sql`update package_accounts set active = false where client_id = ${client.clientId} and code = '260'`);
    expect(await code({ kind: "nominal", code: "4010" })).toMatchObject({ code: "mapping.target-archived" });
    expect(await code({ kind: "tax", code: "NONE" })).toMatchObject({
      what: "fails",
      code: "mapping.tax-missing",
      detail: { field: "taxCode", value: "NONE" },
      steps: ["module passed", "tax failed"],
    });
    await client.map("tax", "NONE", "OUTPUT2");
    expect(await code({ kind: "tax", code: "NONE" })).toMatchObject({ what: "mapped" });
    expect(await code({ kind: "bank", code: "1299" })).toMatchObject({ code: "mapping.bank-missing" });
    expect(await code({ kind: "nominal", code: "1001", notPosted: true })).toMatchObject({ what: "not-posted", steps: [] });
    await client.inScope((db) => setModule(db, client.scope, false));
    expect(await code({ kind: "tax", code: "NONE" })).toMatchObject({ what: "fails", steps: ["module failed", "tax not-asked"] });
  });

  it("M72 a product group: module, entity, its products, its tax code, its nominal codes, in that order", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1", lines: [{ product: "P1" }] });
    const { rows } = await client.inScope((db) =>
      db.execute<{ id: string }>(
        sql`insert into product_groups (client_id, code, name, sales_nominal_code, tax_code) values (${client.clientId}, 'G1', 'Gifts', '4010', 'NONE') returning id`,
      ),
    );
    const id = rows[0]?.id ?? "";
    await set(client, sql`update products set group_id = ${id} where client_id = ${client.clientId} and reference = 'P1'`);
    const group = async () => {
      const { steps, ...rest } = await client.inScope((db) =>
        diagnoseGroup(db, client.scope, { id, salesNominalCode: "4010", purchaseNominalCode: null, taxCode: "NONE" }),
      );
      return { ...rest, steps: steps.map(({ step, outcome }) => `${step} ${outcome}`) };
    };
    const all = ["module", "entity", "product", "tax", "account"];
    const at = (failed: string) =>
      all.map((step, n) => `${step} ${step === failed ? "failed" : n < all.indexOf(failed) ? "passed" : "not-asked"}`);
    await client.inScope((db) => setModule(db, client.scope, false));
    await HOLD(client, "P1");
    await set(
      client,
      sql`update connections set entities_on = array_remove(entities_on, 'product') where id = ${client.connectionId}`,
    );
    expect(await group()).toMatchObject({ what: "fails", steps: at("module") });
    await client.inScope((db) => setModule(db, client.scope, true));
    expect(await group()).toMatchObject({ code: "rule.entity-off", steps: at("entity") });
    await set(
      client,
      sql`update connections set entities_on = entities_on || '{product}'::text[] where id = ${client.connectionId}`,
    );
    expect(await group()).toMatchObject({ code: "source.dependency-missing", detail: { value: "P1" }, steps: at("product") });
    await set(client, sql`update postings set aside = null where client_id = ${client.clientId} and reference = 'P1'`);
    expect(await group()).toMatchObject({ code: "mapping.tax-missing", detail: { value: "NONE" }, steps: at("tax") });
    await client.map("tax", "NONE", "OUTPUT2");
    expect(await group()).toMatchObject({ code: "mapping.account-missing", detail: { value: "4010" }, steps: at("account") });
    await client.map("nominal", "4010", "260");
    expect(await group()).toMatchObject({ what: "mapped", code: null });
  });
});
