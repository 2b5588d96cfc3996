import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codesInUse, codeUsage } from "#db/queries/mapping/mapping.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { makePostings } from "#lib/pending/make-postings.ts";
import { setStartOn } from "#lib/setup/settings.ts";
import { makePostingScene, type SceneClient } from "#lib/testing/posting-scene.ts";
import { rowsRead } from "#lib/testing/rows-read.ts";
import { checklist, uploadBlockers } from "./checklist.ts";

let scene: Awaited<ReturnType<typeof makePostingScene>>;
beforeAll(async () => {
  scene = await makePostingScene();
});
afterAll(() => scene.close());

/** A client with nothing: no connection, no file. */
async function emptyClient() {
  const id = randomUUID();
  await scene.database.inScope(jobPracticeScope(), (db) =>
    db.execute(sql`insert into clients (id, slug, name) values (${id}, ${id}, 'Empty')`),
  );
  return { id, scope: jobScope(id) };
}

/** Sales invoices of one line each, which wait; every one of them with the same codes but for the last. */
async function addMany(client: SceneClient, count: number, code = "4000") {
  await client.add({ number: `FIRST-${code}` });
  await scene.database.inScope(client.scope, async (db) => {
    await db.execute(sql`
      with made as (
        insert into documents (client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
        select ${client.clientId}, 'sales-invoice', ${code} || '-' || n, ${code} || '-' || n, (select id from contacts where client_id = ${client.clientId} limit 1),
          date '2026-11-02', date '2026-12-02', 'GBP', 1000, 200, 1200, 'x' from generate_series(1, ${count}::int) n returning id, number
      )
      insert into document_lines (client_id, document_id, revision, position, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
      select ${client.clientId}, id, 1, p, 'Line', '1', '5.00', 500, 100, case when number = ${code} || '-1' then '4010' else ${code} end, 'STD'
      from made cross join generate_series(1, 2) p`);
    await makePostings(db, client.scope);
  });
}

it("SP2 Upload data asks which codes are in use without reading the lines, however many wait", async () => {
  const client = await scene.client();
  await addMany(client, 3_000);
  const tables = ["postings", "document_lines", "documents"];
  const inClient = <T>(work: Parameters<typeof scene.database.inScope<T>>[1]) => scene.database.inScope(client.scope, work);
  const blockers = await inClient((db) => uploadBlockers(db, client.scope));
  // One open code is no reason: the others go, its own documents wait.
  expect(blockers).toEqual([]);
  const list = await inClient((db) => checklist(db, client.scope));
  expect(list.items.find((item) => item.key === "nominal-codes")?.why).toContain("4010");
  const read = await inClient((db) => rowsRead(db, tables, () => uploadBlockers(db, client.scope)));
  // Beyond a bound that says "many", a few rows for each pair of codes; the 6,001 lines twice before.
  expect(read).toBeLessThan(2_500);

  // The same answer as by counting, along the codes and along the few that are left.
  const counted = async () => {
    const both = await Promise.all(
      (["nominal", "tax"] as const).map((by) => inClient((db) => codeUsage(db, client.scope, client.connectionId, by))),
    );
    return [...new Set(both.flat().map((one) => one.code))].sort();
  };
  const stepped = async () =>
    (await inClient((db) => codesInUse(db, client.scope, client.connectionId))).map((one) => one.code).sort();
  expect(await stepped()).toEqual(await counted());
  await inClient((db) =>
    db.execute(
      sql`update postings set state = 'skipped' where client_id = ${client.clientId} and reference not in ('4000-1', '4000-2')`,
    ),
  );
  expect(await stepped()).toEqual(["4000", "4010", "STD"]);
  await inClient((db) =>
    db.execute(sql`update postings set state = 'skipped' where client_id = ${client.clientId} and reference = '4000-1'`),
  );
  // What is exported already leaves nothing open.
  expect(await stepped()).toEqual(["4000", "STD"]);
  expect(await stepped()).toEqual(await counted());
});

it("FD5 after Disconnect the kept mappings are still mapped", async () => {
  const client = await scene.client();
  await client.add({ number: "INV-1" }, { number: "INV-2", lines: [{ nominalCode: "4010" }] });
  const read = () => scene.database.inScope(client.scope, (db) => checklist(db, client.scope));
  const why = async (key: string) => (await read()).items.find((item) => item.key === key)?.why;
  const before = [await why("nominal-codes"), await why("tax-rates")];
  expect(before).toEqual(["The nominal code that waiting documents use is not mapped: 4010.", "All 1 in use"]);
  await scene.database.inScope(client.scope, (db) =>
    db.execute(sql`update connections set state = 'disconnected', disconnected_at = app.now() where id = ${client.connectionId}`),
  );
  expect([await why("nominal-codes"), await why("tax-rates")]).toEqual(before);
});

it("FA7 FD5 a tax code whose mapping is refused, or is for the other side than its documents, is not said to be mapped", async () => {
  const client = await scene.client();
  await client.inScope((db) =>
    db.execute(sql`insert into tax_codes (client_id, code, name, rate, kind, side) values
      (${client.clientId}, 'BLK20', 'Entertaining 20%', '20', 'blocked', null), (${client.clientId}, 'S20', 'Standard 20%', '20', null, null)`),
  );
  await client.map("tax", "BLK20", "INPUT2");
  await client.map("tax", "S20", "OUTPUT2");
  const bill = { kind: "bill" as const, contact: "S1" };
  await client.add(
    { number: "INV-1" },
    { ...bill, number: "B-1", lines: [{ taxCode: "BLK20" }] },
    { ...bill, number: "B-2", lines: [{ taxCode: "S20" }] },
  );
  const why = async () =>
    (await scene.database.inScope(client.scope, (db) => checklist(db, client.scope))).items.find(
      (item) => item.key === "tax-rates",
    )?.why;
  expect(await why()).toBe("2 tax codes that waiting documents use are mapped to what cannot be used, and held: BLK20, S20.");
  // Used on sales as well it is mapped for those, and the others are said still.
  await client.add({ number: "INV-2", lines: [{ taxCode: "S20" }] });
  expect(await why()).toBe("2 tax codes that waiting documents use are mapped to what cannot be used, and held: BLK20, S20.");
  await client.map("tax", "S20", "INPUT2");
  expect(await why()).toContain("BLK20, S20");
});

describe("FD8 the steps of first use", () => {
  const stepsOf = async (client: SceneClient) =>
    Object.fromEntries(
      (await client.inScope((db) => checklist(db, client.scope))).items.map((item) => [
        item.key,
        item.problem === null ? item.done : "problem",
      ]),
    );

  it("FD8 none is done before anything was done, with an upload or without", async () => {
    const { id, scope: own } = await emptyClient();
    const steps = () => scene.database.inScope(own, (db) => checklist(db, own));
    const none = ["connected", "start-date", "lists-read", "nominal-codes", "tax-rates", "bank-account"].map((key) => [
      key,
      false,
    ]);
    expect((await steps()).items.map((item) => [item.key, item.done])).toEqual(none);
    await scene.database.inScope(own, (db) =>
      db.execute(sql`
        with k as (insert into contacts (client_id, reference, name, is_customer, content_sha) values (${id}, 'C', 'C Ltd', true, 'x') returning id),
        d as (insert into documents (client_id, kind, reference, number, contact_id, issued_on, due_on, currency, net_minor, tax_minor, gross_minor, content_sha)
          select ${id}, 'sales-invoice', 'I', 'I', k.id, date '2026-11-02', date '2026-12-02', 'GBP', 1000, 200, 1200, 'x' from k returning id)
        insert into document_lines (client_id, document_id, revision, position, description, quantity, unit_price, net_minor, tax_minor, nominal_code, tax_code)
        select ${id}, d.id, 1, 1, 'Line', '1', '10.00', 1000, 200, '4000', 'STD' from d`),
    );
    expect((await steps()).items.map((item) => [item.key, item.done])).toEqual(none);
  });

  it("FD8 a step that is done stays done: codes that a file brings, a disconnect and a new connection are problems of it", async () => {
    const client = await scene.client();
    await client.add({ number: "INV-1" });
    const done = { connected: true, "lists-read": true, "nominal-codes": true, "tax-rates": true, "bank-account": true };
    expect(await stepsOf(client)).toMatchObject({ ...done, "start-date": false });
    await client.inScope((db) => setStartOn(db, client.scope, null));
    expect(await stepsOf(client)).toEqual({ ...done, "start-date": true });

    // Every code of what waits is new: Upload waits, and the step is not taken back.
    await client.inScope((db) =>
      db.execute(sql`update document_lines set nominal_code = '4010' where client_id = ${client.clientId}`),
    );
    expect(await stepsOf(client)).toMatchObject({ ...done, "nominal-codes": "problem" });
    expect(await client.inScope((db) => uploadBlockers(db, client.scope))).toEqual([
      "The nominal code that waiting documents use is not mapped: 4010.",
    ]);
    // A read that finds the bank account archived.
    await client.inScope((db) =>
      db.execute(sql`update package_accounts set active = false where client_id = ${client.clientId} and is_bank`),
    );
    expect(await stepsOf(client)).toMatchObject({ ...done, "nominal-codes": "problem", "bank-account": "problem" });

    await client.inScope((db) =>
      db.execute(
        sql`update connections set state = 'disconnected', disconnected_at = app.now() where id = ${client.connectionId}`,
      ),
    );
    expect(await stepsOf(client)).toMatchObject({ connected: "problem", "lists-read": true, "bank-account": true });
    const items = (await client.inScope((db) => checklist(db, client.scope))).items;
    expect(items[0]?.problem).toBe("Xero is disconnected: connect it again under Setup.");
  });
});
